from datetime import datetime

from odoo import models

from odoo.addons.customer_lifecycle.models.customer_lifecycle_gate_mixin import Verdict


class CustomerLifecycleGatePermission(models.AbstractModel):
    """Whether a customer may be sent an SMS, and can be.

    Whoever refused everything by mail gets no SMS either.
    """

    _inherit = "customer.lifecycle.gate.permission"

    def _check_address(self, outreach, at: datetime) -> dict[int, Verdict]:
        """An SMS needs a number, and no e-mail address."""
        texts = outreach.filtered(lambda each: each.kind == "sms")
        verdicts = super()._check_address(outreach - texts, at)
        for each in texts:
            if not each._sms_number():
                number = each.partner_id.phone
                verdicts[each.id] = (
                    Verdict("held", "bad_number", {"number": number})
                    if number
                    else Verdict("held", "no_number")
                )
        return verdicts

    def _check_blacklist(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Odoo's blacklist of numbers holds too."""
        verdicts = super()._check_blacklist(outreach, at)
        numbers = {
            each.id: each._sms_number() for each in outreach if each.kind == "sms"
        }
        listed = set(
            self.env["phone.blacklist"]
            .search([("number", "in", list(set(numbers.values())))])
            .mapped("number")
            if numbers
            else ()
        )
        return verdicts | {
            id_: Verdict("held", "number_blacklisted", {"number": number})
            for id_, number in numbers.items()
            if number in listed
        }
