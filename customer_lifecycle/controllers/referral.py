from datetime import timedelta

from odoo import http
from odoo.http import request
from odoo.tools import email_normalize
from odoo.tools.mail import single_email_re
from odoo.tools.misc import get_lang

from ..models.crm_lead_referral import digits
from ..models.customer_lifecycle_referral_refusal import PHONE_MINIMUM
from ..models.res_users_referral import COOKIE

TEMPLATE = "customer_lifecycle.referral_page"
#: Days for which a visit is remembered until somebody signs up.
COOKIE_DAYS = 90
#: The longest text that the form takes, for each of its fields.
TEXT_LENGTH = 200
#: A field that people do not see: only programs fill it in.
HONEYPOT = "website"


class Referral(http.Controller):
    """The page behind a customer's link: who recommends us, and the way to us.

    It says the first name of whoever recommends, and nothing else about anybody: not
    even whether somebody who leaves an address is known.
    """

    @http.route(
        "/lifecycle/r/<string:code>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def referral(self, code, **post):
        """Show who recommends us; whoever leaves an address becomes a lead."""
        card = request.env["customer.lifecycle"]._of_referral_code(code)
        if not card or not card.partner_id.active:
            return self._page({"is_known": False}, status=404)
        values = {"is_known": True, "card": card, "company": card.company_id}
        if request.httprequest.method == "POST":
            return self._post(card, values, post)
        return self._page(values, card)

    def _post(self, card, values: dict, post: dict):
        """Take what was left, or say what is missing."""
        given = {
            name: self._text(post.get(name)) for name in ("name", "email", "phone")
        }
        if post.get(HONEYPOT):
            return self._page(values | {"is_done": True}, card)
        problem = self._problem(given)
        if problem:
            return self._page(values | given | {"problem": problem}, card, status=422)
        # sudo: crm.lead - anybody may leave an address; what is made of it is ours
        request.env["crm.lead"].sudo()._lifecycle_from_link(
            card, given, get_lang(request.env).code
        )
        return self._page(values | {"is_done": True}, card)

    def _text(self, value) -> str:
        """Return what was typed into a field, on one line.

        Files and control characters are nothing that our form sends.
        """
        text = value if isinstance(value, str) else ""
        typed = "".join(letter if letter.isprintable() else " " for letter in text)
        return " ".join(typed.split())[:TEXT_LENGTH]

    def _problem(self, given: dict) -> str | None:
        """Return what is missing or wrong, as the page knows it."""
        if not given["name"]:
            return "name"
        if given["email"] and not single_email_re.match(
            email_normalize(given["email"]) or ""
        ):
            return "email"
        if not given["email"] and len(digits(given["phone"])) < PHONE_MINIMUM:
            return "contact"
        return None

    def _page(self, values: dict, card=None, status: int = 200):
        """Return the page in the visitor's language; nobody indexes it."""
        lang = get_lang(request.env).code
        page = (
            request.env["ir.ui.view"]
            .with_context(lang=lang)
            ._render_template(TEMPLATE, {"lang": lang, **values})
        )
        response = request.make_response(
            page,
            headers=[
                ("Content-Type", "text/html; charset=utf-8"),
                ("X-Robots-Tag", "noindex, nofollow"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
            ],
            status=status,
        )
        if card:
            response.set_cookie(
                COOKIE,
                card.referral_code,
                max_age=int(timedelta(days=COOKIE_DAYS).total_seconds()),
                expires=None,
                httponly=True,
                samesite="Lax",
                cookie_type="optional",
            )
        return response
