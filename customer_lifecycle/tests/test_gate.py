from datetime import datetime, time, timedelta

import pytz

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon

#: A Monday, at noon.
AT = datetime.combine(TODAY, time(12))
GATE = "customer.lifecycle.gate"


class GateCommon(OutreachCommon):
    """An open gate, and what closes it."""

    def judge(self, outreach, at=AT):
        """Return the verdicts by outreach: ``(state, code)``."""
        verdicts = self.env[GATE]._judge(outreach, at)
        return {
            each: (verdicts[each.id].state, verdicts[each.id].code)
            for each in outreach
            if each.id in verdicts
        }

    def verdict(self, outreach, at=AT):
        """Return the verdict on one outreach, or None."""
        return self.env[GATE]._judge(outreach, at).get(outreach.id)

    def say(self, outreach, at=AT, lang="en_US"):
        """Return why an outreach does not go out."""
        verdict = self.verdict(outreach, at)
        return (
            self.env[GATE]
            .with_context(lang=lang)
            ._sentence(verdict.code, verdict.values)
        )

    def sent(self, outreach, days_ago=0, **values):
        """Have an outreach sent some days before ``AT``."""
        outreach._put("sent", sent_at=AT - timedelta(days=days_ago), **values)
        return outreach

    def message(self, card, step=None):
        """Plan a message, by default of a step of a rule of its own."""
        step = step or self._steps({})
        outreach = self.planner._plan(step, card)
        self.assertTrue(outreach)
        return outreach

    def offer(self, card, step=None):
        """Plan an offer, by default of a step of a rule of its own."""
        return self.message(card, step or self._steps({"state": "lifecycle_offer"}))

    def activity(self, card, step=None):
        """Plan an activity, by default of a step of a rule of its own."""
        step = step or self._steps({"lifecycle_channel": "activity"})
        return self.message(card, step)


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestGate(GateCommon):
    def test_nothing_wrong_lets_every_kind_through(self):
        card = self._buyer()
        outreach = self.message(card) | self.activity(card)
        outreach |= self.offer(self._buyer("Other"))
        self.assertEqual(self.judge(outreach), {})

    def test_reads_only(self):
        outreach = self.message(self._buyer(email="not an address"))
        before = outreach.read()
        self.assertTrue(self.judge(outreach))
        self.env.invalidate_all()
        self.assertEqual(outreach.read(), before)

    def test_queries_do_not_grow_with_the_number_of_outreach(self):
        step = self._steps({"state": "lifecycle_offer"})
        cards = [self._buyer(f"Customer {number}", (9,)) for number in range(12)]
        counts = []
        for some in (cards[:2], cards[2:]):
            outreach = self.offer(self.Card.union(*some), step)
            self.assertEqual(len(outreach), len(some))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.judge(outreach)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    # ------------------------------------------------------------------ step, customer

    def test_deleted_step_ends_it(self):
        step = self._steps({})
        outreach = self.message(self._buyer(), step)
        step.unlink()
        self.assertEqual(self.judge(outreach), {outreach: ("cancelled", "step_gone")})

    def test_step_without_message_holds_it_back(self):
        step = self._steps({})
        outreach = self.message(self._buyer(), step)
        step.lifecycle_template_id = False
        self.assertEqual(self.judge(outreach), {outreach: ("held", "no_message")})
        self.assertEqual(
            self.say(outreach), "Not sent: the step “Step 1” has no message."
        )

    def test_left_out_and_archived_end_it(self):
        out, gone = (self._buyer(name) for name in ("Out", "Gone"))
        outreach = self.activity(out) | self.message(gone)
        out.action_archive()
        gone.partner_id.active = False
        self.assertEqual(
            [code for _state, code in self.judge(outreach).values()],
            ["left_out", "archived"],
        )

    # ------------------------------------------------------------------------- occasion

    def test_other_stage_ends_what_was_for_the_stage(self):
        card = self._buyer()
        step = self._steps({"lifecycle_occasion": "stage"})
        outreach = self.message(card, step)
        self.assertEqual(self.judge(outreach), {})
        card.stage_id = self.stages["advocacy"]
        self.assertEqual(
            self.judge(outreach), {outreach: ("cancelled", "occasion_over")}
        )

    def test_answered_quotation_ends_what_was_for_it(self):
        partner = self._customer("Ana", email="ana@example.com")
        quotation = self._quotation(partner, at=TODAY - timedelta(days=5))
        card = self.refresh(partner)
        step = self._steps(
            {"lifecycle_occasion": "quotation", "lifecycle_stops_on_purchase": False}
        )
        outreach = self.message(card, step)
        self.assertEqual(outreach.occasion, "quotation:2026-03-11")
        self.assertEqual(self.judge(outreach), {})
        quotation.action_cancel()  # the card is not refreshed yet
        self.assertEqual(
            self.judge(outreach), {outreach: ("cancelled", "occasion_over")}
        )

    def test_purchase_since_ends_it_before_the_card_knows(self):
        card = self._buyer()
        outreach = self.message(card)
        self._purchase(card.partner_id, 0)
        self.assertEqual(self.judge(outreach), {outreach: ("cancelled", "bought")})
        self.assertEqual(self.say(outreach), "The customer bought on 03/16/2026.")

    def test_purchase_of_another_company_ends_nothing(self):
        card = self._buyer()
        outreach = self.message(card)
        other = self.env["res.company"].create({"name": "Other"})
        order = self._purchase(card.partner_id, 1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, order.id]
        )
        self.assertEqual(self.judge(outreach), {})

    def test_step_that_does_not_stop_on_purchase_goes_on(self):
        card = self._buyer()
        outreach = self.message(
            card, self._steps({"lifecycle_stops_on_purchase": False})
        )
        self._purchase(card.partner_id, 0)
        self.assertEqual(self.judge(outreach), {})

    def test_refunded_purchase_is_none(self):
        card = self._buyer()
        outreach = self.message(card)
        self._purchase(card.partner_id, 0, amount=0)
        self.assertEqual(self.judge(outreach), {})

    # ---------------------------------------------------------------------------- reply

    def test_reply_ends_the_later_steps_of_a_ladder(self):
        card = self._buyer()
        steps = self._steps({}, {})
        first, later = (self.message(card, step) for step in steps)
        person = self._customer("Eva", parent_id=card.partner_id.id)
        order = self._quotation(card.partner_id)
        since = self.env.cr.now()
        note = order.message_post(
            body="Not yet, thank you", author_id=person.id, message_type="comment"
        )
        note.date = since - timedelta(hours=1)  # it was known when this was planned
        self.assertEqual(self.judge(first | later), {})
        note.date = since + timedelta(hours=1)
        self.assertEqual(self.judge(first | later), {later: ("cancelled", "replied")})

    def test_what_we_write_is_no_reply(self):
        card = self._buyer()
        later = self.message(card, self._steps({}, {})[1])
        note = card.message_post(body="Dear Customer", message_type="comment")
        note.date = self.env.cr.now() + timedelta(hours=1)
        self.assertEqual(self.judge(later), {})

    # ----------------------------------------------------------------------- permission

    def test_refusal_holds_for_its_purpose_and_the_address_anywhere(self):
        card = self._buyer("Ana")
        self._customer("Ana at home", email="Ana <ANA@example.com>").write(
            {"lifecycle_no_offers": True, "active": False}
        )
        offer, message, activity = (
            self.offer(card),
            self.message(card),
            self.activity(card),
        )
        self.assertEqual(
            self.judge(message | offer | activity),
            {offer: ("cancelled", "no_offers")},
        )
        self.assertEqual(self.say(offer), "The customer wants no offers.")

    def test_refusal_of_the_company_holds_for_its_persons(self):
        card = self._buyer("Acme", is_company=True)
        person = self._customer(
            "Eva", email="eva@example.com", parent_id=card.partner_id.id
        )
        message = self.message(card)
        message.partner_id = person
        card.partner_id.lifecycle_no_care = True
        message._put("approved")
        self.assertEqual(self.judge(message), {message: ("cancelled", "no_care")})

    def test_refusal_known_to_another_company_only_is_not_known_here(self):
        card = self._buyer("Ana")
        other = self.env["res.company"].create({"name": "Other"})
        self._customer(
            "Ana",
            email="ana@example.com",
            company_id=other.id,
            lifecycle_no_care=True,
        )
        self.assertEqual(self.judge(self.message(card)), {})

    def test_blacklist_holds_mails_back_and_no_activity(self):
        card = self._buyer("Ana")
        self.env["mail.blacklist"]._add("ana@example.com")
        message, activity = self.message(card), self.activity(card)
        self.assertEqual(
            self.judge(message | activity), {message: ("held", "blacklisted")}
        )

    def test_no_address_and_a_wrong_one_hold_back(self):
        none, wrong = self._buyer("None", email=False), self._buyer("Wrong", email="w@")
        outreach = self.message(none) | self.message(wrong)
        self.assertEqual(
            list(self.judge(outreach).values()),
            [("held", "no_address"), ("held", "bad_address")],
        )
        self.assertEqual(self.say(outreach[1]), "Not sent: “w@” is no e-mail address.")

    def test_our_own_companies_and_users_get_no_mail(self):
        own, user = self._buyer("Own"), self._buyer("User")
        outreach = self.message(own) | self.message(user)
        self.env["res.company"].create({"name": "Own", "partner_id": own.partner_id.id})
        self._user("none").partner_id.email = "u@example.com"
        user.partner_id.user_ids = self._user("own", name="Second")
        self.assertEqual(set(self.judge(outreach).values()), {("cancelled", "own")})

    # ----------------------------------------------------------------------- repetition

    def test_one_person_with_two_cards_gets_a_step_once(self):
        one, two = (
            self._buyer("One", email="x@example.com"),
            self._buyer("Two", email="X@example.com"),
        )
        step = self._steps({})
        self.sent(self.message(one, step), 60)
        message = self.message(two, step)
        self.assertEqual(self.judge(message), {message: ("held", "same_person")})
        self.assertEqual(
            self.say(message),
            "Not sent: One has the same address and got this on 01/15/2026.",
        )
        step.lifecycle_cooling_days = 60
        self.assertEqual(self.judge(message), {})

    def test_second_card_of_one_person_waits_for_the_first_in_a_run(self):
        one, two = (
            self._buyer("One", email="x@example.com"),
            self._buyer("Two", email="X@example.com"),
        )
        step = self._steps({})
        first, second = self.message(one, step), self.message(two, step)
        verdict = self.env[GATE]._judge(first | second, AT)
        self.assertEqual(list(verdict), [second.id])
        self.assertEqual(verdict[second.id].until, AT + timedelta(hours=1))

    def test_no_second_offer_while_one_is_open(self):
        card, same = self._buyer("Ana"), self._buyer("Ana B", email="ana@example.com")
        first = self.offer(card)
        first.offer_expiry_date = TODAY + timedelta(days=2)
        first._make_coupons()
        self.sent(first, 20)
        offers = self.offer(card) | self.offer(same)
        message = self.message(card)
        self.assertEqual(
            self.judge(offers | message),
            dict.fromkeys(offers, ("held", "open_offer")),
        )
        self.assertIn("is open until 03/18/2026", self.say(offers[0]))
        self.assertEqual(self.judge(offers[0], AT + timedelta(days=3)), {})
        first._put("redeemed")
        self.assertEqual(self.judge(offers[0]), {})

    def test_one_activity_at_a_time(self):
        card = self._buyer("Ana")
        first, second = self.activity(card), self.activity(card)
        self.assertEqual(
            self.judge(first | second), {second: ("held", "open_activity")}
        )
        self.sender._send(first, AT)
        self.assertEqual(self.judge(second), {second: ("held", "open_activity")})
        self.assertIn("is still open", self.say(second))
        first.activity_id.action_done()
        self.assertEqual(self.judge(second), {})

    def test_activity_of_a_colleague_is_in_nobodys_way(self):
        card = self._buyer("Ana")
        card.activity_schedule("mail.mail_activity_data_call")
        self.assertEqual(self.judge(self.activity(card)), {})


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
