from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .customer_lifecycle_change import NEWS_DAYS
from .customer_lifecycle_purchase import Scope

#: Nothing was given yet, and the referral can still go to somebody else.
OPEN = ("pending", "earned")


class CustomerLifecycleReferring(models.AbstractModel):
    """Follows who brought whom: a step of the refresh, after the facts.

    One statement reads what is known of the referred customers of a scope, most often
    of nobody; run again, there is nothing left to do.
    """

    _name = "customer.lifecycle.referring"
    _description = "Referrals Followed"

    @api.model
    def _follow(self, scope: Scope, is_silent: bool = False):
        """Note, move, earn, reward and take back the referrals of a scope.

        :param is_silent: what is read is history: nothing is given
        """
        rows = self.env.execute_query_dict(self._referral_sql(scope))
        if not rows:
            return
        referrals = self._note(scope, rows)
        for referral, row in referrals.items():
            self._follow_order(referral, row, scope, is_silent)
        self._settle(referrals, scope, is_silent)

    # ----------------------------------------------------------------- who brought whom

    def _note(self, scope: Scope, rows: list[dict]) -> dict:
        """Bring the referrals in line with what the contacts say.

        :return: the referrals that exist: ``{referral: row}``
        """
        referrals = self.env["customer.lifecycle.referral"]
        noted = [row for row in rows if row["referral_id"]]
        # read together: one query, however many there are
        known = referrals.browse(row["referral_id"] for row in noted)
        known = dict(zip(known, noted, strict=True))
        # nobody brought them any more: as if it had never been said
        gone = [each for each, row in known.items() if not row["card_id"]]
        dropped = referrals.union(*gone).filtered(
            lambda each: each.state in OPEN and not each.coupon_id
        )
        known = {each: row for each, row in known.items() if each not in dropped}
        dropped.unlink()
        for each, row in known.items():
            vals = {"friend_lifecycle_id": row["friend_card_id"]}
            if row["card_id"] and each.state in OPEN:
                vals["lifecycle_id"] = row["card_id"]
            vals = {
                name: id_
                for name, id_ in vals.items()
                if (each[name].id or None) != id_
            }
            if vals:
                each.write(vals)
        new = [row for row in rows if not row["referral_id"]]
        created = referrals.create(
            [
                {
                    "lifecycle_id": row["card_id"],
                    "friend_id": row["friend_id"],
                    "friend_lifecycle_id": row["friend_card_id"],
                    "company_id": scope.company.id,
                    # told afterwards, it was before the friend bought
                    "brought_date": min(scope.as_of, row["order_day"] or scope.as_of),
                }
                for row in new
            ]
        )
        return known | dict(zip(created, new, strict=True))

    # ---------------------------------------------------------------------- first order

    def _follow_order(self, referral, row: dict, scope: Scope, is_silent: bool):
        """Note the order by which the friend became a customer."""
        known = referral.order_id.id or None
        if referral.state not in OPEN or known == row["order_id"]:
            return
        since = scope.company.lifecycle_referral_since
        is_news = bool(
            row["order_id"]
            and row["is_read"]
            and not is_silent
            and row["order_day"] > scope.as_of - timedelta(days=NEWS_DAYS)
            and since
            and row["order_day"] >= since
        )
        referral.write(
            {"order_id": row["order_id"], "is_news": is_news, "state": "pending"}
        )

    def _settle(self, referrals: dict, scope: Scope, is_silent: bool):
        """Let orders that count earn, reward, and take back."""
        every = self.env["customer.lifecycle.referral"].union(*referrals)
        counting = every.filtered(lambda each: self._counts(each, referrals[each]))
        earning = counting.filtered(lambda each: each.state == "pending")
        earning.filtered(lambda each: not each.is_news).state = "earned"
        if is_silent:
            return
        earning.filtered("is_news")._reward()
        lost = every.filtered(
            lambda each: (
                each.state in ("rewarded", "taken_back")
                and not referrals[each]["has_order"]
            )
        )
        # another order came in its place: what was given is as good as before
        for each in lost & counting:
            each.order_id = referrals[each]["order_id"]
        (lost - counting).filtered(lambda each: each.state == "rewarded")._take_back()
        counting.filtered(lambda each: each.state == "taken_back")._give_again()

    def _counts(self, referral, row: dict) -> bool:
        """Say whether the first order of a friend is all that is needed.

        Where there is no reward, nothing has to be waited for.
        """
        if not row["order_id"]:
            return False
        is_soon = referral.company_id.lifecycle_reward_when == "confirmed"
        return is_soon or row["is_paid"] or not referral.is_news

    # --------------------------------------------------------------------------- query

    def _referral_sql(self, scope: Scope) -> SQL:
        """Return what is known of the referred customers of a scope.

        Grain: one row per friend with a referral, or with a referrer who has a card.
        Columns: ``referral_id, friend_id, friend_card_id, card_id`` (of whoever
        brought it; empty: nobody any more), ``order_id, order_day, is_paid`` of the
        first order, ``has_order`` (the noted one still counts), ``is_read`` (the
        friend is of the scope, and not only whoever brought it).
        """
        return SQL(
            """
              WITH friends AS (
                   SELECT DISTINCT friend.commercial_partner_id AS partner_id
                     FROM res_partner AS friend
                    WHERE friend.commercial_partner_id = ANY(%(partners)s::integer[])
                      AND friend.lifecycle_referred_by_id IS NOT NULL
                    UNION
                   SELECT friend_id
                     FROM customer_lifecycle_referral
                    WHERE friend_id = ANY(%(partners)s::integer[])
                      AND company_id = %(company)s
                    UNION
                   -- whoever brought them may have got a card only now
                   SELECT friend.commercial_partner_id
                     FROM res_partner AS referrer
                     JOIN res_partner AS friend
                       ON friend.lifecycle_referred_by_id = referrer.id
                    WHERE referrer.commercial_partner_id
                          = ANY(%(partners)s::integer[])
                      AND NOT EXISTS (
                          SELECT
                            FROM customer_lifecycle_referral AS known
                           WHERE known.friend_id = friend.commercial_partner_id
                             AND known.company_id = %(company)s)),
                   givers AS (
                   SELECT DISTINCT ON (friend.commercial_partner_id)
                          friend.commercial_partner_id AS friend_id,
                          card.id AS card_id
                     FROM friends
                     JOIN res_partner AS friend
                       ON friend.commercial_partner_id = friends.partner_id
                     JOIN res_partner AS referrer
                       ON referrer.id = friend.lifecycle_referred_by_id
                      AND referrer.commercial_partner_id
                          != friend.commercial_partner_id
                     JOIN customer_lifecycle AS card
                       ON card.partner_id = referrer.commercial_partner_id
                      AND card.company_id = %(company)s
                 ORDER BY friend.commercial_partner_id,
                          friend.id != friend.commercial_partner_id, friend.id),
                   firsts AS (%(firsts)s)
            SELECT referral.id AS referral_id, friends.partner_id AS friend_id,
                   card.id AS friend_card_id, givers.card_id,
                   firsts.order_id, firsts.order_day,
                   COALESCE(firsts.is_paid, FALSE) AS is_paid,
                   COALESCE(noted.state = 'sale'
                            AND noted.lifecycle_purchase_number > 0, FALSE)
                       AS has_order,
                   friends.partner_id = ANY(%(partners)s::integer[]) AS is_read
              FROM friends
         LEFT JOIN customer_lifecycle AS card
                ON card.partner_id = friends.partner_id
               AND card.company_id = %(company)s
         LEFT JOIN givers
                ON givers.friend_id = friends.partner_id
         LEFT JOIN firsts
                ON firsts.partner_id = friends.partner_id
         LEFT JOIN customer_lifecycle_referral AS referral
                ON referral.friend_id = friends.partner_id
               AND referral.company_id = %(company)s
         LEFT JOIN sale_order AS noted
                ON noted.id = referral.order_id
             WHERE referral.id IS NOT NULL
                OR card.id IS NOT NULL AND givers.card_id IS NOT NULL
          ORDER BY friends.partner_id
            """,
            firsts=self._first_order_sql(scope),
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _first_order_sql(self, scope: Scope) -> SQL:
        """Return the order by which each of ``friends`` became a customer."""
        return SQL(
            """
            SELECT DISTINCT ON (buyer.commercial_partner_id)
                   buyer.commercial_partner_id AS partner_id,
                   sale.id AS order_id,
                   (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                       AS order_day,
                   %(is_paid)s AS is_paid
              FROM friends
              JOIN res_partner AS buyer
                ON buyer.commercial_partner_id = friends.partner_id
              JOIN sale_order AS sale
                ON sale.partner_id = buyer.id
             WHERE sale.company_id = %(company)s
               AND sale.state = 'sale'
               AND sale.lifecycle_purchase_number = 1
          ORDER BY buyer.commercial_partner_id, sale.date_order, sale.id
            """,
            tz=scope.company.lifecycle_tz,
            company=scope.company.id,
            is_paid=self._is_paid_sql(),
        )

    def _is_paid_sql(self) -> SQL:
        """Return the condition that the order ``sale`` is invoiced and paid in full."""
        return SQL(
            """
            (-- upselling: all of it invoiced, and more delivered
             sale.invoice_status IN ('invoiced', 'upselling')
             AND (SELECT BOOL_AND(move.state = 'posted'
                                  AND move.payment_state IN ('paid', 'in_payment'))
                    FROM sale_order_line AS line
                    JOIN sale_order_line_invoice_rel AS link
                      ON link.order_line_id = line.id
                    JOIN account_move_line AS invoice_line
                      ON invoice_line.id = link.invoice_line_id
                    JOIN account_move AS move
                      ON move.id = invoice_line.move_id
                   WHERE line.order_id = sale.id
                     AND move.move_type = 'out_invoice'
                     AND move.state != 'cancel'))
            """
        )
