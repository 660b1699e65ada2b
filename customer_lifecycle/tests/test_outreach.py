from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreach(OutreachCommon):
    def test_planning_twice_plans_once(self):
        [step] = self._steps({})
        card = self._buyer()
        first = self.planner._plan(step, card)
        self.assertEqual(first.state, "planned")
        self.assertFalse(self.planner._plan(step, card))
        self.assertEqual(self.Outreach.search([("lifecycle_id", "=", card.id)]), first)

    def test_sent_message_is_on_the_card(self):
        [step] = self._steps({}, mode="auto")
        card = self._buyer("Ana")
        outreach = self.planner._plan(step, card)
        self.assertEqual(outreach.state, "approved")
        self.sender._send(outreach, self.env.cr.now())
        self.assertEqual(outreach.state, "sent")
        mail = self._mails(outreach)
        self.assertEqual(mail.subject, "For Ana")
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, card.partner_id)
        self.assertIn(outreach.message_id, card.message_ids)

    def test_offer_comes_with_its_coupon(self):
        [step] = self._steps({"state": "lifecycle_offer"}, mode="auto")
        card = self._buyer("Ana")
        offer = self.planner._plan(step, card)
        code = offer.coupon_code
        self.sender._send(offer, self.env.cr.now())
        self.assertEqual(offer.state, "sent")
        self.assertEqual(offer.coupon_id.code, code)
        self.assertEqual(offer.coupon_id.partner_id, card.partner_id)
        self.assertEqual(offer.offer_expiry_date, TODAY + timedelta(days=30))
        self.assertEqual(len(self._mails(offer)), 1)

    def test_activity_is_for_the_salesperson(self):
        [step] = self._steps(
            {
                "lifecycle_channel": "activity",
                "lifecycle_summary": "Call {{ object.partner_id.name }}",
                "lifecycle_note": "<p><t t-out='object.lifecycle_id.reason'/></p>",
            },
            mode="auto",
        )
        card = self._buyer("Ana")
        card.user_id = self._user("own")
        outreach = self.planner._plan(step, card)
        self.sender._send(outreach, self.env.cr.now())
        self.assertEqual(outreach.activity_id.summary, "Call Ana")
        self.assertEqual(outreach.activity_id.user_id, card.user_id)
        # TODAY is a Monday
        self.assertEqual(outreach.activity_id.date_deadline, date(2026, 3, 18))

    def test_ladder_waits_by_own_rhythm_and_keeps_its_waits(self):
        first, second = self._steps({}, {"lifecycle_wait_share": 0.5}, mode="auto")
        card = self._buyer(days_ago=(120, 80, 40))  # every 40 days
        one = self.planner._plan(first, card)
        two = self.planner._plan(second, card)
        self.assertEqual(one.planned_date, TODAY)
        self.assertEqual(two.planned_date, TODAY + timedelta(days=20))
        with freeze_time(TODAY + timedelta(days=3)):
            self.sender._send(one, self.env.cr.now())
        self.assertEqual(two.planned_date, TODAY + timedelta(days=23))

    def test_rule_without_steps_takes_nothing_from_the_next_one(self):
        self._rule({"state": "code", "code": "record.write({'color': 3})"})
        self._rule({})
        partner = self._customer("Ana", email="ana@example.com")
        self._purchases(partner, 900, 890, 880)
        card = self.refresh(partner)
        self.assertEqual(card.color, 3)
        self.assertEqual(len(self.Outreach.search([("lifecycle_id", "=", card.id)])), 1)

    def test_rule_plans_on_the_move_and_not_on_a_silent_one(self):
        self._rule({})
        silent, heard = (
            self._customer(name, email=f"{name}@example.com") for name in ("a", "b")
        )
        for partner in (silent, heard):
            self._purchases(partner, 900, 890, 880)
        cards = self.refresh(silent, is_silent=True)
        cards |= self.refresh(heard)
        self.assertEqual(set(cards.mapped("stage_id.code")), {"reactivation"})
        planned = self.Outreach.search([("lifecycle_id", "in", cards.ids)])
        self.assertEqual(planned.lifecycle_id.partner_id, heard)

    def test_merged_cards_keep_what_was_sent_and_drop_the_double(self):
        [step] = self._steps({}, mode="auto")
        ana, anna = self._buyer("Ana"), self._buyer("Anna")
        sent, double = self.planner._plan(step, ana), self.planner._plan(step, anna)
        self.assertEqual(sent.occasion, double.occasion)
        self.sender._send(sent, self.env.cr.now())
        self.env["customer.lifecycle.absorb"]._absorb_partners(
            ana.partner_id, anna.partner_id
        )
        self.assertEqual((sent | double).lifecycle_id, anna)
        self.assertEqual(sent.state, "sent")
        self.assertEqual(double.state, "cancelled")
        self.assertTrue(double.reason)
        self.assertFalse(self.planner._plan(step, anna))

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_lifecycle.ir_cron_send").method_direct_trigger()

    def test_cron_sends_what_is_approved_and_due_only(self):
        now, later = self._steps({}, {"lifecycle_wait_min_days": 5}, mode="auto")
        [asked] = self._steps({})
        card = self._buyer()
        due, early, unapproved = (
            self.planner._plan(step, card) for step in (now, later, asked)
        )
        self._run_cron()
        self.assertEqual(due.state, "sent")
        self.assertEqual(early.state, "approved")
        self.assertEqual(unapproved.state, "planned")

    def test_cron_drops_what_came_too_late(self):
        [step] = self._steps({"lifecycle_expiry_days": 3})
        outreach = self.planner._plan(step, self._buyer())
        with freeze_time(TODAY + timedelta(days=4)):
            self._run_cron()
        self.assertEqual(outreach.state, "cancelled")
        self.assertTrue(outreach.reason)

    def test_template_that_fails_for_one_holds_back_that_one(self):
        self.template.body_html = (
            "<p t-out='1 // (object.partner_id.color - 7)'>Hello</p>"
        )
        [step] = self._steps({}, mode="auto")
        cards = self.Card.union(*[self._buyer(f"Buyer {i}") for i in range(3)])
        cards[1].partner_id.color = 7
        planned = self.planner._plan(step, cards)
        self._run_cron()
        bad = planned.filtered(lambda each: each.lifecycle_id == cards[1])
        self.assertEqual((planned - bad).mapped("state"), ["sent", "sent"])
        self.assertEqual(bad.state, "held")
        self.assertIn("division", bad.reason)
        self.assertFalse(self._mails(bad))

    def test_mail_goes_to_a_person_of_a_company_without_address(self):
        [step] = self._steps({}, mode="auto")
        card = self._buyer("Company", is_company=True, email=False)
        person = self._customer("Ana", email="ana@example.com")
        person.parent_id = card.partner_id
        outreach = self.planner._plan(step, card)
        self.assertEqual(outreach.partner_id, person)

    def test_mail_is_addressed_anew_when_the_person_has_no_address_any_more(self):
        [step] = self._steps({}, mode="auto")
        card = self._buyer("Company", is_company=True, email=False)
        ana, eva = (
            self._customer(
                name, email=f"{name}@example.com", parent_id=card.partner_id.id
            )
            for name in ("ana", "eva")
        )
        outreach = self.planner._plan(step, card)
        self.assertEqual(outreach.partner_id, ana)
        ana.email = False
        self.sender._send(outreach, self.env.cr.now())
        self.assertEqual(outreach.partner_id, eva)

    def test_rule_switched_off_in_the_list_takes_its_plans_back(self):
        [step] = self._steps({}, mode="auto")
        outreach = self.planner._plan(step, self._buyer())
        step.base_automation_id.active = False
        self.assertEqual(
            (outreach.state, outreach.reason_code), ("cancelled", "rule_off")
        )
        self.assertTrue(outreach.reason)

    def test_prize_comes_however_short_after_the_same_step(self):
        [step] = self._steps({"lifecycle_cooling_days": 90})
        card = self._buyer()
        self.assertTrue(self.planner._plan(step, card))
        self.assertFalse(self.planner._plan(step, card))
        self.assertTrue(self.planner._plan(step, card, "raffle:1"))

    def test_step_that_lacks_something_stops_no_reading_and_is_held_back(self):
        steps = self._steps({"state": "lifecycle_offer"}, {}, mode="auto")
        offer_step, message_step = steps
        offer_step.lifecycle_program_id.active = False
        message_step.lifecycle_template_id = False
        self.assertTrue(offer_step.warning)
        partner = self._customer("Ana", email="ana@example.com")
        self._purchases(partner, 900, 890, 880)
        card = self.refresh(partner)
        self.assertEqual(card.stage_id.code, "reactivation")
        planned = self.Outreach.search([("lifecycle_id", "=", card.id)])
        self.assertEqual(planned.step_id, steps)
        self.sender._send(planned, self.env.cr.now())
        self.assertEqual(set(planned.mapped("state")), {"held"})
        self.assertTrue(all(each.reason for each in planned))

    def test_offer_whose_message_hides_the_code_is_warned_of(self):
        [step] = self._steps({"state": "lifecycle_offer"})
        self.assertFalse(step.warning)
        self.template.body_html = "<p>Thank you</p>"
        self.assertIn("does not tell the code", step.warning)

    def test_other_settings_have_what_waits_judged_again(self):
        [step] = self._steps({}, mode="auto")
        outreach = self.planner._plan(step, self._buyer())
        later = self.env.cr.now() + timedelta(days=3)
        outreach._put("waiting", "cap_now", wait_until=later)
        self.company.lifecycle_message_gap_days = 3
        self.assertLess(outreach.wait_until, later)
