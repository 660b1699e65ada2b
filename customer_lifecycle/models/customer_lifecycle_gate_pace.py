from datetime import datetime, timedelta

import pytz

from odoo import fields, models
from odoo.tools import format_datetime

from .customer_lifecycle_gate_mixin import Verdict
from .customer_lifecycle_outreach import PURPOSES, SENT_STATES

#: How far to look for the next working hour; longer holidays are looked at again then.
CALENDAR_DAYS = 14
#: When to try again what another mail of the same run stands before.
SOON = timedelta(hours=1)


class CustomerLifecycleGatePace(models.AbstractModel):
    """Checks that let a mail wait: not at night, and not too many of them."""

    _name = "customer.lifecycle.gate.pace"
    _description = "Gate: Pace"
    _inherit = ["customer.lifecycle.gate.mixin"]

    # ---------------------------------------------------------------------- quiet hours

    def _check_quiet_hours(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Mails go out in the working hours of the company, by the customer's clock.

        A company without working hours is always open.
        """
        mails = self._mails(outreach).filtered("company_id.lifecycle_in_working_hours")
        verdicts = {}
        places = mails.grouped(lambda each: (each.company_id, self._zone(each)))
        for (company, zone), of_place in places.items():
            until = self._opens_at(company, zone, at)
            if until:
                values = {"until": fields.Datetime.to_string(until), "zone": zone}
                verdict = Verdict("waiting", "quiet_hours", values, until)
                verdicts |= dict.fromkeys(of_place.ids, verdict)
        return verdicts

    def _zone(self, outreach) -> str:
        """Return the time zone of a customer, else of the company."""
        return (
            outreach.partner_id.tz
            or outreach.lifecycle_id.partner_id.tz
            or outreach.company_id.lifecycle_tz
            or "UTC"
        )

    def _opens_at(self, company, zone: str, at: datetime) -> datetime | None:
        """Return the next working time (UTC, naive), or None if it is one now."""
        calendar = company.resource_calendar_id
        if not calendar:
            return None
        start = pytz.utc.localize(at)
        end = start + timedelta(days=CALENDAR_DAYS)
        intervals = calendar._work_intervals_batch(start, end, tz=pytz.timezone(zone))
        opens = min((begin for begin, _end, _why in intervals[False]), default=end)
        if opens <= start:
            return None
        return opens.astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------------------ cap

    def _check_cap(self, outreach, at: datetime) -> dict[int, Verdict]:
        """So many mails and offers, and not more: counted over all rules and contacts.

        What is over the cap waits until the gap is over. What this very run lets
        through counts too: of two mails to one person the second waits.
        """
        verdicts = {}
        for company, mails in self._mails(outreach).grouped("company_id").items():
            last = self._last_mails(company, mails, at)
            going = set()
            for each in mails:
                verdict = self._over_cap(each, last, at)
                if not verdict:
                    keys = self._keys(each)
                    if going.isdisjoint(keys):
                        going |= keys
                        continue
                    verdict = Verdict("waiting", "cap_now", {}, at + SOON)
                verdicts[each.id] = verdict
        return verdicts

    def _people(self, outreach) -> list:
        """Return what tells who gets a mail: the card, and the address if any."""
        return list(filter(None, (outreach.lifecycle_id, self._address(outreach))))

    def _keys(self, outreach) -> set[tuple]:
        """Return what a run sends once for each person.

        One mail if there is a gap between mails, one offer, one question for a
        recommendation, and each step.
        """
        once = [("step", outreach.step_id, outreach.kind)]
        if outreach.kind == "offer":
            once.append(("offer",))
        if self._asks_recommendation(outreach):
            once.append(("recommendation",))
        if outreach.company_id.lifecycle_message_gap_days:
            once.append(("mail",))
        return {(*what, person) for what in once for person in self._people(outreach)}

    def _over_cap(self, outreach, last: dict, at: datetime) -> Verdict | None:
        """Return the verdict on a mail for which it is too early."""
        company = outreach.company_id
        gaps = {"message": company.lifecycle_message_gap_days}
        if outreach.kind == "offer":
            gaps["offer"] = company.lifecycle_offer_gap_days
        waits = [
            (sent_at + timedelta(days=days), what, sent_at, days)
            for what, days in gaps.items()
            for person in self._people(outreach)
            if (sent_at := last.get((what, person)))
        ]
        if not waits:
            return None
        until, what, sent_at, days = max(waits, key=lambda wait: wait[0])
        if until <= at:
            return None
        values = {
            "date": self._day(company, sent_at).isoformat(),
            "until": self._day(company, until).isoformat(),
            "days": days,
        }
        return Verdict("waiting", f"cap_{what}", values, until)

    def _last_mails(self, company, outreach, at: datetime) -> dict:
        """Return when these customers got their last mail and offer.

        :return: ``{("message" or "offer", card or address): UTC}``
        """
        days = max(company.lifecycle_message_gap_days, company.lifecycle_offer_gap_days)
        if not days:
            return {}
        namesakes = self._namesakes(outreach, company)
        sent = self.env["customer.lifecycle.outreach"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("kind", "in", list(PURPOSES)),
                # what was taken back later has been in the letter box, too
                ("state", "in", [*SENT_STATES, "cancelled"]),
                ("sent_at", ">", at - timedelta(days=days)),
                "|",
                ("lifecycle_id", "in", outreach.lifecycle_id.ids),
                ("partner_id", "in", list(namesakes)),
            ],
            ["lifecycle_id", "partner_id", "kind", "sent_at"],
            order="sent_at, id",
        )
        last = {}
        for each in sent:
            for person in (each.lifecycle_id, namesakes.get(each.partner_id.id)):
                last["message", person] = each.sent_at
                if each.kind == "offer":
                    last["offer", person] = each.sent_at
        return last

    # ------------------------------------------------------------------------ sentences

    def _say_quiet_hours(self, values):
        return self.env._(
            "Waits for working hours where the customer is: %(until)s.",
            until=format_datetime(
                self.env, values.get("until"), tz=values.get("zone"), dt_format="short"
            ),
        )

    def _say_cap_message(self, values):
        return self.env._(
            "Waits until %(until)s: the last message went out on %(date)s, and there "
            "are %(days)s days between two.",
            until=self._date_in_words(values, "until"),
            date=self._date_in_words(values),
            days=values.get("days"),
        )

    def _say_cap_offer(self, values):
        return self.env._(
            "Waits until %(until)s: the last offer went out on %(date)s, and there are "
            "%(days)s days between two.",
            until=self._date_in_words(values, "until"),
            date=self._date_in_words(values),
            days=values.get("days"),
        )

    def _say_cap_now(self, values):
        return self.env._("Waits: another message to this customer goes out now.")
