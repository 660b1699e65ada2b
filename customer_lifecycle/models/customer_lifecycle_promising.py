from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import groupby

from .customer_lifecycle_change import NEWS_DAYS
from .customer_lifecycle_purchase import Scope


class CustomerLifecyclePromising(models.AbstractModel):
    """Promises that make and end themselves, and the asking about overdue ones.

    A step of the refresh: one statement for each kind says what is to be done for all
    customers of a scope, most often nothing, and the ORM does it. Run again, there is
    nothing left to do: what was done shows in the promises.
    """

    _name = "customer.lifecycle.promising"
    _description = "Promises Made by Themselves"
    _inherit = ["customer.lifecycle.evidence"]

    @api.model
    def _follow(self, scope: Scope, is_silent: bool = False) -> tuple[int, ...]:
        """Make, move, ask about and end the promises of the customers of a scope.

        :param is_silent: make no vows: what is entered is history
        :return: the partners whose promises changed
        """
        promises = self.env["customer.lifecycle.commitment"]
        with promises._unmarked():
            changed = self._follow_orders(scope)
            if not is_silent:
                changed |= self._make_vows(scope)
            promises.flush_model()
            changed |= self._follow_days(scope)
            return tuple(changed.lifecycle_id.partner_id.ids)

    # --------------------------------------------------------------------- orders

    def _follow_orders(self, scope: Scope):
        """Make, move and end what orders and quotations promise.

        :return: the promises concerned
        """
        rows = self.env.execute_query_dict(self._order_acts_sql(scope))
        changed = self.env["customer.lifecycle.commitment"]
        for act, of_act in groupby(rows, lambda row: row["act"]):
            changed |= getattr(self, f"_{act}_promises")(scope, of_act)
        return changed

    def _promises_of(self, rows: list[dict]):
        return self.env["customer.lifecycle.commitment"].browse(
            row["promise_id"] for row in rows
        )

    def _create(self, vals_list: list[dict]):
        """Create promises without a word in their chatter: it would cost far more."""
        promises = self.env["customer.lifecycle.commitment"]
        created = promises.with_context(tracking_disable=True).create(vals_list)
        return created.with_env(self.env)

    def _make_promises(self, scope: Scope, rows: list[dict]):
        # read together: one query, however many there are
        orders = self.env["sale.order"].browse(row["order_id"] for row in rows)
        return self._create(
            [
                {
                    "lifecycle_id": row["lifecycle_id"],
                    "name": self._order_words(order, row["kind"]),
                    "kind": row["kind"],
                    # entered days later, it was made when the order was
                    "made_date": scope.as_of
                    if row["due_date"] >= scope.as_of
                    else row["day"],
                    "due_date": row["due_date"],
                    "user_id": row["user_id"],
                    "order_id": order.id,
                }
                for row, order in zip(rows, orders, strict=True)
            ]
        )

    def _order_words(self, order, kind: str) -> str:
        """Say what an order promises, in the customer's language."""
        here = self.with_context(lang=order.partner_id.lang)
        if kind == "delivery":
            return here.env._("Deliver order %(order)s", order=order.name)
        return here.env._("Hold the prices of quotation %(order)s", order=order.name)

    def _move_promises(self, scope: Scope, rows: list[dict]):
        """Follow orders: another day, another customer, or promised again."""
        promises = self._promises_of(rows)
        promises._forget_own_proof()
        for promise, row in zip(promises, rows, strict=True):
            if promise.lifecycle_id.id != row["lifecycle_id"]:  # seldom, and costly
                promise.lifecycle_id = row["lifecycle_id"]
            promise.write(
                {
                    "state": "open",
                    "made_date": min(promise.made_date, row["due_date"]),
                    "due_date": row["due_date"],
                    "asked_date": False,
                    "closed_date": False,
                    "is_alerted": False,
                }
            )
        promises._drop_questions()
        return promises

    def _keep_promises(self, scope: Scope, rows: list[dict]):
        here = self.with_context(lang=scope.company.partner_id.lang)
        words = {
            "delivery": here.env._("Everything was delivered."),
            "quotation": here.env._("The customer ordered at these prices."),
        }
        for kind, of_kind in groupby(rows, lambda row: row["kind"]):
            promises = self._promises_of(of_kind)
            late = promises.filtered(
                lambda promise: (
                    promise.kind == "delivery" and promise.due_date < scope.as_of
                )
            )
            late._close(
                "kept",
                on=scope.as_of,
                proof=here.env._("Everything was delivered, after the promised day."),
            )
            (promises - late)._close("kept", on=scope.as_of, proof=words[kind])
        return self._promises_of(rows)

    def _waive_promises(self, scope: Scope, rows: list[dict]):
        here = self.with_context(lang=scope.company.partner_id.lang)
        self._promises_of(rows)._close(
            "waived",
            on=scope.as_of,
            proof=here.env._("The order does not promise it any more."),
        )
        return self._promises_of(rows)

    def _expire_promises(self, scope: Scope, rows: list[dict]):
        # nobody had to do anything for it: it says nothing about our word
        here = self.with_context(lang=scope.company.partner_id.lang)
        self._promises_of(rows)._close(
            "waived",
            on=scope.as_of,
            proof=here.env._("The quotation expired, and nobody ordered."),
        )
        return self._promises_of(rows)

    def _fully_delivered_sql(self) -> SQL:
        """Return the condition that an order (``sale``) has been delivered in full.

        By the quantities on the order, which the deliveries write where stock is
        installed, and people where it is not.
        """
        return SQL(
            """
            (SELECT BOOL_AND(line.qty_delivered >= line.product_uom_qty)
               FROM sale_order_line AS line
              WHERE line.order_id = sale.id
                AND line.display_type IS NULL
                AND NOT COALESCE(line.is_downpayment, FALSE)
                AND line.product_uom_qty > 0)
            """
        )

    def _order_acts_sql(self, scope: Scope) -> SQL:
        """Return what is to be done about the promises of orders.

        Grain: one row per order and kind where something is to be done. Columns:
        ``act`` (make, move, keep, waive, expire), ``promise_id, order_id, kind,
        lifecycle_id, user_id, due_date`` and ``day`` of the order.
        """
        return SQL(
            """
              WITH orders AS (%(orders)s),
                   documents AS (
                   SELECT id AS order_id, lifecycle_id, user_id, day,
                          'delivery' AS kind, delivery_day AS due_date,
                          state = 'sale' AND NOT is_delivered AS holds,
                          state = 'sale' AND is_delivered AS is_fulfilled
                     FROM orders
                UNION ALL
                   SELECT id, lifecycle_id, user_id, day,
                          'quotation', validity_date, state = 'sent', state = 'sale'
                     FROM orders),
                   promises AS (
                   -- the latest of each order: a broken one may be promised anew
                   SELECT DISTINCT ON (order_id, kind)
                          id, order_id, kind, state, due_date, lifecycle_id,
                          closed_by_id
                     FROM customer_lifecycle_commitment
                    WHERE kind IN ('delivery', 'quotation')
                      AND order_id IN (SELECT id FROM orders)
                 ORDER BY order_id, kind, id DESC),
                   acts AS (
                   SELECT documents.*, promises.id AS promise_id,
                          CASE
                          WHEN promises.id IS NULL
                            OR promises.state = 'broken'
                               AND documents.due_date > promises.due_date
                               AND documents.due_date >= %(as_of)s
                          THEN CASE WHEN holds
                                     AND documents.due_date >= day
                                     -- history that is entered promises nothing
                                     AND (documents.due_date >= %(as_of)s
                                          OR documents.kind = 'delivery'
                                             AND day > %(news)s)
                                    THEN 'make' END
                          WHEN promises.state = 'open'
                          THEN CASE WHEN is_fulfilled THEN 'keep'
                                    WHEN NOT holds OR documents.due_date IS NULL
                                    THEN 'waive'
                                    WHEN documents.kind = 'quotation'
                                     AND documents.due_date < %(as_of)s
                                    THEN 'expire'
                                    WHEN documents.due_date != promises.due_date
                                      OR documents.lifecycle_id
                                         != promises.lifecycle_id
                                    THEN 'move' END
                          -- what a person waived stays so
                          WHEN promises.state = 'waived'
                           AND promises.closed_by_id IS NULL
                           AND holds AND documents.due_date >= %(as_of)s
                          THEN 'move'
                          END AS act
                     FROM documents
                LEFT JOIN promises
                    USING (order_id, kind))
            SELECT act, promise_id, order_id, kind, lifecycle_id, user_id, due_date, day
              FROM acts
             WHERE act IS NOT NULL
          ORDER BY order_id, kind
            """,
            orders=self._promising_orders_sql(scope),
            as_of=scope.as_of,
            news=scope.as_of - timedelta(days=NEWS_DAYS),
        )

    def _promising_orders_sql(self, scope: Scope) -> SQL:
        """Return the orders of the scope that can promise something."""
        return SQL(
            """
            SELECT sale.id, sale.state, sale.validity_date, card.id AS lifecycle_id,
                   -- whoever types a day without thinking may mean never
                   CASE WHEN sale.commitment_date IS NOT NULL
                        THEN LEAST((sale.commitment_date
                                        AT TIME ZONE 'UTC'
                                        AT TIME ZONE %(tz)s)::date, %(never)s)
                        END AS delivery_day,
                   (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                       AS day,
                   COALESCE(CASE WHEN %(is_seller)s THEN sale.user_id END,
                            %(owner)s) AS user_id,
                   COALESCE(%(is_delivered)s, FALSE) AS is_delivered
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN customer_lifecycle AS card
                ON card.partner_id = partner.commercial_partner_id
               AND card.company_id = sale.company_id
             WHERE sale.company_id = %(company)s
               AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
               -- of years of orders only these can promise something new
               AND (sale.state = 'sale' AND sale.commitment_date > %(news)s
                    OR sale.state = 'sent' AND sale.validity_date >= %(as_of)s
                    OR EXISTS (SELECT
                                 FROM customer_lifecycle_commitment AS promise
                                WHERE promise.order_id = sale.id
                                  AND promise.state = 'open'))
            """,
            tz=scope.company.lifecycle_tz,
            never=date.max,
            is_seller=self._is_owner_sql(SQL("sale.user_id"), scope),
            owner=self._owner_sql(scope),
            is_delivered=self._fully_delivered_sql(),
            as_of=scope.as_of,
            # a day more: the column is in UTC
            news=scope.as_of - timedelta(days=NEWS_DAYS + 1),
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _owner_sql(self, scope: Scope) -> SQL:
        """Return who looks after a card; a new one gets its salesperson later."""
        owner = SQL("COALESCE(card.user_id, card.suggested_user_id)")
        return SQL("CASE WHEN %s THEN %s END", self._is_owner_sql(owner, scope), owner)

    # ----------------------------------------------------------------------- vows

    def _make_vows(self, scope: Scope):
        """Make the company's vows to customers whose first purchase is news."""
        rows = self.env.execute_query(self._missing_vows_sql(scope))
        # read together: a query each, however many there are
        cards = self.env["customer.lifecycle"].browse(row[0] for row in rows)
        vows = self.env["customer.lifecycle.vow"].browse(row[1] for row in rows)
        return self._create(
            [
                {
                    "lifecycle_id": card.id,
                    "vow_id": vow.id,
                    "name": vow.with_context(lang=card.partner_id.lang).name,
                    "kind": "vow",
                    "made_date": made,
                    "due_date": due,
                    "user_id": user_id,
                }
                for card, vow, (_card, _vow, made, due, user_id) in zip(
                    cards, vows, rows, strict=True
                )
            ]
        )

    def _missing_vows_sql(self, scope: Scope) -> SQL:
        """Return the vows to be made: card, vow, day made, day due, responsible."""
        return SQL(
            """
            SELECT card.id, vow.id, card.first_purchase_date,
                   card.first_purchase_date + vow.due_days,
                   COALESCE(CASE WHEN %(is_named)s THEN vow.user_id END,
                            %(owner)s)
              FROM customer_lifecycle AS card
              JOIN customer_lifecycle_vow AS vow
                ON vow.active
               AND COALESCE(vow.company_id, card.company_id) = card.company_id
               AND vow.since_date <= card.first_purchase_date
             WHERE card.company_id = %(company)s
               AND card.partner_id = ANY(%(partners)s::integer[])
               AND card.first_purchase_date > %(news)s
               AND card.first_purchase_date <= %(as_of)s
               AND NOT EXISTS (SELECT
                                 FROM customer_lifecycle_commitment AS promise
                                WHERE promise.lifecycle_id = card.id
                                  AND promise.vow_id = vow.id)
          ORDER BY card.id, vow.sequence, vow.id
            """,
            is_named=self._is_owner_sql(SQL("vow.user_id"), scope),
            owner=self._owner_sql(scope),
            company=scope.company.id,
            partners=list(scope.partner_ids),
            as_of=scope.as_of,
            news=scope.as_of - timedelta(days=NEWS_DAYS),
        )

    # ----------------------------------------------------------------------- days

    def _follow_days(self, scope: Scope):
        """Ask about what is overdue; what nobody answered for was not kept.

        :return: the promises concerned
        """
        rows = self.env.execute_query(self._day_acts_sql(scope))
        changed = self.env["customer.lifecycle.commitment"]
        for act, of_act in groupby(rows, lambda row: row[1]):
            promises = changed.browse(promise_id for promise_id, _act in of_act)
            if act == "ask":
                promises._ask(scope.as_of)
            else:
                promises._close(act, on=scope.as_of)
            changed |= promises
        return changed

    def _day_acts_sql(self, scope: Scope) -> SQL:
        """Return open promises to ask about (``ask``), or to end and how."""
        return SQL(
            """
            SELECT *
              FROM (SELECT promise.id,
                           CASE
                           -- its order was deleted, or the purchase taken back
                           WHEN promise.kind IN ('delivery', 'quotation')
                            AND promise.order_id IS NULL
                             OR promise.kind = 'vow' AND card.purchase_count = 0
                           THEN 'waived'
                           -- nobody asks about a customer who is archived
                           WHEN promise.kind = 'quotation' OR NOT card.active
                             OR promise.due_date >= %(as_of)s
                           THEN NULL
                           WHEN promise.asked_date IS NULL THEN 'ask'
                           WHEN promise.asked_date <= %(answered)s THEN 'broken'
                           END AS act
                      FROM customer_lifecycle_commitment AS promise
                      JOIN customer_lifecycle AS card
                        ON card.id = promise.lifecycle_id
                     WHERE promise.state = 'open'
                       AND card.company_id = %(company)s
                       AND card.partner_id = ANY(%(partners)s::integer[])) AS acts
             WHERE act IS NOT NULL
          ORDER BY id
            """,
            as_of=scope.as_of,
            answered=scope.as_of - timedelta(days=scope.company.lifecycle_grace_days),
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )
