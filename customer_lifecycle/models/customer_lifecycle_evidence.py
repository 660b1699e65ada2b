from datetime import date

from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class CustomerLifecycleEvidence(models.AbstractModel):
    """The single sources of facts, each with one row per ``partner_id``."""

    _name = "customer.lifecycle.evidence"
    _description = "Evidence about Customers"
    _inherit = [
        "customer.lifecycle.purchase",
        "customer.lifecycle.contact",
        "customer.lifecycle.evidence.knowledge",
        "customer.lifecycle.evidence.trust",
    ]

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

    def _forecasts_sql(self, scope: Scope) -> SQL:
        """Return what was forecast of the customers of the scope."""
        columns = zip(*scope.forecasts, strict=True) if scope.forecasts else [[]] * 10
        return SQL(
            """
            SELECT *
              FROM UNNEST(%s::integer[], %s::date[], %s::date[], %s::date[],
                          %s::varchar[], %s::float[], %s::float[], %s::float[],
                          %s::float[], %s::float[])
                   AS forecasts (partner_id, due, slipping, lapsed,
                                 regularity, return_chance, purchases, at_stake,
                                 span, log_sum)
            """,
            *map(list, columns),
        )

    def _next_change_sql(self, scope: Scope) -> SQL:
        """Return the first day after ``as_of`` on which time alone changes a card."""
        days = [
            SQL("forecasts.due"),
            SQL("forecasts.slipping"),
            SQL("forecasts.lapsed"),
            SQL("purchases.leaves_year"),
            SQL("purchases.next_day"),
            SQL("deliveries.next_day"),
            SQL("promises.next_day"),
            SQL("contacts.next_day"),
            SQL("ideas.next_day"),
            self._next_anniversary_sql(scope),
            SQL("card.stage_pinned_until + 1"),
            SQL("card.level_pinned_until + 1"),
            SQL("card.level_climb_date"),
            *self._trust_days(),
        ]
        return self._first_day_sql(days, scope.as_of)

    def _first_day_sql(self, days: list[SQL], as_of: date) -> SQL:
        """Return the first of some days that is after ``as_of``."""
        return SQL(
            "(SELECT MIN(day) FROM (VALUES %s) AS dates (day) WHERE day > %s)",
            SQL(", ").join(SQL("(%s)", day) for day in days),
            as_of,
        )

    def _next_anniversary_sql(self, scope: Scope) -> SQL:
        """Return the next anniversary of the first purchase, unless gone by then."""
        return SQL(
            """
            (SELECT day
               FROM (SELECT (purchases.first_day + MAKE_INTERVAL(
                                years => EXTRACT(YEAR FROM AGE(
                                    %(as_of)s::date, purchases.first_day))::integer
                                    + 1))::date AS day) AS anniversary
              WHERE forecasts.lapsed IS NULL OR day < forecasts.lapsed)
            """,
            as_of=scope.as_of,
        )

    def _deliveries_sql(self, scope: Scope) -> SQL:
        # what is delivered later counts from that day on: next_change_date wakes it
        return SQL(
            """
            SELECT partner_id,
                   MAX(day) FILTER (WHERE day <= %(as_of)s) AS last_day,
                   MIN(day) FILTER (WHERE day > %(as_of)s) AS next_day
              FROM (SELECT partner.commercial_partner_id AS partner_id,
                           (%(delivered_at)s AT TIME ZONE 'UTC'
                                             AT TIME ZONE %(tz)s)::date AS day
                      FROM sale_order AS sale
                      JOIN res_partner AS partner
                        ON partner.id = sale.partner_id
                     WHERE sale.state = 'sale'
                       AND sale.amount_untaxed > 0
                       AND sale.company_id = %(company)s
                       AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
                   ) AS deliveries
          GROUP BY partner_id
            """,
            as_of=scope.as_of,
            delivered_at=self._delivered_at_sql(),
            tz=scope.company.lifecycle_tz,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _delivered_at_sql(self) -> SQL:
        """Return when the order ``sale`` was or will be delivered (UTC); NULL: unknown.

        A companion that knows of deliveries extends it.
        """
        return SQL("COALESCE(sale.commitment_date, sale.date_order)")

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

    def _promises_sql(self, scope: Scope) -> SQL:
        # what the customer promised is asked about too, but no fact about us; and
        # prices that the customer took could not be anything but kept
        return SQL(
            """
            SELECT partner_id,
                   COUNT(*) FILTER (WHERE is_ours AND state = 'open') AS open_count,
                   COUNT(*) FILTER (WHERE is_ours AND state = 'open'
                                      AND due_date < %(as_of)s) AS overdue_count,
                   COUNT(*) FILTER (WHERE is_ours AND state = 'kept'
                                      AND kind != 'quotation') AS kept_count,
                   COUNT(*) FILTER (WHERE is_ours AND state = 'broken')
                       AS broken_count,
                   MAX(closed_date) FILTER (WHERE is_ours AND state = 'broken')
                       AS broken_day,
                   -- the day to ask, then the day it counts as broken
                   MIN(COALESCE(asked_date + %(grace)s, due_date + 1))
                       FILTER (WHERE state = 'open') AS next_day
              FROM (SELECT card.partner_id, promise.side = 'ours' AS is_ours,
                           promise.state, promise.kind, promise.due_date,
                           promise.asked_date, promise.closed_date
                      FROM customer_lifecycle_commitment AS promise
                      JOIN customer_lifecycle AS card
                        ON card.id = promise.lifecycle_id
                     WHERE card.company_id = %(company)s
                       AND card.partner_id = ANY(%(partners)s::integer[])) AS promises
          GROUP BY partner_id
            """,
            as_of=scope.as_of,
            grace=scope.company.lifecycle_grace_days,
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
                   -- a state says that there is a need
                   COUNT(*) FILTER (WHERE sale.state = 'sale'
                                      AND sale.lifecycle_need_state IS NOT NULL)
                       AS need_count,
                   COUNT(*) FILTER (WHERE sale.state = 'sale'
                                      AND sale.lifecycle_need_state = 'solved')
                       AS solved_count,
                   COUNT(*) FILTER (WHERE sale.state = 'sale'
                                      AND sale.lifecycle_need_state = 'unsolved')
                       AS unsolved_count
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
        friends = SQL(
            """
            SELECT DISTINCT referrer.commercial_partner_id AS partner_id,
                   friend.commercial_partner_id AS friend_id
              FROM res_partner AS referrer
              JOIN res_partner AS friend
                ON friend.lifecycle_referred_by_id = referrer.id
               AND friend.commercial_partner_id != referrer.commercial_partner_id
             WHERE referrer.commercial_partner_id = ANY(%s::integer[])
            """,
            list(scope.partner_ids),
        )
        return SQL(
            """
            SELECT friends.partner_id,
                   COUNT(DISTINCT friends.friend_id) FILTER (WHERE days.is_purchase)
                       AS referral_count,
                   SUM(days.amount) AS amount
              FROM (%(friends)s) AS friends
              JOIN (%(days)s) AS days
                ON days.partner_id = friends.friend_id
             WHERE days.day <= %(as_of)s
          GROUP BY friends.partner_id
            """,
            friends=friends,
            days=self._purchase_day_query(
                SQL(
                    # an array goes down to the index on contacts, a subquery does not
                    "company_id = %s AND partner_id = ANY("
                    "ARRAY(SELECT friend_id FROM (%s) AS friends))",
                    scope.company.id,
                    friends,
                )
            ),
            as_of=scope.as_of,
        )
