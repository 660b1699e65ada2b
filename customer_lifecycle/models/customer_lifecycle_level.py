from odoo import fields, models


class CustomerLifecycleLevel(models.Model):
    """A rung of the relationship ladder: held only while every rung below is."""

    _name = "customer.lifecycle.level"
    _description = "Relationship Level"
    _inherit = ["customer.lifecycle.rule.mixin"]
    _card_field = "level_id"

    minimum_days = fields.Integer(
        string="Days before Climbing",
        help="Days that a customer stays on this level before it climbs to the next "
        "one, however much speaks for it.",
    )
    care_days = fields.Integer(
        string="Contact Every (Days)",
        default=90,
        help="Days after the last real contact on which the next one is due. 0: never.",
    )

    _days_sane = models.Constraint(
        "CHECK (minimum_days BETWEEN 0 AND 3650 AND care_days BETWEEN 0 AND 3650)",
        "The days of a level are between 0 and 3650.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "minimum_days" in vals:
            self._requeue_cards()  # the days on which cards climb follow from it
        return result
