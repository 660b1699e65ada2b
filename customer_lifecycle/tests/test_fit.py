from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_lifecycle.models import customer_lifecycle_fit as fitting
from odoo.addons.customer_lifecycle.models import (
    customer_lifecycle_forecast as forecasting,
)
from odoo.addons.customer_lifecycle.tools import fit as kernel
from odoo.addons.customer_lifecycle.tools import rhythm
from odoo.addons.customer_lifecycle.tools.model import Population

from .common import TODAY, CustomerLifecycleCommon
from .test_refresh import NOON, Killed, RefreshCommon

#: As if everybody bought several times a day.
HASTY = replace(Population.default(), r=5.0, alpha=1.0)
DATES = ("due_date", "slipping_date", "lapsed_date")
LOGGER = "odoo.addons.customer_lifecycle.models.customer_lifecycle_fit"


class FitCommon(CustomerLifecycleCommon):
    """Companies that are fitted to purchases made in SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fits = cls.env["customer.lifecycle.fit"]

    def _fit(self, on=TODAY):
        """Fit the company on a day, and return the fit."""
        return self.fits._fit_company(self.company, on)

    def _buyer(self, *days_ago):
        customer = self._customer()
        self._purchases(customer, *days_ago)
        return customer

    def _buyers(self, number):
        """Create buyers of different paces, each of whom came back."""
        return [
            self._buyer(*range(index % 5, 200, 9 + 2 * index))
            for index in range(number)
        ]


@tagged("post_install", "-at_install")
class TestFit(FitCommon):
    """What a company's fit rests on, and which one is used."""

    def assertFit(self, fit, **values):
        self.assertRecordValues(fit, [values])

    def test_company_without_purchases_is_the_default(self):
        self._quotation(self._customer())
        fit = self._fit()
        self.assertFit(
            fit,
            state="default",
            customer_count=0,
            repeat_count=0,
            sample_count=0,
            goodness=0,
            typical_days=90,
            is_used=True,
            note=False,
        )
        self.assertEqual(fit.parameters, Population.default().to_dict())
        self.assertEqual(self.company.lifecycle_fit_id, fit)

    def test_first_purchase_yesterday_is_the_default(self):
        customer = self._buyer(1)
        self.assertFit(self._fit(), state="default", customer_count=1, is_used=True)
        self.assertEqual(self.refresh(customer).health, "on_rhythm")

    def test_few_customers_are_held_near_the_default(self):
        self._buyers(12)
        fit = self._fit()
        self.assertFit(fit, state="shrunk", repeat_count=12, customer_count=12)
        self.assertLess(fit.goodness, 0)
        self.assertLess(fit.holdout_score, 0)

    def test_fit_is_that_of_the_maths_on_the_same_days(self):
        days = [(0, 10, 30, 31), (5,), (40, 80), *[(0, 20 + n) for n in range(10)]]
        for history in days:
            self._buyer(*history)
        today = TODAY.toordinal()
        found = kernel.fit(
            [sorted(today - ago for ago in history) for history in days], today
        )
        fit = self._fit()
        self.assertEqual(Population.from_dict(fit.parameters), found.population)
        self.assertFit(
            fit,
            state=found.state,
            customer_count=13,
            repeat_count=12,
            sample_count=found.sample_count,
            typical_days=found.population.typical_days,
        )
        self.assertAlmostEqual(fit.goodness, found.goodness, 4)

    def test_order_of_the_customers_does_not_matter(self):
        self._buyers(12)
        self.env.flush_all()
        histories = list(
            self.env["customer.lifecycle.forecast"]._histories(self.company, TODAY)
        )
        fit = self._fit()
        forecast = self.registry["customer.lifecycle.forecast"]
        with patch.object(forecast, "_histories", lambda *_args: histories[::-1]):
            again = self._fit()
        self.assertEqual(again.parameters, fit.parameters)
        self.assertEqual(again.holdout_score, fit.holdout_score)

    def test_purchases_ahead_and_of_other_companies_do_not_count(self):
        self._buyer(-40, 0)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        customer = self._customer().with_company(other)
        for days in (0, 3):
            self._purchase(customer, days, company_id=other.id)
        self.assertFit(self._fit(), customer_count=1, repeat_count=0)

    def test_histories_are_read_page_by_page(self):
        buyers = self._buyers(5)
        self.env.flush_all()
        forecast = self.env["customer.lifecycle.forecast"]
        whole = dict(forecast._histories(self.company, TODAY))
        self.assertEqual(set(whole), {buyer.id for buyer in buyers})
        with patch.object(forecasting, "PAGE_CUSTOMERS", 2):
            pages = dict(forecast._histories(self.company, TODAY))
        self.assertEqual(pages, whole)

    # ---------------------------------------------------------------- which one is used

    def test_fit_that_foresees_less_is_kept_and_not_used(self):
        self._buyers(12)
        good = self._fit()
        # seen with the purchases of the company, the hasty ones are far off
        with patch.object(kernel, "fit", self._finding(HASTY)):
            worse = self._fit(TODAY + timedelta(days=7))
        self.assertTrue(worse.is_worse)
        self.assertFalse(worse.is_used)
        self.assertTrue(good.is_used)
        self.assertEqual(self.company.lifecycle_fit_id, good)
        self.assertEqual(worse.previous_id, good)
        self.assertLess(worse.holdout_score, worse.previous_holdout_score)
        self.assertIn("Not used", worse.note)
        self.assertIn("03/16/2026", worse.note)
        self.assertFalse(good.note)

    def test_fit_that_foresees_more_is_used(self):
        self._buyers(12)
        hasty = self._use_population(HASTY)
        fit = self._fit()
        self.assertFit(fit, is_used=True, is_worse=False, previous_id=hasty.id)
        self.assertFalse(hasty.is_used)
        self.assertGreater(fit.holdout_score, fit.previous_holdout_score)

    def test_both_are_judged_by_the_same_recent_days(self):
        self._buyers(12)
        first = self._fit()
        again = self._fit()
        self.assertEqual(again.previous_holdout_score, first.holdout_score)
        self.assertTrue(again.is_used)

    def test_one_fit_is_in_use_at_a_time(self):
        fits = self._fit() + self._fit()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            fits.write({"is_used": True})

    def _finding(self, population):
        """Return a fit of the maths that always finds the same."""
        fit = kernel.fit

        def found(histories, as_of):
            return replace(fit(histories, as_of), population=population)

        return found

    def test_oldest_fits_are_deleted_but_not_the_one_in_use(self):
        used = self._use_population(Population.default(30.0))
        self._buyers(12)
        with patch.object(kernel, "fit", self._finding(HASTY)):
            worse = self.fits.union(*(self._fit() for _number in range(3)))
        self.assertFalse(any(worse.mapped("is_used")))
        with patch.object(fitting, "KEPT_FITS", 2):
            self.fits._gc_fits()
        self.assertEqual((used + worse).exists(), used + worse[1:])

    # ----------------------------------------------------------------------- when due

    def _is_due(self, days=0):
        today = TODAY + timedelta(days=days)
        return self.fits._fit_is_due(self.company, {self.company: today})

    def test_fit_is_due_at_first_and_after_a_week(self):
        self.assertTrue(self._is_due())
        self._fit()
        self.assertFalse(self._is_due())
        self.assertFalse(self._is_due(6))
        self.assertTrue(self._is_due(7))

    def test_fit_is_due_when_history_was_imported(self):
        customers = [self._customer() for _number in range(20)]
        self._fit()
        changes = self.env["customer.lifecycle.change"]
        ids = [customer.id for customer in customers]
        changes._mark_partners(ids[:9], self.company.ids)
        changes._mark_partners(ids[:9], self.company.ids)
        changes._mark_partners(ids, self.company.ids, "rule")
        changes._mark_partners(ids, self.company.ids, "time")
        self.assertFalse(self._is_due())
        changes._mark_partners(ids[9:10], self.company.ids)
        self.assertTrue(self._is_due())
        self._fit()
        self.assertFalse(self._is_due(), "it has seen them")

    def test_fit_is_not_due_while_few_of_many_wait(self):
        self.refresh(*(self._buyer(5) for _number in range(120)))
        self._fit()
        changes = self.env["customer.lifecycle.change"]
        ids = [card.partner_id.id for card in self.Card.search([])]
        changes._mark_partners(ids[:12], self.company.ids)
        self.assertFalse(self._is_due())
        changes._mark_partners(ids[12:13], self.company.ids)
        self.assertTrue(self._is_due())

    def test_fit_that_fails_keeps_nobody_waiting(self):
        with (
            patch.object(kernel, "fit", side_effect=ZeroDivisionError),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            self.fits._fit_if_due({self.company: TODAY})
        self.assertFalse(self.company.lifecycle_fit_id)
        self.assertEqual(self.refresh(self._buyer(5)).health, "on_rhythm")


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestSpreading(RefreshCommon):
    """A fit, or other limits, reach every card: silently, and although killed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fits = cls.env["customer.lifecycle.fit"]
        cls.customers = cls.env["res.partner"]
        for index in range(5):
            cls.customers |= cls._customer()
            cls._purchases(cls.customers[-1], *range(5 + index, 60, 10))
        cls.quoted = cls._customer("Quoted")
        cls._quotation(cls.quoted)
        cls.cards = cls.refresher._refresh(
            cls.company, (cls.customers + cls.quoted).ids, as_of=TODAY
        )
        cls._begin()

    def _spread(self, pages=10):
        with patch.object(forecasting, "PAGE_CUSTOMERS", 2):
            for _page in range(pages):
                self.fits._spread_next({self.company: TODAY})
        self.env.invalidate_all()

    def _moving(self):
        """Return the customers whose health is not what their dates say."""
        return self.cards.filtered(
            lambda card: (
                card.health
                != rhythm.health(TODAY, *(card[name] or None for name in DATES))
            )
        ).partner_id

    def _queued(self):
        self.env.flush_all()
        return {
            (row.partner_ref, row.cause, row.is_silent)
            for row in self.changes.search([])
        }

    def test_everybody_gets_the_dates_of_a_new_fit(self):
        before = {card: card.lapsed_date for card in self.cards}
        hasty = self._use_population(HASTY)
        hasty._spread_again()
        self._spread()
        for card in self.cards.filtered("purchase_count"):
            self.assertLess(card.lapsed_date, before[card])
        self.assertFalse(hasty.is_spreading)

    def test_spreading_and_refreshing_say_the_same(self):
        self._use_population(HASTY)._spread_again()
        self._spread()
        names = ["due_date", "lapsed_date", "return_chance", "expected_amount"]
        names += ["slipping_date", "amount_at_stake", "rhythm_span", "regularity"]
        spread = self.cards.read(names)
        self.refresh(*self.cards.partner_id)
        self.assertEqual(self.cards.read(names), spread)

    def test_who_would_move_is_queued_silently_and_nobody_else(self):
        self.company.lifecycle_fit_id._spread_again()
        self._spread()
        self.assertFalse(self._queued())
        self._use_population(HASTY)._spread_again()
        self._spread()
        moving = self._moving()
        self.assertGreater(len(moving), 1)
        self.assertEqual(
            self._queued(), {(customer.id, "rule", True) for customer in moving}
        )

    def test_next_run_moves_them_silently(self):
        before = self.cards.transition_ids
        self._use_population(HASTY)._spread_again()
        self._run()
        self.env.invalidate_all()
        moves = self.cards.transition_ids - before
        self.assertGreater(len(moves.lifecycle_id), 1)
        self.assertFalse(self._moving())
        self.assertEqual(set(moves.mapped("is_silent")), {True})
        self.assertEqual(set(moves.mapped("cause")), {"rule"})

    def test_pinned_card_is_queued_by_its_health_only(self):
        card = self.cards[0]
        for field, place in (("stage_id", "advocacy"), ("level_id", "product")):
            places = self.stages if field == "stage_id" else self.levels
            card.write({field: places[place].id})
        self.env.flush_all()
        self._begin()
        self.company.lifecycle_fit_id.parameters = Population.default(91).to_dict()
        self.company.lifecycle_fit_id._spread_again()
        self._spread()
        self.assertEqual(card.health, "on_rhythm")
        self.assertFalse(self._queued())

    def test_killed_while_spreading_the_next_run_goes_on(self):
        fit = self._use_population(HASTY)
        fit._spread_again()
        self.env.flush_all()
        model = self.registry["customer.lifecycle.forecast"]
        spread, pages = model._spread, []

        def _spread(self, company, partner_ids, as_of):
            if len(pages) == 1:
                raise Killed("Poisoned")
            pages.append(partner_ids)
            return spread(self, company, partner_ids, as_of)

        with (
            patch.object(forecasting, "PAGE_CUSTOMERS", 2),
            patch.object(model, "_spread", _spread),
        ):
            self._run_into(Killed)
        self.env.invalidate_all()
        self.assertTrue(fit.is_spreading)
        self.assertEqual(fit.spread_ref, pages[0][-1])
        self._run()
        self.env.invalidate_all()
        self.assertFalse(fit.is_spreading)
        self.assertFalse(self._moving())
        dates = self.cards.mapped("lapsed_date")
        self.refresh(*self.cards.partner_id)
        self.assertEqual(self.cards.mapped("lapsed_date"), dates)

    def test_page_that_fails_is_done_by_the_queue(self):
        model = self.registry["customer.lifecycle.forecast"]
        self._use_population(HASTY)._spread_again()
        with (
            patch.object(model, "_spread", side_effect=ValueError),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            self._spread()
        self.assertEqual(
            self._queued(), {(customer.id, "rule", True) for customer in self.customers}
        )

    def test_figures_for_sentences_are_kept(self):
        for _number in range(3):
            gone = self._customer()
            self._purchases(gone, *range(600, 900, 30))
        fit = self.company.lifecycle_fit_id
        fit._spread_again()
        self._spread()
        self.assertGreaterEqual(fit.lost_count, 3)
        self.assertGreaterEqual(fit.lost_count, fit.lost_warned_count)
        self.assertGreaterEqual(fit.passed_lapsed_count, 3)

    # ------------------------------------------------------------------------ limits

    def test_other_limits_move_dates_silently(self):
        card = self.cards[0]
        before = {name: card[name] for name in ("slipping_date", "lapsed_date")}
        moves = self.cards.transition_ids
        self.company.write(
            {"lifecycle_slipping_share": 0.3, "lifecycle_lapsed_chance": 0.5}
        )
        self._run()
        self.env.invalidate_all()
        for name, day in before.items():
            self.assertLess(card[name], day)
        silent = (self.cards.transition_ids - moves).mapped("is_silent")
        self.assertLessEqual(set(silent), {True})

    def test_horizon_changes_the_chance(self):
        card = self.cards[0]
        before = card.return_chance
        self.company.lifecycle_horizon_days = 20
        self._run()
        self.env.invalidate_all()
        self.assertLess(card.return_chance, before)

    def test_limits_that_stay_as_they_are_read_nobody(self):
        self.company.lifecycle_horizon_days = self.company.lifecycle_horizon_days
        self.assertFalse(self.company.lifecycle_fit_id.is_spreading)

    def test_limits_without_a_fit_queue_every_card(self):
        self.company.lifecycle_fit_id = False
        self.company.lifecycle_horizon_days = 60
        everybody = self.customers + self.quoted
        self.assertEqual(
            self._queued(), {(customer.id, "rule", True) for customer in everybody}
        )

    def test_limits_without_sense_are_refused(self):
        for name, value in (
            ("lifecycle_horizon_days", 0),
            ("lifecycle_horizon_days", 5000),
            ("lifecycle_slipping_share", 0),
            ("lifecycle_slipping_share", 0.6),
            ("lifecycle_lapsed_chance", 0),
            ("lifecycle_lapsed_chance", 1.5),
        ):
            with (
                self.subTest(name=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                self.company[name] = value
                self.company.flush_recordset()
