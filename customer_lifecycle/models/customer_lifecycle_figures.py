from datetime import date
from typing import NamedTuple

from odoo import api, models

from ..tools import rhythm
from ..tools.forecast import Forecaster
from ..tools.model import Summary
from .customer_lifecycle_buyer import ENOUGH

#: The facts of a card that a sentence needs; kept with each transition.
FACTS = (
    "purchase_count",
    "purchase_span_days",
    "interval_days",
    "regularity",
    "amount_total",
    "need_count",
    "quotation_count",
    "opportunity_count",
    "referral_count",
)
DATES = (
    "first_purchase_date",
    "last_purchase_date",
    "expected_again_date",
    "oldest_quotation_date",
    "stage_pinned_until",
    "level_pinned_until",
)
#: What a fit knows of customers like one in this health.
OF_OTHERS = {
    "slipping": ("lost_count", "lost_warned_count"),
    "lapsed": ("passed_lapsed_count", "passed_lapsed_back_count"),
}
#: Digits kept of shares.
DIGITS = 4


class CompanyForecast(NamedTuple):
    """The forecaster of a company, and chances after a first purchase, by ordinal."""

    forecaster: Forecaster
    first_chances: dict[int, float]


class CustomerLifecycleFigures(models.AbstractModel):
    """Snapshots: the figures that the sentences about a card are made of.

    Facts are as of the last reading of the card; what time alone changes, how rare the
    pause is by now, is worked out for the day on which the sentence is read.
    """

    _name = "customer.lifecycle.figures"
    _description = "Figures for Sentences"

    @api.model
    def _snapshot(self, card, as_of: date, health: str | None = None) -> dict:
        """Return the figures of a card that its sentences are made of.

        :param health: where it stands on that day; as the card says if None
        :return: JSON-serialisable; days are ISO dates, ``as_of`` the day of reading,
            shares 0 to 1; figures that nothing is said of in this health are left out
        """
        health = health or card.health
        snapshot = self._facts_snapshot(card, as_of) | {"health": health}
        if card.last_purchase_date:
            snapshot |= self._own_figures(card, health, as_of)
            snapshot |= self._figures_of_others(card, health, as_of)
        return snapshot

    @api.model
    def _facts_snapshot(self, card, as_of: date) -> dict:
        """Return the facts alone: the evidence of a level needs no more."""
        snapshot = {name: card[name] for name in FACTS}
        snapshot |= {name: card[name] and card[name].isoformat() for name in DATES}
        return snapshot | {"as_of": str(as_of), "health": card.health}

    @api.model
    def _own_figures(self, card, health: str, as_of: date) -> dict:
        """Return what the forecast says of the present pause of a card."""
        forecaster = self._company_forecast(card.company_id).forecaster
        figures = {"horizon_days": forecaster.limits.horizon_days}
        if health in ("on_rhythm", "due"):
            figures["season_pace"] = self._season_pace(forecaster, card, as_of)
        if health == "slipping":
            rarity = forecaster.pause_rarity(_summary(card), as_of.toordinal())
            if rarity is not None:
                figures["pause_rarity"] = round(rarity, DIGITS)
        return figures

    @api.model
    def _season_pace(self, forecaster: Forecaster, card, as_of: date) -> float:
        """Return how busy the days of the pause are: 1 is the mean of a year."""
        last, today = card.last_purchase_date.toordinal(), as_of.toordinal()
        if today <= last:
            return 1.0
        time = forecaster.population.season.time
        return round((time(today) - time(last)) / (today - last), 2)

    @api.model
    def _figures_of_others(self, card, health: str, as_of: date) -> dict:
        """Return what became of others who stood so, where the fit rests on enough."""
        # sudo: customer.lifecycle.fit - numbers about the card's own company
        fit = card.company_id.sudo().lifecycle_fit_id
        if not fit:
            return {}
        figures = {name: fit[name] for name in OF_OTHERS.get(health, ())}
        if fit.state != "default" and fit.customer_count >= ENOUGH:
            figures |= self._chances(card, health, as_of)
        return figures

    @api.model
    def _chances(self, card, health: str, as_of: date) -> dict:
        """Return how many come back of those who have bought once or twice."""
        if card.purchase_count >= rhythm.MIN_PURCHASES:
            return {}
        forecaster = self._company_forecast(card.company_id).forecaster
        if health == "due":
            chance = forecaster.return_chance(_summary(card), as_of.toordinal())
            return {"return_chance": round(chance, DIGITS)}
        if health == "on_rhythm" and card.purchase_count == 1:
            return {"first_return_chance": self._first_return_chance(card)}
        return {}

    @api.model
    def _first_return_chance(self, card) -> float:
        """Return how likely whoever bought first on that day buys again in time."""
        forecaster, chances = self._company_forecast(card.company_id)
        day = card.last_purchase_date.toordinal()
        if day not in chances:
            first = Summary(0, 0.0, 0.0, day, day)
            chances[day] = round(forecaster.return_chance(first, day), DIGITS)
        return chances[day]

    @api.model
    def _company_forecast(self, company) -> CompanyForecast:
        """Return what forecasts a company: made once per fit, limits, transaction."""
        # sudo: customer.lifecycle.fit - how all its customers buy, nothing of one
        company = company.sudo()
        forecasts = self.env["customer.lifecycle.forecast"]
        cache = self.env.cr.cache.setdefault("customer_lifecycle_forecast", {})
        key = company.id, company.lifecycle_fit_id.id, forecasts._limits(company)
        if key not in cache:
            cache[key] = CompanyForecast(forecasts._forecaster(company), {})
        return cache[key]


def _summary(card) -> Summary:
    """Return the sums of a card's purchases as the kernel wants them."""
    return Summary(
        card.purchase_count - 1,
        card.rhythm_span,
        card.rhythm_log_sum,
        card.first_purchase_date.toordinal(),
        card.last_purchase_date.toordinal(),
    )
