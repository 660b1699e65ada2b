from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_reason import ReasonCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestReasonOnCards(ReasonCommon):
    """The sentences on real cards, and in their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()

    def test_sentence_on_the_card_is_about_its_own_figures(self):
        customer = self._customer()
        self._purchases(customer, 76, 44, 12)
        card = self.refresh(customer)
        self.assertEqual(
            card.reason, "Buys about every 32 days; last bought 12 days ago."
        )
        self.assertEqual(card.level_reason, "3 purchases in 64 days.")

    def test_quotation_and_opportunity_on_the_card(self):
        customer, other = self._customer(), self._customer("Other")
        self._quotation(customer, at=TODAY - timedelta(days=40))
        self._lead(other)
        self.assertEqual(
            self.refresh(customer).reason,
            "Has not bought yet; a quotation has been open for 40 days.",
        )
        self.assertEqual(
            self.refresh(other).reason, "Has not bought yet; one opportunity is open."
        )

    def test_customer_who_only_gave_something_back_says_so(self):
        customer = self._customer()
        self._purchase(customer, 10, amount=-40)
        self.assertEqual(
            self.refresh(customer).reason,
            "Has given something back; no purchase is on record.",
        )

    def test_sentence_of_a_transition_stays_as_of_its_day(self):
        customer = self._customer()
        self._purchase(customer, 0)
        card = self.refresh(customer)
        first = "First purchase today: too early to know a rhythm."
        self.assertEqual(self.transitions(card).reason, first)
        with freeze_time("2026-03-17 12:00:00"):
            card.invalidate_recordset()
            self.assertEqual(
                card.reason, "First purchase yesterday: too early to know a rhythm."
            )
            self._purchase(customer, TODAY + timedelta(days=4))
            self.refresh(customer, as_of=TODAY + timedelta(days=4))
        self.assertEqual(
            self.transitions(card).mapped("reason"),
            [first, "Second purchase today: too early to know a rhythm."],
        )
        self.assertEqual(self.transitions(card, "level")[-1].move, "Product → Solution")
        self.assertEqual(
            self.transitions(card, "level")[-1].reason, "2 purchases in 4 days."
        )

    def test_transition_of_health_tells_the_new_health(self):
        customer = self._customer()
        self._purchases(customer, 76, 44, 12)
        card = self.refresh(customer)
        days = (card.due_date - card.last_purchase_date).days
        self.assertGreater(days, 32)
        self.refresh(customer, as_of=card.due_date)
        self.assertRecordValues(
            self.transitions(card, "health")[-1],
            [
                {
                    "move": "On rhythm → Due",
                    "reason": "Usually back by now: every 32 days as a rule, "
                    f"{days} since the last purchase.",
                }
            ],
        )

    def test_today_is_the_company_s_whoever_reads(self):
        customer = self._customer()
        self._purchases(customer, 20, 1)
        card = self.refresh(customer)
        with freeze_time("2026-03-16 23:30:00"):
            card.invalidate_recordset()
            self.assertIn("yesterday", card.with_context(tz="Asia/Tokyo").reason)
            self.company.lifecycle_tz = "Asia/Tokyo"
            card.invalidate_recordset()
            self.assertIn("2 days ago", card.with_context(tz="UTC").reason)
