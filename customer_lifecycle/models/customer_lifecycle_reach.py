from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base_automation.models.base_automation import (
    DATE_RANGE,
    TIME_TRIGGERS,
)

#: Triggers that tell how a customer stands, so that one can stand so already.
STATE_TRIGGERS = (
    "on_create",
    "on_create_or_write",
    "on_priority_set",
    "on_stage_set",
    "on_state_set",
    "on_tag_set",
    "on_user_set",
    "on_write",
)
#: Those of them that time alone can bring about, as it moves a card.
MOVE_TRIGGERS = ("on_create_or_write", "on_stage_set", "on_write")


class CustomerLifecycleReach(models.AbstractModel):
    """Whom an automation rule reaches: customers already there, and those to come."""

    _name = "customer.lifecycle.reach"
    _description = "Reach of an Automation Rule"

    def _lifecycle_present(self):
        """Return the customers already there: whom the rule fits now.

        For a rule that follows a date: whose day has come and is not too late for its
        steps. A rule about a change that is over (it asks what was before) has none.
        """
        self.ensure_one()
        cards = self.env["customer.lifecycle"]
        if not self.lifecycle_is_playbook:
            return cards
        if self.trigger in TIME_TRIGGERS:
            now = fields.Datetime.now()
            return cards.search(
                self._lifecycle_domain()
                & self._come_domain(now)
                & self._in_time_domain(now)
            )
        if self.trigger not in STATE_TRIGGERS or (
            # Odoo fills it in for tags
            self.filter_pre_domain and self.trigger != "on_tag_set"
        ):
            return cards
        return cards.search(self._lifecycle_domain())

    def _lifecycle_coming(self, days: int = 30) -> dict:
        """Return whom the rule is expected to reach, if they do not buy first.

        Customers who are to come are not in it, nor what people will do.

        :param days: how far to look ahead
        :return: ``{card: day of the first time}``
        """
        self.ensure_one()
        if not self.lifecycle_is_playbook:
            return {}
        if self.trigger in TIME_TRIGGERS:
            return self._coming_by_date(days)
        if self.trigger in MOVE_TRIGGERS:
            return self.env["customer.lifecycle.outlook"]._coming(self, days)
        return {}

    def _lifecycle_domain(self) -> Domain:
        """Return the rule's own filter."""
        return self._evaluated_domain(self.filter_domain)

    def _evaluated_domain(self, text: str) -> Domain:
        """Return a filter of the rule as a domain; without one: everybody."""
        if not text:
            return Domain.TRUE
        return Domain(safe_eval(text, self._get_eval_context()))

    # --------------------------------------------------------------------------- dates

    def _coming_by_date(self, days: int) -> dict:
        """Return whose day comes by itself: ``{card: day}``."""
        name = self.trg_date_id.name
        now = fields.Datetime.now()
        ends = [
            datetime.combine(now.date() + timedelta(days=ahead), time.max)
            for ahead in range(days + 1)
        ]
        cards = self.env["customer.lifecycle"].search(
            self._lifecycle_domain()
            & self._come_domain(ends[-1])
            & self._to_come_domain(now)
        )
        bounds = [self._bound(end) for end in ends]
        first_that_has_come = bisect_left if self._is_day() else bisect_right
        return {
            card: ends[first_that_has_come(bounds, card[name])].date() for card in cards
        }

    def _is_day(self) -> bool:
        """Say whether the rule follows a day, and not a moment."""
        return self.trg_date_id.ttype == "date"

    def _bound(self, at: datetime) -> date | datetime:
        """Return up to where the dates have come, as Odoo's own search sees it.

        :param at: the moment of looking (UTC, naive)
        :return: the last day that has come; for moments the first that has not
        """
        delay = self.trg_date_range or 0
        delay = delay if self.trg_date_range_mode == "before" else -delay
        calendar = self.trg_date_calendar_id
        if calendar and self.trg_date_range_type == "day":
            bound = calendar.plan_days(delay, at, compute_leaves=True) or at
            # Odoo leaves the moment itself out there
            bound -= timedelta(microseconds=1 if self._is_day() else 0)
        else:
            bound = at + DATE_RANGE[self.trg_date_range_type] * delay
        return bound.date() if self._is_day() else bound

    def _come_domain(self, at: datetime) -> Domain:
        """Return the domain of those whose time has come at a moment."""
        operator = "<=" if self._is_day() else "<"
        return Domain(self.trg_date_id.name, operator, self._bound(at))

    def _in_time_domain(self, now: datetime) -> Domain:
        """Return the domain of those whose day is not too far past for every step."""
        steps = self.action_server_ids.filtered(lambda action: action._is_step())
        if not steps:
            return Domain.TRUE
        days = max(0, *steps.mapped("lifecycle_expiry_days"))
        return self._to_come_domain(now - timedelta(days=days + 1))

    def _to_come_domain(self, at: datetime) -> Domain:
        """Return the domain of those whose time comes after a moment."""
        operator = ">" if self._is_day() else ">="
        return Domain(self.trg_date_id.name, operator, self._bound(at))
