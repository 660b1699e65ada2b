from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools.misc import get_lang

from odoo.addons.rating.controllers.main import MAPPED_RATES, Rating


class CustomerRating(Rating):
    """Odoo's pages on which a customer answers, for questions about the customer.

    A question is answered once: a link that is used again, or with a rate that does
    not exist, changes nothing.
    """

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        if self._is_customers(token):
            if rate not in MAPPED_RATES.values():
                raise NotFound()
            answered = self._answered_page(token)
            if answered:
                return answered
        return super().action_open_rating(token, rate, **kwargs)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        if request.httprequest.method == "POST" and self._is_customers(token):
            if str(rate) not in map(str, MAPPED_RATES.values()):
                raise NotFound()
            answered = self._answered_page(token)
            if answered:
                return answered
        return super().action_submit_rating(token, rate=rate, **kwargs)

    def _is_customers(self, token) -> bool:
        """Say whether a rating is about a customer, and not one of Odoo's others."""
        rating, _record = self._get_rating_and_record(token)
        return rating.res_model == "customer.lifecycle"

    def _answered_page(self, token):
        """Return the page that says what was answered; nothing if it was not yet."""
        rating, card = self._get_rating_and_record(token)
        if not rating.consumed:
            return None
        lang = rating.partner_id.lang or get_lang(request.env).code
        views = request.env["ir.ui.view"].with_context(lang=lang)
        return views._render_template(
            "customer_lifecycle.rating_answered_page",
            {"rating": rating, "company": card.company_id},
        )
