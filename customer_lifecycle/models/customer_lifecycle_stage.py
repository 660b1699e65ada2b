from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain


class CustomerLifecycleStage(models.Model):
    """A stage of the customer lifecycle, with its entry rule and its playbook.

    Evaluated from the last column to the first; the first rule that holds wins.
    """

    _name = "customer.lifecycle.stage"
    _description = "Lifecycle Stage"
    _inherit = ["customer.lifecycle.rule.mixin"]
    _card_field = "stage_id"

    playbook = fields.Html(
        translate=True, help="What this stage asks of the team, in your own words."
    )
    owner_role = fields.Selection(
        [("salesperson", "Salesperson"), ("team_leader", "Team Leader")],
        string="Who Acts",
        default="salesperson",
        required=True,
    )
    act_within_days = fields.Integer(
        string="Act Within (days)", help="Working days in which somebody acts."
    )
    stuck_days = fields.Integer(
        string="Stuck After (days)",
        help="Days after which a customer should have moved on. 0: it may stay for "
        "good.",
    )
    activity_type_ids = fields.Many2many(
        "mail.activity.type",
        string="Activities",
        domain="[('res_model', 'in', [False, 'customer.lifecycle'])]",
        help="What is usually done with a customer in this stage.",
    )
    target_rate = fields.Float(
        string="Target Conversion",
        help="Share (0 to 1) of the customers of this stage that should move on "
        "to a later one.",
    )

    automation_summary = fields.Html(
        string="Automation",
        compute="_compute_automation_summary",
        sanitize=False,
        help="The rules that act on the customers of this stage.",
    )

    _target_rate_share = models.Constraint(
        "CHECK (target_rate >= 0 AND target_rate <= 1)",
        "The target conversion is a share between 0 % and 100 %.",
    )
    _act_within_not_negative = models.Constraint(
        "CHECK (act_within_days >= 0 AND stuck_days >= 0)",
        "The number of days cannot be negative.",
    )

    def _rest(self):
        """Return the stage of whoever fits no rule: the first without one."""
        ordered = self.sorted()
        return ordered.filtered(lambda stage: not stage._has_rule())[:1] or ordered[:1]

    # ---------------------------------------------------------------------- automations

    def _automation_domain(self) -> Domain:
        """Return the domain of the rules of these stages, those switched off too."""
        return (
            Domain("lifecycle_is_playbook", "=", True)
            & Domain("lifecycle_stage_id", "in", [*self.ids, False])
            & Domain("active", "in", [True, False])
        )

    @api.depends_context("lang")
    def _compute_automation_summary(self):
        """Say which rules act here, who does what, and whether they are on."""
        # sudo: base.automation - what happens to the customers is no secret of the
        # administrator
        rules = self.env["base.automation"].sudo().search(self._automation_domain())
        for stage in self:
            own = rules.filtered(
                lambda rule, stage=stage: (
                    rule.lifecycle_stage_id in (stage._origin, stage.browse())
                )
            )
            stage.automation_summary = Markup("<ul class='list-unstyled'>%s</ul>") % (
                Markup().join(self._automation_line(rule) for rule in own)
                or Markup("<li>%s</li>") % self.env._("No rule acts here.")
            )

    def _automation_line(self, rule) -> Markup:
        """Return one rule with its sentence and whether it is on."""
        is_on = rule.active
        return Markup(
            "<li class='mb-2'>"
            "<span class='badge rounded-pill {color} me-2'>{state}</span>"
            "<strong>{name}</strong><div class='text-muted'>{sentence}</div></li>"
        ).format(
            color="text-bg-success" if is_on else "text-bg-secondary",
            state=self.env._("On") if is_on else self.env._("Off"),
            name=rule.name,
            sentence=rule.lifecycle_sentence or "",
        )

    def action_open_automations(self):
        """Open the rules of this stage; a new one waits for the stage."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.base_automation_action_customers"
        )
        model = self.env["ir.model"]._get("customer.lifecycle")
        return action | {
            "domain": list(self._automation_domain()),
            "context": {
                "active_test": False,
                "default_model_id": model.id,
                "default_trigger": "on_stage_set",
                "default_trg_field_ref": self[:1].id,
                "default_name": self.env._("Stage is set to %s", self[:1].name),
            },
        }
