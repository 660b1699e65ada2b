import doctest
import random
from dataclasses import replace
from datetime import date
from math import isfinite

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_lifecycle.tools import (
    backtest,
    fit,
    forecast,
    model,
    rhythm,
    season,
    seasonality,
    words,
)
from odoo.addons.customer_lifecycle.tools.forecast import Forecaster, Limits
from odoo.addons.customer_lifecycle.tools.model import Population, Summary, summarize
from odoo.addons.customer_lifecycle.tools.season import Season

TODAY = date(2026, 3, 16).toordinal()
BUSY_WINTER = Season((0.8,) * 10 + (2.0, 2.0))


def history(seed: int, purchases: int = 6, pause: float = 30.0, steps: int = 2):
    """Return made-up days of purchase that end before today."""
    rng = random.Random(seed)
    days = [0.0]
    for _purchase in range(purchases - 1):
        days.append(days[-1] + 1 + rng.gammavariate(steps, pause / steps))
    return sorted({int(TODAY - days[-1] + day) - 5 for day in days})


def company(seed: int, customers: int, purchases: int = 8):
    """Return the histories of a made-up company."""
    rng = random.Random(seed)
    return [
        history(
            rng.random(),
            purchases=rng.randrange(1, purchases),
            pause=rng.gammavariate(2.0, 20.0) + 1,
            steps=rng.choice([1, 1, 2, 5]),
        )
        for _customer in range(customers)
    ]


@tagged("post_install", "-at_install")
class TestForecast(BaseCase):
    """What must hold for every customer, whatever the figures."""

    def setUp(self):
        super().setUp()
        even = Population.default(30.0)
        self.populations = [
            even,
            Population.default(30.0, BUSY_WINTER),
            replace(even, r=0.24, alpha=31.0, a=0.8, b=2.4),
            replace(even, weights=(0.1, 0.1, 0.1, 0.2, 0.5)),
        ]
        self.histories = [
            [TODAY - 40],
            [TODAY - 100, TODAY - 40],
            *(
                history(seed, purchases)
                for seed in range(3)
                for purchases in (3, 6, 30)
            ),
        ]

    def each(self):
        """Yield a forecaster with each population, and each history."""
        for population in self.populations:
            for days in self.histories:
                yield Forecaster(population), days

    def test_examples_in_the_code_hold(self):
        attempted = 0
        modules = backtest, fit, forecast, model, rhythm, season, seasonality, words
        for module in modules:
            result = doctest.testmod(module)
            self.assertEqual(result.failed, 0, module.__name__)
            attempted += result.attempted
        self.assertGreater(attempted, 10)

    def test_dates_stand_still_when_only_time_passes(self):
        for forecaster, days in self.each():
            summary = summarize(days, forecaster.population.season)
            seen = {
                forecaster.forecast(summary, days[-1] + wait)[:3]
                for wait in (0, 1, 10, 100, 1000)
            }
            self.assertEqual(len(seen), 1)

    def test_dates_come_in_their_order(self):
        for forecaster, days in self.each():
            summary = summarize(days, forecaster.population.season)
            due, slipping, lapsed = forecaster.dates(summary)
            self.assertLess(days[-1], due)
            self.assertLess(due, slipping or lapsed)
            self.assertLess(slipping or due, lapsed)

    def test_slipping_needs_three_purchases(self):
        for forecaster, days in self.each():
            summary = summarize(days, forecaster.population.season)
            self.assertEqual(
                forecaster.dates(summary)[1] is not None, len(days) >= 3, days
            )

    def test_more_silence_never_raises_the_chance_of_still_being_a_customer(self):
        for forecaster, days in self.each():
            summary = summarize(days, forecaster.population.season)
            chances = [
                forecaster.forecast(summary, days[-1] + wait).alive_chance
                for wait in (0, 1, 5, 20, 60, 200, 1000, 5000)
            ]
            self.assertEqual(chances, sorted(chances, reverse=True))

    def test_a_purchase_never_lowers_the_chance_of_still_being_a_customer(self):
        for forecaster, days in self.each():
            for wait in (1, 10, 100, 1000):
                day = days[-1] + wait
                before, after = (
                    forecaster.forecast(
                        summarize(known, forecaster.population.season), day
                    )
                    for known in (days, [*days, day])
                )
                self.assertGreaterEqual(after.alive_chance, before.alive_chance)

    def test_another_unit_of_time_changes_no_date(self):
        unit = 24.0  # hours
        for seed in range(3):
            days = history(seed)
            summary = summarize(days)
            hours = Summary(
                summary.x,
                summary.span * unit,
                sum(
                    model.log((after - before) * unit)
                    for before, after in zip(days, days[1:], strict=False)
                ),
                0,
                0,
            )
            population = self.populations[0]
            in_hours = replace(
                population,
                alpha=population.alpha * unit,
                typical_days=population.typical_days * unit,
            )
            limits = Limits()
            limits_in_hours = Limits(horizon_days=limits.horizon_days * unit)
            pauses = Forecaster(population, limits)._pauses(
                forecast._Customer(population, summary)
            )
            pauses_in_hours = Forecaster(in_hours, limits_in_hours)._pauses(
                forecast._Customer(in_hours, hours)
            )
            for pause, other in zip(pauses, pauses_in_hours, strict=True):
                self.assertAlmostEqual(other / unit / pause, 1.0, places=3)

    def test_fit_in_another_unit_of_time_gives_the_same_population(self):
        customers = [
            fit.Customer(summary.x, summary.span, summary.log_sum, 20.0, 1.0)
            for summary in map(summarize, company(1, 120))
        ]
        unit = 7.0
        scaled = [
            customer._replace(
                span=customer.span * unit,
                log_sum=customer.log_sum + customer.x * model.log(unit),
                pause=customer.pause * unit,
            )
            for customer in customers
        ]
        found = fit.climb(Population.default(30.0), customers)
        other = fit.climb(Population.default(30.0 * unit), scaled)
        self.assertAlmostEqual(other.alpha / unit / found.alpha, 1.0, places=6)
        self.assertAlmostEqual(other.r / found.r, 1.0, places=6)

    def test_regular_buyers_are_told_from_irregular_ones(self):
        population = replace(self.populations[0], weights=(0.2,) * 5)
        words = [
            Forecaster(population).forecast(summarize(days), days[-1]).regularity
            for days in (
                list(range(TODAY - 300, TODAY, 30)),
                [TODAY - 300, TODAY - 299, TODAY - 200, TODAY - 195, TODAY - 2],
                [TODAY - 30, TODAY],
            )
        ]
        self.assertEqual(words, ["clockwork", "irregular", "unknown"])

    def test_clockwork_buyer_slips_sooner_than_an_irregular_one_of_the_same_pace(self):
        population = replace(self.populations[0], weights=(0.2,) * 5)
        regular = list(range(TODAY - 300, TODAY + 1, 30))
        irregular = sorted(
            [TODAY - 300, *(TODAY - 300 + 60 * n for n in range(1, 5)), TODAY - 1]
            + [TODAY - 299 + 60 * n for n in range(1, 5)]
            + [TODAY]
        )
        self.assertEqual(len(regular), len(irregular))
        forecaster = Forecaster(population)
        self.assertLess(
            forecaster.dates(summarize(regular))[1],
            forecaster.dates(summarize(irregular))[1],
        )

    def test_who_is_expected_later_is_not_due_before(self):
        for forecaster, days in self.each():
            summary = summarize(days, forecaster.population.season)
            plain = forecaster.forecast(summary, TODAY)
            planned = forecaster.forecast(summary, TODAY, plain.due + 50)
            self.assertEqual(planned.due, plain.due + 50)
            self.assertEqual(planned.lapsed, plain.lapsed + 50)
            self.assertGreaterEqual(planned.alive_chance, plain.alive_chance)
            sooner = forecaster.forecast(summary, TODAY, plain.due - 1)
            self.assertEqual(sooner, plain)

    def test_expected_purchases_agree_with_a_simulation(self):
        population = replace(self.populations[0], weights=(0, 0, 1, 0, 0))
        summary = Summary(4, 120.0, 4 * model.log(30.0), TODAY - 130, TODAY - 10)
        foretold = Forecaster(population).expected(summary, TODAY, 180)
        rng = random.Random(4)
        rate, shape = population.alpha + 3 * 120.0, population.r + 3 * 4
        total, runs = 0, 20000
        for _run in range(runs):
            pace = rng.gammavariate(shape, 1 / rate)
            leaving = rng.betavariate(population.a, population.b + 4)
            time = 0.0
            while rng.random() > leaving:
                time += rng.gammavariate(3, 1 / (3 * pace))
                if time < 10.0:  # bought already: not this customer
                    time = None
                    break
                if time > 190.0:
                    break
                total += 1
            runs -= time is None
        self.assertAlmostEqual(foretold / (total / runs), 1.0, delta=0.1)

    def test_strange_histories_give_figures(self):
        strange = [
            [TODAY],
            [TODAY - 1],
            list(range(TODAY - 9999, TODAY + 1)),
            [date(1, 1, 1).toordinal(), TODAY],
            [date(1950, 1, 1).toordinal(), date(1951, 1, 1).toordinal()],
            [date(1899, 12, 31).toordinal(), TODAY - 1, TODAY],
            [TODAY - 10000, TODAY - 9999, TODAY - 9998],
        ]
        for population in self.populations:
            forecaster = Forecaster(population)
            for days in strange:
                summary = summarize(days, population.season)
                result = forecaster.forecast(summary, TODAY)
                figures = [value for value in result[:-1] if value is not None]
                self.assertTrue(all(map(isfinite, figures)), result)
                self.assertTrue(0.0 <= result.return_chance <= 1.0)
                self.assertTrue(0.0 <= result.alive_chance <= 1.0)
                self.assertGreaterEqual(result.expected_purchases, 0.0)
                date.fromordinal(result.lapsed)


@tagged("post_install", "-at_install")
class TestFit(BaseCase):
    """What is found in the customers of a company."""

    def test_order_of_the_customers_changes_nothing(self):
        histories = company(2, 200)
        shuffled = histories[:]
        random.Random(1).shuffle(shuffled)
        self.assertEqual(fit.fit(histories, TODAY), fit.fit(shuffled, TODAY))

    def test_sample_is_taken_whatever_the_order(self):
        histories = company(2, 300)
        samples = []
        for order in (histories, histories[::-1]):
            sample = fit.Sample(TODAY, size=50)
            for days in order:
                sample.add(days)
            samples.append(sample._customers(Season()))
        self.assertEqual(*samples)

    def test_the_future_is_not_seen(self):
        histories = company(3, 60)
        cut = TODAY - 60
        known = [[day for day in days if day <= cut] for days in histories]
        self.assertEqual(fit.fit(histories, cut), fit.fit(known, cut))

    def test_few_customers_are_drawn_to_the_defaults(self):
        repeaters = [days for days in company(5, 400, 20) if len(days) > 1]
        default = Population.default()
        states = {}
        for count in (0, 1, 9, 10, 20, 30):
            found = fit.fit(repeaters[:count], TODAY)
            states[count] = found.state
            self.assertEqual(found.repeat_count, count)
        self.assertEqual(
            states,
            {
                0: "default",
                1: "default",
                9: "default",
                10: "shrunk",
                20: "shrunk",
                30: "fitted",
            },
        )
        ten = fit.fit(repeaters[:10], TODAY).population
        self.assertAlmostEqual(ten.r, default.r)
        self.assertAlmostEqual(ten.b, default.b)

    def test_nothing_at_all_gives_the_defaults(self):
        found = fit.fit([], TODAY)
        self.assertEqual(found.customer_count, 0)
        self.assertEqual(found.population.typical_days, 90.0)

    def test_parameters_stay_in_their_bounds(self):
        # nobody ever leaves and everybody is alike: the likelihood has no summit
        histories = [list(range(TODAY - 300 - n % 7, TODAY + 1, 7)) for n in range(60)]
        population = fit.fit(histories, TODAY).population
        for name, (low, high) in fit.BOUNDS.items():
            value = getattr(population, name)
            if name == "alpha":
                value /= population.typical_days
            self.assertTrue(low <= value * 1.000001 and value <= high * 1.000001, name)

    def test_population_survives_json(self):
        population = fit.fit(company(6, 80), TODAY).population
        self.assertEqual(Population.from_dict(population.to_dict()), population)

    def test_population_of_an_earlier_version_is_read(self):
        population = Population.default(40.0)
        stored = population.to_dict() | {"gone": 1}
        del stored["fickleness"]
        self.assertEqual(Population.from_dict(stored).alpha, population.alpha)

    def test_holdout_prefers_the_better_population(self):
        histories = [days for days in company(7, 300) if days[0] < TODAY - 60]
        good = fit.fit(histories, TODAY).population
        bad = replace(good, a=30.0, b=0.05)
        self.assertGreater(
            fit.holdout_score(good, histories, TODAY, 60),
            fit.holdout_score(bad, histories, TODAY, 60),
        )


@tagged("post_install", "-at_install")
class TestSeason(BaseCase):
    """How a season is told from growth and chance."""

    def season(self, factors, days, growth=0.0):
        """Return the season found in the history of a company that ends today."""
        counter = seasonality.SeasonCounter(TODAY)
        for bought in self.histories(factors, days, growth):
            counter.add(bought)
        return counter.season()

    def histories(self, factors, days, growth=0.0, seed=0, customers=2000):
        """Return the histories of a company.

        :param growth: how many times more customers come at the end than at the start
        """
        rng = random.Random(seed)
        clock = Season(tuple(12 * factor / sum(factors) for factor in factors))
        start, end = TODAY - days, clock.time(TODAY)
        found = []
        while len(found) < customers:
            share = rng.random()
            if rng.random() * (1 + growth) > 1 + growth * share:
                continue
            first = start + int(share * days)
            time, bought = clock.time(first), [first]
            pace = rng.gammavariate(2.0, 0.02)
            while rng.random() > 0.1 and (time := time + rng.expovariate(pace)) < end:
                day = int(clock.day(time))
                if day > bought[-1]:
                    bought.append(day)
            found.append(bought)
        return found

    def test_even_year_has_no_season(self):
        for growth in (0.0, 4.0):
            factors = self.season((1.0,) * 12, 800, growth).factors
            self.assertLess(max(factors) / min(factors), 1.25, growth)

    def test_season_is_found_and_told_from_growth(self):
        for days, growth in ((400, 0.0), (400, 4.0), (800, 4.0)):
            factors = self.season(BUSY_WINTER.factors, days, growth).factors
            quiet = sum(factors[2:10]) / 8
            for busy in factors[10:]:
                self.assertTrue(1.8 < busy / quiet < 3.2, (days, growth, factors))

    def test_mistyped_years_change_no_season(self):
        histories = self.histories(BUSY_WINTER.factors, 800)
        counter = seasonality.SeasonCounter(TODAY)
        for days in [[1], [1, TODAY - 5000], *histories]:
            counter.add(days)
        found = counter.season().factors
        self.assertTrue(1.8 < found[10] / found[4] < 3.2, found)

    def test_a_year_is_not_enough_for_a_season(self):
        self.assertTrue(self.season(BUSY_WINTER.factors, 360).is_even)

    def test_dates_after_the_peak_are_farther_than_before_it(self):
        forecaster = Forecaster(Population.default(30.0, BUSY_WINTER))
        pauses = []
        for last in (date(2025, 11, 1), date(2026, 1, 1)):
            days = [last.toordinal() - pause for pause in (90, 60, 30, 0)]
            summary = summarize(days)._replace(last=days[-1])
            pauses.append(forecaster.dates(summary)[0] - days[-1])
        self.assertLess(pauses[0] * 1.5, pauses[1])
