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
