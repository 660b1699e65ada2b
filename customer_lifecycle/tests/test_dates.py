import doctest
from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tools import rhythm

from .common import TODAY, CustomerLifecycleCommon

USUAL = 40


@tagged("post_install", "-at_install")
class TestDates(CustomerLifecycleCommon):
    """When a customer is due, slips and has lapsed, and its health at the borders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lifecycle_interval_days = USUAL
        cls.customer = cls._customer()

    def health(self, as_of):
        return self.refresh(self.customer, as_of=as_of).health

    def assertDates(self, last, interval):
        """Assert the dates of the card, and its health around each of them."""
        self.assertRecordValues(
            self.refresh(self.customer),
            [
                {
                    "due_date": last + timedelta(days=interval),
                    "slipping_date": last + timedelta(days=2 * interval),
                    "lapsed_date": last + timedelta(days=3 * interval),
                }
            ],
        )
        states = ["on_rhythm", "due", "slipping", "lapsed"]
        for times in (1, 2, 3):
            day = last + timedelta(days=times * interval)
            self.assertEqual(self.health(day - timedelta(days=1)), states[times - 1])
            self.assertEqual(self.health(day), states[times])
            self.assertEqual(self.health(day + timedelta(days=1)), states[times])

    def test_customer_without_purchase_has_no_dates(self):
        self._quotation(self.customer)
        self.assertRecordValues(
            self.refresh(self.customer),
            [
                {
                    "due_date": False,
                    "slipping_date": False,
                    "lapsed_date": False,
                    "next_change_date": False,
                    "health": "unknown",
                }
            ],
        )

    def test_one_purchase_follows_the_usual_rhythm(self):
        self._purchases(self.customer, 10)
        self.assertDates(TODAY - timedelta(days=10), USUAL)

    def test_two_purchases_follow_the_usual_rhythm(self):
        self._purchases(self.customer, 10, 17)
        self.assertDates(TODAY - timedelta(days=10), USUAL)

    def test_three_purchases_follow_their_own_rhythm(self):
        self._purchases(self.customer, 5, 12, 19)
        self.assertDates(TODAY - timedelta(days=5), 7)

    def test_own_rhythm_is_the_mean_and_not_the_last_pause(self):
        self._purchases(self.customer, 5, 6, 25)
        self.assertDates(TODAY - timedelta(days=5), 10)

    def test_part_of_a_day_is_waited_for(self):
        self._purchases(self.customer, 0, 3, 5, 7)  # 7 days in 3 pauses: 2.33 days
        self.assertRecordValues(
            self.refresh(self.customer),
            [
                {
                    "due_date": TODAY + timedelta(days=3),
                    "slipping_date": TODAY + timedelta(days=5),
                    "lapsed_date": TODAY + timedelta(days=7),
                }
            ],
        )

    def test_usual_interval_not_fitted_yet_is_the_default(self):
        self.company.lifecycle_interval_days = 0
        self._purchases(self.customer, 10)
        self.assertDates(TODAY - timedelta(days=10), 90)

    def test_purchase_sets_the_dates_anew(self):
        self._purchases(self.customer, 200)
        self.assertEqual(self.health(TODAY), "lapsed")
        self._purchases(self.customer, 0)
        self.assertEqual(self.health(TODAY), "on_rhythm")
        self.assertEqual(
            self.card(self.customer).due_date, TODAY + timedelta(days=USUAL)
        )

    def test_next_change_is_the_earliest_day_still_ahead(self):
        last = TODAY - timedelta(days=1)
        self._purchases(self.customer, 1)
        year = date(2027, 3, 15)
        expected = [last + timedelta(days=times * USUAL) for times in (1, 2, 3)] + [
            year
        ]
        for before, after in zip([TODAY, *expected], [*expected, False], strict=True):
            card = self.refresh(self.customer, as_of=before)
            self.assertEqual(card.next_change_date, after)

    # ------------------------------------------------------------------------- the twin

    def test_sql_equals_the_maths_for_many_intervals(self):
        pauses = [(1, 1), (1, 2), (2, 3), (7, 30), (1, 400), (365, 366), (29, 0, 2)]
        customers = self.env["res.partner"]
        for pause in pauses:
            customers |= self._customer()
            days = [sum(pause[:number]) for number in range(len(pause) + 1)]
            self._purchases(customers[-1], *days)
        for card in self.refresh(*customers):
            own = card.purchase_count >= rhythm.MIN_PURCHASES
            interval = card.purchase_span_days / (card.purchase_count - 1)
            dates = rhythm.rhythm_dates(
                card.last_purchase_date, interval if own else USUAL
            )
            self.assertRecordValues(
                card,
                [
                    {
                        "due_date": dates.due,
                        "slipping_date": dates.slipping,
                        "lapsed_date": dates.lapsed,
                        "health": rhythm.health(
                            TODAY, dates.due, dates.slipping, dates.lapsed
                        ),
                    }
                ],
            )

    def test_doctests_of_the_maths_pass(self):
        result = doctest.testmod(rhythm)
        self.assertGreater(result.attempted, 3)
        self.assertEqual(result.failed, 0)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestFit(CustomerLifecycleCommon):
    """The company's usual interval: on whom it rests, and whom it moves."""

    def _fit(self):
        self.env["customer.lifecycle.fit"]._fit(self.company)

    def _buyer(self, *days_ago):
        customer = self._customer()
        self._purchases(customer, *days_ago)
        return customer

    def assertFit(self, days, count):
        self._fit()
        self.assertRecordValues(
            self.company,
            [
                {
                    "lifecycle_interval_days": days,
                    "lifecycle_fit_customers": count,
                    "lifecycle_fitted_on": TODAY,
                }
            ],
        )

    def test_without_anybody_the_default_is_usual(self):
        self._buyer(5)
        self.assertFit(90, 0)

    def test_median_rests_on_customers_with_a_rhythm(self):
        self._buyer(0, 10, 20)
        self._buyer(0, 20, 40)
        self._buyer(0, 300, 600)
        self._buyer(0, 1)  # bought twice: no rhythm of its own
        self.assertFit(20, 3)

    def test_median_of_two_lies_between_them(self):
        self._buyer(0, 10, 22)
        self._buyer(0, 20, 40)
        self.assertFit(15.5, 2)

    def test_without_rhythms_the_median_rests_on_who_came_back(self):
        self._buyer(0, 10)
        self._buyer(0, 30)
        self._buyer(0, 31)
        self._buyer(7)
        self.assertFit(30, 3)

    def test_purchases_ahead_and_of_other_companies_do_not_count(self):
        self._buyer(0, 30)
        self._buyer(-40, 0)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        customer = self._customer().with_company(other)
        for days in (0, 3):
            self._purchase(customer, days, company_id=other.id)
        self.assertFit(30, 1)

    def _queued(self):
        """Return who is queued, by cause and silence, and empty the queue."""
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"].search([])
        rows = {(row.partner_ref, row.cause, row.is_silent) for row in changes}
        changes.unlink()
        return rows

    def test_fit_queues_silently_who_rests_on_it(self):
        once, twice = self._buyer(5), self._buyer(5, 9)
        steady = self._buyer(0, 10, 20)
        quoted = self._customer()
        self._quotation(quoted)
        self.refresh(once, twice, steady, quoted)
        self._queued()
        self._fit()
        self.assertEqual(
            self._queued(), {(once.id, "rule", True), (twice.id, "rule", True)}
        )

    def test_fit_that_changes_nothing_queues_nobody(self):
        self.refresh(self._buyer(5))
        self._fit()
        self._queued()
        self._fit()
        self.assertFalse(self._queued())

    def test_card_moved_by_a_fit_moves_silently(self):
        self._fit()
        customer = self._buyer(50)
        card = self.refresh(customer)
        self.assertEqual(card.health, "on_rhythm")
        self._buyer(0, 10, 20)
        self._fit()
        self.refresh(customer, cause="rule", is_silent=True)
        self.assertEqual((card.health, card.stage_id.code), ("lapsed", "reactivation"))
        moves = card.transition_ids.filtered(lambda move: move.cause == "rule")
        self.assertEqual(set(moves.mapped("is_silent")), {True})
        self.assertEqual(set(moves.mapped("kind")), {"health", "stage"})

    # ----------------------------------------------------------------------- when due

    def _is_due(self, days=0):
        today = TODAY + timedelta(days=days)
        fit = self.env["customer.lifecycle.fit"]
        return fit._fit_is_due(self.company, {self.company: today})

    def test_fit_is_due_at_first_and_after_a_week(self):
        self.assertTrue(self._is_due())
        self._fit()
        self._queued()
        self.assertFalse(self._is_due())
        self.assertFalse(self._is_due(6))
        self.assertTrue(self._is_due(7))

    def test_fit_is_due_when_a_tenth_of_the_customers_wait(self):
        customers = [self._buyer(5) for _number in range(20)]
        self.refresh(*customers)
        self._fit()
        self._queued()
        changes = self.env["customer.lifecycle.change"]
        waiting = [customer.id for customer in customers[:2]]
        changes._mark_partners(waiting, self.company.ids)
        changes._mark_partners(waiting, self.company.ids)
        self.assertFalse(self._is_due())
        changes._mark_partners([customers[2].id], self.company.ids)
        self.assertTrue(self._is_due())
