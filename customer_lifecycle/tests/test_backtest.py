import random
from statistics import median
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools import backtest as kernel
from ..tools.forecast import Forecaster, Limits, summarize
from ..tools.model import Population
from .common import TODAY

NOW = TODAY.toordinal()
#: Buys at a steady pace and seldom leaves: rarities fall from 1 to 0 in a few pauses.
POPULATION = Population(1.0, 30.0, 0.3, 3.0, (0.3, 0.3, 0.2, 0.1, 0.1))
LIMITS = Limits(slipping_share=0.10)


def steady(pause, count, silent):
    """Return ``count`` purchases, one every ``pause`` days, the last long ago.

    :param silent: days since the last purchase
    """
    last = NOW - silent
    return [last - pause * number for number in reversed(range(count))]


def crowd(count, seed=7):
    """Return histories of customers of many paces, some of them gone."""
    draw = random.Random(seed)
    histories = {}
    for number in range(count):
        pace = draw.choice([5, 10, 20, 40, 80])
        day = NOW - draw.randint(300, 900)
        days = [day]
        while True:
            day += max(1, round(draw.expovariate(1 / pace)))
            if day > NOW or draw.random() < 0.02:
                break
            days.append(day)
        histories[f"customer {number}"] = days
    return histories


@tagged("post_install", "-at_install")
class TestWhoIsLost(BaseCase):
    """Who counts as lost, whatever the model says."""

    def _lost(self, **histories):
        return set(kernel.backtest(histories, POPULATION, LIMITS, NOW).lost)

    def test_fast_buyer_is_lost_after_the_horizon(self):
        lost = self._lost(there=steady(10, 5, 90), gone=steady(10, 5, 91))
        self.assertEqual(lost, {"gone"})

    def test_slow_buyer_is_lost_after_four_of_its_own_pauses(self):
        lost = self._lost(there=steady(30, 5, 120), gone=steady(30, 5, 121))
        self.assertEqual(lost, {"gone"})

    def test_below_three_purchases_nobody_is_lost(self):
        lost = self._lost(two=steady(10, 2, 900), three=steady(10, 3, 900))
        self.assertEqual(lost, {"three"})

    def test_purchases_after_the_day_are_not_seen(self):
        history = steady(10, 5, 91)
        lost = self._lost(back=[*history, NOW], later=[*history, NOW + 1])
        self.assertEqual(lost, {"later"})


@tagged("post_install", "-at_install")
class TestBacktestFigures(BaseCase):
    """What limits would have done, against a slow twin that walks day by day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.histories = crowd(80)
        every = patch.object(kernel, "MAX_PAUSES", 10_000)
        every.start()
        cls.addClassCleanup(every.stop)
        cls.result = kernel.backtest(cls.histories, POPULATION, LIMITS, NOW)

    def _alert_day(self, days, share):
        """Return the day of the alert as the forecast says it after these days."""
        forecaster = Forecaster(POPULATION, Limits(slipping_share=share))
        return forecaster.dates(summarize(days))[1]

    def test_each_limit_warns_and_disturbs_as_the_twin_says(self):
        self.assertEqual(
            [one.share for one in self.result.results], list(kernel.SHARES)
        )
        for one in self.result.results:
            warned, early, disturbed = [], [], []
            for key, days in self.histories.items():
                for number in range(3, len(days)):
                    if self._alert_day(days[:number], one.share) < days[number]:
                        disturbed.append(key)
                if key in self.result.lost:
                    mean = (days[-1] - days[0]) / (len(days) - 1)
                    alert = self._alert_day(days, one.share)
                    if alert - days[-1] < 3 * mean:
                        warned.append(key)
                        early.append(days[-1] + max(4 * mean, 90) - alert)
            with self.subTest(share=one.share):
                self.assertEqual(set(one.warned), set(warned))
                self.assertEqual(one.disturbed_pauses, len(disturbed))
                self.assertEqual(set(one.disturbed), set(disturbed))
                if early:
                    self.assertAlmostEqual(one.days_before_lost, median(early), delta=1)

    def test_enough_happened_for_the_twin_to_mean_something(self):
        self.assertGreaterEqual(len(self.result.lost), 10)
        self.assertGreater(len(self.result.chosen.warned), 3)
        self.assertGreater(self.result.chosen.disturbed_pauses, 10)
        self.assertGreater(len(self.result.back), 2)

    def test_good_pauses_are_those_from_the_third_purchase_to_the_last(self):
        self.assertEqual(
            self.result.good_pauses,
            sum(max(len(days) - 3, 0) for days in self.histories.values()),
        )

    def test_passed_lapsed_and_back_as_the_twin_says(self):
        forecaster = Forecaster(POPULATION, LIMITS)
        passed, back = [], []
        for key, days in self.histories.items():
            for number in range(1, len(days) + 1):
                lapsed = forecaster.dates(summarize(days[:number]))[2]
                end = days[number] if number < len(days) else NOW + 1
                if lapsed < end:
                    passed.append(key)
                    back += [key] * (number < len(days))
        self.assertEqual(sorted(self.result.passed_lapsed), sorted(passed))
        self.assertEqual(sorted(self.result.back), sorted(back))

    def test_chosen_limit_stands_among_the_others(self):
        limits = Limits(slipping_share=0.12)
        result = kernel.backtest(self.histories, POPULATION, limits, NOW)
        self.assertEqual(
            [one.share for one in result.results], [0.02, 0.05, 0.10, 0.12, 0.15, 0.20]
        )
        self.assertEqual(result.chosen.share, 0.12)

    def test_looser_limit_warns_and_disturbs_no_less(self):
        results = self.result.results
        for tighter, looser in zip(results, results[1:], strict=False):
            self.assertLessEqual(set(tighter.warned), set(looser.warned))
            self.assertLessEqual(tighter.disturbed_pauses, looser.disturbed_pauses)

    def test_pause_is_judged_from_the_purchases_before_it_only(self):
        days = max(self.histories.values(), key=len)[:9]
        whole = list(kernel._pauses("x", days, POPULATION, NOW))
        cut = list(kernel._pauses("x", days[:5], POPULATION, NOW))
        self.assertEqual(whole[:4], cut[:4])

    def test_bands_are_reached_by_fewer_and_fewer_and_lost_by_more(self):
        bands = self.result.bands
        self.assertEqual(
            [(band.up_to, band.above) for band in bands],
            [(1, 0.5), (0.5, 0.2), (0.2, 0.1), (0.1, 0.05), (0.05, 0.02), (0.02, 0)],
        )
        reached = [band.reached_pauses for band in bands]
        self.assertEqual(reached, sorted(reached, reverse=True))
        self.assertEqual(reached[0], self.result.good_pauses + len(self.result.lost))
        self.assertEqual(set(bands[0].lost), set(self.result.lost))

    def test_danger_band_is_the_first_that_loses_more_than_usual(self):
        result = self.result
        band = result.danger_band
        index = result.bands.index(band)
        self.assertGreater(band.lost_share, result.usual_loss)
        for before in result.bands[:index]:
            self.assertLessEqual(before.lost_share, result.usual_loss)

    def test_summary_is_that_of_the_backtest_also_without_names(self):
        summary = kernel.summary(iter(self.histories.values()), POPULATION, LIMITS, NOW)
        self.assertEqual(
            summary,
            kernel.BacktestSummary(
                len(self.result.lost),
                len(self.result.chosen.warned),
                len(self.result.passed_lapsed),
                len(self.result.back),
            ),
        )


@tagged("post_install", "-at_install")
class TestBacktestBounds(BaseCase):
    """Whatever comes in, the same answer, and one that is honest."""

    def test_order_of_the_customers_does_not_matter(self):
        histories = crowd(40)
        with patch.object(kernel, "MAX_CUSTOMERS", 8):
            expected = kernel.backtest(histories, POPULATION, LIMITS, NOW)
            for seed in range(3):
                mixed = list(histories.items())
                random.Random(seed).shuffle(mixed)
                found = kernel.backtest(dict(mixed), POPULATION, LIMITS, NOW)
                self.assertEqual(found, expected)
        self.assertEqual(expected.customer_count, 40)
        self.assertEqual(len(expected.judged), 8)
        self.assertLessEqual(expected.sample_count, 16)

    def test_nobody_and_nothing(self):
        for histories in ({}, [], {"never": []}, {"later": [NOW + 5]}):
            result = kernel.backtest(histories, POPULATION, LIMITS, NOW)
            self.assertEqual((result.customer_count, result.judged), (0, ()))
            self.assertEqual(result.usual_loss, 0)
            self.assertIsNone(result.danger_band)
            self.assertIsNone(result.chosen.days_before_lost)
            self.assertTrue(result.says_little)

    def test_below_ten_lost_it_says_so(self):
        histories = {number: steady(10, 5, 200 + number) for number in range(9)}
        result = kernel.backtest(histories, POPULATION, LIMITS, NOW)
        self.assertEqual(len(result.lost), 9)
        self.assertTrue(result.says_little)
        self.assertIsNone(result.danger_band)
        histories[9] = steady(10, 5, 300)
        result = kernel.backtest(histories, POPULATION, LIMITS, NOW)
        self.assertFalse(result.says_little)

    def test_customer_with_ten_thousand_purchases_does_not_speak_for_all(self):
        histories = {"huge": steady(1, 10_000, 0), "one": [NOW], "old": [1, 5, 9]}
        result = kernel.backtest(histories, POPULATION, LIMITS, NOW)
        self.assertLess(result.good_pauses, kernel.MAX_PAUSES)
        self.assertEqual(result.lost, ("old",))
