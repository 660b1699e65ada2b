import doctest
import re
from datetime import timedelta
from itertools import product

from odoo.tests import tagged

from odoo.addons.customer_lifecycle.tools import words

from .common import TODAY, CustomerLifecycleCommon

#: What no sentence may say: empty values, a plural of one, unfilled places.
WRONG = re.compile(
    r"\b(None|False|nan|inf)\b|(^|\D)[01] (days|días|customers|clientes)\b|-\d|%\(|  "
)
#: The pause, in usual intervals, from which a customer has a health.
INTERVALS = {"due": 1, "slipping": 2, "lapsed": 3}


def days_ago(days):
    """Return the ISO date of a day before ``TODAY``, as a snapshot holds it."""
    return (TODAY - timedelta(days=days)).isoformat()


class ReasonCommon(CustomerLifecycleCommon):
    """Snapshots made by hand, and the sentences for them."""

    def snapshot(self, purchases=0, last=0, interval=0.0, health="unknown", **facts):
        """Return the facts of a customer on ``TODAY``."""
        return {
            "as_of": TODAY.isoformat(),
            "health": health,
            "purchase_count": purchases,
            "purchase_span_days": round(interval * max(purchases - 1, 0)),
            "interval_days": interval,
            "need_count": 0,
            "quotation_count": 0,
            "opportunity_count": 0,
            "referral_count": 0,
            "first_purchase_date": purchases and days_ago(last) or False,
            "last_purchase_date": purchases and days_ago(last) or False,
            "oldest_quotation_date": False,
            "stage_pinned_until": False,
            "level_pinned_until": False,
        } | facts

    def say(self, lang="en_US", **facts):
        """Return the sentence for a snapshot."""
        reasons = self.env["customer.lifecycle.reason"].with_context(lang=lang)
        return reasons._sentence(self.snapshot(**facts))

    def say_level(self, lang="en_US", **facts):
        """Return the sentence about the level for a snapshot."""
        reasons = self.env["customer.lifecycle.reason"].with_context(lang=lang)
        return reasons._level_sentence(self.snapshot(**facts))

    def grid(self):
        """Yield facts over every case that the sentences tell apart."""
        healths = ("on_rhythm", "due", "slipping", "lapsed", "unknown")
        for purchases, last, interval, health, brought in product(
            (0, 1, 2, 3, 12),
            (0, 1, 2, 35),
            (0.0, 0.4, 1.0, 1.4, 1.5, 2.0, 32.4),
            healths,
            (0, 1, 2),
        ):
            own = interval if purchases > 2 else 1.0
            if last < INTERVALS.get(health, 0) * max(own, 1.0) - 1:
                continue  # not there yet, even for a reader whose day is yesterday
            yield {
                "purchases": purchases,
                "last": last,
                "interval": max(interval, 1.0) if purchases > 1 else 0.0,
                "health": health,
                "referral_count": brought,
            }
        yield from self.grid_of_figures()
        for quotations, opened, opportunities, needs in product(
            (0, 1, 2), (0, 1, 2, 40), (0, 1, 2), (0, 1, 2)
        ):
            yield {
                "quotation_count": quotations,
                "oldest_quotation_date": quotations and days_ago(opened) or False,
                "opportunity_count": opportunities,
                "need_count": needs,
            }

    def grid_of_figures(self):
        """Yield facts over the figures that are not on every card."""
        own = {"purchases": 5, "last": 71, "interval": 32.4}
        for rarity in (None, 0.0, 0.004, 0.049, 0.11, 0.3, 0.5, 0.96, 1.0):
            yield own | {"health": "slipping", "pause_rarity": rarity}
        for count, some in product((0, 9, 10, 12, 101, 1400), (0, 1, 2, 0.5, 0.9, 1)):
            some = round(count * some) if isinstance(some, float) else min(some, count)
            yield own | {
                "health": "slipping",
                "lost_count": count,
                "lost_warned_count": some,
            }
            yield own | {
                "health": "lapsed",
                "passed_lapsed_count": count,
                "passed_lapsed_back_count": some,
            }
        for chance, last in product((0.0, 0.04, 0.06, 0.42, 0.96), (0, 1, 9, 89, 90)):
            yield {"purchases": 1, "last": last, "health": "on_rhythm"} | {
                "first_return_chance": chance,
                "horizon_days": 90,
            }
        for chance, purchases in product((0.0, 0.04, 0.06, 0.42, 0.96), (1, 2)):
            yield {"purchases": purchases, "last": 70, "interval": 30.0} | {
                "health": "due",
                "return_chance": chance,
                "horizon_days": 90,
            }
        for last, interval, regularity, pace, health in product(
            (0, 1, 12, 71),
            (1.4, 32.4),
            ("clockwork", "regular", "irregular", "unknown"),
            (0.4, 1.0, 1.6),
            ("on_rhythm", "due"),
        ):
            yield {"purchases": 5, "last": last, "interval": interval} | {
                "health": health,
                "regularity": regularity,
                "season_pace": pace,
            }
        for expected, health, purchases in product(
            (-30, 0, 30, 100), ("on_rhythm", "due", "slipping", "lapsed"), (1, 2, 5)
        ):
            yield own | {
                "purchases": purchases,
                "health": health,
                "expected_again_date": days_ago(expected),
            }


@tagged("post_install", "-at_install")
class TestReasonInEnglish(ReasonCommon):
    """Why a customer stands where it stands, in English."""

    def test_before_the_first_purchase(self):
        new, old = days_ago(1), days_ago(40)
        cases = [
            ({}, "Has not bought yet."),
            (
                {"quotation_count": 1, "oldest_quotation_date": new},
                "Has not bought yet; has a new quotation.",
            ),
            (
                {"quotation_count": 2, "oldest_quotation_date": new},
                "Has not bought yet; has new quotations.",
            ),
            (
                {"quotation_count": 1, "oldest_quotation_date": old},
                "Has not bought yet; a quotation has been open for 40 days.",
            ),
            (
                {"quotation_count": 3, "oldest_quotation_date": old},
                "Has not bought yet; 3 quotations are open, the oldest for 40 days.",
            ),
            (
                {"opportunity_count": 1},
                "Has not bought yet; one opportunity is open.",
            ),
            (
                {"opportunity_count": 2},
                "Has not bought yet; 2 opportunities are open.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(self.say(**facts), expected)

    def test_after_the_first_purchase(self):
        often = {"first_return_chance": 0.42, "horizon_days": 90}
        unknown = "One purchase so far: too few to know a rhythm."
        cases = [
            (0, "on_rhythm", {}, "First purchase today: too early to know a rhythm."),
            (
                1,
                "on_rhythm",
                {},
                "First purchase yesterday: too early to know a rhythm.",
            ),
            (9, "on_rhythm", {}, unknown),
            (9, "unknown", {}, unknown),
            (
                0,
                "on_rhythm",
                often,
                "First purchase today. 4 in 10 buy again within 90 days.",
            ),
            (
                1,
                "on_rhythm",
                often,
                "First purchase yesterday. 4 in 10 buy again within 90 days.",
            ),
            (
                9,
                "on_rhythm",
                often,
                "First purchase 9 days ago. 4 in 10 buy again within 90 days.",
            ),
            (
                9,
                "on_rhythm",
                often | {"first_return_chance": 0.13},
                "First purchase 9 days ago. 1 in 10 buys again within 90 days.",
            ),
            (
                9,
                "on_rhythm",
                often | {"first_return_chance": 0.049},
                "First purchase 9 days ago. Few buy again within 90 days.",
            ),
            (
                9,
                "on_rhythm",
                often | {"first_return_chance": 0.97},
                "First purchase 9 days ago. Nearly all buy again within 90 days.",
            ),
            (90, "on_rhythm", often, unknown),
            (
                60,
                "due",
                often,
                "Bought once, 60 days ago; those who come back soon are often back by "
                "now.",
            ),
            (
                60,
                "due",
                {"return_chance": 0.22, "horizon_days": 90},
                "Bought once, 60 days ago. 2 in 10 such customers come back within 90 "
                "days.",
            ),
            (
                60,
                "due",
                {"return_chance": 0.1, "horizon_days": 90},
                "Bought once, 60 days ago. 1 in 10 such customers comes back within "
                "90 days.",
            ),
            (
                60,
                "due",
                {"return_chance": 0.01, "horizon_days": 90},
                "Bought once, 60 days ago. Few such customers come back within 90 "
                "days.",
            ),
            (270, "lapsed", {}, "Bought once, 270 days ago, and has not come back."),
            (1, "due", {}, "First purchase yesterday: too early to know a rhythm."),
            (
                1,
                "lapsed",
                often | {"first_return_chance": 0.03},
                "First purchase yesterday. Few buy again within 90 days.",
            ),
        ]
        for last, health, figures, expected in cases:
            with self.subTest(last=last, health=health, figures=figures):
                self.assertEqual(
                    self.say(purchases=1, last=last, health=health, **figures), expected
                )

    def test_after_the_second_purchase(self):
        cases = [
            (0, "on_rhythm", "Second purchase today: too early to know a rhythm."),
            (1, "on_rhythm", "Second purchase yesterday: too early to know a rhythm."),
            (9, "on_rhythm", "Second purchase 9 days ago: too early to know a rhythm."),
            (
                90,
                "due",
                "Bought twice, last 90 days ago; those who come back soon are often "
                "back by now.",
            ),
            (
                270,
                "lapsed",
                "Bought twice, the last time 270 days ago, and has not come back.",
            ),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=2, last=last, health=health, interval=30.0),
                    expected,
                )

    def test_due_after_the_second_purchase_with_the_chance(self):
        self.assertEqual(
            self.say(
                purchases=2,
                last=60,
                interval=30.0,
                health="due",
                return_chance=0.58,
                horizon_days=90,
            ),
            "Bought twice, last 60 days ago. 6 in 10 such customers come back within "
            "90 days.",
        )

    def test_with_a_rhythm_of_its_own(self):
        cases = [
            (0, "on_rhythm", "Buys about every 32 days; last bought today."),
            (1, "on_rhythm", "Buys about every 32 days; last bought yesterday."),
            (12, "on_rhythm", "Buys about every 32 days; last bought 12 days ago."),
            (
                35,
                "due",
                "Usually back by now: every 32 days as a rule, 35 since the last "
                "purchase.",
            ),
            (
                71,
                "slipping",
                "71 days since the last purchase, when 32 are usual.",
            ),
            (
                160,
                "lapsed",
                "No purchase for 160 days; used to buy about every 32 days.",
            ),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=5, last=last, health=health, interval=32.4),
                    expected,
                )

    def test_daily_buyer(self):
        cases = [
            (0, "on_rhythm", "Buys nearly every day."),
            (1, "due", "Buys nearly every day."),
            (2, "slipping", "Buys nearly every day, but not for 2 days now."),
            (7, "lapsed", "No purchase for 7 days; used to buy nearly every day."),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=30, last=last, health=health, interval=1.2),
                    expected,
                )

    def test_regularity_is_said_of_who_is_on_rhythm(self):
        cases = [
            (0, "clockwork", "Buys every 32 days, like clockwork. Last bought today."),
            (
                12,
                "clockwork",
                "Buys every 32 days, like clockwork. Last bought 12 days ago.",
            ),
            (
                1,
                "irregular",
                "Buys irregularly, every 32 days on average. Last bought yesterday.",
            ),
            (12, "regular", "Buys about every 32 days; last bought 12 days ago."),
            (12, "unknown", "Buys about every 32 days; last bought 12 days ago."),
        ]
        for last, regularity, expected in cases:
            with self.subTest(last=last, regularity=regularity):
                self.assertEqual(
                    self.say(
                        purchases=5,
                        last=last,
                        interval=32.4,
                        health="on_rhythm",
                        regularity=regularity,
                    ),
                    expected,
                )

    def test_due_before_the_mean_and_on_rhythm_beyond_it_explain_themselves(self):
        cases = [
            (
                23,
                "due",
                1.0,
                "Often back by now: every 32 days on average, 23 since the last "
                "purchase.",
            ),
            (
                20,
                "due",
                1.7,
                "Often back by now in these months: every 32 days over the year, 20 "
                "since the last purchase.",
            ),
            (
                40,
                "on_rhythm",
                1.0,
                "Bought about every 32 days so far; a pause of 40 days is nothing "
                "unusual yet.",
            ),
            (
                60,
                "on_rhythm",
                0.5,
                "Buys about every 32 days, less often in these months; last bought 60 "
                "days ago.",
            ),
        ]
        for last, health, pace, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(
                        purchases=5,
                        last=last,
                        interval=32.4,
                        health=health,
                        season_pace=pace,
                    ),
                    expected,
                )

    def test_expected_again_later_is_not_due_before(self):
        cases = [
            (
                {"last": 71, "expected_again_date": days_ago(-12)},
                "Expected again on 03/28/2026: not due before then. Last bought 71 "
                "days ago.",
            ),
            (
                {"last": 0, "expected_again_date": days_ago(-12)},
                "Expected again on 03/28/2026: not due before then. Last bought today.",
            ),
            (
                {
                    "last": 71,
                    "expected_again_date": days_ago(-12),
                    "health": "slipping",
                    "lost_count": 12,
                    "lost_warned_count": 9,
                },
                "Expected again on 03/28/2026: not due before then. Last bought 71 "
                "days ago.",
            ),
            (
                {"last": 71, "expected_again_date": days_ago(0), "health": "due"},
                "Was expected again on 03/16/2026. Last bought 71 days ago.",
            ),
            (
                {"last": 4, "expected_again_date": days_ago(12)},
                "Buys about every 32 days; last bought 4 days ago.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(
                    self.say(
                        **{"purchases": 5, "interval": 32.4, "health": "on_rhythm"}
                        | facts
                    ),
                    expected,
                )

    def test_whoever_brought_others_is_told_so(self):
        self.assertEqual(
            self.say(purchases=1, last=1, health="on_rhythm", referral_count=1),
            "First purchase yesterday: too early to know a rhythm. "
            "Has brought another customer.",
        )
        self.assertTrue(
            self.say(purchases=1, health="on_rhythm", referral_count=3).endswith(
                "Has brought 3 other customers."
            )
        )

    def test_evidence_of_a_level(self):
        cases = [
            ({}, "In contact, has not bought yet."),
            ({"purchases": 1}, "Bought once."),
            ({"purchases": 2, "interval": 1.0}, "Bought on two days in a row."),
            ({"purchases": 4, "interval": 61.0}, "4 purchases in 183 days."),
            (
                {"purchases": 1, "need_count": 1},
                "Bought once. On one order the need was written down.",
            ),
            (
                {
                    "purchases": 4,
                    "interval": 61.0,
                    "need_count": 2,
                    "referral_count": 1,
                },
                "4 purchases in 183 days. On 2 orders the need was written down. "
                "Has brought another customer.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(self.say_level(**facts), expected)

    def test_doctests_of_the_words_pass(self):
        result = doctest.testmod(words)
        self.assertGreater(result.attempted, 0)
        self.assertFalse(result.failed)

    def test_no_sentence_has_empty_values_or_a_plural_of_one(self):
        for facts in self.grid():
            for sentence in (self.say(**facts), self.say_level(**facts)):
                self.assertNotRegex(sentence, WRONG, str(facts))
                self.assertRegex(sentence, r"^[A-Z0-9].*\.$", str(facts))
