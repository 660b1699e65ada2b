from odoo.tests import tagged

from .test_reason import ReasonCommon


@tagged("post_install", "-at_install")
class TestReasonWithFigures(ReasonCommon):
    """How rare a pause is, and what became of others: only where it can be known."""

    def slipping(self, **facts):
        """Return the sentence of a customer that slips after 71 days."""
        return self.say(
            **{"purchases": 30, "last": 71, "interval": 32.4, "health": "slipping"}
            | facts
        )

    def lapsed(self, passed, back):
        """Return the sentence of a customer whose likes came back so often."""
        return self.say(
            purchases=5,
            last=160,
            interval=32.4,
            health="lapsed",
            passed_lapsed_count=passed,
            passed_lapsed_back_count=back,
        )

    def test_slipping_with_all_figures(self):
        self.assertEqual(
            self.slipping(pause_rarity=0.052, lost_count=12, lost_warned_count=9),
            "71 days since the last purchase. Only 1 pause in 20 of this customer was "
            "that long. 9 of the 12 customers you lost had passed this point.",
        )

    def test_rarity_is_rounded_as_people_say_it(self):
        for rarity, said in ((0.1, 10), (0.085, 12), (0.028, 40), (0.0001, 100)):
            with self.subTest(rarity=rarity):
                self.assertIn(
                    f"Only 1 pause in {said} of this customer was that long.",
                    self.slipping(pause_rarity=rarity, purchases=200),
                )

    def test_pause_that_is_not_rare_is_not_called_so(self):
        for rarity in (0.33, 0.45, 0.7, 1.0):
            with self.subTest(rarity=rarity):
                self.assertEqual(
                    self.slipping(pause_rarity=rarity),
                    "71 days since the last purchase, when 32 are usual.",
                )

    def test_pauses_that_a_customer_cannot_have_made_are_not_claimed(self):
        for purchases, expected in (
            (20, "With this rhythm, only 1 pause in 20 is that long."),
            (21, "Only 1 pause in 20 of this customer was that long."),
        ):
            with self.subTest(purchases=purchases):
                self.assertIn(
                    expected, self.slipping(pause_rarity=0.05, purchases=purchases)
                )

    def test_lost_customers(self):
        first = "71 days since the last purchase, when 32 are usual."
        cases = [
            (9, 9, ""),
            (12, 0, ""),
            (12, 1, " 1 of the 12 customers you lost had passed this point."),
            (12, 12, " All 12 customers you lost had passed this point."),
            (100, 74, " 74 of the 100 customers you lost had passed this point."),
            (1400, 1043, " 7 in 10 customers you lost had passed this point."),
            (1400, 140, " 1 in 10 customers you lost had passed this point."),
            (1400, 1390, " Nearly all customers you lost had passed this point."),
            (1400, 14, ""),
        ]
        for lost, warned, expected in cases:
            with self.subTest(lost=lost, warned=warned):
                self.assertEqual(
                    self.slipping(lost_count=lost, lost_warned_count=warned),
                    first + expected,
                )

    def test_customers_who_came_back(self):
        cases = [
            (9, 1, "No purchase for 160 days; used to buy about every 32 days."),
            (
                36,
                3,
                "No purchase for 160 days. Of customers with such a pause, 1 in 12 "
                "came back.",
            ),
            (
                14,
                0,
                "No purchase for 160 days. Not one of the 14 customers with such a "
                "pause came back.",
            ),
            (
                600,
                2,
                "No purchase for 160 days. Of customers with such a pause, fewer than "
                "1 in 100 came back.",
            ),
            (
                20,
                12,
                "No purchase for 160 days. Of customers with such a pause, 6 in 10 "
                "came back.",
            ),
        ]
        for passed, back, expected in cases:
            with self.subTest(passed=passed, back=back):
                self.assertEqual(self.lapsed(passed, back), expected)

    def test_one_time_buyer_who_lapsed(self):
        self.assertEqual(
            self.say(
                purchases=1,
                last=270,
                health="lapsed",
                passed_lapsed_count=36,
                passed_lapsed_back_count=3,
            ),
            "Bought once, 270 days ago, and has not come back. Of customers with such "
            "a pause, 1 in 12 came back.",
        )
