from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .customer_lifecycle_offer import RUNNING_STATES
from .customer_lifecycle_outreach import OPEN_STATES

#: What an offer can be followed from: each of them can still turn into another.
FOLLOWED_STATES = (*RUNNING_STATES, "redeemed", "expired")


class Standing(NamedTuple):
    """Where an offer stands by its coupon: its state and why, as ``_put`` takes them.

    :param order_id: the order in which it was redeemed
    :param expiry_date: the last day of the coupon
    """

    state: str
    code: str | None
    values: dict
    order_id: int | None
    expiry_date: date | None


class CustomerLifecycleOutcome(models.AbstractModel):
    """What came of outreach, read from orders and coupons; the loop closes here.

    Called by the refresh after the facts and before the decisions: what a purchase
    ended is over before it starts something new. Reading again changes nothing.
    """

    _name = "customer.lifecycle.outcome"
    _description = "Outcomes of Outreach"

    @api.model
    def _follow(self, cards, as_of: date):
        """Bring the outreach of cards in line with their facts.

        One query where there is none to follow.
        """
        outreach, offers = self._followed(cards)
        if outreach:
            self._stop_bought(outreach)
        if offers:
            self._follow_offers(offers, as_of)

    def _followed(self, cards) -> tuple:
        """Return the open outreach of cards, and their offers to follow."""
        outreach = self.env["customer.lifecycle.outreach"]
        outreach.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, state = ANY(%(open)s) AS is_open
                  FROM customer_lifecycle_outreach
                 WHERE lifecycle_id = ANY(%(cards)s)
                   AND (state = ANY(%(open)s)
                        OR kind = 'offer'
                           AND (state = ANY(%(followed)s)
                                -- whoever took it back may give it again
                                OR state = 'cancelled'
                                   AND reason_code = 'offer_withdrawn'))
                """,
                cards=cards.ids,
                open=list(OPEN_STATES),
                followed=list(FOLLOWED_STATES),
            )
        )
        return (
            outreach.browse(id_ for id_, is_open in rows if is_open),
            outreach.browse(id_ for id_, is_open in rows if not is_open),
        )

    # ------------------------------------------------------------------------ purchases

    @api.model
    def _stop_bought(self, outreach):
        """Cancel the open outreach whose occasion a purchase ended."""
        outreach.flush_recordset()
        self.env["ir.actions.server"].flush_model(["lifecycle_stops_on_purchase"])
        by_day: dict[date, list[int]] = {}
        for id_, day in self.env.execute_query(self._bought_sql(outreach)):
            by_day.setdefault(day, []).append(id_)
        for day, ids in by_day.items():
            outreach.browse(ids)._put(
                "cancelled", "bought_again", {"date": fields.Date.to_string(day)}
            )

    def _bought_sql(self, outreach) -> SQL:
        """Return ``(id, day of the purchase)`` of the outreach that one ended."""
        return SQL(
            """
            SELECT outreach.id, card.last_purchase_date
              FROM customer_lifecycle_outreach AS outreach
              JOIN customer_lifecycle AS card
                ON card.id = outreach.lifecycle_id
              JOIN res_company AS company
                ON company.id = outreach.company_id
              JOIN ir_act_server AS step
                ON step.id = outreach.step_id
         LEFT JOIN customer_lifecycle_outreach AS offer
                ON offer.id = outreach.offer_id
             WHERE outreach.id = ANY(%s)
               AND step.lifecycle_stops_on_purchase
               -- what was won stays won
               AND COALESCE(offer.occasion, outreach.occasion) NOT LIKE 'raffle:%%'
               AND card.last_purchase_date IS NOT NULL
               AND CASE WHEN outreach.occasion = 'purchase:none'
                        THEN TRUE
                        WHEN outreach.occasion LIKE 'purchase:%%'
                        -- days in ISO form are in order as texts
                        THEN 'purchase:' || card.last_purchase_date
                             > outreach.occasion COLLATE "C"
                        -- what was bought on the day itself may be the occasion
                        ELSE card.last_purchase_date
                             > (outreach.create_date AT TIME ZONE 'UTC'
                                AT TIME ZONE company.lifecycle_tz)::date
                    END
            """,
            outreach.ids,
        )

    # --------------------------------------------------------------------------- offers

    @api.model
    def _expire_offers(self, days: dict):
        """Let the offers end whose last day is over; the codes are archived.

        :param days: today by company
        """
        outreach = self.env["customer.lifecycle.outreach"]
        for company, today in days.items():
            over = outreach.search(
                [
                    ("company_id", "=", company.id),
                    ("kind", "=", "offer"),
                    ("state", "in", RUNNING_STATES),
                    ("offer_expiry_date", "<", today),
                ]
            )
            self._follow_offers(over, today)

    @api.model
    def _follow_offers(self, offers, as_of: date | None = None):
        """Write where offers stand by their coupons: what did not change is let be.

        :param as_of: the day it is; default: today in each offer's company
        """
        offers = offers.filtered(
            lambda offer: (
                offer.state in FOLLOWED_STATES
                or (offer.state, offer.reason_code) == ("cancelled", "offer_withdrawn")
            )
        )
        if not offers:
            return
        changed: dict[str, tuple[Standing, list[int]]] = {}
        for offer, row in self._coupon_rows(offers):
            today = as_of or offer.company_id._lifecycle_today()
            standing = self._standing(offer, row, today)
            if self._differs(offer, standing):
                changed.setdefault(repr(standing), (standing, []))[1].append(offer.id)
        for standing, ids in changed.values():
            self._write_standing(offers.browse(ids), standing)

    def _coupon_rows(self, offers):
        """Yield each offer with what is known of its coupon; one query.

        :return: pairs of offer and ``{coupon_id, active, expiration_date,
            is_used_up, order_id, order_name}``
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                   SELECT offer.id, coupon.id AS coupon_id, coupon.active,
                          coupon.expiration_date, coupon.points <= 0 AS is_used_up,
                          redeeming.id AS order_id, redeeming.name AS order_name
                     FROM customer_lifecycle_outreach AS offer
                LEFT JOIN loyalty_card AS coupon
                       ON coupon.id = offer.coupon_id
        LEFT JOIN LATERAL (SELECT sale.id, sale.name
                             FROM sale_order_line AS line
                             JOIN sale_order AS sale
                               ON sale.id = line.order_id
                            WHERE line.coupon_id = offer.coupon_id
                              AND sale.state = 'sale'
                         ORDER BY sale.id
                            LIMIT 1) AS redeeming
                       ON TRUE
                    WHERE offer.id = ANY(%s)
                 ORDER BY offer.id
                """,
                offers.ids,
            )
        )
        for row in rows:
            yield offers.browse(row["id"]), row

    def _standing(self, offer, row: dict, today: date) -> Standing:
        """Return where an offer stands on a day."""
        expiry = row["expiration_date"] if row["coupon_id"] else offer.offer_expiry_date
        expiry = expiry or None
        if row["order_id"]:
            told = {"order": row["order_name"]}
            return Standing("redeemed", "offer_redeemed", told, row["order_id"], expiry)
        if row["is_used_up"]:
            # at a till, or wherever else Odoo takes coupons
            return Standing("redeemed", "offer_used_up", {}, None, expiry)
        is_expired = offer.state == "expired" and not row["active"]
        if is_expired or (row["coupon_id"] and expiry and expiry < today):
            told = {"date": fields.Date.to_string(expiry)}
            return Standing("expired", "offer_expired", told, None, expiry)
        if not row["active"]:
            told = {"date": fields.Date.to_string(today), "user": self.env.user.name}
            return Standing("cancelled", "offer_withdrawn", told, None, expiry)
        if offer.state in RUNNING_STATES:
            return Standing(
                offer.state, offer.reason_code, offer.reason_values, None, expiry
            )
        if offer.state == "redeemed":
            told = {"order": offer.order_id.name or ""}
            return Standing("sent", "offer_returned", told, None, expiry)
        return Standing("sent", None, {}, None, expiry)

    def _differs(self, offer, standing: Standing) -> bool:
        """Say whether an offer is not written as it stands."""
        return (
            offer.state,
            offer.order_id.id or None,
            offer.offer_expiry_date or None,
        ) != (standing.state, standing.order_id, standing.expiry_date)

    def _write_standing(self, offers, standing: Standing):
        """Write where offers stand, and let their coupons and reminders follow."""
        offers._put(
            standing.state,
            standing.code,
            standing.values,
            order_id=standing.order_id,
            offer_expiry_date=standing.expiry_date,
        )
        if standing.state in RUNNING_STATES:
            offers._plan_reminders()
            return
        offers._drop_reminders(standing.code, standing.values)
        if standing.state == "expired":
            offers.coupon_id._lifecycle_quietly().action_archive()


class CustomerLifecycleSender(models.AbstractModel):
    """What the day brings: offers end."""

    _inherit = "customer.lifecycle.sender"

    def _prepare_run(self, days):
        result = super()._prepare_run(days)
        self.env["customer.lifecycle.outcome"]._expire_offers(days)
        return result
