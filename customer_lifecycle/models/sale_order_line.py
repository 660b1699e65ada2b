from odoo import fields, models


class SaleOrderLine(models.Model):
    """Order lines by their coupon: what became of an offer."""

    _inherit = "sale.order.line"

    # few lines have one; Odoo has no index to find them
    coupon_id = fields.Many2one(index="btree_not_null")
