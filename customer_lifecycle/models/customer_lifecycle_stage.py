from odoo import fields, models


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
