from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager


class CustomerPromises(CustomerPortal):
    """What both sides promised each other, for the customer to see.

    Portal users have no access to promises: these pages show the columns that concern
    the customer, of the promises of the customer's own cards.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "promise_count" in counters:
            values["promise_count"] = self._promises().search_count(
                self._promise_domain()
            )
        return values

    def _promises(self):
        # sudo: customer.lifecycle.commitment - read with the domain of the customer
        return request.env["customer.lifecycle.commitment"].sudo()

    def _promise_domain(self) -> Domain:
        """Return the domain of the promises between us and whoever is logged in.

        Of the companies whose orders they see, too.
        """
        user = request.env.user
        customer = user.partner_id.commercial_partner_id
        return Domain("lifecycle_id.partner_id", "=", customer.id) & Domain(
            "company_id", "in", user.company_ids.ids
        )

    @http.route(
        ["/my/promises", "/my/promises/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_promises(self, page=1, **kwargs):
        """Show the customer's promises, the open ones first."""
        domain = self._promise_domain()
        pages = pager(
            url="/my/promises",
            total=self._promises().search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        promises = self._promises().search(
            domain,
            order="closed_date desc, due_date, id",
            limit=self._items_per_page,
            offset=pages["offset"],
        )
        values = self._prepare_portal_layout_values() | {
            "promises": promises,
            "page_name": "promise",
            "pager": pages,
            "default_url": "/my/promises",
        }
        return request.render("customer_lifecycle.portal_my_promises", values)

    @http.route(
        "/my/promises/<int:promise_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_promise(self, promise_id, **kwargs):
        """Show one promise of the customer.

        :raises NotFound: also where there is one, of somebody else
        """
        promise = self._promises().search(
            self._promise_domain() & Domain("id", "=", promise_id)
        )
        if not promise:
            raise NotFound()
        values = self._prepare_portal_layout_values() | {
            "promise": promise,
            "order": self._shown_order(promise),
            "page_name": "promise",
        }
        return request.render("customer_lifecycle.portal_my_promise", values)

    def _shown_order(self, promise):
        """Return the order of a promise if the customer may see it."""
        order = promise.order_id.with_user(request.env.user)
        return order if order and order.has_access("read") else order.browse()
