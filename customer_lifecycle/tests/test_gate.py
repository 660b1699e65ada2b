from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_gate import AT, GATE, GateCommon


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
        self.assertEqual(
            self.say(outreach[1]), "Not sent: “w@” is not a valid e-mail address."
        )

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
