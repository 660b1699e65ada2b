from datetime import date, datetime, time, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_facts import FactsCommon, days_ago


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMilestones(FactsCommon):
    """Dates of a card that rules follow: last delivery, anniversary, stuck since."""

    def _card_since(self, first):
        """Return the card of a customer whose first purchase was on a day."""
        partner = self._customer(f"Since {first}")
        self._purchase(partner, first)
        return self.refresh(partner)

    def _promised(self, ordered, promised):
        """Create an order and its promised day, both in days before today."""
        order = self._purchase(self.customer, ordered)
        order.commitment_date = datetime.combine(days_ago(promised), time(12))
        return order

    # ----------------------------------------------------------------------- delivery

    def test_last_delivery_is_the_promised_day_else_that_of_the_order(self):
        self._purchase(self.customer, 30)
        self.assertCard(last_delivery_date=days_ago(30))
        self._promised(29, 10)
        self.assertCard(last_delivery_date=days_ago(10))

    def test_delivery_to_come_counts_from_its_day_on(self):
        self._purchase(self.customer, 30)
        self._promised(5, -3)
        day = TODAY + timedelta(days=3)
        self.assertCard(last_delivery_date=days_ago(30))
        card = self.card(self.customer)
        self.assertLessEqual(card.next_change_date, day)
        before = self.refresh(self.customer, as_of=day - timedelta(days=1))
        self.assertEqual(before.next_change_date, day)
        self.assertEqual(self.refresh(self.customer, as_of=day).last_delivery_date, day)

    def test_quotation_refund_and_free_order_are_no_delivery(self):
        self._purchase(self.customer, 30)
        self._purchase(self.customer, 3, amount=-100)
        self._purchase(self.customer, 2, amount=0)
        self._quotation(self.customer, at=days_ago(1))
        self.assertCard(last_delivery_date=days_ago(30))

    def test_delivery_is_a_day_of_the_company(self):
        self.company.lifecycle_tz = "America/Bogota"  # five hours behind
        self._purchase(self.customer, datetime(2026, 3, 10, 3))
        self.assertCard(last_delivery_date=date(2026, 3, 9))

    def test_moved_promise_marks_the_customer(self):
        order = self._purchase(self.customer, 30)
        changes = self.env["customer.lifecycle.change"]
        self.env.flush_all()
        self.env.cr.precommit.run()
        changes.search([]).unlink()
        order.commitment_date = datetime.combine(days_ago(10), time(12))
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertIn(self.customer.id, changes.search([]).mapped("partner_ref"))

    # -------------------------------------------------------------------- anniversary

    def test_anniversary_is_the_one_nearest_to_today(self):
        cases = {
            days_ago(10): date(2027, 3, 6),  # the first one, not the day itself
            date(2025, 3, 16): date(2026, 3, 16),
            date(2020, 3, 17): date(2026, 3, 17),
            date(2020, 3, 1): date(2026, 3, 1),
            date(2020, 10, 1): date(2025, 10, 1),
            date(2020, 8, 1): date(2026, 8, 1),
            date(2020, 2, 29): date(2026, 2, 28),
        }
        for first, expected in cases.items():
            with self.subTest(first=first):
                self.assertEqual(self._card_since(first).anniversary_date, expected)

    def test_anniversary_is_found_as_it_is_shown(self):
        firsts = [
            date(2020, 2, 29),
            date(2023, 12, 31),
            date(2021, 6, 15),
            date(2025, 9, 14),
            date(2025, 9, 15),
            date(2024, 3, 16),
            days_ago(3),
        ]
        cards = self.Card.union(*map(self._card_since, firsts))
        cards |= self.refresh(self._quotation(self.customer).partner_id)
        shown = {card: card.anniversary_date for card in cards}
        for day in [
            *filter(None, shown.values()),
            *(TODAY + timedelta(days=ahead) for ahead in (-183, -182, 0, 182, 183)),
        ]:
            comparisons = {
                "=": day.__eq__,
                "!=": day.__ne__,
                "<": day.__gt__,
                ">=": day.__le__,
            }
            for operator, compare in comparisons.items():
                with self.subTest(operator=operator, day=day):
                    expected = cards.filtered(
                        lambda card, compare=compare: (
                            shown[card] and compare(shown[card])
                        )
                    )
                    if operator == "!=":
                        expected |= cards.filtered(lambda card: not shown[card])
                    found = cards.search(
                        [
                            ("id", "in", cards.ids),
                            ("anniversary_date", operator, day),
                        ]
                    )
                    self.assertEqual(set(found), set(expected))

    def test_no_anniversary_without_purchase(self):
        self._quotation(self.customer)
        card = self.refresh(self.customer)
        self.assertFalse(card.anniversary_date)
        domain = [("id", "=", card.id), ("anniversary_date", "=", False)]
        self.assertEqual(card.search(domain), card)

    # --------------------------------------------------------------------------- stuck

    def test_stuck_when_the_days_of_the_stage_are_over(self):
        conversion = self.stages["conversion"]
        conversion.stuck_days = 30
        card = self._card_since(days_ago(3))
        self.assertEqual(card.stage_id, conversion)
        stuck = TODAY + timedelta(days=30)
        self.assertEqual(card.stuck_date, stuck)

        def found(operator, day):
            domain = [("id", "=", card.id), ("stuck_date", operator, day)]
            return bool(card.search(domain))

        self.assertTrue(found("=", stuck))
        self.assertTrue(found("<=", stuck))
        self.assertFalse(found("<", stuck))
        self.assertTrue(found(">", stuck - timedelta(days=1)))
        self.assertFalse(found(">", stuck))
        self.assertTrue(found("!=", False))

    def test_never_stuck_where_a_customer_may_stay(self):
        self.stages["conversion"].stuck_days = 0
        card = self._card_since(days_ago(3))
        self.assertFalse(card.stuck_date)
        domain = [("id", "=", card.id), ("stuck_date", "<=", date(2100, 1, 1))]
        self.assertFalse(card.search(domain))
        domain = [("id", "=", card.id), ("stuck_date", "=", False)]
        self.assertTrue(card.search(domain))
