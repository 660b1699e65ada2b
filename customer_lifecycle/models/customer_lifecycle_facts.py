from ast import literal_eval
from dataclasses import dataclass
from datetime import date

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import rhythm


@dataclass(frozen=True)
class Scope:
    """Whose facts are gathered, and up to when.

    ``partner_ids`` are commercial partners; ``as_of`` is the last day that counts, in
    the company's time zone.
    """

    company: models.BaseModel
    partner_ids: tuple[int, ...]
    as_of: date


class CustomerLifecycleFacts(models.AbstractModel):
    """The SQL of purchases and facts. Each method returns one SQL and runs none.

    Amounts are untaxed and in company currency at the order's rate; days are days of
    the company's time zone. A companion adds a source of purchases by extending
    ``_purchase_query``, and a kind of evidence by extending ``_fact_sources`` and
    ``_fact_columns``.
    """

    _name = "customer.lifecycle.facts"
    _description = "Facts about Customers"

    # -------------------------------------------------------------------- purchases

    def _purchase_query(self) -> SQL:
        """Return what customers bought and gave back, document by document.

        Grain: one row per document and cause (sold, refunded); a refund counts on
        the day of what it refunds. Columns: ``partner_id`` (commercial partner),
        ``company_id``, ``day``, ``amount`` (negative: given back), ``document``.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   sale.company_id,
                   (sale.date_order AT TIME ZONE 'UTC'
                                    AT TIME ZONE company.lifecycle_tz)::date AS day,
                   -- the rate of the order's own date, kept by Odoo on the order
                   sale.amount_untaxed
                       / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric AS amount,
                   'sale.order,' || sale.id AS document
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN res_company AS company
                ON company.id = sale.company_id
             WHERE sale.state = 'sale'
             UNION ALL
            %(refunds)s
            """,
            refunds=self._refund_query(),
        )

    def _refund_query(self) -> SQL:
        """Return posted credit notes of sold lines, as negative amounts.

        Columns as in ``_purchase_query``; the document is the order.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id,
                   sale.company_id,
                   (sale.date_order AT TIME ZONE 'UTC'
                                    AT TIME ZONE company.lifecycle_tz)::date,
                   -- the income line of a credit note is a debit, in company currency
                   -line.balance,
                   'sale.order,' || sale.id
              FROM account_move AS move
              JOIN account_move_line AS line
                ON line.move_id = move.id
              JOIN sale_order_line_invoice_rel AS link
                ON link.invoice_line_id = line.id
              JOIN sale_order_line AS sale_line
                ON sale_line.id = link.order_line_id
              JOIN sale_order AS sale
                ON sale.id = sale_line.order_id
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN res_company AS company
                ON company.id = sale.company_id
             WHERE move.move_type = 'out_refund'
               AND move.state = 'posted'
               AND sale.state = 'sale'
            """
        )

    def _purchase_day_query(self, where: SQL) -> SQL:
        """Return the days on which customers bought or gave back.

        Grain: one row per customer, company and day. Columns: ``partner_id,
        company_id, day, amount, is_purchase``. A day is a purchase when at least one
        document of it was worth something after its refunds.

        :param where: condition on ``partner_id`` and ``company_id``
        """
        return SQL(
            """
            SELECT partner_id, company_id, day,
                   SUM(amount) AS amount,
                   BOOL_OR(amount > 0) AS is_purchase
              FROM (SELECT partner_id, company_id, day, document,
                           SUM(amount) AS amount
                      FROM (%(purchases)s) AS purchases
                     WHERE %(where)s
                  GROUP BY partner_id, company_id, day, document) AS documents
          GROUP BY partner_id, company_id, day
            """,
            purchases=self._purchase_query(),
            where=where,
        )

    def _median_interval_sql(self, company, as_of: date) -> SQL:
        """Return the company's usual days between purchases.

        :return: one row ``(median days or NULL, number of customers it rests on)``:
            of the customers with enough purchases to have a rhythm of their own, or
            where there are none, of all who have bought twice
        """
        return SQL(
            """
              WITH customers AS (
                   SELECT COUNT(*) AS purchases,
                          (MAX(day) - MIN(day))::numeric
                              / NULLIF(COUNT(*) - 1, 0) AS interval_days
                     FROM (%(days)s) AS days
                    WHERE is_purchase AND day <= %(as_of)s
                 GROUP BY partner_id
                   HAVING COUNT(*) > 1),
                   trusted AS (
                   SELECT interval_days
                     FROM customers
                    WHERE purchases >= %(enough)s
                       OR NOT EXISTS (SELECT FROM customers
                                       WHERE purchases >= %(enough)s))
            SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY interval_days),
                   COUNT(*)
              FROM trusted
            """,
            days=self._purchase_day_query(SQL("company_id = %s", company.id)),
            as_of=as_of,
            enough=rhythm.MIN_PURCHASES,
        )

    def _purchase_number_sql(self, scope: Scope, order_ids=None) -> SQL:
        """Build the statement that numbers the orders of customers.

        Orders of one day share the number of that day; what is no purchase has 0.
        The order's ``write_date`` is left alone: being counted is not an edit.

        :param order_ids: number these orders only (default: all of the customers)
        :return: UPDATE … RETURNING id of the orders whose number differed
        """
        return SQL(
            """
              WITH days AS (%(days)s),
                   numbered AS (
                   SELECT partner_id, day,
                          RANK() OVER (PARTITION BY partner_id ORDER BY day) AS number
                     FROM days
                    WHERE is_purchase),
                   orders AS (
                   SELECT sale.id, COALESCE(MAX(numbered.number), 0) AS number
                     FROM sale_order AS sale
                     JOIN res_partner AS partner
                       ON partner.id = sale.partner_id
                     JOIN res_company AS company
                       ON company.id = sale.company_id
                LEFT JOIN numbered
                       ON numbered.partner_id = partner.commercial_partner_id
                      AND numbered.day =
                          (sale.date_order AT TIME ZONE 'UTC'
                                           AT TIME ZONE company.lifecycle_tz)::date
                      AND sale.state = 'sale'
                      AND sale.amount_untaxed > 0
                    WHERE partner.commercial_partner_id = ANY(%(partners)s::integer[])
                      AND sale.company_id = %(company)s
                 GROUP BY sale.id)
            UPDATE sale_order AS sale
               SET lifecycle_purchase_number = orders.number
              FROM orders
             WHERE sale.id = orders.id
               AND COALESCE(sale.lifecycle_purchase_number, 0) != orders.number
               AND %(only)s
         RETURNING sale.id
            """,
            only=SQL("sale.id = ANY(%s)", list(order_ids)) if order_ids else SQL("TRUE"),
            days=self._purchase_day_query(self._scope_sql(scope)),
            partners=list(scope.partner_ids),
            company=scope.company.id,
        )

    # ------------------------------------------------------------- who is a customer

    def _lead_query(self) -> SQL:
        """Return leads and opportunities with a contact.

        Columns: ``partner_id`` (commercial partner), ``company_id``, the lead's own
        ``id, active, type, won_status, expected_revenue, user_id, team_id,
        source_id, medium_id, campaign_id, create_date``. A lead of no company
        belongs to its team's, its salesperson's or its contact's, else to the first.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   COALESCE(lead.company_id, team.company_id, users.company_id,
                            partner.company_id,
                            (SELECT id FROM res_company
                           ORDER BY sequence, id LIMIT 1)) AS company_id,
                   lead.id, lead.active, lead.type, lead.won_status,
                   lead.expected_revenue, lead.user_id, lead.team_id,
                   lead.source_id, lead.medium_id, lead.campaign_id, lead.create_date
              FROM crm_lead AS lead
              JOIN res_partner AS partner
                ON partner.id = lead.partner_id
         LEFT JOIN crm_team AS team
                ON team.id = lead.team_id
         LEFT JOIN res_users AS users
                ON users.id = lead.user_id
            """
        )

    def _candidate_query(self) -> SQL:
        """Return who may be a customer by what happened, whatever the rule says.

        Columns: ``partner_id`` (commercial partner), ``company_id``.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, sale.company_id
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
             UNION
            SELECT partner_id, company_id
              FROM (%(leads)s) AS leads
             UNION
            SELECT partner.commercial_partner_id, tags.company_id
              FROM lifecycle_company_customer_tag_rel AS tags
              JOIN res_partner_res_partner_category_rel AS tagged
                ON tagged.category_id = tags.category_id
              JOIN res_partner AS partner
                ON partner.id = tagged.partner_id
             UNION
            SELECT partner_id, company_id
              FROM customer_lifecycle
            """,
            leads=self._lead_query(),
        )

    def _customer_rule_sql(self, company) -> SQL:
        """Return the contacts that the company's rule accepts as customers."""
        rule = Domain(literal_eval(company.lifecycle_customer_domain or "[]"))
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.with_company(company)._search(rule).select()

    # ------------------------------------------------------------------------- facts

    def _scope_sql(self, scope: Scope) -> SQL:
        """Return the condition that keeps the rows of the scope."""
        return SQL(
            "company_id = %s AND partner_id = ANY(%s::integer[])",
            scope.company.id,
            list(scope.partner_ids),
        )

    def _fact_sources(self, scope: Scope) -> dict[str, SQL]:
        """Return the named sources of facts, each with one row per ``partner_id``."""
        return {
            "purchases": self._purchases_sql(scope),
            "quotations": self._quotations_sql(scope),
            "opportunities": self._opportunities_sql(scope),
            "touches": self._first_touches_sql(scope),
            "orders": self._latest_orders_sql(scope),
            "leads": self._latest_leads_sql(scope),
            "referrals": self._referrals_sql(scope),
        }

    def _fact_columns(self, scope: Scope) -> dict[str, SQL]:
        """Return the fact columns of the card and what fills them."""
        return {
            "active": self._is_customer_sql(scope),
            "purchase_count": SQL("COALESCE(purchases.purchase_count, 0)"),
            "first_purchase_date": SQL("purchases.first_day"),
            "last_purchase_date": SQL("purchases.last_day"),
            "purchase_span_days": SQL(
                "COALESCE(purchases.last_day - purchases.first_day, 0)"
            ),
            "amount_total": SQL("ROUND(COALESCE(purchases.amount_total, 0), 2)"),
            "amount_year": SQL("ROUND(COALESCE(purchases.amount_year, 0), 2)"),
            "amount_average": SQL(
                "ROUND(COALESCE(purchases.amount_total"
                " / NULLIF(purchases.purchase_count, 0), 0), 2)"
            ),
            "interval_days": SQL("COALESCE(rhythm.own_days, 0)"),
            "need_count": SQL("COALESCE(orders.need_count, 0)"),
            "quotation_count": SQL("COALESCE(quotations.quotation_count, 0)"),
            "oldest_quotation_date": SQL("quotations.oldest_day"),
            "opportunity_count": SQL("COALESCE(opportunities.opportunity_count, 0)"),
            "opportunity_amount": SQL(
                "ROUND(COALESCE(opportunities.amount, 0)::numeric, 2)"
            ),
            "referral_count": SQL("COALESCE(referrals.referral_count, 0)"),
            "first_touch_date": SQL("touches.day"),
            "source_id": SQL("touches.source_id"),
            "medium_id": SQL("touches.medium_id"),
            "campaign_id": SQL("touches.campaign_id"),
            "suggested_user_id": SQL("%s", self._suggested_user_sql(scope)),
            "suggested_team_id": SQL("COALESCE(orders.team_id, leads.team_id)"),
            "due_date": SQL("rhythm.due"),
            "slipping_date": SQL("rhythm.slipping"),
            "lapsed_date": SQL("rhythm.lapsed"),
            "next_change_date": self._next_change_sql(scope),
        }

    def _facts_sql(self, scope: Scope) -> SQL:
        """Return the facts of the customers of a scope.

        Grain: one row per partner that is a customer or has a card. Columns:
        ``partner_id, company_id`` and those of ``_fact_columns``.
        """
        sources = self._fact_sources(scope)
        columns = self._fact_columns(scope)
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
        CROSS JOIN LATERAL (%(rhythm)s) AS rhythm
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
            rhythm=self._rhythm_sql(scope),
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

    # ------------------------------------------------------------- the single sources

    def _purchases_sql(self, scope: Scope) -> SQL:
        # a day leaves the year on its anniversary: next_change_date wakes the card then
        return SQL(
            """
            SELECT partner_id,
                   COUNT(*) FILTER (WHERE is_past AND is_purchase) AS purchase_count,
                   MIN(day) FILTER (WHERE is_past AND is_purchase) AS first_day,
                   MAX(day) FILTER (WHERE is_past AND is_purchase) AS last_day,
                   SUM(amount) FILTER (WHERE is_past) AS amount_total,
                   SUM(amount) FILTER (WHERE is_past AND in_year) AS amount_year,
                   MIN(leaves_year) FILTER (WHERE is_past AND in_year) AS leaves_year,
                   MIN(day) FILTER (WHERE NOT is_past) AS next_day
              FROM (SELECT *,
                           day <= %(as_of)s AS is_past,
                           (day + INTERVAL '1 year')::date AS leaves_year,
                           (day + INTERVAL '1 year')::date > %(as_of)s AS in_year
                      FROM (%(days)s) AS days) AS days
          GROUP BY partner_id
            """,
            days=self._purchase_day_query(self._scope_sql(scope)),
            as_of=scope.as_of,
        )

    def _rhythm_sql(self, scope: Scope) -> SQL:
        """Return the own interval and the three dates, as ``tools.rhythm`` does."""
        usual = scope.company.lifecycle_interval_days or rhythm.DEFAULT_INTERVAL_DAYS
        return SQL(
            """
            SELECT own_days,
                   purchases.last_day + CEIL(days)::integer AS due,
                   purchases.last_day + CEIL(%(slipping)s * days)::integer AS slipping,
                   purchases.last_day + CEIL(%(lapsed)s * days)::integer AS lapsed
              FROM (SELECT own_days,
                           GREATEST(1, CASE WHEN purchases.purchase_count >= %(enough)s
                                            THEN own_days
                                            ELSE %(usual)s
                                        END) AS days
                      FROM (SELECT (purchases.last_day - purchases.first_day)::float
                                   / NULLIF(purchases.purchase_count - 1, 0) AS own_days
                           ) AS own) AS intervals
            """,
            slipping=rhythm.SLIPPING_INTERVALS,
            lapsed=rhythm.LAPSED_INTERVALS,
            enough=rhythm.MIN_PURCHASES,
            usual=usual,
        )

    def _next_change_sql(self, scope: Scope) -> SQL:
        """Return the earliest day after ``as_of`` on which time alone changes a card."""
        days = [
            SQL("rhythm.due"),
            SQL("rhythm.slipping"),
            SQL("rhythm.lapsed"),
            SQL("purchases.leaves_year"),
            SQL("purchases.next_day"),
            SQL("card.stage_pinned_until + 1"),
            SQL("card.level_pinned_until + 1"),
        ]
        return SQL(
            "(SELECT MIN(day) FROM (VALUES %s) AS dates (day) WHERE day > %s)",
            SQL(", ").join(SQL("(%s)", day) for day in days),
            scope.as_of,
        )

    def _quotations_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   COUNT(*) AS quotation_count,
                   MIN(sale.date_order AT TIME ZONE 'UTC'
                                       AT TIME ZONE company.lifecycle_tz)::date
                       AS oldest_day
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN res_company AS company
                ON company.id = sale.company_id
             WHERE sale.state IN ('draft', 'sent')
               AND sale.company_id = %(company)s
               AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
          GROUP BY partner.commercial_partner_id
            """,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _opportunities_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT partner_id,
                   COUNT(*) AS opportunity_count,
                   SUM(expected_revenue) AS amount
              FROM (%(leads)s) AS leads
             WHERE %(scope)s
               AND active AND type = 'opportunity' AND won_status = 'pending'
          GROUP BY partner_id
            """,
            leads=self._lead_query(),
            scope=self._scope_sql(scope),
        )

    def _first_touches_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT DISTINCT ON (partner_id)
                   partner_id, source_id, medium_id, campaign_id,
                   (touched_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
              FROM (SELECT partner_id, create_date AS touched_at, 1 AS rank, id,
                           source_id, medium_id, campaign_id
                      FROM (%(leads)s) AS leads
                     WHERE %(scope)s
                     UNION ALL
                    SELECT partner.commercial_partner_id, sale.date_order, 2, sale.id,
                           sale.source_id, sale.medium_id, sale.campaign_id
                      FROM sale_order AS sale
                      JOIN res_partner AS partner
                        ON partner.id = sale.partner_id
                     WHERE sale.company_id = %(company)s
                       AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
                   ) AS touches
          ORDER BY partner_id, touched_at, rank, id
            """,
            leads=self._lead_query(),
            scope=self._scope_sql(scope),
            company=scope.company.id,
            partners=list(scope.partner_ids),
            tz=scope.company.lifecycle_tz,
        )

    def _latest_orders_sql(self, scope: Scope) -> SQL:
        # an order without salesperson says nothing about who looks after the customer
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   (ARRAY_AGG(sale.user_id ORDER BY sale.date_order DESC, sale.id DESC)
                       FILTER (WHERE %(is_owner)s))[1] AS user_id,
                   (ARRAY_AGG(sale.team_id ORDER BY sale.date_order DESC, sale.id DESC)
                       FILTER (WHERE sale.team_id IS NOT NULL))[1] AS team_id,
                   COUNT(*) FILTER (WHERE sale.state = 'sale'
                                      AND sale.lifecycle_need != '') AS need_count
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
             WHERE sale.state != 'cancel'
               AND sale.company_id = %(company)s
               AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
          GROUP BY partner.commercial_partner_id
            """,
            is_owner=self._is_owner_sql(SQL("sale.user_id"), scope),
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _latest_leads_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT partner_id,
                   (ARRAY_AGG(user_id ORDER BY id DESC)
                       FILTER (WHERE %(is_owner)s))[1] AS user_id,
                   (ARRAY_AGG(team_id ORDER BY id DESC)
                       FILTER (WHERE team_id IS NOT NULL))[1] AS team_id
              FROM (%(leads)s) AS leads
             WHERE %(scope)s
          GROUP BY partner_id
            """,
            leads=self._lead_query(),
            is_owner=self._is_owner_sql(SQL("leads.user_id"), scope),
            scope=self._scope_sql(scope),
        )

    def _is_owner_sql(self, user: SQL, scope: Scope) -> SQL:
        """Return the condition that a user can look after customers of the company."""
        return SQL(
            """
            EXISTS (SELECT FROM res_users AS owner
                      JOIN res_company_users_rel AS allowed
                        ON allowed.user_id = owner.id
                     WHERE owner.id = %(user)s AND owner.active AND NOT owner.share
                       AND allowed.cid = %(company)s)
            """,
            user=user,
            company=scope.company.id,
        )

    def _suggested_user_sql(self, scope: Scope) -> SQL:
        """Return the contact's salesperson, else of the latest order, else lead."""
        return SQL(
            "COALESCE(CASE WHEN %s THEN partner.user_id END,"
            " orders.user_id, leads.user_id)",
            self._is_owner_sql(SQL("partner.user_id"), scope),
        )

    def _referrals_sql(self, scope: Scope) -> SQL:
        # whoever was brought counts once it has bought in this company
        return SQL(
            """
            SELECT referrer.commercial_partner_id AS partner_id,
                   COUNT(DISTINCT friend.commercial_partner_id) AS referral_count
              FROM res_partner AS referrer
              JOIN res_partner AS friend
                ON friend.lifecycle_referred_by_id = referrer.id
               AND friend.commercial_partner_id != referrer.commercial_partner_id
             WHERE referrer.commercial_partner_id = ANY(%(partners)s::integer[])
               AND EXISTS (SELECT FROM sale_order AS sale
                             JOIN res_partner AS buyer
                               ON buyer.id = sale.partner_id
                            WHERE buyer.commercial_partner_id
                                  = friend.commercial_partner_id
                              AND sale.company_id = %(company)s
                              AND sale.state = 'sale'
                              AND sale.amount_untaxed > 0)
          GROUP BY referrer.commercial_partner_id
            """,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _is_customer_sql(self, scope: Scope) -> SQL:
        """Return the condition under which a partner has an active card.

        By what happened and the company's rule, unless a person has said otherwise.
        """
        return SQL(
            """
            COALESCE(partner.active, FALSE) AND
            CASE COALESCE(card.inclusion, 'rule')
                 WHEN 'added' THEN TRUE
                 WHEN 'excluded' THEN FALSE
                 ELSE (touches.partner_id IS NOT NULL
                       OR EXISTS (SELECT
                                    FROM lifecycle_company_customer_tag_rel AS tags
                                    JOIN res_partner_res_partner_category_rel AS tagged
                                      ON tagged.category_id = tags.category_id
                                    JOIN res_partner AS person
                                      ON person.id = tagged.partner_id
                                   WHERE tags.company_id = %(company)s
                                     AND person.commercial_partner_id = partner.id))
                      AND partner.id IN (%(rule)s)
             END
            """,
            company=scope.company.id,
            rule=self._customer_rule_sql(scope.company),
        )
