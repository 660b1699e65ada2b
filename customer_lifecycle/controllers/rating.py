import re

from werkzeug.exceptions import NotFound, abort

from odoo import http
from odoo.http import request
from odoo.tools.misc import get_lang

from odoo.addons.rating.controllers.main import MAPPED_RATES, Rating

#: The longest comment that is kept.
COMMENT_LENGTH = 2000
#: What no text has, and PostgreSQL and XML refuse; line ends and tabs are none of it.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class CustomerRating(Rating):
    """Odoo's pages on which a customer answers, for questions about the customer.

    The link in the mail is the answer: the page that it opens sends it. Programs that
    only follow links, as mail filters do, change nothing. A question is answered once:
    a link that is used again, or with a rate that does not exist, changes nothing.
    Whoever is logged in as somebody else is told so on every page, and changes nothing.
    """

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        rating, _record = self._get_rating_and_record(token)
        if not self._is_about_card(rating):
            return super().action_open_rating(token, rate, **kwargs)
        if rate not in MAPPED_RATES.values():
            raise NotFound()
        if not self._is_of_visitor(rating):
            return super().action_open_rating(token, rate, **kwargs)
        return self._page("answered" if rating.consumed else "click", rating, rate=rate)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        rating, _record = self._get_rating_and_record(token)
        if not self._is_about_card(rating):
            return super().action_submit_rating(token, rate=rate, **kwargs)
        if not self._is_of_visitor(rating):
            return self._refusal(token)
        if request.httprequest.method != "POST":
            return self._looked_at(rating)
        if str(rate) not in map(str, MAPPED_RATES.values()):
            raise NotFound()
        if rating.consumed:
            return self._page("answered", rating)
        feedback = self._cleaned(kwargs.pop("feedback", ""))
        super().action_submit_rating(token, rate=rate, feedback=feedback, **kwargs)
        return self._page("noted", rating)

    @http.route(
        "/rate/<string:token>/comment",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
    )
    def comment_rating(self, token, comment="", **kwargs):
        """Take what the customer adds to the answer, once."""
        rating, card = self._get_rating_and_record(token)
        if not self._is_about_card(rating):
            raise NotFound()
        if not self._is_of_visitor(rating):
            return self._refusal(token)
        if request.httprequest.method != "POST":
            return self._looked_at(rating)
        if not rating.consumed:
            raise NotFound()
        text = self._cleaned(comment)
        if not text or rating.feedback:
            return self._page("answered", rating)
        card._comment_rating(rating, text)
        return self._page("noted", rating)

    def _get_rating_and_record(self, token):
        if "\0" in token:
            # PostgreSQL takes no such text; Odoo looks for a page of such an address
            # before it says "not found", and fails: this says it at once
            abort(NotFound().get_response())
        return super()._get_rating_and_record(token)

    def _is_about_card(self, rating) -> bool:
        """Say whether a rating is about a customer, and not one of Odoo's others."""
        return rating.res_model == "customer.lifecycle"

    def _is_of_visitor(self, rating) -> bool:
        """Say whether whoever looks at the page may be the one who was asked."""
        user = request.env.user
        asked = rating.partner_id.commercial_partner_id
        return user._is_public() or user.partner_id.commercial_partner_id == asked

    def _refusal(self, token):
        """Return Odoo's page for whoever is logged in as somebody else."""
        return self.action_open_rating(token, next(iter(MAPPED_RATES.values())))

    def _looked_at(self, rating):
        """Return the page to an address that answers are sent to, when it is opened.

        As by choosing another language. Nothing is answered by it.
        """
        return self._page("noted" if rating.consumed else "click", rating, rate=None)

    def _cleaned(self, text) -> str:
        """Return what a visitor sent as a text that can be kept."""
        if not isinstance(text, str):  # a file, in a forged form
            return ""
        return CONTROL_CHARACTERS.sub("", text).strip()[:COMMENT_LENGTH]

    def _page(self, name: str, rating, **values):
        """Return a page about an answer, in the language of whoever was asked."""
        lang = rating.partner_id.lang or get_lang(request.env).code
        # sudo: customer.lifecycle.outreach - the question, of which the page has a part
        outreach = request.env["customer.lifecycle.outreach"].sudo()
        question = outreach.search([("rating_id", "=", rating.id)], limit=1)
        values |= {
            "rating": rating,
            "company": question.company_id or request.env.company,
            "is_about_need": question.question == "solved",
        }
        views = request.env["ir.ui.view"].with_context(lang=lang)
        return views._render_template(f"customer_lifecycle.rating_{name}_page", values)
