from odoo import fields, models


class BaseAutomation(models.Model):
    """Automation rules, which do not hear the silent moves of a card.

    A rule on customers whose actions are steps is a playbook: its actions, in their
    order, are one ladder.
    """

    _inherit = "base.automation"

    lifecycle_mode = fields.Selection(
        [("approve", "Ask before sending"), ("auto", "Send by itself")],
        string="Sending",
        default="approve",
        required=True,
        help="Whether what the steps of this rule plan waits for somebody's approval.",
    )

    def _get_actions(self, records, triggers):
        """Start nothing for a silent move: installing, importing, refitting."""
        automations = super()._get_actions(records, triggers)
        context = self.env.context
        silent = context.get("lifecycle_silent") or context.get("import_file")
        if silent and records._name == "customer.lifecycle":
            return automations.browse()
        return automations

    def _process(self, records, domain_post=None):
        """Plan the steps of a rule for all customers together.

        Odoo runs each action once for each record; the steps only note whom they
        concern, and are planned in one go after that.
        """
        if records._name != "customer.lifecycle":
            return super()._process(records, domain_post=domain_post)
        noted = {}
        result = super(
            BaseAutomation, self.with_context(lifecycle_noted=noted)
        )._process(records, domain_post=domain_post)
        # sudo: customer.lifecycle.outreach - planned by the rule for whoever moved the
        # card; nothing reaches a customer before the gate
        planner = self.env["customer.lifecycle.planner"].sudo()
        for step_id, card_ids in noted.items():
            step = planner.env["ir.actions.server"].browse(step_id)
            planner._plan(step, planner.env["customer.lifecycle"].browse(card_ids))
        return result
