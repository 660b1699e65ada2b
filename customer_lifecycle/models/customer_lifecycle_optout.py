from odoo import api, models
from odoo.fields import Domain

from .customer_lifecycle_gate_permission import REFUSALS
from .customer_lifecycle_outreach import OPEN_STATES, PURPOSES


class CustomerLifecycleOptout(models.AbstractModel):
    """What happens when a customer says no, by the link in a mail or to one of us.

    A no to offers or to care is a field of the contact; a no to everything is Odoo's
    own blacklist, which all of Odoo's mass mailing heeds. Either cancels at once what
    is planned.
    """

    _name = "customer.lifecycle.optout"
    _description = "Refusals of Customers"

    # ------------------------------------------------------------------ by the customer

    @api.model
    def _contacts(self, ticket, company):
        """Return whom a link speaks for: who got the mail, and who has its address.

        :param ticket: a ``Ticket``, maybe of an outreach that is gone
        :param company: the company that wrote
        """
        outreach = self.env["customer.lifecycle.outreach"].browse(ticket.outreach_id)
        contacts = outreach.exists().partner_id
        if ticket.email:
            contacts |= contacts.with_context(active_test=False).search(
                [
                    ("email_normalized", "=", ticket.email),
                    ("company_id", "in", [False, company.id]),
                ]
            )
        return contacts

    @api.model
    def _refused(self, contacts, email: str) -> set[str]:
        """Return what is refused: of ``offers``, ``care`` and ``all``."""
        refused = {
            purpose
            for purpose, field in REFUSALS.items()
            if any(contacts.mapped(field))
        }
        if email and self.env["mail.blacklist"].search_count([("email", "=", email)]):
            refused.add("all")
        return refused

    @api.model
    def _refuse(self, contacts, email: str, choice: str):
        """Do what the customer chose in the mail: no offers, no care, nothing at all.

        :param choice: ``offers``, ``care`` or ``all``
        """
        message = self.env._("Chosen by the customer, by the link in an e-mail.")
        if choice == "all":
            if email:
                self.env["mail.blacklist"]._add(email, message=message)
            self._cancel(contacts, set(REFUSALS), "no_mail")
            return
        contacts._track_set_log_message(message)
        contacts.write({REFUSALS[choice]: True})

    @api.model
    def _allow(self, contacts, email: str, choice: str):
        """Take back what the customer chose; what it cancelled asks for approval."""
        message = self.env._("Taken back by the customer, by the link in an e-mail.")
        if choice == "all":
            if email:
                self.env["mail.blacklist"]._remove(email, message=message)
            self._reopen(contacts, ["no_mail"])
            return
        contacts._track_set_log_message(message)
        contacts.write({REFUSALS[choice]: False})
        self._reopen(contacts, [f"no_{choice}"])

    # ----------------------------------------------------------------- what was planned

    @api.model
    def _heed(self, contacts, vals: dict):
        """Cancel what contacts have refused just now, wherever it was said."""
        for purpose, field in REFUSALS.items():
            if vals.get(field):
                self._cancel(contacts, {purpose}, f"no_{purpose}")

    @api.model
    def _cancel(self, contacts, purposes: set[str], code: str):
        """Cancel the open mails of some purposes to contacts or their addresses."""
        self._planned_mails(contacts).filtered_domain(
            [
                ("state", "in", OPEN_STATES),
                ("kind", "in", [k for k, p in PURPOSES.items() if p in purposes]),
            ]
        )._put("cancelled", code, wait_until=False)

    @api.model
    def _reopen(self, contacts, codes: list[str]):
        """Have what a refusal cancelled approved again, while it makes sense."""
        cancelled = self._planned_mails(contacts).filtered_domain(
            [("state", "=", "cancelled"), ("reason_code", "in", codes)]
        )
        cancelled.filtered(
            lambda each: each.expiry_date >= each.company_id._lifecycle_today()
        )._put("planned")

    def _planned_mails(self, contacts):
        """Return the mails that nobody has got, to contacts, customers or addresses."""
        if not contacts:
            return self.env["customer.lifecycle.outreach"]
        emails = list({*contacts.mapped("email_normalized")} - {False})
        reached = Domain("partner_id", "in", contacts.ids)
        reached |= Domain("lifecycle_id.partner_id", "in", contacts.ids)
        reached |= Domain("partner_id.email_normalized", "in", emails)
        return self.env["customer.lifecycle.outreach"].search(
            reached
            & Domain("kind", "in", list(PURPOSES))
            & Domain("state", "in", [*OPEN_STATES, "cancelled"])
        )
