from odoo import api, models


class CustomerLifecyclePlanner(models.AbstractModel):
    """A text goes to somebody who has a number."""

    _inherit = "customer.lifecycle.planner"

    @api.model
    def _address(self, outreach):
        """Address texts to the customer itself, else to a person who works there."""
        texts = outreach.filtered(lambda each: each.kind == "sms")
        lost = texts.filtered(
            lambda each: self._has_left(each) or not each._sms_number()
        )
        if lost:
            customers = lost.lifecycle_id.partner_id
            persons = self.env["res.partner"].search(
                [
                    ("commercial_partner_id", "in", customers.ids),
                    ("phone_sanitized", "!=", False),
                ],
                order="id",
            )
            by_customer = persons.grouped("commercial_partner_id")
            for each in lost:
                customer = each.lifecycle_id.partner_id
                found = by_customer.get(customer, persons.browse())
                if found:
                    each.partner_id = customer if customer in found else found[0]
        return super()._address(outreach - texts)
