from odoo import http
from odoo.http import request
from odoo.tools.misc import get_lang

#: What a customer can refuse, as the form and the service call it.
CHOICES = ("offers", "care", "all")
TEMPLATE = "customer_lifecycle.unsubscribe_page"


class Unsubscribe(http.Controller):
    """The page behind the link below every mail: no login, no script.

    The signature of the link is the authority. To look at it changes nothing, because
    mail filters open every link; only a POST does. A mail program that posts
    ``List-Unsubscribe=One-Click`` (RFC 8058) refuses what the mail was for.
    """

    @http.route(
        "/lifecycle/unsubscribe/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
        save_session=False,
        # posted by mail programs and from mails: the link itself is the secret
        csrf=False,
    )
    def unsubscribe(self, token, **post):
        """Show what can be refused, and do what was posted."""
        # sudo: customer.lifecycle.outreach - reads a link that only we can have signed
        ticket = request.env["customer.lifecycle.outreach"].sudo()._read_ticket(token)
        if not ticket:
            return self._page({"is_known": False}, status=404)
        # sudo: res.partner - whoever has the link has the address
        optout = request.env["customer.lifecycle.optout"].sudo()
        company = request.env["res.company"].sudo().browse(ticket.company_id).exists()
        contacts = optout._contacts(ticket, company)
        done = None
        if request.httprequest.method == "POST":
            done = self._apply(optout, contacts, ticket, post)
        return self._page(
            {
                "is_known": True,
                "company": company or request.env.company.sudo(),
                "email": ticket.email or contacts[:1].name,
                "purpose": ticket.purpose,
                "refused": optout._refused(contacts, ticket.email),
                "done": done,
            },
            lang=next(filter(None, contacts.mapped("lang")), None),
        )

    def _apply(self, optout, contacts, ticket, post: dict) -> str | None:
        """Refuse or allow what was posted, and return which of both was done."""
        refused, allowed = post.get("refuse"), post.get("allow")
        if post.get("List-Unsubscribe") == "One-Click":
            refused = ticket.purpose
        if refused in CHOICES:
            optout._refuse(contacts, ticket.email, refused)
            return "refused"
        if allowed in CHOICES:
            optout._allow(contacts, ticket.email, allowed)
            return "allowed"
        return None

    def _page(self, values: dict, lang: str | None = None, status: int = 200):
        """Return the page in the customer's language; nobody indexes or forwards it."""
        lang = lang or get_lang(request.env).code
        page = (
            request.env["ir.ui.view"]
            .with_context(lang=lang)
            ._render_template(TEMPLATE, {"lang": lang, **values})
        )
        return request.make_response(
            page,
            headers=[
                ("Content-Type", "text/html; charset=utf-8"),
                ("X-Robots-Tag", "noindex, nofollow"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
            ],
            status=status,
        )
