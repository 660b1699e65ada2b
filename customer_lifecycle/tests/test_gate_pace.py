from datetime import datetime, time, timedelta

import pytz

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_gate import AT, GateCommon


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestPace(GateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"lifecycle_message_gap_days": 7, "lifecycle_offer_gap_days": 14}
        )

    def _open_hours(self, tz="UTC"):
        """Have the company work from Monday to Friday, 9 to 17."""
        self.company.lifecycle_in_working_hours = True
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "9 to 5",
                "tz": tz,
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Day",
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 17,
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        return self.company.resource_calendar_id

    # ------------------------------------------------------------------------------ cap

    def test_message_waits_until_the_gap_is_over(self):
        card = self._buyer()
        self.sent(self.message(card), 5)
        message = self.message(card)
        verdict = self.verdict(message)
        self.assertEqual((verdict.state, verdict.code), ("waiting", "cap_message"))
        self.assertEqual(verdict.until, AT + timedelta(days=2))
        self.assertEqual(
            self.say(message),
            "Waits until 03/18/2026: the last message went out on 03/11/2026, and "
            "there are 7 days between two.",
        )
        self.assertIsNone(self.verdict(message, AT + timedelta(days=2)))
        self.assertTrue(self.verdict(message, AT + timedelta(days=2, seconds=-1)))

    def test_offers_have_a_gap_of_their_own(self):
        card = self._buyer()
        self.sent(self.offer(card), 10)
        offer, message = self.offer(card), self.message(card)
        self.assertEqual(self.judge(message), {})
        verdict = self.verdict(offer)
        self.assertEqual((verdict.state, verdict.code), ("waiting", "cap_offer"))
        self.assertEqual(verdict.until, AT + timedelta(days=4))

    def test_cap_counts_the_address_and_not_the_card(self):
        self.sent(self.message(self._buyer("One", email="x@example.com")), 1)
        message = self.message(self._buyer("Two", email="X@example.com"))
        self.assertEqual(self.judge(message), {message: ("waiting", "cap_message")})

    def test_same_step_for_another_occasion_waits_as_every_other_mail(self):
        card = self._buyer()
        step = self._steps({"lifecycle_cooling_days": 0})
        self.sent(self.message(card, step), 5)
        self._purchase(card.partner_id, 3)
        self.refresh(card.partner_id, is_silent=True)
        again = self.message(card, step)
        self.assertEqual(self.judge(again), {again: ("waiting", "cap_message")})

    def test_cap_counts_what_this_run_lets_through(self):
        card = self._buyer()
        first, second = self.message(card), self.offer(card)
        self.assertEqual(self.judge(first | second), {second: ("waiting", "cap_now")})

    def test_neither_activities_nor_what_was_not_sent_count(self):
        card = self._buyer()
        self.sent(self.activity(card), 1)
        self.message(card)._put("held", "error", sent_at=AT - timedelta(days=1))
        self.assertEqual(self.judge(self.message(card)), {})

    def test_activity_is_not_capped(self):
        card = self._buyer()
        self.sent(self.message(card), 1)
        self.assertEqual(self.judge(self.activity(card)), {})

    def test_without_gaps_nobody_waits(self):
        self.company.write(
            {"lifecycle_message_gap_days": 0, "lifecycle_offer_gap_days": 0}
        )
        card = self._buyer()
        self.sent(self.message(card), 0)
        self.assertEqual(self.judge(self.message(card)), {})

    def test_waiting_is_sent_when_its_time_has_come(self):
        card = self._buyer()
        self.sent(self.message(card), 5)
        message = self.message(card)
        message._put("approved")
        self.sender._send(message, AT)
        self.assertEqual(message.state, "waiting")
        self.assertEqual(message.wait_until, AT + timedelta(days=2))
        self.sender._send(message, AT + timedelta(days=2))
        self.assertEqual(message.state, "sent")

    # ---------------------------------------------------------------------- quiet hours

    def test_mail_waits_for_working_hours(self):
        self._open_hours()
        message = self.message(self._buyer())
        self.assertIsNone(self.verdict(message))
        night = datetime.combine(TODAY, time(17, 30))
        verdict = self.verdict(message, night)
        self.assertEqual((verdict.state, verdict.code), ("waiting", "quiet_hours"))
        tomorrow = TODAY + timedelta(days=1)
        self.assertEqual(verdict.until, datetime.combine(tomorrow, time(9)))
        friday = datetime.combine(TODAY + timedelta(days=4), time(20))
        monday = datetime.combine(TODAY + timedelta(days=7), time(9))
        self.assertEqual(self.verdict(message, friday).until, monday)

    def test_hours_are_those_of_the_customers_clock(self):
        self._open_hours()
        message = self.message(self._buyer(tz="America/New_York"))
        verdict = self.verdict(message)  # eight in the morning there, summer time
        nine = pytz.timezone("America/New_York").localize(
            datetime.combine(TODAY, time(9))
        )
        self.assertEqual(verdict.until, nine.astimezone(pytz.utc).replace(tzinfo=None))
        self.assertIn("9:00", self.say(message))

    def test_hours_are_those_of_whoever_gets_the_mail(self):
        self._open_hours()
        card = self._buyer("Acme", tz="UTC")
        message = self.message(card)
        message.partner_id = self._customer(
            "Eva",
            email="eva@example.com",
            parent_id=card.partner_id.id,
            tz="Asia/Tokyo",
        )
        self.assertEqual(self.judge(message), {message: ("waiting", "quiet_hours")})

    def test_without_a_zone_the_companys_clock_counts(self):
        self._open_hours()
        self.company.lifecycle_tz = "Asia/Tokyo"  # nine in the evening
        card = self._buyer()
        card.partner_id.tz = False
        message = self.message(card)
        midnight = datetime.combine(TODAY + timedelta(days=1), time(0))
        self.assertEqual(self.verdict(message).until, midnight)

    def test_holiday_is_quiet(self):
        calendar = self._open_hours()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": datetime.combine(TODAY, time(0)),
                "date_to": datetime.combine(TODAY, time(23, 59)),
            }
        )
        message = self.message(self._buyer())
        tomorrow = datetime.combine(TODAY + timedelta(days=1), time(9))
        self.assertEqual(self.verdict(message).until, tomorrow)

    def test_activity_has_no_quiet_hours_and_no_calendar_is_always_open(self):
        self._open_hours()
        night = datetime.combine(TODAY, time(2))
        card = self._buyer()
        message, activity = self.message(card), self.activity(card)
        self.assertEqual(
            self.judge(message | activity, night), {message: ("waiting", "quiet_hours")}
        )
        self.company.resource_calendar_id = False
        self.assertEqual(self.judge(message, night), {})

    def test_mail_outside_the_hours_takes_nobodys_place(self):
        self._open_hours()
        away = self._buyer("Away", email="x@example.com", tz="Asia/Tokyo")
        near = self._buyer("Near", email="x@example.com", tz="UTC")
        first, second = self.message(away), self.message(near)
        self.assertEqual(
            self.judge(first | second), {first: ("waiting", "quiet_hours")}
        )
