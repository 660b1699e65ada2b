from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY
from .common_today import TodayCommon, ago


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestTodayActs(TodayCommon):
    """What people do with a line of Today: leave it for later, or say it is done."""

    # ------------------------------------------------------------------------ snoozing

    def test_snoozed_until_its_day(self):
        self._promise(YESTERDAY)
        answer = self._snooze(days=3)
        self.assertEqual(answer["params"]["ids"], self.acme.ids)
        self.assertIn("03/19/2026", answer["params"]["message"])
        self.assertFalse(self.kind())
        self.assertTrue(self.line().is_snoozed)
        self.assertEqual(self.line().snoozed_until, TODAY + timedelta(days=3))
        with freeze_time(TODAY + timedelta(days=2)):
            self.assertFalse(self.kind())
        with freeze_time(TODAY + timedelta(days=3)):
            self.assertEqual(self.kind(), "promise")

    def test_tomorrow_and_next_week(self):
        self._promise(YESTERDAY)
        dialog = self.env["customer.lifecycle.today.snoozing"].with_user(self.seller)
        dialog = dialog.create({"lifecycle_ids": [(6, 0, self.acme.ids)]})
        dialog.action_tomorrow()
        self.assertEqual(self.acme.snoozed_until, TOMORROW)
        dialog.action_next_week()
        self.assertEqual(self.acme.snoozed_until, TODAY + timedelta(days=7))

    def test_snoozed_many_at_once_and_taken_back(self):
        cards = self.acme | self._another("Other")
        for card in cards:
            self._promise(YESTERDAY, card)
        lines = self.Today.with_user(self.seller).browse(cards.ids)
        action = lines.action_snooze()
        self.assertEqual(action["context"]["default_lifecycle_ids"], cards.ids)
        self._snooze(cards)
        self.assertEqual([self.kind(card) for card in cards], [False, False])
        lines.action_unsnooze()
        self.assertEqual([self.kind(card) for card in cards], ["promise", "promise"])

    def test_something_worse_does_not_wait(self):
        self._plan(YESTERDAY)
        self._snooze()
        self.assertFalse(self.kind())
        self._promise(YESTERDAY)
        self.assertEqual(self.kind(), "promise")

    def test_what_is_less_urgent_waits_too(self):
        self._promise(YESTERDAY)
        self._snooze()
        self._quotation(self.partner, at=ago(30))
        self._spoken(self.acme, ago(90))
        self.assertFalse(self.kind())

    def test_what_is_planned_for_a_day_comes_on_this_day(self):
        self._promise(YESTERDAY)
        self._plan(TODAY)
        self._snooze()
        with freeze_time(TOMORROW):
            self.assertFalse(self.kind())  # the plan of today waits as well
        self._plan(TOMORROW)
        with freeze_time(TOMORROW):
            self.assertEqual(self.kind(), "activity_today")

    def test_day_that_has_come_is_refused(self):
        for days in (0, -1):
            with self.assertRaises(ValidationError):
                self._snooze(days=days)
        self.assertFalse(self.acme.snoozed_until)

    def test_snooze_cannot_be_written_from_outside(self):
        with self.assertRaises(AccessError):
            self.acme.with_user(self.seller).snoozed_until = TOMORROW

    # ---------------------------------------------------------------------------- done

    def _dialog(self, **values):
        action = self.line().action_done()
        dialog = self.env["customer.lifecycle.today.done"].with_user(self.seller)
        form = Form(dialog.with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        return form.save()

    def test_done_is_an_activity_done(self):
        self.acme.sudo().write({"setback_date": ago(3), "setback_kind": "need"})
        self._spoken(self.acme, ago(30))
        dialog = self._dialog(note="They will get a new one")
        self.assertEqual(
            dialog.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )
        dialog.action_done()
        message = self.acme.message_ids.filtered("mail_activity_type_id")
        self.assertRecordValues(
            message,
            [
                {
                    "mail_activity_type_id": dialog.activity_type_id.id,
                    "author_id": self.seller.partner_id.id,
                }
            ],
        )
        self.assertIn("They will get a new one", message.body)
        self.assertFalse(self.acme.activity_ids.filtered("active"))
        self.assertFalse(self.kind())
        self.assertEqual(self.acme.snoozed_until, TOMORROW)

    def test_done_counts_as_a_contact(self):
        self.acme.level_id.care_days = 45
        self._spoken(self.acme, ago(50))
        self.assertEqual(self.kind(), "care")
        self._dialog(note="All is well").action_done()
        self.assertRecordValues(
            self.acme, [{"last_contact_date": TODAY, "last_reached_date": TODAY}]
        )
        self.acme.sudo()._unsnooze()
        self.assertFalse(self.kind())

    def test_thanks_are_proposed_for_good_news(self):
        self.acme.sudo().first_purchase_date = TODAY.replace(year=2024)
        self.assertEqual(self.kind(), "anniversary")
        self.assertEqual(
            self._dialog().activity_type_id,
            self.env.ref("customer_lifecycle.mail_activity_type_congratulation"),
        )

    def test_done_ends_the_very_activity(self):
        activity = self._plan(YESTERDAY)
        self._dialog(note="Sent").action_done()
        self.assertFalse(activity.active)
        self.assertEqual(activity.feedback, "Sent")
        self.assertEqual(
            len(self.acme.message_ids.filtered("mail_activity_type_id")), 1
        )

    def test_activity_that_one_may_not_do_stays_undone(self):
        order = self._quotation(self.partner, user_id=self.leader.id)
        activity = self._plan(YESTERDAY, order)
        activity.user_id = False
        dialog = self._dialog(note="Sent")
        with self.assertRaises(UserError):
            dialog.action_done()
        self.assertTrue(activity.active)
        self.assertFalse(self.acme.snoozed_until)

    def test_done_keeps_the_promise_where_it_is_said(self):
        promise = self._promise(YESTERDAY)
        self._dialog(note="Told them it takes longer").action_done()
        self.assertEqual(promise.state, "open")
        self.acme.sudo()._unsnooze()
        self._dialog(is_kept=True, note="Handed over").action_done()
        self.assertRecordValues(
            promise,
            [
                {
                    "state": "kept",
                    "closed_by_id": self.seller.id,
                    "proof": "Handed over",
                }
            ],
        )

    def test_done_about_what_is_over_by_now_is_refused(self):
        promise = self._promise(YESTERDAY)
        activity = self._plan(YESTERDAY)
        dialog = self._dialog(is_kept=True, note="Handed over")
        promise.action_waive()
        self.assertEqual(self.kind(), "activity_late")
        with self.assertRaisesRegex(UserError, "has changed meanwhile"):
            dialog.action_done()
        self.assertTrue(activity.active)
        self.assertFalse(self.acme.snoozed_until)

    def test_done_comes_back_on_the_day_chosen(self):
        self._promise(YESTERDAY)
        self._dialog(until=TODAY + timedelta(days=5)).action_done()
        with freeze_time(TODAY + timedelta(days=4)):
            self.assertFalse(self.kind())
        with freeze_time(TODAY + timedelta(days=5)):
            self.assertEqual(self.kind(), "promise")
        with self.assertRaises(ValidationError):
            self.acme.sudo()._unsnooze()
            self._dialog(until=TODAY)
