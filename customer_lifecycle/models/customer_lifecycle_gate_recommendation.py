from datetime import datetime, timedelta

from odoo import models

from .customer_lifecycle_gate_mixin import Verdict
from .customer_lifecycle_outreach import SENT_STATES

#: From this level on somebody can be asked to recommend us.
ASKED_FROM = "relationship"
#: A rating below this is no good one (of five).
GOOD_RATING = 4


class CustomerLifecycleGateRecommendation(models.AbstractModel):
    """Check before asking for a recommendation: only who has reason to gives one."""

    _name = "customer.lifecycle.gate.recommendation"
    _description = "Gate: Asking for a Recommendation"
    _inherit = ["customer.lifecycle.gate.mixin"]

    def _check_recommendation(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Nobody is asked who is not close to us, content, and was asked lately.

        That a promise was broken or something is open holds every mail back.
        """
        asking = outreach.filtered(self._asks_recommendation)
        if not asking:
            return {}
        asked = self._asked_recommendation(asking, at)
        # nobody is asked by accident because the level is not in use any more
        levels = self.env["customer.lifecycle.level"].with_context(active_test=False)
        lowest = levels.search(
            [("code", "=", ASKED_FROM)], order="active DESC, sequence, id", limit=1
        )
        verdicts = {
            each.id: self._recommendation_verdict(each, lowest, asked.get(each))
            for each in asking
        }
        return {id_: verdict for id_, verdict in verdicts.items() if verdict}

    def _recommendation_verdict(self, outreach, lowest, asked) -> Verdict | None:
        """Return what speaks against asking one customer, the gravest first."""
        card = outreach.lifecycle_id
        if card.setback_date:
            return Verdict(
                "held", "recommend_setback", {"date": card.setback_date.isoformat()}
            )
        if 0 < card.satisfaction < GOOD_RATING:
            return Verdict(
                "held", "recommend_rating", {"rating": round(card.satisfaction)}
            )
        if not lowest:
            return Verdict("held", "recommend_nobody")
        level = card.level_id
        if not level or level.sequence < lowest.sequence:
            return Verdict(
                "held", "recommend_level", {"level": level.id, "from": lowest.id}
            )
        if not card.satisfaction:
            return Verdict("held", "recommend_unrated")
        if asked:
            return Verdict("held", "recommend_again", {"date": asked.isoformat()})
        return None

    def _asked_recommendation(self, outreach, at: datetime) -> dict:
        """Return who was asked within the company's days, and when: ``{each: day}``.

        Under any card with the same address: one person is asked once.
        """
        found = {}
        for company, of_company in outreach.grouped("company_id").items():
            days = company.lifecycle_recommendation_days
            namesakes = self._namesakes(of_company, company)
            sent = self.env["customer.lifecycle.outreach"].search(
                [
                    ("company_id", "=", company.id),
                    ("kind", "=", "ask"),
                    ("step_id.lifecycle_ask", "=", "recommendation"),
                    ("state", "in", SENT_STATES),
                    ("sent_at", ">", at - timedelta(days=days)),
                    "|",
                    ("lifecycle_id", "in", of_company.lifecycle_id.ids),
                    ("partner_id", "in", list(namesakes)),
                ],
                order="sent_at",
            )
            last = {}
            for each in sent:
                day = self._day(company, each.sent_at)
                last[each.lifecycle_id] = last[self._address(each)] = day
            last.pop(False, None)
            found |= {
                each: last.get(each.lifecycle_id) or last.get(self._address(each))
                for each in of_company
            }
        return found

    # ------------------------------------------------------------------------ sentences

    def _say_recommend_setback(self, values):
        return self.env._(
            "Not asked: since %(date)s something is not made good.",
            date=self._date_in_words(values),
        )

    def _say_recommend_rating(self, values):
        return self.env._(
            "Not asked: the last rating was %(rating)s of 5.",
            rating=values.get("rating"),
        )

    def _say_recommend_unrated(self, values):
        return self.env._("Not asked: the customer has not rated us yet.")

    def _say_recommend_nobody(self, values):
        return self.env._(
            "Not asked: no level has the technical name “%(code)s”, from which on a "
            "recommendation is asked for.",
            code=ASKED_FROM,
        )

    def _say_recommend_level(self, values):
        levels = self.env["customer.lifecycle.level"]
        lowest = levels.browse(values.get("from")).exists()
        level = levels.browse(values.get("level") or []).exists()
        if not level:
            return self.env._(
                "Not asked: a recommendation is asked for from the level %(lowest)s "
                "on.",
                lowest=lowest.name or "",
            )
        return self.env._(
            "Not asked: the customer is at the level %(level)s, and a recommendation "
            "is asked for from %(lowest)s on.",
            level=level.name,
            lowest=lowest.name or "",
        )

    def _say_recommend_again(self, values):
        return self.env._(
            "Not asked: the customer was asked on %(date)s already.",
            date=self._date_in_words(values),
        )
