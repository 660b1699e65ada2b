from datetime import date, timedelta

from odoo.tests import tagged

from odoo.addons.customer_lifecycle.tools.model import Population

from .common import TODAY, CustomerLifecycleCommon

DATES = ("due_date", "slipping_date", "lapsed_date")
STATES = ("on_rhythm", "due", "slipping", "lapsed")


@tagged("post_install", "-at_install")
class TestDates(CustomerLifecycleCommon):
    """When a customer is due, slips and has lapsed, and its health at the borders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_population(Population.default(40.0))
        cls.customer = cls._customer()

    def health(self, as_of):
        return self.refresh(self.customer, as_of=as_of).health

    def dates(self, as_of=TODAY, customer=None):
        card = self.refresh(customer or self.customer, as_of=as_of)
        return [card[name] for name in DATES]

    def assertBorders(self):
        """Assert the health around each of the dates."""
        days = [
            (DATES.index(name), day)
            for name, day in zip(DATES, self.dates(), strict=True)
            if day
        ]
        before = "on_rhythm"
        for index, day in days:
            self.assertEqual(self.health(day - timedelta(days=1)), before)
            before = STATES[index + 1]
            self.assertEqual(self.health(day), before)
            self.assertEqual(self.health(day + timedelta(days=1)), before)

    def test_customer_without_purchase_has_no_dates(self):
        self._quotation(self.customer)
        self.assertRecordValues(
            self.refresh(self.customer),
            [
                dict.fromkeys(DATES, False)
                | {
                    "next_change_date": False,
                    "health": "unknown",
                    "regularity": "unknown",
                    "return_chance": 0,
                    "expected_amount": 0,
                }
            ],
        )

    def test_few_purchases_are_due_and_lapse_but_do_not_slip(self):
        for days in (10, 17):
            self._purchases(self.customer, days)
            due, slipping, lapsed = self.dates()
            self.assertLess(TODAY - timedelta(days=10), due)
            self.assertLess(due, lapsed)
            self.assertFalse(slipping)
            self.assertBorders()

    def test_three_purchases_slip_in_between(self):
        self._purchases(self.customer, 5, 12, 19)
        due, slipping, lapsed = self.dates()
        self.assertLess(due, slipping)
        self.assertLess(slipping, lapsed)
        self.assertBorders()

    def test_fast_buyer_is_due_before_a_slow_one(self):
        self._purchases(self.customer, *range(0, 71, 7))
        slow = self._customer("Slow")
        self._purchases(slow, *range(0, 701, 70))
        for fast, late in zip(self.dates(), self.dates(customer=slow), strict=True):
            self.assertLess(fast, late)

    def test_dates_do_not_move_while_time_passes(self):
        self._purchases(self.customer, 5, 12, 19)
        dates = self.dates()
        for days in (1, 10, 100, 1000):
            self.assertEqual(self.dates(TODAY + timedelta(days=days)), dates)

    def test_company_without_fit_has_dates(self):
        self.company.lifecycle_fit_id = False
        self._purchases(self.customer, 10)
        self.assertEqual(self.health(TODAY), "on_rhythm")
        self.assertBorders()

    def test_purchase_sets_the_dates_anew(self):
        self._purchases(self.customer, 900)
        self.assertEqual(self.health(TODAY), "lapsed")
        before = self.dates()
        self._purchases(self.customer, 0)
        self.assertEqual(self.health(TODAY), "on_rhythm")
        self.assertLess(before[-1], self.dates()[0])

    def test_next_change_is_the_earliest_day_still_ahead(self):
        self._purchases(self.customer, 1)
        due, _slipping, lapsed = self.dates()
        expected = sorted([due, lapsed, date(2027, 3, 15)])
        for before, after in zip([TODAY, *expected], [*expected, False], strict=True):
            card = self.refresh(self.customer, as_of=before)
            self.assertEqual(card.next_change_date, after)
