from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .customer_lifecycle_transition import CAUSES

#: Days after which an order that appears is history being entered, not news.
NEWS_DAYS = 7
#: Failures after which a customer is set aside until something changes again.
MAX_FAILURES = 3


class CustomerLifecycleChange(models.Model):
    """A customer whose facts have changed, waiting for the refresh.

    Insert-only, without foreign keys or unique keys: marking a customer waits for
    nobody and can fail no order. The refresh deletes what it claims, in the same
    transaction as its work: a rollback gives the work back.
    """

    _name = "customer.lifecycle.change"
    _description = "Customer Waiting for a Refresh"
    _log_access = False
    _order = "id"

    # plain integers on purpose: a foreign key would lock the partner's row
    partner_ref = fields.Integer(string="Contact ID", readonly=True)
    company_ref = fields.Integer(
        string="Company ID", readonly=True, help="Empty: every company."
    )
    cause = fields.Selection(CAUSES, readonly=True)
    is_silent = fields.Boolean(readonly=True)
    failure_count = fields.Integer(string="Failures", readonly=True)
    error = fields.Text(string="Last Error", readonly=True)
    customer = fields.Char(compute="_compute_customer")

    # the order in which the refresh claims
    _claim_idx = models.Index(f"(partner_ref, id) WHERE failure_count < {MAX_FAILURES}")
    # finds the few that were set aside among all that wait
    _set_aside_idx = models.Index(
        f"(partner_ref) WHERE failure_count >= {MAX_FAILURES}"
    )

    @api.depends("partner_ref")
    def _compute_customer(self):
        # sudo: res.partner - shows a name to the administrators who see the queue
        partners = self.env["res.partner"].sudo().browse(self.mapped("partner_ref"))
        names = {partner.id: partner.display_name for partner in partners.exists()}
        for change in self:
            change.customer = names.get(change.partner_ref, "")

    @api.model
    def _is_silent(self) -> bool:
        """Say whether what this transaction does is history being entered.

        Once silent, a transaction stays so: columns are written when it is flushed,
        where the context of the importing call is no longer at hand.
        """
        data = self.env.cr.precommit.data
        context = self.env.context
        if context.get("lifecycle_silent") or context.get("import_file"):
            data["customer_lifecycle.silent"] = True
        return data.get("customer_lifecycle.silent", False)

    @api.model
    def _news_since(self) -> datetime:
        """Return the time (UTC) before which an order counts as history."""
        return fields.Datetime.now() - timedelta(days=NEWS_DAYS)

    @api.model
    def _mark(self, customers: SQL, cause: str = "facts", wake: bool = True):
        """Queue the rows of ``customers``.

        :param customers: subquery with columns ``partner_id, company_id, is_silent``;
            an empty company means every company
        :param cause: why, as in the transitions
        :param wake: have the refresh start at once
        """
        queued = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_lifecycle_change
                            (partner_ref, company_ref, cause, is_silent, failure_count)
                     SELECT DISTINCT partner_id, company_id, %(cause)s, is_silent, 0
                       FROM (%(customers)s) AS customers
                      WHERE partner_id IS NOT NULL
                  RETURNING id
                """,
                customers=customers,
                cause=cause,
            )
        )
        if queued and wake:
            self._wake()

    @api.model
    def _mark_partners(self, partner_ids, company_ids=None, cause: str = "facts"):
        """Queue contacts, each in each of ``company_ids`` (default: every one)."""
        self._mark(
            SQL(
                """
                SELECT partner_id, company_id, %(silent)s AS is_silent
                  FROM UNNEST(%(partners)s::integer[]) AS partner_id
            CROSS JOIN UNNEST(%(companies)s::integer[]) AS company_id
                """,
                partners=list(partner_ids),
                companies=list(company_ids or [None]),
                silent=self._is_silent(),
            ),
            cause,
        )

    @api.model
    def _mark_silently(self, company, partner_ids, cause: str):
        """Queue contacts of one company; the rest of the transaction may be heard."""
        self._mark(
            SQL(
                "SELECT partner_id, %s AS company_id, TRUE AS is_silent"
                "  FROM UNNEST(%s::integer[]) AS partner_id",
                company.id,
                list(partner_ids),
            ),
            cause,
        )

    @api.model
    def _mark_cards(self, cause: str, companies=None):
        """Queue every card of ``companies`` (default: all), silently."""
        self.env["customer.lifecycle"].flush_model(["partner_id", "company_id"])
        self._mark(
            SQL(
                """
                SELECT partner_id, company_id, TRUE AS is_silent
                  FROM customer_lifecycle
                 WHERE %s
                """,
                SQL("company_id IN %s", tuple(companies.ids))
                if companies
                else SQL("TRUE"),
            ),
            cause,
        )

    @api.model
    def _mark_everybody(self, cause: str, companies=None):
        """Queue whoever may be a customer of ``companies`` (default: all), silently."""
        companies = companies or self.env["res.company"].search([])
        self.env.flush_all()
        self._mark(
            SQL(
                """
                SELECT partner_id, company_id, TRUE AS is_silent
                  FROM (%(candidates)s) AS candidates
                 WHERE company_id IN %(companies)s
                """,
                candidates=self.env["customer.lifecycle.facts"]._candidate_query(),
                companies=tuple(companies.ids),
            ),
            cause,
        )

    @api.model
    def _wake(self):
        """Have the refresh start as soon as this transaction is committed."""
        data = self.env.cr.precommit.data
        if data.get("customer_lifecycle.woken"):
            return
        cron = self.env.ref(
            "customer_lifecycle.ir_cron_refresh", raise_if_not_found=False
        )
        if cron:
            data["customer_lifecycle.woken"] = True
            # sudo: ir.cron - whoever confirms an order may start the refresh
            cron.sudo()._trigger()

    def action_retry(self):
        """Try the customers that were set aside once more."""
        self.write({"failure_count": 0, "error": False})
        self._wake()
