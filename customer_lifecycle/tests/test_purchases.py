from datetime import date, datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.customer_lifecycle.tools.model import Population

from .common import TODAY, CustomerLifecycleCommon

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestPurchases(CustomerLifecycleCommon):
    """What counts as a purchase, on which day, and what it was worth."""

    def setUp(self):
        super().setUp()
        self.customer = self._customer()

    def assertCard(self, as_of=TODAY, customer=None, **values):
        """Assert values of the card of a customer as read on a day."""
        self.assertRecordValues(
            self.refresh(customer or self.customer, as_of=as_of), [values]
        )

    # ------------------------------------------------------------------ what counts

    def test_two_orders_of_one_day_are_one_purchase(self):
        self._purchase(self.customer, 10, amount=30)
        self._purchase(self.customer, 10, amount=70)
        self.assertCard(purchase_count=1, amount_total=100, amount_average=100)

    def test_orders_of_two_days_are_two_purchases(self):
        self._purchase(self.customer, 10, amount=30)
        self._purchase(self.customer, 11, amount=70)
        self.assertCard(purchase_count=2, amount_total=100, amount_average=50)

    def test_quotation_is_no_purchase(self):
        self._quotation(self.customer)
        self._quotation(self.customer).action_quotation_sent()
        self.assertCard(
            purchase_count=0,
            amount_total=0,
            amount_average=0,
            first_purchase_date=False,
            last_purchase_date=False,
        )

    def test_cancelled_order_is_no_purchase(self):
        self._purchase(self.customer, 10)
        self._purchase(self.customer, 5)._action_cancel()
        self.assertCard(
            purchase_count=1,
            amount_total=100,
            last_purchase_date=TODAY - timedelta(days=10),
        )

    def test_locked_order_is_a_purchase(self):
        self._purchase(self.customer, 10).action_lock()
        self.assertCard(purchase_count=1)

    def test_order_worth_nothing_is_no_purchase(self):
        self._purchase(self.customer, 10, amount=0)
        self.assertCard(purchase_count=0, last_purchase_date=False)

    def test_order_worth_nothing_beside_another_changes_nothing(self):
        self._purchase(self.customer, 10, amount=0)
        self._purchase(self.customer, 10, amount=40)
        self.assertCard(purchase_count=1, amount_average=40)

    def test_return_entered_as_order_takes_from_the_amount_only(self):
        self._purchase(self.customer, 20, amount=100)
        self._purchase(self.customer, 10, amount=-30)
        self.assertCard(
            purchase_count=1,
            amount_total=70,
            last_purchase_date=TODAY - timedelta(days=20),
        )

    def test_return_of_more_than_was_bought_shows_what_is_owed(self):
        self._purchase(self.customer, 20, amount=100)
        self._purchase(self.customer, 10, amount=-130)
        self.assertCard(purchase_count=1, amount_total=-30, amount_average=-30)

    def test_purchase_and_return_of_one_day_is_a_purchase(self):
        self._purchase(self.customer, 10, amount=100)
        self._purchase(self.customer, 10, amount=-100)
        self.assertCard(purchase_count=1, amount_total=0)

    def test_amounts_are_untaxed(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Ten percent",
                "amount": 10,
                "company_id": self.company.id,
                "country_id": self.env.ref("base.es").id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "Ten", "company_id": self.company.id})
                .id,
            }
        )
        order = self._purchase(self.customer, 10, amount=100)
        order.order_line.tax_ids = tax
        self.assertEqual(order.amount_total, 110)
        self.assertCard(amount_total=100)

    # -------------------------------------------------------------------------- whose

    def test_purchase_of_a_child_counts_for_its_company(self):
        person = self._customer("Person", parent_id=self.customer.id)
        self.customer.is_company = True
        self._purchase(person, 10)
        self._purchase(self.customer, 5)
        self.assertCard(purchase_count=2, amount_total=200)
        self.assertFalse(self.card(person))

    def test_refresh_of_a_child_is_that_of_its_company(self):
        self.customer.is_company = True
        person = self._customer("Person", parent_id=self.customer.id)
        self._purchase(person, 10)
        self.assertEqual(self.refresh(person).partner_id, self.customer)

    def test_child_that_is_a_company_is_a_customer_of_its_own(self):
        self.customer.is_company = True
        subsidiary = self._customer(
            "Subsidiary", parent_id=self.customer.id, is_company=True
        )
        self._purchase(subsidiary, 10)
        self.assertCard(customer=subsidiary, purchase_count=1)
        self.assertFalse(self.refresh(self.customer))

    def test_purchases_of_an_archived_child_still_count(self):
        self.customer.is_company = True
        person = self._customer("Person", parent_id=self.customer.id)
        self._purchase(person, 10)
        person.active = False
        self.assertCard(purchase_count=1, active=True)

    def test_archived_customer_keeps_its_figures(self):
        self._purchase(self.customer, 10)
        self.assertCard(active=True)
        self.customer.active = False
        self.assertCard(purchase_count=1, amount_total=100, active=False)

    def test_purchase_in_another_company_is_not_counted(self):
        self._purchase(self.customer, 10)
        other = self.env["res.company"].create(
            {"name": "Other", "currency_id": self.company.currency_id.id}
        )
        self.env.user.company_ids |= other
        self._purchase(
            self.customer.with_company(other), 5, amount=900, company_id=other.id
        )
        self.assertCard(purchase_count=1, amount_total=100)
        [card] = self.refresher._refresh(other, self.customer.ids, as_of=TODAY)
        self.assertRecordValues(card, [{"purchase_count": 1, "amount_total": 900}])

    # --------------------------------------------------------------------- currencies

    def _rate(self, currency, day, rate):
        """Say how many units of a currency one euro buys from a day on."""
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "name": day,
                "rate": rate,
                "currency_id": currency.id,
                "company_id": self.company.id,
            }
        )

    def _priced_in(self, currency):
        """Return the values of an order in a currency."""
        pricelist = self.env["product.pricelist"].create(
            {
                "name": currency.name,
                "currency_id": currency.id,
                "company_id": self.company.id,
            }
        )
        return {"pricelist_id": pricelist.id}

    def test_foreign_order_counts_at_the_rate_of_its_day(self):
        dollar = self.env.ref("base.USD")
        self._rate(dollar, date(2000, 1, 1), 2.0)
        self._rate(dollar, YESTERDAY, 4.0)
        values = self._priced_in(dollar)
        self._purchase(self.customer, 2, amount=100, **values)  # the day before
        self.assertCard(amount_total=50)
        self._purchase(self.customer, 1, amount=100, **values)  # the day of the change
        self.assertCard(amount_total=75)
        self._rate(dollar, TODAY, 100.0)
        self.assertCard(amount_total=75)

    def test_amounts_have_the_decimals_of_the_company_currency(self):
        dinar = self.env.ref("base.KWD")
        dinar.active = True
        self.company.currency_id = dinar
        order = self._purchase(self.customer, 3, amount=10)
        self.env.flush_all()
        # the price field may have fewer decimals than the currency
        self.env.cr.execute(
            "UPDATE sale_order SET amount_untaxed = 10.125 WHERE id = %s", [order.id]
        )
        self.assertCard(amount_total=10.125, amount_average=10.125)

    # ---------------------------------------------------------------------- time zone

    def test_late_evening_in_utc_is_the_next_day_in_madrid(self):
        self.company.lifecycle_tz = "Europe/Madrid"
        self._purchase(self.customer, datetime(2026, 3, 9, 22, 59, 59))
        self._purchase(self.customer, datetime(2026, 3, 9, 23, 0))
        self._purchase(self.customer, datetime(2026, 3, 9, 23, 30))
        self.assertCard(
            purchase_count=2,
            first_purchase_date=date(2026, 3, 9),
            last_purchase_date=date(2026, 3, 10),
        )

    def test_summer_time_moves_midnight_by_an_hour(self):
        self.company.lifecycle_tz = "Europe/Madrid"
        self._purchase(self.customer, datetime(2025, 7, 9, 21, 59, 59))
        self._purchase(self.customer, datetime(2025, 7, 9, 22, 0))
        self.assertCard(
            purchase_count=2,
            first_purchase_date=date(2025, 7, 9),
            last_purchase_date=date(2025, 7, 10),
        )

    def test_early_morning_in_utc_is_the_day_before_in_new_york(self):
        self.company.lifecycle_tz = "America/New_York"
        self._purchase(self.customer, datetime(2026, 1, 10, 4, 59, 59))
        self.assertCard(last_purchase_date=date(2026, 1, 9))

    def test_evening_of_today_counts_today_by_the_company_clock(self):
        self.company.lifecycle_tz = "Europe/Madrid"
        self._purchase(self.customer, datetime(2026, 3, 16, 22, 59))
        self._purchase(self.customer, datetime(2026, 3, 16, 23, 0))  # is tomorrow
        self.assertCard(purchase_count=1, last_purchase_date=TODAY)

    # ------------------------------------------------------------- far away in time

    def test_order_of_the_future_counts_on_its_day(self):
        self._purchase(self.customer, 300, amount=10)
        self._purchase(self.customer, TODAY + timedelta(days=3), amount=90)
        day_before = TODAY + timedelta(days=2)
        self.assertCard(purchase_count=1, amount_total=10, amount_year=10)
        self.assertCard(day_before, purchase_count=1, amount_total=10, amount_year=10)
        self.assertCard(
            TODAY + timedelta(days=3),
            purchase_count=2,
            amount_total=100,
            amount_year=100,
        )

    def test_order_of_the_future_wakes_its_card(self):
        self._purchase(self.customer, TOMORROW)
        self.assertCard(next_change_date=TOMORROW, health="unknown")
        self.assertCard(TOMORROW, purchase_count=1, health="on_rhythm")

    def test_order_before_1970_counts(self):
        self._purchase(self.customer, date(1969, 12, 31))
        self._purchase(self.customer, date(1931, 4, 14))
        self.assertCard(
            purchase_count=2,
            first_purchase_date=date(1931, 4, 14),
            last_purchase_date=date(1969, 12, 31),
            amount_total=200,
            amount_year=0,
            health="lapsed",
        )

    def test_imported_order_counts_on_its_own_day(self):
        self.env["sale.order"].with_context(import_file=True).create(
            {
                "partner_id": self.customer.id,
                "date_order": "2019-05-06 10:00:00",
                "state": "sale",
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": 70,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        self.assertCard(
            purchase_count=1,
            first_purchase_date=date(2019, 5, 6),
            last_purchase_date=date(2019, 5, 6),
            amount_total=70,
            amount_year=0,
        )

    # ----------------------------------------------------------------- twelve months

    def test_purchase_leaves_the_year_on_its_anniversary(self):
        self._purchase(self.customer, date(2025, 3, 16))
        self.assertCard(date(2026, 3, 15), amount_year=100)
        self.assertCard(date(2026, 3, 16), amount_year=0, amount_total=100)
        self.assertCard(date(2026, 3, 17), amount_year=0)

    def test_anniversary_wakes_the_card(self):
        # buys nearly every day: lapsed long before
        self._use_population(Population.default(1.0))
        self._purchase(self.customer, date(2025, 3, 17))
        self.assertCard(next_change_date=date(2026, 3, 17), health="lapsed")
        self.assertCard(date(2026, 3, 17), next_change_date=False, amount_year=0)

    def test_purchase_of_the_leap_day_leaves_the_year_on_the_28th(self):
        self._purchase(self.customer, date(2024, 2, 29))
        self.assertCard(date(2025, 2, 27), amount_year=100)
        self.assertCard(date(2025, 2, 28), amount_year=0)
        self.assertCard(date(2025, 3, 1), amount_year=0)

    def test_year_that_ends_on_the_leap_day_has_its_borders(self):
        self._purchase(self.customer, date(2023, 2, 28), amount=1)
        self._purchase(self.customer, date(2023, 3, 1), amount=10)
        self.assertCard(date(2024, 2, 27), amount_year=11)
        self.assertCard(date(2024, 2, 28), amount_year=10)
        self.assertCard(date(2024, 2, 29), amount_year=10)
        self.assertCard(date(2024, 3, 1), amount_year=0)

    def test_return_leaves_the_year_on_its_own_anniversary(self):
        self._purchase(self.customer, date(2025, 3, 17), amount=100)
        self._purchase(self.customer, date(2025, 3, 18), amount=-30)
        self.assertCard(amount_year=70)
        self.assertCard(date(2026, 3, 17), amount_year=-30)
        self.assertCard(date(2026, 3, 18), amount_year=0, amount_total=70)

    # --------------------------------------------------------------- purchase number

    def test_orders_are_numbered_by_day(self):
        first = self._purchase(self.customer, 30)
        free = self._purchase(self.customer, 25, amount=0)
        second = self._purchase(self.customer, 20)
        also_second = self._purchase(self.customer, 20)
        third = self._purchase(self.customer, 10)
        self.refresh(self.customer)
        orders = first + free + second + also_second + third
        self.assertEqual(orders.mapped("lifecycle_purchase_number"), [1, 0, 2, 2, 3])

    def test_order_entered_later_moves_the_numbers_behind_it(self):
        late = self._purchase(self.customer, 10)
        self.refresh(self.customer)
        early = self._purchase(self.customer, 20)
        self.refresh(self.customer)
        self.assertEqual((early + late).mapped("lifecycle_purchase_number"), [1, 2])
