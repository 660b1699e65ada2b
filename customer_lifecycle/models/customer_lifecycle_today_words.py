from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

#: The model of the record that a matter is about.
MODELS = {
    "promise": "customer.lifecycle.commitment",
    "promise_soon": "customer.lifecycle.commitment",
    "activity_late": "mail.activity",
    "activity_today": "mail.activity",
    "quotation": "sale.order",
    "outreach": "customer.lifecycle.outreach",
    "referral": "customer.lifecycle.referral",
}


class CustomerLifecycleTodayWords(models.AbstractModel):
    """Why a customer is on the list of today: one sentence for each kind of matter.

    Read by whoever sees the card, in their language. ``_say_<kind>(line, about)`` gets
    the record that the matter is about, where there is one.
    """

    _name = "customer.lifecycle.today.words"
    _description = "Sentences of Today"

    @api.depends("kind", "day", "res_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        abouts = self._abouts()
        for line in self:
            about = abouts.get(line.id)
            line.reason = getattr(self, f"_say_{line.kind}")(line, about)

    def _abouts(self) -> dict:
        """Return what each line is about: ``{line id: record}``; a query per model."""
        abouts = {}
        for kind, lines in self.grouped("kind").items():
            if kind in MODELS:
                # sudo: what concerns a customer whose card the user sees: a name, an
                # amount; the record itself opens for who may see it only
                model = self.env[MODELS[kind]].sudo()
                found = model.browse(lines.mapped("res_id")).exists()
                by_id = dict(zip(found.ids, found, strict=True))
                abouts |= {line.id: by_id.get(line.res_id) for line in lines}
        return abouts | self.filtered(lambda line: line.kind == "setback")._broken()

    def _broken(self) -> dict:
        """Return the last promise that we broke, for lines of that setback."""
        lines = self.filtered(lambda line: line.lifecycle_id.setback_kind == "promise")
        if not lines:
            return {}
        promises = self.env["customer.lifecycle.commitment"].search(
            Domain("lifecycle_id", "in", lines.lifecycle_id.ids)
            & Domain("side", "=", "ours")
            & Domain("state", "=", "broken"),
            order="closed_date, id",
        )
        return {promise.lifecycle_id.id: promise for promise in promises}

    def _days_ago(self, line) -> int:
        """Return the days since a matter was due."""
        return (line.lifecycle_id.today - line.day).days

    def _date_of(self, line) -> str:
        return format_date(self.env, line.day)

    # ----------------------------------------------------------------------- sentences

    def _say_setback(self, line, about):
        kind = line.lifecycle_id.setback_kind
        values = {"date": self._date_of(line)}
        if kind == "promise" and about:
            return self.env._(
                "“%(promise)s” was promised and not kept (%(date)s). It is not made "
                "good yet.",
                promise=about.name,
                **values,
            )
        if kind == "rating":
            return self.env._(
                "Gave us %(rating)s of 5 on %(date)s. Nobody has made it good yet.",
                rating=f"{line.lifecycle_id.satisfaction:g}",
                **values,
            )
        if kind == "need":
            return self.env._(
                "Said on %(date)s that the need was not solved. It is still open.",
                **values,
            )
        return self.env._(
            "Something went wrong on %(date)s and is not made good yet.", **values
        )

    def _say_promise(self, line, about):
        return self.env._(
            "“%(promise)s” was promised for %(date)s and is still open.",
            promise=about.name if about else "",
            date=self._date_of(line),
        )

    def _say_promise_soon(self, line, about):
        days = -self._days_ago(line)
        promise = about.name if about else ""
        if days < 1:
            return self.env._("“%(promise)s” is due today.", promise=promise)
        if days == 1:
            return self.env._("“%(promise)s” is due tomorrow.", promise=promise)
        return self.env._(
            "“%(promise)s” is due on %(date)s.",
            promise=promise,
            date=self._date_of(line),
        )

    def _say_activity_late(self, line, about):
        return self.env._(
            "Planned for %(date)s and not done: %(activity)s.",
            date=self._date_of(line),
            activity=self._activity_in_words(about),
        )

    def _say_activity_today(self, line, about):
        return self.env._(
            "Planned for today: %(activity)s.", activity=self._activity_in_words(about)
        )

    def _activity_in_words(self, activity) -> str:
        """Return the type and the summary of an activity."""
        if not activity:
            return ""
        kind, summary = activity.activity_type_id.name, activity.summary
        if not (kind and summary):
            return summary or kind or self.env._("an activity")
        return self.env._("%(kind)s (%(summary)s)", kind=kind, summary=summary)

    def _say_slipping(self, line, about):
        return self._leaving_sentence(line)

    def _say_lapsed(self, line, about):
        return self._leaving_sentence(line)

    def _leaving_sentence(self, line) -> str:
        """Return how the customer stands; that nobody spoke is why it is here."""
        return self.env._(
            "%(reason)s Nobody has spoken with the customer since.",
            reason=line.lifecycle_id.reason,
        )

    def _say_quotation(self, line, about):
        if not about:
            return ""
        values = {
            "order": about.name,
            "amount": format_amount(self.env, about.amount_total, about.currency_id),
            "date": format_date(self.env, about.date_order),
        }
        if about.state == "draft":
            return self.env._(
                "The quotation %(order)s of %(amount)s is from %(date)s and was not "
                "sent yet.",
                **values,
            )
        return self.env._(
            "The quotation %(order)s of %(amount)s is from %(date)s, and nobody has "
            "answered or asked since.",
            **values,
        )

    def _say_outreach(self, line, about):
        rule = about and about.automation_id.name
        if not rule:
            return self.env._("A message is ready and waits to be approved.")
        return self.env._(
            "“%(rule)s” is ready and waits to be approved.",
            rule=rule,
        )

    def _say_referral(self, line, about):
        return self.env._(
            "Brought %(friend)s, who bought for the first time on %(date)s: say thank "
            "you.",
            friend=about.friend_id.display_name if about else "",
            date=self._date_of(line),
        )

    def _say_climbed(self, line, about):
        return self.env._(
            "Climbed to the level %(level)s on %(date)s: a good day to say thank you.",
            level=line.level_id.name,
            date=self._date_of(line),
        )

    def _say_second_purchase(self, line, about):
        return self.env._(
            "Bought for the second time on %(date)s: a buyer has become a customer.",
            date=self._date_of(line),
        )

    def _say_first_purchase(self, line, about):
        return self.env._(
            "Bought for the first time on %(date)s: say thank you.",
            date=self._date_of(line),
        )

    def _say_anniversary(self, line, about):
        years = line.day.year - line.lifecycle_id.first_purchase_date.year
        if years == 1:
            return self.env._("A customer for one year on %s.", self._date_of(line))
        return self.env._(
            "A customer for %(years)s years on %(date)s.",
            years=years,
            date=self._date_of(line),
        )

    def _say_care(self, line, about):
        return line.lifecycle_id.care_sentence

    def _say_need(self, line, about):
        return self.env._(
            "What was delivered on %(date)s was to solve a need: ask whether it did.",
            date=format_date(self.env, line.lifecycle_id.last_delivery_date),
        )
