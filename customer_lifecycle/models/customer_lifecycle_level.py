from odoo import models


class CustomerLifecycleLevel(models.Model):
    """A rung of the relationship ladder: held only while every rung below is."""

    _name = "customer.lifecycle.level"
    _description = "Relationship Level"
    _inherit = ["customer.lifecycle.rule.mixin"]
    _card_field = "level_id"
