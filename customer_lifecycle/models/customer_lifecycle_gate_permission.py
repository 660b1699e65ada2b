from datetime import datetime

from odoo import models

from .customer_lifecycle_gate_mixin import Verdict

#: The field of a contact that refuses a purpose.
REFUSALS = {"offers": "lifecycle_no_offers", "care": "lifecycle_no_care"}


class CustomerLifecycleGatePermission(models.AbstractModel):
    """Checks whether the customer may be written to, and can be."""

    _name = "customer.lifecycle.gate.permission"
    _description = "Gate: Permission"
    _inherit = ["customer.lifecycle.gate.mixin"]

    def _check_opt_out(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Whoever said no is left alone, under whatever contact the address is known.

        A no of the customer itself holds for the persons below it too.
        """
        mails = self._mails(outreach)
        verdicts = {}
        for company, of_company in mails.grouped("company_id").items():
            refused = self._refused_addresses(company, of_company)
            for each in of_company:
                purpose = each._purpose()
                contacts = each.partner_id | each.lifecycle_id.partner_id
                if (self._address(each), purpose) in refused or any(
                    contacts.mapped(REFUSALS[purpose])
                ):
                    verdicts[each.id] = Verdict("cancelled", f"no_{purpose}")
        return verdicts

    def _refused_addresses(self, company, outreach) -> set[tuple[str, str]]:
        """Return what was refused under some contact: ``(address, purpose)``."""
        namesakes = self._namesakes(outreach, company)
        contacts = self.env["res.partner"].browse(namesakes)
        return {
            (namesakes[contact.id], purpose)
            for contact in contacts
            for purpose, field in REFUSALS.items()
            if contact[field]
        }

    def _check_own(self, outreach, at: datetime) -> dict[int, Verdict]:
        """No mail to ourselves: our companies and the users who work here."""
        mails = self._mails(outreach)
        own = self.env["res.company"].search([]).partner_id if mails else None
        return {
            each.id: Verdict("cancelled", "own")
            for each in mails
            if each.lifecycle_id.partner_id in own
            or not (each.partner_id.partner_share)
        }

    def _check_address(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Without an address that can be right there is nothing to send."""
        return {
            each.id: Verdict("held", "bad_address", {"email": each.partner_id.email})
            if each.partner_id.email
            else Verdict("held", "no_address")
            for each in self._mails(outreach)
            if not self._address(each)
        }

    def _check_blacklist(self, outreach, at: datetime) -> dict[int, Verdict]:
        """What Odoo's own blacklist refuses is refused here too, and says so."""
        mails = self._mails(outreach)
        addresses = list({self._address(each) for each in mails} - {False})
        listed = set(
            self.env["mail.blacklist"]
            .search([("email", "in", addresses)])
            .mapped("email")
            if addresses
            else ()
        )
        return {
            each.id: Verdict("held", "blacklisted", {"email": self._address(each)})
            for each in mails
            if self._address(each) in listed
        }

    # ------------------------------------------------------------------------ sentences

    def _say_no_offers(self, values):
        return self.env._("The customer wants no offers.")

    def _say_no_care(self, values):
        return self.env._("The customer wants no questions or messages.")

    def _say_no_mail(self, values):
        return self.env._("The customer wants no more e-mails.")

    def _say_own(self, values):
        return self.env._("This is one of your companies or users.")

    def _say_no_address(self, values):
        return self.env._("Not sent: the customer has no e-mail address.")

    def _say_bad_address(self, values):
        return self.env._(
            "Not sent: “%(email)s” is not a valid e-mail address.",
            email=values.get("email"),
        )

    def _say_blacklisted(self, values):
        return self.env._(
            "Not sent: %(email)s is on the blacklist.", email=values.get("email")
        )
