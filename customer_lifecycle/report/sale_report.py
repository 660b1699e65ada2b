from odoo import fields, models


class SaleReport(models.Model):
    """Sales analysis by the stage and level in which the customer bought."""

    _inherit = "sale.report"

    lifecycle_stage_id = fields.Many2one(
        "customer.lifecycle.stage", string="Lifecycle Stage at Order", readonly=True
    )
    relationship_level_id = fields.Many2one(
        "customer.lifecycle.level", string="Relationship Level at Order", readonly=True
    )
    lifecycle_purchase_number = fields.Integer(
        string="Purchase Number", readonly=True, aggregator=None
    )

    def _select_additional_fields(self):
        return super()._select_additional_fields() | {
            "lifecycle_stage_id": "s.lifecycle_stage_id",
            "relationship_level_id": "s.relationship_level_id",
            "lifecycle_purchase_number": "s.lifecycle_purchase_number",
        }

    def _group_by_sale(self):
        return f"""{super()._group_by_sale()},
            s.lifecycle_stage_id,
            s.relationship_level_id,
            s.lifecycle_purchase_number"""
