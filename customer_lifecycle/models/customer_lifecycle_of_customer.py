from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerLifecycleOfCustomer(models.AbstractModel):
    """What people write down about one customer: it is of the company of its card."""

    _name = "customer.lifecycle.of.customer"
    _description = "Written Down about a Customer"

    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="lifecycle_id.company_id", store=True, index=True, precompute=True
    )

    @api.constrains("company_id", "lifecycle_id")
    def _check_company_id(self):
        # the screens do not write it, but a program or an import can
        for record in self.sudo():
            if record.company_id != record.lifecycle_id.company_id:
                raise ValidationError(
                    self.env._("The company is the one of the customer's card.")
                )
