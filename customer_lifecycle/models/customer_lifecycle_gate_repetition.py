from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_gate_mixin import Verdict
from .customer_lifecycle_outreach import SENT_STATES


class CustomerLifecycleGateRepetition(models.AbstractModel):
    """Checks that nobody gets the same again, and that one thing is open at a time."""

    _name = "customer.lifecycle.gate.repetition"
    _description = "Gate: Repetition"
    _inherit = ["customer.lifecycle.gate.mixin"]

    # ---------------------------------------------------------------------- same person

    def _check_same_person(self, outreach, at: datetime) -> dict[int, Verdict]:
        """One person with several cards gets a step once, not once for each card.

        Within the step's cooling-off, as for one card.
        """
        # a reminder goes only to whoever got the offer
        first_hand = self._mails(outreach).filtered(lambda each: not each.offer_id)
        verdicts = {}
        for company, of_company in first_hand.grouped("company_id").items():
            got = self._sent_steps(company, of_company)
            for each in of_company:
                cooling = max(
                    each.step_id.lifecycle_cooling_days,
                    company.lifecycle_message_gap_days,
                )
                others = [
                    (sent_at, card)
                    for card, sent_at in got.get(
                        (each.step_id.id, self._address(each)), ()
                    )
                    if card != each.lifecycle_id
                    and sent_at > at - timedelta(days=cooling)
                ]
                if others:
                    sent_at, card = max(others, key=lambda other: other[0])
                    verdicts[each.id] = Verdict(
                        "held",
                        "same_person",
                        {
                            "name": card.partner_id.display_name,
                            "date": self._day(company, sent_at).isoformat(),
                        },
                    )
        return verdicts

    def _sent_steps(self, company, outreach) -> dict[tuple[int, str], list]:
        """Return who got these steps under these addresses, and when.

        :return: ``{(step id, address): [(card, sent at)]}``
        """
        namesakes = self._namesakes(outreach, company)
        sent = self.env["customer.lifecycle.outreach"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", list(namesakes)),
                ("step_id", "in", outreach.step_id.ids),
                ("state", "in", SENT_STATES),
                ("sent_at", "!=", False),
                ("offer_id", "=", False),
            ],
            ["step_id", "partner_id", "lifecycle_id", "sent_at"],
        )
        found = {}
        for each in sent:
            key = each.step_id.id, namesakes[each.partner_id.id]
            found.setdefault(key, []).append((each.lifecycle_id, each.sent_at))
        return found

    # ----------------------------------------------------------------------- open offer

    def _check_open_offer(self, outreach, at: datetime) -> dict[int, Verdict]:
        """No second offer while one can still be redeemed."""
        offers = outreach.filtered(lambda each: each.kind == "offer")
        verdicts = {}
        for company, of_company in offers.grouped("company_id").items():
            still_open = self._open_offers(company, of_company, at)
            for each in of_company:
                other = still_open.get(each.lifecycle_id) or still_open.get(
                    self._address(each)
                )
                if other:
                    verdicts[each.id] = Verdict("held", "open_offer", other)
        return verdicts

    def _open_offers(self, company, outreach, at) -> dict:
        """Return the offers that these customers can redeem, under any contact.

        :return: ``{card or address: figures of the sentence}``
        """
        namesakes = self._namesakes(outreach, company)
        still_open = self.env["customer.lifecycle.outreach"].search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "offer"),
                ("state", "in", ["sent", "answered"]),
                ("coupon_id.active", "=", True),
                ("offer_expiry_date", ">=", self._day(company, at)),
                "|",
                ("lifecycle_id", "in", outreach.lifecycle_id.ids),
                ("partner_id", "in", list(namesakes)),
            ],
            order="offer_expiry_date",
        )
        found = {}
        for offer in still_open:
            figures = {
                "code": offer.coupon_code,
                "date": offer.offer_expiry_date.isoformat(),
            }
            found[offer.lifecycle_id] = figures
            if offer.partner_id.id in namesakes:
                found[namesakes[offer.partner_id.id]] = figures
        return found

    # -------------------------------------------------------------------- open activity

    def _check_open_activity(self, outreach, at: datetime) -> dict[int, Verdict]:
        """One open activity of ours for each customer: a person works on it already."""
        activities = outreach.filtered(lambda each: each.kind == "activity")
        still_open = self._open_activities(activities)
        verdicts = {}
        given = set()
        for each in activities:
            other = still_open.get(each.lifecycle_id)
            if other:
                verdicts[each.id] = Verdict("held", "open_activity", other)
            elif each.lifecycle_id in given:
                verdicts[each.id] = Verdict("held", "open_activity")
            given.add(each.lifecycle_id)
        return verdicts

    def _open_activities(self, outreach) -> dict:
        """Return what is still to be done: ``{card: figures of the sentence}``."""
        if not outreach:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT given.lifecycle_id, activity.id
                  FROM customer_lifecycle_outreach AS given
                  JOIN mail_activity AS activity
                    ON activity.id = given.activity_id
                 WHERE given.lifecycle_id = ANY(%s)
                   AND activity.active
              ORDER BY activity.date_deadline DESC, activity.id DESC
                """,
                outreach.lifecycle_id.ids,
            )
        )
        cards = self.env["customer.lifecycle"]
        activities = self.env["mail.activity"].browse(id_ for _card, id_ in rows)
        return {
            cards.browse(card_id): {
                "activity": activity.summary or activity.activity_type_id.name,
                "user": activity.user_id.name,
                "date": activity.date_deadline.isoformat(),
            }
            for (card_id, _id), activity in zip(rows, activities, strict=True)
        }

    # ------------------------------------------------------------------------ sentences

    def _say_same_person(self, values):
        return self.env._(
            "Not sent: %(name)s has the same address and got this on %(date)s.",
            name=values.get("name"),
            date=self._date_in_words(values),
        )

    def _say_open_offer(self, values):
        return self.env._(
            "Not sent: the offer %(code)s is open until %(date)s.",
            code=values.get("code"),
            date=self._date_in_words(values),
        )

    def _say_open_activity(self, values):
        if not values.get("user"):
            return self.env._(
                "Not given: this customer gets another activity at the same time."
            )
        return self.env._(
            "Not given: “%(activity)s” for %(user)s, due on %(date)s, is still open.",
            activity=values.get("activity"),
            user=values.get("user"),
            date=self._date_in_words(values),
        )
