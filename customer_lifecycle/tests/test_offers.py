from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged, users

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCoupons(OfferCommon):
    def test_coupon_is_the_customers_own_named_and_ends(self):
        offer = self._sent_offer(lifecycle_validity_days=10)
        coupon = offer.coupon_id
        self.assertEqual(coupon.partner_id, offer.lifecycle_id.partner_id)
        self.assertEqual(coupon.code, offer.coupon_code)
        self.assertEqual(coupon.expiration_date, TODAY + timedelta(days=10))
        self.assertEqual(coupon.history_ids.issued, 1)
        self.assertIn("Step 1", coupon.history_ids.description)

    def test_coupon_has_the_points_that_its_reward_costs(self):
        self.program.reward_ids.required_points = 5
        order = self._redeeming(self._sent_offer())
        self.assertEqual(order.amount_untaxed, 180)

    def test_offer_that_is_tried_again_keeps_its_coupon(self):
        offer = self._sent_offer()
        coupon = offer.coupon_id
        offer._put("held", "mail_failed")
        coupon.active = False
        offer._put("approved")
        with freeze_time(TODAY + timedelta(days=3)):
            self.sender._send(offer, self.env.cr.now())
        self.assertEqual(offer.state, "sent")
        self.assertEqual(offer.coupon_id, coupon)
        self.assertTrue(coupon.active)
        self.assertEqual(coupon.expiration_date, TODAY + timedelta(days=33))

    def test_coupons_of_many_take_as_many_queries_as_those_of_few(self):
        step = self._offer_step()
        cards = [self._buyer(f"Customer {number}") for number in range(24)]
        few, many = (
            self.planner._plan(step, self.Card.union(*some))
            for some in (cards[:4], cards[4:])
        )
        (few | many).offer_expiry_date = TODAY
        counts = []
        for offers in (few, many):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            offers._make_coupons()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_odoo_sends_no_mail_of_its_own_for_a_coupon(self):
        coupon_mails = [("model", "=", "loyalty.card")]
        before = self.env["mail.mail"].search_count(coupon_mails)
        self._sent_offer()
        self.assertEqual(self.env["mail.mail"].search_count(coupon_mails), before)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPrograms(OfferCommon):
    """A program that is no use holds the offer back, and says what to do."""

    def _held(self, program=None, **values):
        """Return why an offer is held back whose step or program changed since."""
        offer = self.planner._plan(self._offer_step(**values), self._buyer())
        self.program.write(program or {})
        self.sender._send(offer, self.env.cr.now())
        self.assertEqual(offer.state, "held")
        self.assertFalse(offer.coupon_id)
        self.assertFalse(self._mails(offer))
        return offer.reason

    def test_no_program_holds_the_offer(self):
        self.assertIn("has no program", self._held(lifecycle_program_id=False))

    def test_archived_program_holds_the_offer(self):
        self.assertIn("“Ten percent” is archived", self._held({"active": False}))

    def test_program_of_another_company_holds_the_offer(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertIn("another company, Other", self._held({"company_id": other.id}))

    def test_program_of_the_parent_company_does_not(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.assertFalse(self.gate._program_verdict(self.program, branch))

    def test_program_that_is_over_or_not_begun_holds_the_offer(self):
        for days, words in ((-1, "ended on 03/15/2026"), (1, "starts on 03/17/2026")):
            day = TODAY + timedelta(days=days)
            with self.subTest(words):
                self.assertIn(words, self._held({"date_from": day, "date_to": day}))
        self.program.write({"date_from": TODAY, "date_to": TODAY})
        self.assertFalse(self.gate._program_verdict(self.program, self.company))

    def test_program_that_is_not_for_sales_orders_holds_the_offer(self):
        self.assertIn("not available on sales orders", self._held({"sale_ok": False}))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOfferText(OfferCommon):
    """What the code is good for, in words."""

    def _words(self, minimum=0, **reward):
        self.program.rule_ids = [Command.clear()]
        if minimum:
            self.program.rule_ids = [Command.create({"minimum_amount": minimum})]
        self.program.reward_ids.write(reward)
        return self.program._lifecycle_words()

    def test_words_of_discounts(self):
        for values, words in (
            ({}, "10% off your order"),
            ({"discount": 7.5}, "7.5% off your order"),
            ({"discount_max_amount": 30}, "7.5% off your order, up to 30.00"),
            ({"discount_mode": "per_order"}, "7.50"),
            (
                {"discount_max_amount": 0, "discount_applicability": "cheapest"},
                "off the cheapest product of your order",
            ),
            (
                {
                    "discount_applicability": "specific",
                    "discount_product_ids": [Command.set(self.product.ids)],
                },
                "off Thing",
            ),
        ):
            with self.subTest(words):
                self.assertIn(words, self._words(**values))

    def test_words_of_a_free_product_and_of_a_smallest_purchase(self):
        words = self._words(
            minimum=50,
            reward_type="product",
            reward_product_id=self.product.id,
            reward_product_qty=2,
        )
        self.assertIn("2 × Thing for free, from a purchase of", words)
        self.assertIn("50.00", words)

    def test_words_of_a_choice_leave_out_what_the_points_do_not_reach(self):
        self.program.reward_ids = [
            Command.create({"discount": 20, "required_points": 9}),
            Command.create({"discount": 5, "discount_applicability": "cheapest"}),
        ]
        self.assertEqual(
            self.program._lifecycle_words(),
            "10% off your order or 5% off the cheapest product of your order",
        )

    def test_reminder_says_the_same_as_its_offer(self):
        template = self._template()
        offer = self._sent_offer(lifecycle_reminder_template_id=template.id)
        self.assertEqual(self._reminder(offer).offer_text, offer.offer_text)
        self.assertEqual(offer.offer_text, "10% off your order")

    def test_message_without_program_has_no_words(self):
        [step] = self._steps({})
        step.lifecycle_program_id = False
        message = self.planner._plan(step, self._buyer())
        self.assertEqual(message.offer_text, "")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutcomes(OfferCommon):
    """The offer follows its coupon and the orders with it."""

    def test_confirmed_order_with_the_code_redeems_the_offer(self):
        offer = self._sent_offer()
        order = self._redeeming(offer)
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "sent")
        order.action_confirm()
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "redeemed")
        self.assertEqual(offer.order_id, order)
        self.assertEqual(offer.reason, f"Redeemed in {order.name}.")

    def test_cancelled_order_gives_the_code_back(self):
        offer = self._sent_offer()
        order = self._redeeming(offer)
        order.action_confirm()
        self.refresh(offer.partner_id)
        order._action_cancel()
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "sent")
        self.assertFalse(offer.order_id)
        self.assertIn("can be used again", offer.reason)
        self.assertTrue(offer.coupon_id.active)
        self._redeeming(offer).action_confirm()
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "redeemed")

    def test_order_cancelled_after_the_last_day_leaves_the_offer_expired(self):
        offer = self._sent_offer()
        order = self._redeeming(offer)
        order.action_confirm()
        self.refresh(offer.partner_id)
        order._action_cancel()
        self.refresh(offer.partner_id, as_of=TODAY + timedelta(days=31))
        self.assertEqual(offer.state, "expired")
        self.assertFalse(offer.coupon_id.active)

    def test_offer_ends_after_its_last_day_and_its_code_is_archived(self):
        offer = self._sent_offer(lifecycle_validity_days=10)
        for days, state, is_active in ((10, "sent", True), (11, "expired", False)):
            with self.subTest(days), freeze_time(TODAY + timedelta(days=days)):
                self.sender._prepare_run({self.company: date.today()})
                self.assertEqual(offer.state, state)
                self.assertEqual(offer.coupon_id.active, is_active)
        self.assertEqual(offer.reason, "Not used until 03/26/2026.")

    def test_code_used_on_the_last_day_is_redeemed_not_expired(self):
        offer = self._sent_offer()
        self._redeeming(offer).action_confirm()
        with freeze_time(TODAY + timedelta(days=60)):
            self.outcome._expire_offers({self.company: date.today()})
        self.assertEqual(offer.state, "redeemed")
        self.assertTrue(offer.coupon_id.active)

    def test_code_used_at_a_till_is_redeemed_and_given_back_is_open(self):
        offer = self._sent_offer()
        for points, state in ((0, "redeemed"), (1, "sent")):
            with self.subTest(state):
                offer.coupon_id.points = points
                self.refresh(offer.partner_id)
                self.assertEqual(offer.state, state)
                self.assertFalse(offer.order_id)

    def test_following_again_changes_nothing(self):
        offers = self.Outreach
        for number, what in enumerate(("sent", "redeemed", "expired", "withdrawn")):
            offers |= self._sent_offer(
                what, lifecycle_validity_days=0 if what == "expired" else 30 + number
            )
        _sent, redeemed, _expired, withdrawn = offers
        self._redeeming(redeemed).action_confirm()
        withdrawn.action_withdraw()
        tomorrow = TODAY + timedelta(days=1)
        self.outcome._follow(offers.lifecycle_id, tomorrow)
        states = ["sent", "redeemed", "expired", "cancelled"]
        self.assertEqual(offers.mapped("state"), states)
        self.env.flush_all()
        self.env.cr.execute("UPDATE customer_lifecycle_outreach SET write_date = NULL")
        self.env.invalidate_all()
        self.outcome._follow(offers.lifecycle_id, tomorrow)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(offers.mapped("write_date"), [False] * 4)
        self.assertEqual(offers.mapped("state"), states)

    def test_archived_coupon_is_a_withdrawn_offer_and_back(self):
        offer = self._sent_offer()
        offer.coupon_id.action_archive()
        self.assertEqual(
            (offer.state, offer.reason_code), ("cancelled", "offer_withdrawn")
        )
        self.assertIn(self.env.user.name, offer.reason)
        offer.coupon_id.action_unarchive()
        self.assertEqual(offer.state, "sent")
        self.assertFalse(offer.reason)

    def test_deleted_coupon_is_a_withdrawn_offer(self):
        offer = self._sent_offer()
        offer.coupon_id.unlink()
        self.assertEqual(
            (offer.state, offer.reason_code), ("cancelled", "offer_withdrawn")
        )
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "cancelled")

    def test_offer_follows_the_day_that_somebody_gives_its_coupon(self):
        template = self._template()
        offer = self._sent_offer(lifecycle_reminder_template_id=template.id)
        later = TODAY + timedelta(days=60)
        offer.coupon_id.expiration_date = later
        self.assertEqual(offer.offer_expiry_date, later)
        self.assertEqual(self._reminder(offer).offer_expiry_date, later)
        self.assertEqual(self._reminder(offer).planned_date, TODAY + timedelta(days=53))

    def test_withdrawn_code_cannot_be_used(self):
        offer = self._sent_offer()
        offer.action_withdraw()
        self.assertEqual(offer.state, "cancelled")
        order = self._quotation(offer.partner_id)
        self.assertIn("error", order._try_apply_code(offer.coupon_code))

    def test_only_a_running_offer_can_be_withdrawn(self):
        offer = self.planner._plan(self._offer_step(), self._buyer())
        with self.assertRaises(UserError):
            offer.action_withdraw()

    @users("lifecycle_other", "lifecycle_own")
    def test_withdrawing_needs_the_right_to_the_card(self):
        offer = self.own_offer.with_env(self.env)
        if self.env.user.name == "Own":
            offer.action_withdraw()
            self.assertEqual(self.own_offer.state, "cancelled")
        else:
            with self.assertRaises(AccessError):
                offer.action_withdraw()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own, _other = cls._user("own"), cls._user("own", "Other")
        with freeze_time(TODAY):
            partner = cls._customer("Owned", email="owned@example.com")
            cls._purchase(partner, 200)
            card = cls.refresher._refresh(
                cls.company, partner.ids, as_of=TODAY, is_silent=True
            )
            card.user_id = own
            step = cls._steps({"state": "lifecycle_offer"}, mode="auto")
            cls.own_offer = cls.planner._plan(step, card)
            cls.sender._send(cls.own_offer, cls.env.cr.now())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBought(OfferCommon):
    """A purchase ends what waits for it."""

    def test_purchase_cancels_the_open_steps_of_the_pause(self):
        steps = self._steps({}, {"lifecycle_wait_min_days": 9}, mode="auto")
        card = self._buyer()
        outreach = self.Outreach.union(
            *[self.planner._plan(step, card) for step in steps]
        )
        self.refresh(card.partner_id)
        self.assertEqual(set(outreach.mapped("state")), {"approved"})
        self._purchase(card.partner_id, TODAY)
        self.refresh(card.partner_id)
        self.assertEqual(set(outreach.mapped("state")), {"cancelled"})
        self.assertEqual(
            outreach[0].reason, "No longer needed: bought again on 03/16/2026."
        )

    def test_step_that_is_not_stopped_by_a_purchase_stays(self):
        [step] = self._steps({"lifecycle_stops_on_purchase": False})
        outreach = self.planner._plan(step, self._buyer())
        self._purchase(outreach.partner_id, TODAY)
        self.refresh(outreach.partner_id)
        self.assertEqual(outreach.state, "planned")

    def test_first_purchase_ends_what_was_for_somebody_who_never_bought(self):
        [step] = self._steps({})
        partner = self._customer(email="new@example.com")
        self._quotation(partner)
        outreach = self.planner._plan(step, self.refresh(partner))
        self.assertEqual(outreach.occasion, "purchase:none")
        self._purchase(partner, TODAY)
        self.refresh(partner)
        self.assertEqual(outreach.state, "cancelled")

    def test_other_occasions_end_by_a_purchase_after_the_day_of_planning(self):
        [step] = self._steps({"lifecycle_occasion": "once"})
        card = self._buyer()
        outreach = self.planner._plan(step, card)
        self.env.cr.execute(
            "UPDATE customer_lifecycle_outreach SET create_date = %s WHERE id = %s",
            [TODAY, outreach.id],
        )
        for day, state in ((0, "planned"), (-1, "cancelled")):
            with self.subTest(state):
                self._purchase(card.partner_id, day)
                self.refresh(card.partner_id, as_of=TODAY + timedelta(days=1))
                self.assertEqual(outreach.state, state)

    def test_what_was_sent_stays_sent(self):
        [step] = self._steps({}, mode="auto")
        outreach = self.planner._plan(step, self._buyer())
        self.sender._send(outreach, self.env.cr.now())
        self._purchase(outreach.partner_id, TODAY)
        self.refresh(outreach.partner_id)
        self.assertEqual(outreach.state, "sent")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReminders(OfferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reminding = cls._template("<p><t t-out='object.coupon_code'/></p>")

    def _reminded_offer(self, **values):
        return self._sent_offer(
            **{"lifecycle_reminder_template_id": self.reminding.id} | values
        )

    def test_reminder_is_planned_before_the_offer_ends(self):
        offer = self._reminded_offer(lifecycle_reminder_days=7)
        reminder = self._reminder(offer)
        self.assertRecordValues(
            reminder,
            [
                {
                    "kind": "reminder",
                    "state": "approved",
                    "planned_date": TODAY + timedelta(days=23),
                    "expiry_date": TODAY + timedelta(days=30),
                    "coupon_code": offer.coupon_code,
                    "step_id": offer.step_id.id,
                }
            ],
        )
        with freeze_time(reminder.planned_date):
            self.sender._send(reminder, self.env.cr.now())
        self.assertEqual(reminder.state, "sent")
        self.assertIn(offer.coupon_code, self._mails(reminder).body_html)

    def test_no_reminder_without_template_or_days_or_time(self):
        for values in (
            {"lifecycle_reminder_template_id": False},
            {"lifecycle_reminder_days": 0},
            {"lifecycle_reminder_days": 30},
        ):
            with self.subTest(**values):
                offer = self._reminded_offer(name=str(values), **values)
                self.assertFalse(self._reminder(offer))

    def test_used_offer_is_not_recalled(self):
        offer = self._reminded_offer()
        self._redeeming(offer).action_confirm()
        # before the refresh has read the order
        self.assertEqual(
            self._verdict(self._reminder(offer)), ("cancelled", "offer_not_usable")
        )
        self.refresh(offer.partner_id)
        self.assertEqual(self._reminder(offer).state, "cancelled")

    def test_withdrawn_offer_is_not_recalled_and_returned_one_is(self):
        offer = self._reminded_offer()
        offer.action_withdraw()
        self.assertEqual(self._reminder(offer).state, "cancelled")
        offer.coupon_id.action_unarchive()
        self.assertEqual(self._reminder(offer).state, "approved")
