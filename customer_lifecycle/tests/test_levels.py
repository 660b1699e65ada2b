from datetime import date, timedelta

from odoo.exceptions import AccessError, RedirectWarning, ValidationError
from odoo.modules.module import load_script
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_levels import LADDER, LevelsCommon

MIGRATION = "customer_lifecycle/migrations/19.0.1.2.0/post-levels.py"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestShippedLevels(LevelsCommon):
    """What the shipped levels ask for: every condition counts."""

    def test_each_level_is_earned_by_its_evidence(self):
        for code in LADDER:
            self._earn(code)
            self.assertEqual(self.seen(), code)

    def test_solution_takes_a_need_that_was_written_down_and_solved(self):
        for facts in ({"need_count": 0}, {"solved_count": 0}):
            with self.subTest(facts):
                self._earn("solution")
                self._have(**facts)
                self.assertEqual(self.seen(), "product")

    def test_relationship_takes_talk_knowledge_and_ideas(self):
        too_long = TODAY - timedelta(days=121)
        for facts in (
            {"last_heard_date": too_long},
            {"last_heard_date": False},
            {"last_reached_date": too_long},
            {"known_count": 1},
            {"is_decider_known": False},
            {"contact_person_count": 1},
            {"idea_count": 0},
            {"setback_date": TODAY},
        ):
            with self.subTest(facts):
                self._earn("relationship")
                self._have(**facts)
                self.assertEqual(self.seen(), "solution")

    def test_private_person_needs_no_second_contact_person(self):
        self._earn("relationship")
        self._have(is_company=False, contact_person_count=0)
        self.assertEqual(self.seen(), "relationship")

    def test_trust_takes_kept_promises_good_ratings_payment_and_time(self):
        for facts in (
            {"promise_kept_share": 0.89},
            {"promise_kept_count": 2},
            {"satisfaction": 3.9},
            {"satisfaction": 0},
            {"paid_late_share": 0.21},
            {"first_purchase_date": TODAY - timedelta(days=364)},
        ):
            with self.subTest(facts):
                self._earn("trust")
                self._have(**facts)
                self.assertEqual(self.seen(), "relationship")

    def test_trust_is_earned_by_a_recommendation_too(self):
        self._earn("relationship")
        self._have(referral_count=1)
        self.assertEqual(self.seen(), "trust")
        self._have(setback_date=TODAY)
        self.assertEqual(self.seen(), "solution")

    def test_nothing_due_is_paid_as_agreed(self):
        self._earn("trust")
        self._have(paid_count=0, paid_late_share=False)
        self.assertEqual(self.seen(), "trust")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestLevelsByHand(LevelsCommon):
    """Down by anybody who sees the customer, up beyond the evidence by a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._ask_purchases()
        cls._purchase(cls.customer, 5)
        cls.refresher._refresh(cls.company, cls.customer.ids, as_of=TODAY)

    def _wizard(self, user, level, **values):
        wizard = self.env["customer.lifecycle.move"].with_user(user)
        return wizard.with_context(active_ids=self.acme.ids).create(
            {"level_id": self.levels[level].id, **values}
        )

    def test_whoever_only_reads_a_customer_may_lower_it(self):
        reader = self._user("none", "Rita")
        self.env["ir.model.access"].create(
            {
                "name": "Readers of customers",
                "model_id": self.env["ir.model"]._get_id("customer.lifecycle"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        card = self.acme.with_user(reader)
        self.assertFalse(card.has_access("write"))
        with self.assertRaises(AccessError):
            card.stage_id = self.stages["advocacy"]
        card.action_select_level(self.levels["product"].id)
        self.assertEqual(self.acme.level_id.code, "product")
        self.assertEqual(self.moves()[-1].create_uid, reader)
        with self.assertRaises(AccessError):
            card.action_select_level(self.levels["solution"].id)
        self.assertEqual(self.acme.level_id.code, "product")

    def test_customer_of_a_colleague_cannot_be_lowered(self):
        stranger = self._user("own", "Tom")
        with self.assertRaises(AccessError):
            self.acme.with_user(stranger).level_id = self.levels["product"]
        self.assertEqual(self.acme.level_id.code, "solution")

    def test_raising_takes_the_reason_and_the_last_day(self):
        self.assertEqual(self.acme.level_id.code, "solution")
        cards = self.acme.with_user(self.manager)
        for missing in ({"note": "Signed"}, {"until": TODAY}, {}):
            with self.subTest(missing), self.assertRaises(RedirectWarning):
                cards._move_by_hand("level_id", self.levels["trust"].id, **missing)
        with self.assertRaises(ValidationError):
            self._wizard(self.manager, "trust").action_apply()
        self._wizard(
            self.manager, "trust", note="Signed", until=date(2026, 3, 18)
        ).action_apply()
        self.assertEqual(self.acme.level_id.code, "trust")
        self.assertEqual(self.acme.level_pinned_until, date(2026, 3, 18))
        self.assertEqual(self.level_as_of(date(2026, 3, 19)), "solution")

    def test_raise_gets_another_end_and_reason(self):
        until, later = date(2026, 3, 18), date(2026, 4, 20)
        self._wizard(self.manager, "trust", note="Signed", until=until).action_apply()
        self._wizard(self.manager, "trust", note="Renewed", until=later).action_apply()
        self.assertEqual(self.acme.level_pinned_until, later)
        self.assertIn("Renewed", self.acme.level_reason)
        self.assertRecordValues(
            self.moves()[-2:],
            [
                {"move": "Solution → Trust", "note": "Signed"},
                {"move": "Trust", "note": "Renewed"},
            ],
        )
        self.assertEqual(self.level_as_of(date(2026, 3, 19)), "trust")
        self.assertEqual(self.level_as_of(date(2026, 4, 21)), "solution")

    def test_who_stands_there_by_the_rules_is_not_put_there(self):
        self._wizard(
            self.manager, "solution", note="Good", until=date(2026, 4, 20)
        ).action_apply()
        self.assertFalse(self.acme.level_pinned_until)

    def test_dialog_asks_for_the_reason_only_where_one_is_needed(self):
        with Form(
            self.env["customer.lifecycle.move"]
            .with_user(self.manager)
            .with_context(active_ids=self.acme.ids)
        ) as form:
            form.level_id = self.levels["product"]
            self.assertFalse(form.is_raise)
            form.level_id = self.levels["trust"]
            self.assertTrue(form.is_raise)
            with self.assertRaises(AssertionError):
                form.save()
            form.note = "Signed"

    def test_way_up_within_the_evidence_is_not_pinned(self):
        self._purchases(self.customer, 4, 3)
        self.levels["solution"].minimum_days = 30
        self.assertEqual(self.level_as_of(), "solution")
        self.acme.with_user(self.seller).level_id = self.levels["relationship"]
        self.assertEqual(self.acme.level_id.code, "relationship")
        self.assertFalse(self.acme.level_pinned_until)


@tagged("post_install", "-at_install")
class TestLevelsOfOlderDatabases(LevelsCommon):
    """Whoever edited a rule keeps it; the shipped ones of before are replaced."""

    OLD = {
        "solution": '["|", ("need_count", ">", 0), ("purchase_count", ">=", 2)]',
        "relationship": '[("purchase_count", ">=", 4), '
        '("purchase_span_days", ">=", 180), ("health", "!=", "lapsed")]',
        "trust": '["|", ("referral_count", ">", 0), "&", "&", '
        '("purchase_count", ">=", 12), ("purchase_span_days", ">=", 365), '
        '("health", "in", ["on_rhythm", "due"])]',
    }

    def setUp(self):
        super().setUp()
        self.new = {
            code: (level.rule_domain, level.minimum_days, level.care_days)
            for code, level in self.levels.items()
        }
        for code, level in self.levels.items():
            level.write(
                {
                    "rule_domain": self.OLD.get(code, False),
                    "minimum_days": 0,
                    "care_days": 90,
                }
            )

    def _migrate(self):
        load_script(MIGRATION, "lifecycle_levels").migrate(self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()

    def test_untouched_levels_become_those_of_a_new_database(self):
        for _time in range(2):
            self._migrate()
            for code, level in self.levels.items():
                with self.subTest(code):
                    self.assertEqual(
                        (level.rule_domain, level.minimum_days, level.care_days),
                        self.new[code],
                    )

    def test_edited_rule_and_days_stay(self):
        edited = "[('purchase_count', '>=', 5)]"
        self.levels["relationship"].write({"rule_domain": edited, "care_days": 10})
        self._migrate()
        self.assertRecordValues(
            self.levels["relationship"],
            [{"rule_domain": edited, "care_days": 10, "minimum_days": 0}],
        )
        self.assertEqual(self.levels["solution"].rule_domain, self.new["solution"][0])

    def test_cards_move_by_it_silently(self):
        self.env["customer.lifecycle.change"].search([]).unlink()
        self._migrate()
        changes = self.env["customer.lifecycle.change"].search([])
        self.assertIn(self.customer.id, changes.mapped("partner_ref"))
        self.assertTrue(all(changes.mapped("is_silent")))

    def test_description_is_replaced_with_its_translations(self):
        level = self.levels["relationship"]
        new = level.description
        load = load_script(MIGRATION, "lifecycle_levels")
        level.description = load.BEFORE["relationship"][1]
        self._migrate()
        self.assertEqual(level.description, new)
