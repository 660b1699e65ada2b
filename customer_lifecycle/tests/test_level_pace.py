import doctest
from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tools import relative_day

from .common import TODAY
from .common_levels import LevelsCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPace(LevelsCommon):
    """Down at once; up one rung after the other, each after its days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._ask_purchases(days=10)

    def test_card_that_is_read_for_the_first_time_is_placed_at_once(self):
        customer = self._customer("Known for years")
        self._purchases(customer, 40, 30, 20, 10)
        self.assertEqual(self.refresh(customer).level_id.code, "trust")

    def test_card_climbs_one_rung_after_the_days_of_its_level(self):
        self._purchases(self.customer, 9, 8, 7)
        for day, code in (
            (TODAY + 9 * DAY, "product"),
            (TODAY + 10 * DAY, "solution"),
            (TODAY + 19 * DAY, "solution"),
            (TODAY + 20 * DAY, "relationship"),
            (TODAY + 30 * DAY, "trust"),
            (TODAY + 99 * DAY, "trust"),
        ):
            self.assertEqual(self.level_as_of(day), code, day)
        self.assertEqual(
            self.moves().mapped("move"),
            [
                "Product",
                "Product → Solution",
                "Solution → Relationship",
                "Relationship → Trust",
            ],
        )

    def test_day_of_the_climb_is_noted_and_wakes_the_card(self):
        self._purchases(self.customer, 9, 8, 7)
        self.level_as_of()
        climb = TODAY + 10 * DAY
        self.assertEqual(self.acme.level_climb_date, climb)
        self.assertLessEqual(self.acme.next_change_date, climb)
        self.level_as_of(climb)
        # the rung that was reached just now has its own days
        self.assertEqual(self.acme.level_climb_date, climb + 10 * DAY)
        self.assertLessEqual(self.acme.next_change_date, climb + 10 * DAY)
        for as_of in (climb, climb + 10 * DAY):
            self.level_as_of(as_of)
            before = self.acme.read(["level_climb_date", "next_change_date"])
            self.level_as_of(as_of)
            self.assertEqual(
                self.acme.read(["level_climb_date", "next_change_date"]), before
            )

    def test_card_that_waits_for_nothing_is_not_woken(self):
        self.level_as_of()
        self.assertFalse(self.acme.level_climb_date)

    def test_climb_is_called_off_when_the_evidence_goes(self):
        orders = self._purchases(self.customer, 9, 8, 7)
        self.level_as_of()
        self.assertTrue(self.acme.level_climb_date)
        orders._action_cancel()
        self.level_as_of()
        self.assertFalse(self.acme.level_climb_date)

    def test_level_without_days_is_left_the_same_day(self):
        self.levels["product"].minimum_days = 0
        self.levels["solution"].minimum_days = 0
        self._purchases(self.customer, 9, 8, 7)
        self.assertEqual(self.level_as_of(), "relationship")
        self.assertEqual(
            self.moves().mapped("move"),
            ["Product", "Product → Solution", "Solution → Relationship"],
        )

    def test_card_falls_at_once_and_all_the_way(self):
        self._ask_purchases(days=0)
        orders = self._purchases(self.customer, 9, 8, 7)
        self.assertEqual(self.level_as_of(), "trust")
        self._ask_purchases(days=100)
        orders._action_cancel()
        self.assertEqual(self.level_as_of(), "product")
        self.assertEqual(self.moves()[-1].move, "Trust → Product")

    def test_shorter_days_have_the_cards_read_again(self):
        self.levels["product"].minimum_days = 3
        changes = self.env["customer.lifecycle.change"].search([])
        self.assertIn(self.customer.id, changes.mapped("partner_ref"))
        self.assertTrue(all(changes.mapped("is_silent")))

    def test_preview_shows_where_the_evidence_puts_cards(self):
        self._purchases(self.customer, 9, 8, 7)
        self.level_as_of()
        preview = self.env["customer.lifecycle.preview"]._of_places("level_id", [])
        moves = {tuple(cell["text"] for cell in row) for row in preview["rows"]}
        self.assertIn(("Product", "Trust", "1"), moves)

    def test_pin_that_is_over_leaves_the_card_to_its_pace(self):
        self._purchases(self.customer, 9)
        self.level_as_of(TODAY + 10 * DAY)
        self.assertEqual(self.acme.level_id.code, "solution")
        with freeze_time("2026-03-26 12:00:00"):
            self.acme.with_user(self.seller).level_id = self.levels["product"]
        over = self.acme.level_pinned_until + DAY
        self.assertEqual(self.level_as_of(over), "solution")

    def _put_down(self):
        """Have a card that has earned Trust put down to Product by hand."""
        customer = self._customer("Relies on us", user_id=self.seller.id)
        self._purchases(customer, 40, 30, 20, 10)
        card = self.refresh(customer)
        card.with_user(self.seller).level_id = self.levels["product"]
        return card

    def test_card_put_down_by_hand_is_back_at_once_when_the_rules_decide(self):
        card = self._put_down()
        self.assertEqual(card.level_id.code, "product")
        card.with_user(self.seller).action_unpin()
        self.assertEqual(card.level_id.code, "trust")
        move = self.transitions(card, "level")[-1]
        self.assertEqual((move.move, move.is_silent), ("Product → Trust", True))

    def test_card_put_down_by_hand_is_back_no_higher_than_the_evidence(self):
        card = self._put_down()
        self.levels["trust"].rule_domain = "[('purchase_count', '>', 99)]"
        card.with_user(self.seller).action_unpin()
        self.assertEqual(card.level_id.code, "relationship")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestRelativeDays(LevelsCommon):
    """Days relative to today in rules: the company's day, and they wake the card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._ask_purchases()

    def _rule(self, rule, code="solution"):
        self.levels[code].rule_domain = rule
        self.env["customer.lifecycle.change"].search([]).unlink()

    def test_doctests_of_the_days_pass(self):
        result = doctest.testmod(relative_day)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def test_condition_is_judged_on_the_day_of_reading(self):
        # bought 10 days ago
        self._rule("[('last_purchase_date', '>=', 'today -12d')]")
        self.assertEqual(self.level_as_of(TODAY + 2 * DAY), "solution")
        self.assertEqual(self.level_as_of(TODAY + 3 * DAY), "product")

    def test_card_wakes_when_a_condition_ends_by_time_alone(self):
        for rule, day in (
            ("[('last_purchase_date', '>=', 'today -12d')]", 3),
            ("[('last_purchase_date', '>', 'today -12d')]", 2),
            ("[('last_purchase_date', '<=', 'today -2w')]", 4),
            ("[('last_purchase_date', '<', 'today -2w')]", 5),
            ("[('last_purchase_date', '=', 'today -12d')]", 2),
        ):
            with self.subTest(rule):
                self._rule(rule)
                self.level_as_of(TODAY)
                self.assertEqual(self.acme.next_change_date, TODAY + day * DAY)
                before = self.seen(TODAY + (day - 1) * DAY)
                self.assertNotEqual(self.seen(TODAY + day * DAY), before)

    def test_card_wakes_for_months_and_weekdays_too(self):
        # bought on 6 March: the rule holds from the first of April on
        self._rule("[('last_purchase_date', '<', 'today =1d')]")
        self.level_as_of(TODAY)
        self.assertEqual(self.acme.next_change_date, date(2026, 4, 1))
        self._rule("[('last_purchase_date', '>=', 'today -1m')]")
        self.level_as_of(TODAY)
        # a month after 6 March it is still there, the day after not any more
        self.assertLessEqual(self.acme.next_change_date, date(2026, 4, 7))
        self.assertEqual(self.seen(date(2026, 4, 6)), "solution")
        self.assertEqual(self.seen(date(2026, 4, 7)), "product")
        self.level_as_of(self.acme.next_change_date)
        self.level_as_of(date(2026, 4, 6))
        self.assertEqual(self.acme.next_change_date, date(2026, 4, 7))

    def test_condition_that_has_ended_wakes_nobody(self):
        self.level_as_of(TODAY)
        usual = self.acme.next_change_date
        self._rule("[('last_purchase_date', '>=', 'today -9d')]")
        self.level_as_of(TODAY)
        self.assertEqual(self.acme.next_change_date, usual)

    def test_day_of_a_decision_wakes_the_card_as_well(self):
        self._rule("[('stage_since', '<=', 'today -2d')]")
        customer = self._customer("New")
        self._purchase(customer, 1)
        card = self.refresh(customer)
        self.assertEqual(card.stage_since, TODAY)
        self.assertEqual(card.next_change_date, TODAY + 2 * DAY)

    def test_companies_have_days_of_their_own(self):
        # 12:00 UTC of the 16th: in Auckland it is the 17th
        self._rule("[('last_purchase_date', '>=', 'today -10d')]")
        rules = self.env["customer.lifecycle.rules"]
        solution = self.levels["solution"].id
        self.assertEqual(rules._ruled(self.acme, "level_id")[self.acme.id], solution)
        self.company.lifecycle_tz = "Pacific/Auckland"
        self.assertNotEqual(rules._ruled(self.acme, "level_id")[self.acme.id], solution)

    def test_relative_day_on_a_contact_is_understood(self):
        self._rule("[('partner_id.create_date', '>=', 'today -1d')]")
        self.assertEqual(self.seen(date(2020, 1, 1)), "solution")
        self.assertEqual(self.seen(date(2126, 1, 1)), "product")
