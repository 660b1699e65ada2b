from datetime import date, datetime, timedelta
from math import isfinite

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tools.forecast import (
    Forecaster,
    Limits,
    summarize,
)
from odoo.addons.customer_lifecycle.tools.model import Population
from odoo.addons.customer_lifecycle.tools.season import Season

from .common import TODAY, CustomerLifecycleCommon
from .test_refresh import NOON, RefreshCommon

NUMBERS = (
    "return_chance",
    "expected_purchases",
    "expected_amount",
    "amount_at_stake",
    "rhythm_span",
    "interval_days",
)
DATES = ("due_date", "slipping_date", "lapsed_date")
SEASONAL = Population(
    r=0.8,
    alpha=30.0,
    a=0.6,
    b=2.5,
    weights=(0.3, 0.3, 0.2, 0.1, 0.1),
    season=Season((0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 0.6, 0.6, 1.2, 1.2, 1.5, 1.5)),
    typical_days=30.0,
)


class ForecastCommon(CustomerLifecycleCommon):
    """Cards and the maths, side by side."""

    def assertAsTheMaths(self, card, *days_ago, as_of=TODAY, limits=None, again=None):
        """Assert that a card says what the maths say of the same days."""
        population = Population.from_dict(self.company.lifecycle_fit_id.parameters)
        history = sorted({TODAY.toordinal() - days for days in days_ago})
        summary = summarize(history, population.season)
        found = Forecaster(population, limits or Limits()).forecast(
            summary, as_of.toordinal(), again and again.toordinal()
        )
        for name, ordinal in zip(DATES, found[:3], strict=True):
            day = date.fromordinal(ordinal) if ordinal else False
            self.assertEqual(card[name], day, name)
        self.assertEqual(card.regularity, found.regularity)
        self.assertAlmostEqual(card.return_chance, found.return_chance, 4)
        self.assertAlmostEqual(card.rhythm_span, summary.span, 4)
        self.assertAlmostEqual(card.rhythm_log_sum, summary.log_sum, 4)
        self.assertAlmostEqual(card.expected_purchases, found.expected_purchases, 2)
        average = max(card.amount_total / card.purchase_count, 0)
        for name, purchases in (
            ("expected_amount", found.expected_purchases),
            ("amount_at_stake", found.at_stake_purchases),
        ):
            self.assertAlmostEqual(card[name], purchases * average, delta=0.006)

    def assertPlain(self, card):
        """Assert that no figure of a card is without sense."""
        for name in NUMBERS:
            self.assertTrue(isfinite(card[name]), name)
            self.assertGreaterEqual(card[name], 0, name)
        self.assertLessEqual(card.return_chance, 1)
        days = [card[name] for name in DATES if card[name]]
        self.assertEqual(days, sorted(days))
        self.assertNotIn("nan", (card.reason or "").lower())


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestForecastCards(ForecastCommon):
    """The card says what the maths say of the same orders, and only what has sense."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_population(SEASONAL)
        cls.customer = cls._customer()

    def test_card_says_what_the_maths_say(self):
        for history in (
            (3,),
            (400,),
            (3, 90),
            (5, 12, 19, 26, 33, 40),
            (60, 61, 90, 200, 380, 381),
            tuple(range(100, 1000, 45)),
        ):
            with self.subTest(history=history):
                customer = self._customer()
                self._purchases(customer, *history)
                self.assertAsTheMaths(self.refresh(customer), *history)

    def test_limits_of_the_company_are_those_of_the_maths(self):
        self.company.write(
            {
                "lifecycle_horizon_days": 30,
                "lifecycle_slipping_share": 0.25,
                "lifecycle_lapsed_chance": 0.3,
            }
        )
        self._purchases(self.customer, 5, 12, 19, 26)
        card = self.refresh(self.customer)
        self.assertAsTheMaths(card, 5, 12, 19, 26, limits=Limits(30, 0.25, 0.3))

    def test_past_day_knows_nothing_of_what_came_after(self):
        self._purchases(self.customer, 5, 40, 70)
        as_of = TODAY - timedelta(days=30)
        card = self.refresh(self.customer, as_of=as_of)
        self.assertAsTheMaths(card, 40, 70, as_of=as_of)

    def test_purchase_updates_the_one_customer(self):
        other = self._customer("Other")
        self._purchases(other, 5, 12)
        self._purchases(self.customer, 30, 60)
        cards = self.refresh(self.customer, other)
        before = cards.read([*DATES, *NUMBERS])
        self._purchase(self.customer, 0)
        card = self.refresh(self.customer)
        self.assertAsTheMaths(card, 0, 30, 60)
        after = cards.read([*DATES, *NUMBERS])
        self.assertNotEqual(after[0], before[0])
        self.assertEqual(after[1], before[1])

    # ---------------------------------------------------------------------- bad input

    def test_purchases_ahead_are_no_past(self):
        self._purchases(self.customer, -30, -400, 10)
        card = self.refresh(self.customer)
        self.assertAsTheMaths(card, 10)
        self.assertEqual(
            card.next_change_date,
            min(
                TODAY + timedelta(days=30),
                *[card[name] for name in DATES if card[name]],
            ),
        )

    def test_only_purchases_ahead_are_no_purchase(self):
        self._purchases(self.customer, -30)
        card = self.refresh(self.customer)
        self.assertEqual((card.health, card.regularity), ("unknown", "unknown"))
        self.assertFalse(any(card[name] for name in DATES))
        self.assertPlain(card)

    def test_first_purchase_yesterday_has_too_few_to_tell(self):
        self._purchases(self.customer, 1)
        card = self.refresh(self.customer)
        self.assertEqual((card.health, card.regularity), ("on_rhythm", "unknown"))
        self.assertFalse(card.slipping_date)
        self.assertPlain(card)

    def test_thousand_orders_on_one_day_are_one_purchase(self):
        self._purchase(self.customer, 10, amount=5)
        self._orders(self.customer, [TODAY - timedelta(days=3)] * 1000)
        card = self.refresh(self.customer)
        self.assertEqual(card.purchase_count, 2)
        self.assertEqual(card.amount_total, 10005)
        self.assertAsTheMaths(card, 3, 10)
        self.assertPlain(card)

    def test_ten_thousand_purchases_of_one_customer(self):
        first = TODAY - timedelta(days=9999)
        days = [first + timedelta(days=number) for number in range(10_000)]
        self._orders(self.customer, days)
        card = self.refresh(self.customer)
        self.assertEqual(card.purchase_count, 10_000)
        self.assertAsTheMaths(card, *range(10_000))
        self.assertEqual(card.health, "on_rhythm")
        self.assertPlain(card)
        fit = self.env["customer.lifecycle.fit"]._fit_company(self.company, TODAY)
        self.assertEqual(fit.customer_count, 1)

    def test_amounts_of_zero_or_less_are_no_purchases(self):
        for amount in (0, -50):
            self._purchase(self.customer, 5, amount=amount)
            self._purchase(self.customer, 25, amount=amount)
        card = self.refresh(self.customer)
        self.assertEqual((card.purchase_count, card.health), (0, "unknown"))
        self.assertPlain(card)
        fit = self.env["customer.lifecycle.fit"]._fit_company(self.company, TODAY)
        self.assertEqual((fit.customer_count, fit.state), (0, "default"))

    def test_more_given_back_than_bought_is_worth_nothing(self):
        self._purchases(self.customer, 5, 25)
        self._purchase(self.customer, 4, amount=-900)
        card = self.refresh(self.customer)
        self.assertEqual(card.purchase_count, 2)
        self.assertLess(card.amount_total, 0)
        self.assertGreater(card.expected_purchases, 0)
        self.assertEqual((card.expected_amount, card.amount_at_stake), (0, 0))

    def test_dates_before_1970(self):
        days = [datetime(1905, 5, 6, 12), datetime(1969, 12, 31, 12), 30, 10]
        for day in days:
            self._purchase(self.customer, day)
        card = self.refresh(self.customer)
        self.assertEqual(card.purchase_count, 4)
        self.assertEqual(card.first_purchase_date, date(1905, 5, 6))
        self.assertPlain(card)
        fit = self.env["customer.lifecycle.fit"]._fit_company(self.company, TODAY)
        self.assertEqual(fit.repeat_count, 1)

    def test_last_day_of_the_calendar_is_a_date(self):
        self._purchase(self.customer, 10)
        self.customer_card = self.refresh(self.customer)
        self.customer_card.expected_again_date = date(9999, 12, 1)
        card = self.refresh(self.customer)
        self.assertEqual(card.lapsed_date, date.max)
        self.assertEqual(card.health, "on_rhythm")

    @classmethod
    def _orders(cls, customer, days):
        """Create confirmed orders of 10 at noon, all at once."""
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "date_order": datetime.combine(day, datetime.min.time()),
                    "state": "sale",
                }
                for day in days[:1]
            ]
        )
        orders.order_line = [
            Command.create(
                {
                    "product_id": cls.product.id,
                    "price_unit": 10,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        cls.env.flush_all()
        cls.env.cr.execute(
            "INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id,"
            " partner_shipping_id, state, date_order, amount_untaxed, currency_id,"
            " currency_rate) SELECT name, company_id, partner_id, partner_invoice_id,"
            " partner_shipping_id, state, day + TIME '12:00', amount_untaxed,"
            " currency_id, currency_rate FROM sale_order, UNNEST(%s::date[]) AS day"
            " WHERE id = %s",
            [days[1:], orders.id],
        )
        # as PostgreSQL does by itself: a table that it believes to be empty is looped
        # over, here 10,000 times
        cls.env.cr.execute("ANALYZE sale_order")


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestExpectedAgain(ForecastCommon):
    """A day set by hand: the customer is not due before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_population(SEASONAL)
        cls.customer = cls._customer()
        cls._purchases(cls.customer, 20, 27, 34, 41, 48)
        cls.card_ = cls.refresher._refresh(cls.company, cls.customer.ids, as_of=TODAY)
        cls.env.flush_all()
        cls.env["customer.lifecycle.change"].search([]).unlink()

    def _plan(self, day):
        self.card_.expected_again_date = day
        self.refresh(self.customer)

    def test_customer_with_a_plan_is_not_due_before(self):
        self.assertNotEqual(self.card_.health, "on_rhythm")
        before = [self.card_[name] for name in DATES]
        day = TODAY + timedelta(days=60)
        self._plan(day)
        self.assertEqual(self.card_.health, "on_rhythm")
        self.assertEqual(self.card_.due_date, day)
        moved = [self.card_[name] for name in DATES]
        shifts = {after - start for start, after in zip(before, moved, strict=True)}
        self.assertEqual(len(shifts), 1)
        self.assertAsTheMaths(self.card_, 20, 27, 34, 41, 48, again=day)

    def test_plan_that_has_passed_moves_no_date(self):
        day = TODAY + timedelta(days=60)
        self._plan(day)
        dates = [self.card_[name] for name in DATES]
        self.refresh(self.customer, as_of=day + timedelta(days=30))
        self.assertEqual([self.card_[name] for name in DATES], dates)

    def test_purchase_on_the_day_or_later_ends_the_plan(self):
        self._plan(TODAY + timedelta(days=60))
        self._purchase(self.customer, -60)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=60))
        without = [self.card_[name] for name in DATES]
        self.card_.expected_again_date = False
        self.refresh(self.customer, as_of=TODAY + timedelta(days=60))
        self.assertEqual([self.card_[name] for name in DATES], without)

    def test_purchase_before_the_day_leaves_the_plan(self):
        day = TODAY + timedelta(days=60)
        self._plan(day)
        self._purchase(self.customer, 0)
        self.refresh(self.customer)
        self.assertEqual(self.card_.due_date, day)

    def test_plan_marks_the_customer_as_changed(self):
        self.card_.expected_again_date = TODAY + timedelta(days=60)
        changes = self.env["customer.lifecycle.change"].search([])
        self.assertEqual(changes.mapped("partner_ref"), self.customer.ids)

    def test_salesperson_plans_for_own_customers(self):
        user = self._user("own")
        self.card_.user_id = user
        day = TODAY + timedelta(days=60)
        self.card_.with_user(user).expected_again_date = day
        self.assertEqual(self.refresh(self.customer).due_date, day)

    def test_plan_is_tracked(self):
        self.assertTrue(self.Card._fields["expected_again_date"].tracking)

    def test_plan_is_kept_when_contacts_are_merged(self):
        double = self._customer("Double")
        self._purchase(double, 5)
        self.refresh(double).expected_again_date = TODAY + timedelta(days=70)
        self.env["customer.lifecycle.absorb"]._absorb_partners(double, self.customer)
        self.assertEqual(self.card_.expected_again_date, TODAY + timedelta(days=70))


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestSlippingOnce(RefreshCommon):
    """Entering slipping is heard once per pause."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Steady")
        cls._purchases(cls.customer, *range(0, 300, 20))
        cls.card_ = cls.refresher._refresh(cls.company, cls.customer.ids, as_of=TODAY)
        cls.other = cls._customer("Other")
        cls._purchases(cls.other, *range(0, 300, 20))
        cls.refresher._refresh(cls.company, cls.other.ids, as_of=TODAY)
        model = cls.env["ir.model"]._get("customer.lifecycle")
        health = cls.env["ir.model.fields"]._get("customer.lifecycle", "health")
        cls.env["base.automation"].create(
            {
                "name": "Count who slips",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [Command.set(health.ids)],
                "filter_domain": '[("health", "=", "slipping")]',
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Count",
                            "model_id": model.id,
                            "state": "code",
                            "code": "record.write({'color': record.color + 1})",
                        }
                    )
                ],
            }
        )
        cls._begin()

    def _slip(self, *customers, cause="time", **options):
        """Refresh on the day that the customer slips."""
        return self.refresh(
            *(customers or [self.customer]),
            as_of=self.card_.slipping_date,
            cause=cause,
            **options,
        )

    def _heard(self):
        """Return the silence of each entry into slipping, and how many were heard."""
        moves = self.card_.transition_ids.sorted("id")
        slips = moves.filtered(lambda move: move.to_health == "slipping")
        return slips.mapped("is_silent"), self.card_.color

    def test_slipping_is_heard(self):
        self._slip()
        self.assertEqual(self.card_.health, "slipping")
        self.assertEqual(self._heard(), ([False], 1))

    def test_slipping_again_in_the_same_pause_is_not_heard(self):
        self._slip()
        self.card_.expected_again_date = self.card_.slipping_date
        self.refresh(self.customer, as_of=self.card_.slipping_date)
        self.assertEqual(self.card_.health, "due")
        self._slip()
        self.assertEqual(self.card_.health, "slipping")
        self.assertEqual(self._heard(), ([False, True], 1))

    def test_slipping_after_a_refit_in_the_same_pause_is_not_heard(self):
        self._slip()
        slow = Population.default(2000.0)
        self._use_population(slow)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=31), is_silent=True)
        self.assertNotEqual(self.card_.health, "slipping")
        self._slip()
        self.assertEqual(self._heard(), ([False, True], 1))

    def test_slipping_in_the_next_pause_is_heard(self):
        self._slip()
        bought = self.card_.slipping_date
        self._purchase(self.customer, datetime.combine(bought, datetime.min.time()))
        self.refresh(self.customer, as_of=bought)
        self.assertEqual(self.card_.health, "on_rhythm")
        self._slip()
        self.assertEqual(self._heard(), ([False, False], 2))

    def test_slipping_after_a_silent_one_is_heard(self):
        self._slip(is_silent=True)
        self.card_.expected_again_date = self.card_.slipping_date
        self.refresh(self.customer, as_of=self.card_.slipping_date)
        self._slip()
        self.assertEqual(self._heard(), ([True, False], 1))

    def test_first_and_repeated_slip_in_one_batch_are_told_apart(self):
        self._slip()
        self.card_.expected_again_date = self.card_.slipping_date
        self.refresh(self.customer, as_of=self.card_.slipping_date)
        self._slip(self.customer, self.other)
        self.assertEqual(self._heard(), ([False, True], 1))
        self.assertEqual(self.card(self.other).health, "slipping")
        self.assertEqual(self.card(self.other).color, 1)

    def test_slipping_by_a_setting_is_not_heard(self):
        self.company.lifecycle_slipping_share = 0.49
        self._run(on=self.card_.due_date + timedelta(days=1))
        self.env.invalidate_all()
        self.assertEqual(self._heard()[1], 0)
