import base64
import binascii
from ast import literal_eval
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.tools import consteq, email_normalize, hmac
from odoo.tools.mail import append_content_to_html

#: What the signature of a link is for.
SCOPE = "customer_lifecycle-unsubscribe"
#: Hexadecimal digits of the signature: 128 bits.
SIGNATURE_LENGTH = 32
PATH = "/lifecycle/unsubscribe"


class Ticket(NamedTuple):
    """What a link to unsubscribe says: it holds when the outreach is long gone.

    :param purpose: what the mail was for, a value of ``PURPOSES``
    """

    outreach_id: int
    company_id: int
    purpose: str
    email: str


class CustomerLifecycleOutreachUnsubscribe(models.AbstractModel):
    """The way out of every mail: a link, a header and a line below the text."""

    _name = "customer.lifecycle.outreach.unsubscribe"
    _description = "Unsubscribing from Outreach"

    def _unsubscribe_url(self) -> str:
        """Return the address under which the customer says no, without login."""
        self.ensure_one()
        ticket = Ticket(
            self.id,
            self.company_id.id,
            self._purpose(),
            email_normalize(self.partner_id.email, strict=False) or "",
        )
        return f"{self.get_base_url()}{PATH}/{self._sign(ticket)}"

    def _unsubscribe_headers(self) -> dict[str, str]:
        """Return the headers with which mail programs offer one click (RFC 8058)."""
        return {
            "List-Unsubscribe": f"<{self._unsubscribe_url()}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def _unsubscribe_footer(self) -> Markup:
        """Return the line below the text, in the customer's language."""
        self.ensure_one()
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        why = env._(
            "You get this e-mail as a customer of %(company)s.",
            company=self.company_id.name,
        )
        return Markup(
            '<p style="margin-top:24px;padding-top:8px;border-top:1px solid #dddddd;'
            'font-size:12px;color:#6c757d">%s <a href="%s" style="color:#6c757d">%s</a>'
            "</p>"
        ) % (why, self._unsubscribe_url(), env._("Unsubscribe or choose what you get"))

    def _add_unsubscribe(self, values: dict):
        """Put the way out into the values of a mail, not on the card's chatter.

        There a colleague could say no in the customer's name.
        """
        headers = literal_eval(values.get("headers") or "{}")
        values["headers"] = repr(headers | self._unsubscribe_headers())
        values["body_html"] = append_content_to_html(
            values.get("body_html") or "", self._unsubscribe_footer(), plaintext=False
        )

    # -------------------------------------------------------------------------- tickets

    @api.model
    def _sign(self, ticket: Ticket) -> str:
        """Return a ticket as the last part of a link."""
        text = ":".join(map(str, ticket))
        payload = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return f"{payload}.{self._signature(payload)}"

    @api.model
    def _signature(self, payload: str) -> str:
        # sudo: ir.config_parameter - the secret of the database, to sign with it
        return hmac(self.sudo().env, SCOPE, payload)[:SIGNATURE_LENGTH]

    @api.model
    def _read_ticket(self, token: str) -> Ticket | None:
        """Return what a link says, or None if it is not one of ours."""
        payload, _dot, signature = token.partition(".")
        if not token.isascii() or not consteq(self._signature(payload), signature):
            return None
        try:
            padded = payload + "=" * (-len(payload) % 4)
            text = base64.urlsafe_b64decode(padded).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        outreach_id, company_id, purpose, email = text.split(":", 3)
        return Ticket(int(outreach_id), int(company_id), purpose, email)
