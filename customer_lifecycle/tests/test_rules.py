from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestStageRules(CustomerLifecycleCommon):
    """In which stage the entry rules see a customer."""

    def _stage_of(self, customer):
        return self.refresh(customer).stage_id.code

    def test_nothing_bought_is_acquisition(self):
        customer = self._customer()
        self._quotation(customer)
        self.assertEqual(self._stage_of(customer), "acquisition")

    def test_number_of_purchases_decides_up_to_retention(self):
        expected = {1: "conversion", 2: "growth", 3: "growth", 4: "retention"}
        for purchases, stage in (expected | {5: "retention"}).items():
            with self.subTest(purchases=purchases):
                customer = self._customer()
                self._purchases(customer, *[10 * n for n in range(purchases)])
                self.assertEqual(self._stage_of(customer), stage)

    def test_lapsed_is_reactivation_from_its_day_on(self):
        customer = self._customer()
        self._purchases(customer, 49, 39, 29)
        self.assertEqual(self._stage_of(customer), "growth")
        lapsed = self.card(customer).lapsed_date
        card = self.refresh(customer, as_of=lapsed - timedelta(days=1))
        self.assertEqual(card.stage_id, self.stages["growth"])
        self.refresh(customer, as_of=lapsed)
        self.assertEqual(card.health, "lapsed")
        self.assertEqual(card.stage_id, self.stages["reactivation"])

    def test_back_from_reactivation_after_a_purchase(self):
        customer = self._customer()
        self._purchases(customer, 1020, 1010, 1000)
        self.assertEqual(self._stage_of(customer), "reactivation")
        self._purchase(customer, 0)
        self.assertEqual(self._stage_of(customer), "retention")

    def test_brought_a_buyer_and_has_bought_is_advocacy(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(customer, 5)
        self.assertEqual(self._stage_of(customer), "conversion")
        self._purchase(friend, 2)
        self.assertEqual(self._stage_of(customer), "advocacy")

    def test_brought_a_buyer_but_not_bought_is_no_advocacy(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._quotation(customer)
        self._purchase(friend, 2)
        card = self.refresh(customer)
        self.assertEqual(card.referral_count, 1)
        self.assertEqual(card.stage_id, self.stages["acquisition"])

    def test_lapsed_advocate_is_in_the_last_column_that_holds(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 2)
        self._purchases(customer, 1020, 1010, 1000)
        self.assertEqual(self._stage_of(customer), "reactivation")

    def test_changed_sequence_lets_another_rule_win(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 2)
        self._purchases(customer, 1020, 1010, 1000)
        self.stages["advocacy"].sequence = 99
        self.assertEqual(self._stage_of(customer), "advocacy")

    def test_stage_without_rule_takes_the_rest(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        self.stages["growth"].rule_domain = "[('purchase_count', '=', 77)]"
        self.assertEqual(self._stage_of(customer), "acquisition")

    def test_second_stage_without_rule_is_filled_by_hand_only(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        self.stages["growth"].rule_domain = False
        card = self.refresh(customer)
        self.assertEqual(card.stage_id, self.stages["acquisition"])
        card.stage_id = self.stages["growth"]
        self.assertEqual(self._stage_of(customer), "growth")

    def test_empty_filter_is_no_rule(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        self.stages["reactivation"].rule_domain = "[]"
        self.assertEqual(self._stage_of(customer), "growth")

    def test_archived_stage_takes_no_part(self):
        customer = self._customer()
        self._purchases(customer, 70, 60, 50)
        self.stages["reactivation"].active = False
        self.assertEqual(self._stage_of(customer), "growth")

    def test_new_stage_takes_part(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        stage = self.env["customer.lifecycle.stage"].create(
            {
                "name": "Big",
                "sequence": 70,
                "rule_domain": "[('amount_total', '>=', 200)]",
            }
        )
        self.assertEqual(self.refresh(customer).stage_id, stage)

    def test_rule_counts_a_stage_only_for_whom_it_holds(self):
        one, two = self._customer("One"), self._customer("Two")
        self._purchase(one, 3)
        self._purchases(two, 13, 3)
        self.refresh(one, two)
        self.assertEqual(self.card(one).stage_id, self.stages["conversion"])
        self.assertEqual(self.card(two).stage_id, self.stages["growth"])

    def test_relative_date_is_read_on_the_day(self):
        self.stages[
            "retention"
        ].rule_domain = "[('last_purchase_date', '>=', 'today -90d')]"
        recent, old = self._customer("Recent"), self._customer("Old")
        self._purchase(recent, 90)
        self._purchase(old, 91)
        self.refresh(recent, old)
        self.assertEqual(self.card(recent).stage_id, self.stages["retention"])
        self.assertEqual(self.card(old).stage_id, self.stages["conversion"])

    def test_rule_over_a_tag_of_the_contact(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        self.stages["retention"].rule_domain = "[('category_ids.name', '=', 'VIP')]"
        tagged_one = self._customer("Tagged", category_id=tag.ids)
        other = self._customer("Other")
        self._purchase(tagged_one, 3)
        self._purchase(other, 3)
        self.refresh(tagged_one, other)
        self.assertEqual(self.card(tagged_one).stage_id, self.stages["retention"])
        self.assertEqual(self.card(other).stage_id, self.stages["conversion"])

    def test_edited_rule_queues_every_card_silently(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        card = self.refresh(customer)
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self.stages["conversion"].rule_domain = "[('purchase_count', 'in', [1, 2])]"
        self.stages["growth"].rule_domain = "[('purchase_count', '=', 3)]"
        queued = self.env["customer.lifecycle.change"].search(
            [("partner_ref", "=", customer.id)]
        )
        self.assertEqual(set(queued.mapped("cause")), {"rule"})
        self.assertTrue(all(queued.mapped("is_silent")))
        self._work_off_queue()
        self.assertEqual(card.stage_id, self.stages["conversion"])
        self.assertRecordValues(
            self.transitions(card)[-1],
            [
                {
                    "cause": "rule",
                    "is_silent": True,
                    "from_stage_id": self.stages["growth"].id,
                    "to_stage_id": self.stages["conversion"].id,
                }
            ],
        )

    def _work_off_queue(self):
        """Do what the scheduled action does, without its commits."""
        total, until = self.refresher._pending()
        self.refresher._work_off(
            self.refresher._claim(total, until), {self.company: TODAY}
        )

    def test_renaming_a_stage_moves_nobody(self):
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        customer = self._customer()
        self._quotation(customer)
        self.refresh(customer)
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self.stages["growth"].name = "Growing"
        self.assertFalse(self.env["customer.lifecycle.change"].search_count([]))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestLevelRules(CustomerLifecycleCommon):
    """On which rung of the ladder the entry rules see a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()

    def _level_of(self, customer):
        return self.refresh(customer).level_id.code

    def test_known_customer_is_on_the_first_rung(self):
        customer = self._customer()
        self._quotation(customer)
        self.assertEqual(self._level_of(customer), "product")

    def test_written_need_or_second_purchase_is_solution(self):
        with_need, without = self._customer("Need"), self._customer("No need")
        self._purchase(with_need, 5, lifecycle_need="Quiet machines")
        self._purchase(without, 5)
        self.assertEqual(self._level_of(with_need), "solution")
        self.assertEqual(self._level_of(without), "product")
        self._purchase(without, 0)
        self.assertEqual(self._level_of(without), "solution")

    def test_four_purchases_over_half_a_year_are_relationship(self):
        short, long = self._customer("Short"), self._customer("Long")
        self._purchases(short, 179, 120, 60, 0)
        self._purchases(long, 180, 120, 60, 0)
        self.assertEqual(self._level_of(short), "solution")
        self.assertEqual(self._level_of(long), "relationship")

    def test_lapsed_customer_loses_relationship(self):
        customer = self._customer()
        self._purchases(customer, 1180, 1120, 1060, 1000)
        card = self.refresh(customer)
        self.assertEqual(card.health, "lapsed")
        self.assertEqual(card.level_id, self.levels["solution"])

    def test_twelve_purchases_over_a_year_are_trust(self):
        customer = self._customer()
        self._purchases(customer, 0, *range(30, 341, 31), 365)
        card = self.refresh(customer)
        self.assertEqual(card.purchase_count, 13)
        self.assertEqual(card.level_id, self.levels["trust"])

    def test_trust_is_held_only_while_each_rung_below_holds(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 3)
        self._purchases(customer, 20, 10)
        card = self.refresh(customer)
        self.assertEqual(card.referral_count, 1, "The rule of Trust holds by itself")
        self.assertEqual(card.level_id, self.levels["solution"])

    def test_failing_middle_rung_holds_everybody_below_it(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 3)
        self._purchases(customer, 180, 120, 60, 0)
        self.assertEqual(self._level_of(customer), "trust")
        self.levels["solution"].rule_domain = "[('purchase_count', '=', 77)]"
        self.assertEqual(self._level_of(customer), "product")

    def test_rung_without_rule_is_given_by_hand_only(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 3)
        self._purchases(customer, 180, 120, 60, 0)
        self.levels["relationship"].rule_domain = False
        self.assertEqual(self._level_of(customer), "solution")

    def test_archived_rung_is_stepped_over(self):
        customer, friend = self._customer(), self._customer("Friend")
        friend.lifecycle_referred_by_id = customer
        self._purchase(friend, 3)
        self._purchases(customer, 20, 10)
        self.levels["relationship"].active = False
        self.assertEqual(self._level_of(customer), "trust")


@tagged("post_install", "-at_install")
class TestRuleInput(CustomerLifecycleCommon):
    """What can be saved as an entry rule, and what is said about the rest."""

    def _assert_refused(self, rule, *words):
        """Check that a rule is refused with a message that names what is wrong."""
        for place in (self.stages["growth"], self.levels["solution"]):
            with (
                self.subTest(rule=rule, place=place.code),
                mute_logger("odoo.sql_db"),
                self.assertRaises(ValidationError) as refused,
            ):
                place.rule_domain = rule
            for word in words:
                self.assertIn(word, str(refused.exception))
            place.invalidate_recordset()

    def test_unknown_field_is_refused_by_name(self):
        self._assert_refused("[('bought', '>', 1)]", "bought")

    def test_unknown_field_at_the_end_of_a_path_is_refused_by_name(self):
        self._assert_refused("[('partner_id.bought', '>', 1)]", "bought", "Contact")

    def test_unknown_field_inside_any_is_refused_by_name(self):
        self._assert_refused("[('partner_id', 'any', [('bought', '=', 1)])]", "bought")

    def test_path_through_a_plain_field_is_refused_by_name(self):
        self._assert_refused("[('purchase_count.more', '=', 1)]", "purchase_count.more")

    def test_unknown_part_of_a_date_is_refused_by_name(self):
        self._assert_refused("[('due_date.moon', '=', 1)]", "due_date.moon")

    def test_unknown_operator_is_refused_by_name(self):
        self._assert_refused("[('purchase_count', '~', 1)]", "'~'", "purchase_count")

    def test_field_without_search_is_refused_by_name(self):
        self._assert_refused("[('reason', 'ilike', 'x')]", "reason")

    def test_text_that_is_no_list_is_refused(self):
        for rule in ("purchase_count > 1", "'abc'", "{}", "5", "[1, 2]", "["):
            self._assert_refused(rule, "valid filter")

    def test_incomplete_condition_is_refused(self):
        self._assert_refused("[('purchase_count', '>')]", "purchase_count")
        self._assert_refused("['&', ('purchase_count', '>', 1)]", "purchase_count")

    def test_name_instead_of_a_value_is_refused(self):
        self._assert_refused("[('user_id', '=', uid)]", "valid filter")

    def test_value_of_a_wrong_type_is_refused_by_field_and_value(self):
        self._assert_refused(
            "[('purchase_count', '=', 'many')]", "purchase_count", "many"
        )
        self._assert_refused("[('purchase_count', '>', [2])]", "purchase_count")
        self._assert_refused("[('due_date', '>', 'soon')]", "due_date", "soon")
        self._assert_refused("[('due_date', '>', '2026-13-45')]", "due_date")
        self._assert_refused("[('partner_id', '=', {})]", "partner_id")

    def test_wrong_condition_after_a_right_one_is_refused(self):
        self._assert_refused(
            "[('purchase_count', '>', 1), ('due_date', '>', 'soon')]", "due_date"
        )

    def test_choice_that_does_not_exist_is_refused_by_value(self):
        self._assert_refused("[('health', '=', 'gone')]", "health", "gone", "lapsed")
        self._assert_refused("[('health', 'in', ['due', 'gone'])]", "gone")
        self._assert_refused("[('health', '!=', 'gone')]", "gone")

    def test_rule_about_its_own_field_is_refused_by_name(self):
        cases = [
            (self.stages["growth"], "stage_id", "[('stage_id', '=', 1)]"),
            (self.stages["growth"], "stage_id", "[('stage_id.code', '=', 'x')]"),
            (self.levels["trust"], "level_id", "[('level_id', '=', 1)]"),
            (
                self.stages["growth"],
                "stage_id",
                "[('partner_id.lifecycle_stage_id', '=', 1)]",
            ),
            (
                self.levels["trust"],
                "level_id",
                "[('partner_id.relationship_level_id', '=', 1)]",
            ),
        ]
        for place, field, rule in cases:
            with (
                self.subTest(rule=rule),
                self.assertRaisesRegex(ValidationError, field),
            ):
                place.rule_domain = rule

    def test_rule_about_the_history_or_the_other_ladder_is_saved(self):
        self.stages[
            "growth"
        ].rule_domain = "[('transition_ids.to_stage_id.code', '=', 'retention')]"
        self.stages["growth"].rule_domain = "[('level_id.code', '=', 'trust')]"
        self.levels["trust"].rule_domain = "[('stage_id.code', '=', 'advocacy')]"

    def test_new_place_with_a_wrong_rule_is_not_created(self):
        with self.assertRaisesRegex(ValidationError, "bought"):
            self.env["customer.lifecycle.stage"].create(
                {"name": "Wrong", "rule_domain": "[('bought', '=', 1)]"}
            )

    def test_right_rules_of_every_kind_are_saved(self):
        for rule in (
            "[]",
            "[('purchase_count', '>', 1)]",
            "['|', ('health', '=', 'lapsed'), ('due_date', '<', 'today')]",
            "['!', ('health', 'in', ['lapsed', 'slipping'])]",
            "[('last_purchase_date.month_number', '=', 12)]",
            "[('partner_id.country_id.code', '=', 'ES')]",
            "[('partner_id', 'any', [('is_company', '=', True)])]",
            "[('campaign_id', '!=', False)]",
            "[('health', 'ilike', 'laps')]",
        ):
            with self.subTest(rule=rule):
                self.stages["growth"].rule_domain = rule
                self.assertEqual(self.stages["growth"].rule_domain, rule)

    def test_codes_are_unique(self):
        stage = self.env["customer.lifecycle.stage"].create({"name": "One"})
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "code_uniq"),
        ):
            stage.code = "growth"
            stage.flush_recordset()

    def test_number_of_customers_opens_their_list(self):
        customer = self._customer()
        self._purchases(customer, 20, 10)
        card = self.refresh(customer)
        stage = card.stage_id
        stage.invalidate_recordset()
        action = stage.action_open_cards()
        found = self.Card.search(action["domain"])
        self.assertIn(card, found)
        self.assertEqual(stage.card_count, len(found))
