from odoo import api, fields, models
from odoo.tools import format_date

from ..tools import rhythm, words

#: Customers, or pauses, on which a figure of the company must rest to be said.
ENOUGH = 10
#: Beyond so many, a share is said instead of a number.
MANY = 100
#: A pause is called rare if at most 1 in so many of the customer's is as long.
RARE = 4
#: A share below 1 in so many is said so, a larger one in tenths.
FEW = 3
#: How far the pace of a season must be from 1 to be mentioned.
QUIET, BUSY = 0.8, 1.25


class CustomerLifecycleBuyer(models.AbstractModel):
    """How somebody stands who has bought, in sentences made from a snapshot.

    What is not in the snapshot is not said: those of before a figure existed, and of
    companies too small for it, read well without it.
    """

    _name = "customer.lifecycle.buyer"
    _description = "Sentences about Buyers"

    @api.model
    def _days_between(self, snapshot: dict, name: str) -> int:
        """Return the days from a date of the snapshot to the day of reading."""
        day = fields.Date.to_date(snapshot.get(name))
        return (fields.Date.to_date(snapshot["as_of"]) - day).days if day else 0

    @api.model
    def _buyer_sentences(self, snapshot: dict) -> str:
        """Return how a buyer stands, and what became of others who stood so."""
        days = self._days_between(snapshot, "last_purchase_date")
        expected = snapshot.get("expected_again_date") or ""
        if days < 2 or snapshot["as_of"] < expected:
            # whoever has just bought is not missed, however rarely others come back;
            # nor is whoever is expected later, also before the dates are moved
            snapshot = snapshot | {"health": "on_rhythm"}
        own = (
            self._plan_sentence(snapshot, days)
            or self._few_purchases_sentence(snapshot, days)
            or self._rhythm_sentence(snapshot, days)
        )
        health = snapshot["health"]
        others = ""
        if health == "slipping":
            others = self._lost_sentence(snapshot)
        elif health == "lapsed":
            others = self._back_sentence(snapshot)
        return " ".join(filter(None, [own, others]))

    @api.model
    def _last_sentence(self, days: int) -> str:
        if days < 1:
            return self.env._("Last bought today.")
        if days == 1:
            return self.env._("Last bought yesterday.")
        return self.env._("Last bought %(days)s days ago.", days=days)

    @api.model
    def _plan_sentence(self, snapshot: dict, days: int) -> str:
        """Say when a customer with a known plan was to come back; else nothing."""
        expected = snapshot.get("expected_again_date")
        if not expected or expected <= snapshot["last_purchase_date"]:
            return ""
        date = format_date(self.env, fields.Date.to_date(expected))
        if snapshot["as_of"] < expected:
            planned = self.env._(
                "Expected again on %(date)s: not due before then.", date=date
            )
        else:
            planned = self.env._("Was expected again on %(date)s.", date=date)
        return f"{planned} {self._last_sentence(days)}"

    # ------------------------------------------------------- one or two purchases

    @api.model
    def _few_purchases_sentence(self, snapshot: dict, days: int) -> str:
        """Say what is known of a customer too new to have a rhythm of its own."""
        if snapshot["purchase_count"] >= rhythm.MIN_PURCHASES:
            return ""
        twice = snapshot["purchase_count"] > 1
        if snapshot["health"] == "lapsed":
            return self._not_back_sentence(twice, days)
        if snapshot["health"] in ("due", "slipping"):
            return self._not_yet_back_sentence(snapshot, twice, days)
        if twice:
            return self._second_purchase_sentence(days)
        return self._first_purchase_sentence(snapshot, days)

    @api.model
    def _not_back_sentence(self, twice: bool, days: int) -> str:
        if twice:
            return self.env._(
                "Bought twice, the last time %(days)s days ago, and has not come back.",
                days=days,
            )
        return self.env._(
            "Bought once, %(days)s days ago, and has not come back.", days=days
        )

    @api.model
    def _not_yet_back_sentence(self, snapshot: dict, twice: bool, days: int) -> str:
        still = self._still_sentence(snapshot)
        if twice and still:
            bought = self.env._("Bought twice, last %(days)s days ago.", days=days)
        elif still:
            bought = self.env._("Bought once, %(days)s days ago.", days=days)
        elif twice:
            return self.env._(
                "Bought twice, last %(days)s days ago; those who come back soon are "
                "often back by now.",
                days=days,
            )
        else:
            return self.env._(
                "Bought once, %(days)s days ago; those who come back soon are often "
                "back by now.",
                days=days,
            )
        return f"{bought} {still}"

    @api.model
    def _still_sentence(self, snapshot: dict) -> str:
        """Say how many come back after such a pause, in the days looked ahead."""
        share = snapshot.get("return_chance")
        horizon = snapshot.get("horizon_days") or 0
        if share is None or horizon < 2:
            return ""
        tenths = words.tenths(share)
        if tenths < 1:
            return self.env._(
                "Few such customers come back within %(horizon)s days.", horizon=horizon
            )
        if tenths == 1:
            return self.env._(
                "1 in 10 such customers comes back within %(horizon)s days.",
                horizon=horizon,
            )
        if tenths == 10:
            return self.env._(
                "Nearly all such customers come back within %(horizon)s days.",
                horizon=horizon,
            )
        return self.env._(
            "%(tenths)s in 10 such customers come back within %(horizon)s days.",
            tenths=tenths,
            horizon=horizon,
        )

    @api.model
    def _first_purchase_sentence(self, snapshot: dict, days: int) -> str:
        again = self._again_sentence(snapshot, days)
        if again:
            return f"{self._first_day_sentence(days)} {again}"
        if days < 1:
            return self.env._("First purchase today: too early to know a rhythm.")
        if days == 1:
            return self.env._("First purchase yesterday: too early to know a rhythm.")
        return self.env._("One purchase so far: too few to know a rhythm.")

    @api.model
    def _first_day_sentence(self, days: int) -> str:
        if days < 1:
            return self.env._("First purchase today.")
        if days == 1:
            return self.env._("First purchase yesterday.")
        return self.env._("First purchase %(days)s days ago.", days=days)

    @api.model
    def _again_sentence(self, snapshot: dict, days: int) -> str:
        """Say how many buy again after a first purchase, while there is time for it."""
        share = snapshot.get("first_return_chance")
        horizon = snapshot.get("horizon_days") or 0
        if share is None or not days < horizon or horizon < 2:
            return ""
        tenths = words.tenths(share)
        if tenths < 1:
            return self.env._("Few buy again within %(horizon)s days.", horizon=horizon)
        if tenths == 1:
            return self.env._(
                "1 in 10 buys again within %(horizon)s days.", horizon=horizon
            )
        if tenths == 10:
            return self.env._(
                "Nearly all buy again within %(horizon)s days.", horizon=horizon
            )
        return self.env._(
            "%(tenths)s in 10 buy again within %(horizon)s days.",
            tenths=tenths,
            horizon=horizon,
        )

    @api.model
    def _second_purchase_sentence(self, days: int) -> str:
        if days < 1:
            return self.env._("Second purchase today: too early to know a rhythm.")
        if days == 1:
            return self.env._("Second purchase yesterday: too early to know a rhythm.")
        return self.env._(
            "Second purchase %(days)s days ago: too early to know a rhythm.", days=days
        )

    # ------------------------------------------------------------------ own rhythm

    @api.model
    def _rhythm_sentence(self, snapshot: dict, days: int) -> str:
        interval = max(round(snapshot["interval_days"]), 1)
        if snapshot["health"] == "lapsed":
            return self._lapsed_sentence(snapshot, interval, days)
        if interval == 1:
            return self._daily_sentence(snapshot["health"], days)
        if snapshot["health"] == "slipping":
            return self._slipping_sentence(snapshot, interval, days)
        if snapshot["health"] == "due":
            return self._due_sentence(snapshot, interval, days)
        return self._on_rhythm_sentence(snapshot, interval, days)

    @api.model
    def _on_rhythm_sentence(self, snapshot: dict, interval: int, days: int) -> str:
        if days > interval:
            return self._not_late_sentence(snapshot, interval, days)
        if snapshot.get("regularity") == "clockwork":
            often = self.env._(
                "Buys every %(interval)s days, like clockwork.", interval=interval
            )
            return f"{often} {self._last_sentence(days)}"
        if snapshot.get("regularity") == "irregular":
            often = self.env._(
                "Buys irregularly, every %(interval)s days on average.",
                interval=interval,
            )
            return f"{often} {self._last_sentence(days)}"
        values = {"interval": interval, "days": days}
        if days < 1:
            return self.env._(
                "Buys about every %(interval)s days; last bought today.", **values
            )
        if days == 1:
            return self.env._(
                "Buys about every %(interval)s days; last bought yesterday.", **values
            )
        return self.env._(
            "Buys about every %(interval)s days; last bought %(days)s days ago.",
            **values,
        )

    @api.model
    def _not_late_sentence(self, snapshot: dict, interval: int, days: int) -> str:
        """Say why a pause beyond the usual one is nothing to worry about."""
        values = {"interval": interval, "days": days}
        if snapshot.get("season_pace", 1) < QUIET:
            return self.env._(
                "Buys about every %(interval)s days, less often in these months; last "
                "bought %(days)s days ago.",
                **values,
            )
        return self.env._(
            "Bought about every %(interval)s days so far; a pause of %(days)s days is "
            "nothing unusual yet.",
            **values,
        )

    @api.model
    def _due_sentence(self, snapshot: dict, interval: int, days: int) -> str:
        values = {"interval": interval, "days": days}
        if days >= interval:
            return self.env._(
                "Usually back by now: every %(interval)s days as a rule, %(days)s "
                "since the last purchase.",
                **values,
            )
        if snapshot.get("season_pace", 1) > BUSY:
            return self.env._(
                "Often back by now in these months: every %(interval)s days over the "
                "year, %(days)s since the last purchase.",
                **values,
            )
        return self.env._(
            "Often back by now: every %(interval)s days on average, %(days)s since the "
            "last purchase.",
            **values,
        )

    @api.model
    def _slipping_sentence(self, snapshot: dict, interval: int, days: int) -> str:
        rare = self._rarity_sentence(snapshot)
        if rare:
            pause = self.env._("%(days)s days since the last purchase.", days=days)
            return f"{pause} {rare}"
        return self.env._(
            "%(days)s days since the last purchase, when %(interval)s are usual.",
            days=days,
            interval=interval,
        )

    @api.model
    def _rarity_sentence(self, snapshot: dict) -> str:
        """Say how rare so long a pause is for this customer, where it is rare.

        Whoever has not made that many pauses yet cannot have made one of them: there
        the rhythm is spoken of, and not the past.
        """
        rarity = snapshot.get("pause_rarity")
        if rarity is None:
            return ""
        count = words.one_in(rarity)
        if count < RARE:
            return ""
        if snapshot["purchase_count"] > count:
            return self.env._(
                "Only 1 pause in %(count)s of this customer was that long.",
                count=count,
            )
        return self.env._(
            "With this rhythm, only 1 pause in %(count)s is that long.", count=count
        )

    @api.model
    def _lapsed_sentence(self, snapshot: dict, interval: int, days: int) -> str:
        if interval == 1:
            return self.env._(
                "No purchase for %(days)s days; used to buy nearly every day.",
                days=days,
            )
        if self._back_sentence(snapshot):
            return self.env._("No purchase for %(days)s days.", days=days)
        return self.env._(
            "No purchase for %(days)s days; used to buy about every %(interval)s days.",
            days=days,
            interval=interval,
        )

    @api.model
    def _daily_sentence(self, health: str, days: int) -> str:
        """Say how a customer stands who buys nearly every day."""
        if health in ("due", "slipping"):
            return self.env._(
                "Buys nearly every day, but not for %(days)s days now.", days=days
            )
        return self.env._("Buys nearly every day.")

    # -------------------------------------------------------------- other customers

    @api.model
    def _lost_sentence(self, snapshot: dict) -> str:
        """Say how many of the customers that were lost had slipped like this one."""
        lost = snapshot.get("lost_count") or 0
        warned = snapshot.get("lost_warned_count") or 0
        if lost < ENOUGH or not warned:
            return ""
        if warned == lost:
            return self.env._(
                "All %(lost)s customers you lost had passed this point.", lost=lost
            )
        if lost > MANY:
            return self._lost_share_sentence(words.tenths(warned / lost))
        if warned == 1:
            return self.env._(
                "1 of the %(lost)s customers you lost had passed this point.", lost=lost
            )
        return self.env._(
            "%(warned)s of the %(lost)s customers you lost had passed this point.",
            warned=warned,
            lost=lost,
        )

    @api.model
    def _lost_share_sentence(self, tenths: int) -> str:
        if tenths < 1:
            return ""
        if tenths == 1:
            return self.env._("1 in 10 customers you lost had passed this point.")
        if tenths == 10:
            return self.env._("Nearly all customers you lost had passed this point.")
        return self.env._(
            "%(tenths)s in 10 customers you lost had passed this point.", tenths=tenths
        )

    @api.model
    def _back_sentence(self, snapshot: dict) -> str:
        """Say how many of those who had lapsed like this one came back."""
        passed = snapshot.get("passed_lapsed_count") or 0
        back = snapshot.get("passed_lapsed_back_count") or 0
        if passed < ENOUGH:
            return ""
        if not back:
            return self.env._(
                "Not one of the %(passed)s customers with such a pause came back.",
                passed=passed,
            )
        count = words.one_in(back / passed)
        if count < FEW:
            return self.env._(
                "Of customers with such a pause, %(tenths)s in 10 came back.",
                tenths=min(words.tenths(back / passed), 9),
            )
        if back / passed < 1 / words.SAID[-1]:
            return self.env._(
                "Of customers with such a pause, fewer than 1 in 100 came back."
            )
        return self.env._(
            "Of customers with such a pause, 1 in %(count)s came back.", count=count
        )
