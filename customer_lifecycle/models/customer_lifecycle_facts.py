from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class CustomerLifecycleFacts(models.AbstractModel):
    """The facts of a card, put together from purchases and evidence.

    A companion adds a kind of evidence by extending ``_fact_sources`` and
    ``_fact_columns``; rules can then use the column.
    """

    _name = "customer.lifecycle.facts"
    _description = "Facts about Customers"
    _inherit = ["customer.lifecycle.evidence"]

    def _fact_sources(self, scope: Scope) -> dict[str, SQL]:
        """Return the named sources of facts, each with one row per ``partner_id``."""
        return {
            "purchases": self._purchases_sql(scope),
            "forecasts": self._forecasts_sql(scope),
            "deliveries": self._deliveries_sql(scope),
            "quotations": self._quotations_sql(scope),
            "opportunities": self._opportunities_sql(scope),
            "promises": self._promises_sql(scope),
            "contacts": self._contacts_sql(scope),
            "touches": self._first_touches_sql(scope),
            "orders": self._latest_orders_sql(scope),
            "leads": self._latest_leads_sql(scope),
            "referrals": self._referrals_sql(scope),
            **self._knowledge_sources(scope),
            **self._trust_sources(scope),
        }

    def _fact_columns(self, scope: Scope) -> dict[str, SQL]:
        """Return the fact columns of the card and what fills them."""
        decimals = scope.company.currency_id.decimal_places
        return {
            "active": self._is_customer_sql(scope),
            "purchase_count": SQL("COALESCE(purchases.purchase_count, 0)"),
            "first_purchase_date": SQL("purchases.first_day"),
            "last_purchase_date": SQL("purchases.last_day"),
            "purchase_span_days": SQL(
                "COALESCE(purchases.last_day - purchases.first_day, 0)"
            ),
            "amount_total": SQL(
                "ROUND(COALESCE(purchases.amount_total, 0), %s)", decimals
            ),
            "amount_year": SQL(
                "ROUND(COALESCE(purchases.amount_year, 0), %s)", decimals
            ),
            "amount_average": SQL(
                "ROUND(COALESCE(purchases.amount_total"
                " / NULLIF(purchases.purchase_count, 0), 0), %s)",
                decimals,
            ),
            "interval_days": SQL(
                "COALESCE((purchases.last_day - purchases.first_day)::float"
                " / NULLIF(purchases.purchase_count - 1, 0), 0)"
            ),
            **self._need_columns(),
            "last_delivery_date": SQL("deliveries.last_day"),
            "quotation_count": SQL("COALESCE(quotations.quotation_count, 0)"),
            "oldest_quotation_date": SQL("quotations.oldest_day"),
            "opportunity_count": SQL("COALESCE(opportunities.opportunity_count, 0)"),
            "opportunity_amount": SQL(
                "ROUND(COALESCE(opportunities.amount, 0)::numeric, %s)", decimals
            ),
            **self._promise_columns(),
            "last_contact_date": SQL(
                "GREATEST(contacts.heard_day, contacts.reached_day)"
            ),
            "last_heard_date": SQL("contacts.heard_day"),
            "last_reached_date": SQL("contacts.reached_day"),
            **self._knowledge_columns(scope),
            **self._trust_columns(),
            "referral_count": SQL("COALESCE(referrals.referral_count, 0)"),
            "referral_amount": SQL(
                "ROUND(COALESCE(referrals.amount, 0), %s)", decimals
            ),
            "first_touch_date": SQL("touches.day"),
            "source_id": SQL("touches.source_id"),
            "medium_id": SQL("touches.medium_id"),
            "campaign_id": SQL("touches.campaign_id"),
            "suggested_user_id": SQL("%s", self._suggested_user_sql(scope)),
            "suggested_team_id": SQL("COALESCE(orders.team_id, leads.team_id)"),
            **self._forecast_columns(scope),
            "next_change_date": self._next_change_sql(scope),
        }

    def _woken_columns(self, scope: Scope) -> dict[str, SQL]:
        """Return the fact columns; what time alone does to the rules wakes the card."""
        columns = self._fact_columns(scope)
        rules = self.env["customer.lifecycle.rules"]
        turns = rules._turning_days(columns, scope.as_of)
        if turns:
            columns["next_change_date"] = SQL(
                "LEAST(%s, %s)",
                columns["next_change_date"],
                self._first_day_sql(turns, scope.as_of),
            )
        return columns

    def _promise_columns(self) -> dict[str, SQL]:
        """Return the columns about what we promised, made of ``promises``."""
        counts = {
            f"promise_{count}": SQL(
                "COALESCE(%s, 0)", SQL.identifier("promises", count)
            )
            for count in ("open_count", "overdue_count", "kept_count", "broken_count")
        }
        return counts | {
            "promise_broken_date": SQL("promises.broken_day"),
            "promise_kept_share": SQL(
                "ROUND(promises.kept_count::numeric"
                " / NULLIF(promises.kept_count + promises.broken_count, 0), 4)"
            ),
        }

    def _need_columns(self) -> dict[str, SQL]:
        """Return the columns about needs and what came of them, made of ``orders``."""
        return {
            name: SQL("COALESCE(%s, 0)", SQL.identifier("orders", name))
            for name in ("need_count", "solved_count", "unsolved_count")
        }

    def _forecast_columns(self, scope: Scope) -> dict[str, SQL]:
        """Return the columns that the forecast fills; empty without a purchase.

        They are made of ``forecasts`` and of ``purchases``: count and total.
        """
        decimals = scope.company.currency_id.decimal_places
        # refunds may outweigh the purchases: then none of them is worth anything
        average = SQL(
            "GREATEST(0, purchases.amount_total"
            " / NULLIF(purchases.purchase_count, 0))::numeric"
        )
        return {
            "due_date": SQL("forecasts.due"),
            "slipping_date": SQL("forecasts.slipping"),
            "lapsed_date": SQL("forecasts.lapsed"),
            "regularity": SQL("COALESCE(forecasts.regularity, 'unknown')"),
            "return_chance": SQL("forecasts.return_chance"),
            # 0 and not NULL for who has not bought: NULL sorts above the highest
            "expected_purchases": SQL(
                "COALESCE(ROUND(forecasts.purchases::numeric, 2), 0)"
            ),
            "expected_amount": SQL(
                "COALESCE(ROUND(forecasts.purchases::numeric * %s, %s), 0)",
                average,
                decimals,
            ),
            "amount_at_stake": SQL(
                "COALESCE(ROUND(forecasts.at_stake::numeric * %s, %s), 0)",
                average,
                decimals,
            ),
            "rhythm_span": SQL("forecasts.span"),
            "rhythm_log_sum": SQL("forecasts.log_sum"),
        }

    def _facts_sql(self, scope: Scope) -> SQL:
        """Return the facts of the customers of a scope.

        Grain: one row per partner that is a customer or has a card. Columns:
        ``partner_id, company_id`` and those of ``_fact_columns``.
        """
        sources = self._fact_sources(scope)
        columns = self._woken_columns(scope)
        return SQL(
            """
              WITH customers AS (
                   SELECT UNNEST(%(partners)s::integer[]) AS partner_id),
                   %(sources)s
            SELECT customers.partner_id, %(company)s AS company_id, %(columns)s
              FROM customers
              JOIN res_partner AS partner
                ON partner.id = customers.partner_id
         LEFT JOIN customer_lifecycle AS card
                ON card.partner_id = customers.partner_id
               AND card.company_id = %(company)s
              %(joins)s
             WHERE card.id IS NOT NULL OR %(is_customer)s
            """,
            partners=list(scope.partner_ids),
            sources=SQL(", ").join(
                SQL("%s AS (%s)", SQL.identifier(name), query)
                for name, query in sources.items()
            ),
            columns=SQL(", ").join(
                SQL("%s AS %s", value, SQL.identifier(name))
                for name, value in columns.items()
            ),
            company=scope.company.id,
            joins=SQL(" ").join(
                SQL(
                    "LEFT JOIN %(name)s ON %(name)s.partner_id = customers.partner_id",
                    name=SQL.identifier(name),
                )
                for name in sources
            ),
            is_customer=self._is_customer_sql(scope),
        )

    def _facts_upsert_sql(self, scope: Scope, uid: int) -> SQL:
        """Build the statement that writes the facts of the customers of a scope.

        Grain: one card per (commercial partner, company). Decisions (stage, level,
        health, owner) are not touched.

        :return: INSERT … ON CONFLICT … RETURNING id; no row where nothing differs
        """
        names = [SQL.identifier(name) for name in self._fact_columns(scope)]
        return SQL(
            """
            INSERT INTO customer_lifecycle AS card
                        (partner_id, company_id, %(columns)s, inclusion, health,
                         create_uid, create_date, write_uid, write_date)
                 SELECT partner_id, company_id, %(columns)s, 'rule', 'unknown',
                        %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM (%(facts)s) AS facts
            ON CONFLICT (partner_id, company_id)
          DO UPDATE SET (%(columns)s, write_uid, write_date)
                      = ROW(%(new)s, EXCLUDED.write_uid, EXCLUDED.write_date)
                  WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
              RETURNING card.id
            """,
            columns=SQL(", ").join(names),
            facts=self._facts_sql(scope),
            new=SQL(", ").join(SQL("EXCLUDED.%s", name) for name in names),
            old=SQL(", ").join(SQL("card.%s", name) for name in names),
            uid=uid,
            now=self.env.cr.now(),
        )
