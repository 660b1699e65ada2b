from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools.misc import get_lang

from odoo.addons.rating.controllers.main import MAPPED_RATES, Rating

#: The longest comment that is kept.
COMMENT_LENGTH = 2000


class CustomerRating(Rating):
    """Odoo's pages on which a customer answers, for questions about the customer.

    The link in the mail is the answer: the page that it opens sends it. Programs that
    only follow links, as mail filters do, change nothing. A question is answered once:
    a link that is used again, or with a rate that does not exist, changes nothing.
    """

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        if self._is_customers(token):
            if rate not in MAPPED_RATES.values():
                raise NotFound()
            rating, _card = self._get_rating_and_record(token)
            if rating.consumed:
                return self._page("answered", rating)
            if self._is_of_visitor(rating):
                return self._page("click", rating, rate=rate)
        return super().action_open_rating(token, rate, **kwargs)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        is_answer = request.httprequest.method == "POST" and self._is_customers(token)
        if not is_answer:
            return super().action_submit_rating(token, rate=rate, **kwargs)
        if str(rate) not in map(str, MAPPED_RATES.values()):
            raise NotFound()
        rating, _card = self._get_rating_and_record(token)
        if rating.consumed:
            return self._page("answered", rating)
        super().action_submit_rating(token, rate=rate, **kwargs)
        return self._page("noted", rating)

    @http.route(
        "/rate/<string:token>/comment",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def comment_rating(self, token, comment="", **kwargs):
        """Take what the customer adds to the answer, once."""
        rating, card = self._get_rating_and_record(token)
        if not self._is_customers(token) or not rating.consumed:
            raise NotFound()
        text = comment.strip()[:COMMENT_LENGTH] if isinstance(comment, str) else ""
        if not text or rating.feedback:
            return self._page("answered", rating)
        card._comment_rating(rating, text)
        return self._page("noted", rating)

    def _is_customers(self, token) -> bool:
        """Say whether a rating is about a customer, and not one of Odoo's others."""
        rating, _record = self._get_rating_and_record(token)
        return rating.res_model == "customer.lifecycle"

    def _is_of_visitor(self, rating) -> bool:
        """Say whether whoever looks at the page may be the one who was asked."""
        user = request.env.user
        asked = rating.partner_id.commercial_partner_id
        return user._is_public() or user.partner_id.commercial_partner_id == asked

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
