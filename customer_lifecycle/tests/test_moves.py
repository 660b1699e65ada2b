from datetime import date, timedelta

from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon

#: Last day of a pin of 30 days, the default of the settings.
PINNED_UNTIL = date(2026, 4, 15)


class MovesCommon(CustomerLifecycleCommon):
    """A customer in Growth and on Solution, and the people who move it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        cls.seller = cls._user("own", "Sally")
        cls.manager = cls._user("manager", "Mark")
        cls.customer = cls._customer("Acme")
        cls._purchases(cls.customer, 20, 10)
        cls.growth, cls.retention = cls.stages["growth"], cls.stages["retention"]
        cls.moved = cls.refresher._refresh(cls.company, cls.customer.ids, as_of=TODAY)

    def _wizard(self, user, **values):
        """Move the customer with the wizard, as a user."""
        wizard = self.env["customer.lifecycle.move"].with_user(user)
        return wizard.with_context(active_ids=self.moved.ids).create(values)

    def by(self, user):
        """Return the card as a user has it on the screen."""
        return self.moved.with_user(user)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMovesByHand(MovesCommon):
    """A person puts a card into another stage."""

    def test_drag_and_drop_writes_one_transition(self):
        before = self.moved.transition_ids
        self.by(self.seller).write({"stage_id": self.retention.id})
        self.assertRecordValues(
            self.moved.transition_ids - before,
            [
                {
                    "kind": "stage",
                    "from_stage_id": self.growth.id,
                    "to_stage_id": self.retention.id,
                    "cause": "manual",
                    "create_uid": self.seller.id,
                    "date": TODAY,
                    "is_silent": False,
                    "company_id": self.company.id,
                    "move": "Growth → Retention",
                    "reason": "Moved to Retention by Sally.",
                }
            ],
        )
        self.assertRecordValues(
            self.moved,
            [
                {
                    "stage_id": self.retention.id,
                    "stage_since": TODAY,
                    "stage_pinned_until": PINNED_UNTIL,
                    "level_pinned_until": False,
                    "pinned_until": PINNED_UNTIL,
                }
            ],
        )

    def test_reason_says_who_and_until_when(self):
        self.by(self.seller).stage_id = self.retention
        self.assertEqual(
            self.moved.reason, "Moved to Retention by Sally, until 04/15/2026."
        )
        self.assertEqual(self.moved.level_reason, "2 purchases in 10 days.")

    def test_pin_lasts_for_the_days_in_settings(self):
        self.company.lifecycle_pin_days = 1
        self.by(self.seller).stage_id = self.retention
        self.assertEqual(self.moved.stage_pinned_until, TODAY + timedelta(days=1))

    def test_pin_stays_over_refreshes_until_the_day_after(self):
        self.by(self.seller).stage_id = self.retention
        moves = self.transitions(self.moved)
        for day in (TODAY, PINNED_UNTIL):
            self.refresh(self.customer, as_of=day)
            self.assertEqual(self.moved.stage_id, self.retention)
            self.assertEqual(self.transitions(self.moved), moves)
        self.assertLessEqual(
            self.moved.next_change_date, PINNED_UNTIL + timedelta(days=1)
        )
        day_after = PINNED_UNTIL + timedelta(days=1)
        self.refresh(self.customer, as_of=day_after, cause="time")
        self.assertEqual(self.moved.stage_id, self.growth)
        self.assertFalse(self.moved.stage_pinned_until)
        self.assertRecordValues(
            self.transitions(self.moved) - moves,
            [{"to_stage_id": self.growth.id, "cause": "time", "date": day_after}],
        )

    def test_scheduled_action_wakes_up_on_the_day_after(self):
        self.company.lifecycle_pin_days = 3
        self.by(self.seller).stage_id = self.retention
        self.refresh(self.customer)
        self.assertEqual(self.moved.next_change_date, TODAY + timedelta(days=4))

    def test_pinned_card_still_changes_health_and_level(self):
        self.by(self.seller).stage_id = self.retention
        self.refresh(self.customer, as_of=self.moved.due_date)
        self.assertEqual(self.moved.health, "due")
        self._purchases(self.customer, 200, 100)
        self.refresh(self.customer)
        self.assertEqual(self.moved.level_id, self.levels["relationship"])
        self.assertEqual(self.moved.stage_id, self.retention)

    def test_moving_back_where_the_rules_see_it_takes_the_pin_away(self):
        self.by(self.seller).stage_id = self.retention
        self.by(self.seller).stage_id = self.growth
        self.assertFalse(self.moved.stage_pinned_until)
        self.assertFalse(self.moved.pinned_until)
        self.assertEqual(
            self.moved.reason,
            "Second purchase 10 days ago: too early to know a rhythm.",
        )
        self.assertEqual(
            self.transitions(self.moved)[-2:].mapped("move"),
            ["Growth → Retention", "Retention → Growth"],
        )

    def test_letting_the_rules_decide_moves_it_back_at_once(self):
        self.by(self.seller).stage_id = self.retention
        self.by(self.seller).level_id = self.levels["product"]
        self.by(self.seller).action_unpin()
        self.assertRecordValues(
            self.moved,
            [
                {
                    "stage_id": self.growth.id,
                    "level_id": self.levels["solution"].id,
                    "stage_pinned_until": False,
                    "level_pinned_until": False,
                }
            ],
        )
        self.assertEqual(self.transitions(self.moved)[-1].cause, "rule")

    def test_writing_the_same_stage_writes_no_transition(self):
        before = self.moved.transition_ids
        self.by(self.seller).stage_id = self.growth
        self.assertEqual(self.moved.transition_ids, before)
        self.assertFalse(self.moved.pinned_until)

    def test_two_moves_in_one_transaction_are_two_transitions(self):
        self.by(self.seller).stage_id = self.retention
        self.by(self.seller).stage_id = self.stages["reactivation"]
        self.assertEqual(
            self.transitions(self.moved)[-2:].mapped("move"),
            ["Growth → Retention", "Retention → Reactivation"],
        )

    def test_several_cards_at_once_have_a_transition_each(self):
        other = self._customer("Other")
        self._purchase(other, 3)
        cards = self.moved | self.refresh(other)
        cards.with_user(self.seller).write({"stage_id": self.retention.id})
        for card in cards:
            self.assertEqual(self.transitions(card)[-1].cause, "manual")
            self.assertEqual(card.stage_pinned_until, PINNED_UNTIL)
        self.assertEqual(self.transitions(cards[0])[-1].from_stage_id, self.growth)
        self.assertEqual(
            self.transitions(cards[1])[-1].from_stage_id, self.stages["conversion"]
        )

    def test_move_along_with_other_fields_writes_both(self):
        self.by(self.seller).write({"stage_id": self.retention.id, "color": 3})
        self.assertRecordValues(
            self.moved, [{"stage_id": self.retention.id, "color": 3}]
        )

    def test_moved_card_waits_for_a_refresh(self):
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self.by(self.seller).stage_id = self.retention
        self.assertTrue(
            self.env["customer.lifecycle.change"].search_count(
                [("partner_ref", "=", self.customer.id)]
            )
        )

    def test_health_cannot_be_written(self):
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.by(user).write({"health": "lapsed"})
        self.assertEqual(self.moved.health, "on_rhythm")

    def test_stage_and_level_cannot_be_emptied(self):
        for field in ("stage_id", "level_id"):
            with self.subTest(field=field), self.assertRaises(ValidationError):
                self.by(self.manager).write({field: False})

    def test_deleting_a_stage_in_use_is_refused(self):
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            self.growth.with_user(self.manager).unlink()
        self.assertTrue(self.growth.exists())


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMovesBetweenLevels(MovesCommon):
    """Levels go down by anybody's hand, and up by the evidence."""

    def test_seller_lowers_a_level(self):
        self.by(self.seller).level_id = self.levels["product"]
        self.assertRecordValues(
            self.moved,
            [
                {
                    "level_id": self.levels["product"].id,
                    "level_since": TODAY,
                    "level_pinned_until": PINNED_UNTIL,
                    "stage_pinned_until": False,
                    "level_reason": "Moved to Product by Sally, until 04/15/2026.",
                }
            ],
        )
        self.assertRecordValues(
            self.transitions(self.moved, "level")[-1],
            [
                {
                    "move": "Solution → Product",
                    "cause": "manual",
                    "create_uid": self.seller.id,
                }
            ],
        )

    def test_seller_raises_it_again_up_to_the_evidence(self):
        self.by(self.seller).level_id = self.levels["product"]
        self.by(self.seller).level_id = self.levels["solution"]
        self.assertEqual(self.moved.level_id, self.levels["solution"])
        self.assertFalse(self.moved.level_pinned_until)

    def test_seller_cannot_raise_beyond_the_evidence(self):
        for level in ("relationship", "trust"):
            with (
                self.subTest(level=level),
                self.assertRaisesRegex(AccessError, "Acme has not earned the level"),
            ):
                self.by(self.seller).level_id = self.levels[level]

    def test_seller_cannot_raise_with_a_reason_either(self):
        wizard = self._wizard(
            self.seller, level_id=self.levels["trust"].id, note="They are nice"
        )
        with self.assertRaises(AccessError):
            wizard.action_apply()

    def test_nobody_moves_a_customer_to_an_archived_place(self):
        self.levels["trust"].active = False
        self.stages["advocacy"].active = False
        before = self.moved.transition_ids
        for user in (self.seller, self.manager):
            for values in (
                {"level_id": self.levels["trust"].id},
                {"stage_id": self.stages["advocacy"].id},
            ):
                with self.assertRaisesRegex(ValidationError, "is archived"):
                    self.by(user).write(values)
        with self.assertRaisesRegex(ValidationError, "“Trust” is archived"):
            self.by(self.seller).action_select_level(self.levels["trust"].id)
        self.assertEqual(self.moved.transition_ids, before)

    def test_manager_without_reason_is_led_to_the_wizard(self):
        with self.assertRaises(RedirectWarning) as refused:
            self.by(self.manager).level_id = self.levels["trust"]
        message, action, button, *_rest = refused.exception.args
        self.assertIn("Acme has not earned the level Trust", message)
        self.assertEqual(button, "Give a reason")
        self.assertEqual(action["res_model"], "customer.lifecycle.move")
        wizard = (
            self.env["customer.lifecycle.move"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"note": "Signed the yearly plan"})
        )
        self.assertEqual(wizard.lifecycle_ids, self.moved)
        wizard.action_apply()
        self.assertEqual(self.moved.level_id, self.levels["trust"])

    def test_manager_with_a_reason_raises_beyond_the_evidence(self):
        self._wizard(
            self.manager,
            level_id=self.levels["trust"].id,
            note="Signed the yearly plan",
        ).action_apply()
        self.assertEqual(self.moved.level_id, self.levels["trust"])
        self.assertEqual(
            self.moved.level_reason,
            "Moved to Trust by Mark, until 04/15/2026: “Signed the yearly plan”.",
        )
        self.assertEqual(
            self.transitions(self.moved, "level")[-1].reason,
            "Moved to Trust by Mark: “Signed the yearly plan”.",
        )

    def test_reason_of_blanks_is_no_reason(self):
        wizard = self._wizard(
            self.manager, level_id=self.levels["trust"].id, note="  \n"
        )
        with self.assertRaisesRegex(ValidationError, "needs a reason"):
            wizard.action_apply()

    def test_raised_level_falls_back_after_its_day(self):
        self._wizard(
            self.manager,
            level_id=self.levels["trust"].id,
            note="Signed",
            until=date(2026, 3, 18),
        ).action_apply()
        self.refresh(self.customer, as_of=date(2026, 3, 18))
        self.assertEqual(self.moved.level_id, self.levels["trust"])
        self.refresh(self.customer, as_of=date(2026, 3, 19))
        self.assertEqual(self.moved.level_id, self.levels["solution"])
        self.assertEqual(
            self.transitions(self.moved, "level")[-1].move, "Trust → Solution"
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMoveWizard(MovesCommon):
    """Moving customers with a reason and a day."""

    def test_wizard_offers_the_days_in_settings(self):
        self.assertEqual(self._wizard(self.seller).until, PINNED_UNTIL)

    def test_wizard_moves_stage_and_level_with_one_reason(self):
        self._wizard(
            self.seller,
            stage_id=self.retention.id,
            level_id=self.levels["product"].id,
            note=" Complained on the phone ",
            until=date(2026, 3, 20),
        ).action_apply()
        self.assertRecordValues(
            self.moved,
            [
                {
                    "stage_id": self.retention.id,
                    "level_id": self.levels["product"].id,
                    "stage_pinned_until": date(2026, 3, 20),
                    "level_pinned_until": date(2026, 3, 20),
                    "reason": "Moved to Retention by Sally, until 03/20/2026: "
                    "“Complained on the phone”.",
                }
            ],
        )

    def test_wizard_needs_somewhere_to_move_to(self):
        with self.assertRaisesRegex(ValidationError, "Choose the stage or the level"):
            self._wizard(self.seller).action_apply()

    def test_day_in_the_past_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "in the past"):
            self._wizard(
                self.seller, stage_id=self.retention.id, until=date(2026, 3, 15)
            )

    def test_today_is_the_last_day_that_can_be_chosen(self):
        self._wizard(
            self.seller, stage_id=self.retention.id, until=TODAY
        ).action_apply()
        self.refresh(self.customer)
        self.assertEqual(self.moved.stage_id, self.retention)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=1))
        self.assertEqual(self.moved.stage_id, self.growth)

    def test_button_opens_the_wizard_for_the_selected_cards(self):
        action = self.by(self.seller).action_move()
        self.assertEqual(action["context"]["active_ids"], self.moved.ids)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestHistory(MovesCommon):
    """What happened stays as it was written."""

    def test_transitions_are_read_newest_first(self):
        self._purchase(self.customer, 5)
        self._purchase(self.customer, 0)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=1))
        moves = self.moved.transition_ids
        self.assertEqual(moves, moves.sorted(lambda m: (m.date, m.id), reverse=True))
        self.assertEqual(
            self.transitions(self.moved).mapped("move"),
            ["Growth", "Growth → Retention"],
        )

    def test_each_move_follows_on_the_one_before(self):
        for purchase in (5, 3, 1):
            self._purchase(self.customer, purchase)
            self.refresh(self.customer)
        self.by(self.seller).stage_id = self.stages["advocacy"]
        self.by(self.seller).action_unpin()
        moves = self.transitions(self.moved)
        for earlier, later in zip(moves, moves[1:], strict=False):
            self.assertEqual(later.from_stage_id, earlier.to_stage_id)
        self.assertEqual(moves[-1].to_stage_id, self.moved.stage_id)

    def test_second_refresh_writes_nothing(self):
        before = self.moved.transition_ids
        self.refresh(self.customer)
        self.assertEqual(self.moved.transition_ids, before)

    def test_transition_cannot_be_edited_or_deleted(self):
        move = self.moved.transition_ids[0]
        for record in (move, move.with_user(self.manager)):
            with self.assertRaises(UserError):
                record.write({"note": "Something else"})
            with self.assertRaises(UserError):
                record.unlink()

    def test_nobody_creates_transitions_by_rpc(self):
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["customer.lifecycle.transition"].with_user(user).create(
                    {
                        "lifecycle_id": self.moved.id,
                        "company_id": self.company.id,
                        "date": TODAY,
                        "kind": "stage",
                        "to_stage_id": self.growth.id,
                        "cause": "manual",
                    }
                )

    def test_history_is_kept_when_the_card_or_contact_is_archived(self):
        before = self.moved.transition_ids
        self.by(self.seller).action_archive()
        self.assertEqual(self.card(self.customer).transition_ids, before)
        self.customer.action_archive()
        self.refresh(self.customer)
        self.assertEqual(self.card(self.customer).transition_ids & before, before)

    def test_left_out_by_hand_stays_out_until_taken_in(self):
        self.by(self.seller).action_archive()
        self.refresh(self.customer)
        self.assertFalse(self.moved.active)
        self.by(self.seller).action_unarchive()
        self.refresh(self.customer)
        self.assertTrue(self.moved.active)
        self.assertEqual(self.moved.inclusion, "added")
