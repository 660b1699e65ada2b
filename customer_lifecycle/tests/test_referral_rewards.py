from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_referrals import ReferralsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReferralRewards(ReferralsCommon):
    """Both sides get their coupon once, when settings say so, and lose it again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        income, receivable, cash, on_way = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind}
                for name, code, kind in (
                    ("Sold", "700000", "income"),
                    ("To receive", "430000", "asset_receivable"),
                    ("Bank", "572000", "asset_cash"),
                    ("On its way", "431000", "asset_current"),
                )
            ]
        )
        on_way.reconcile = True
        journals = cls.env["account.journal"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "type": kind,
                    "default_account_id": account.id,
                    "company_id": cls.company.id,
                }
                for name, code, kind, account in (
                    ("Invoices", "INV", "sale", income),
                    ("Bank", "BNK", "bank", cash),
                )
            ]
        )
        journals.inbound_payment_method_line_ids.payment_account_id = on_way
        cls.product.write(
            {"invoice_policy": "order", "property_account_income_id": income.id}
        )
        cls.receivable = receivable

    def setUp(self):
        super().setUp()
        self.friend = self._customer(
            "Friend",
            email="friend@example.com",
            property_account_receivable_id=self.receivable.id,
        )

    def coupons(self):
        """Return all coupons of the programs, archived ones included."""
        programs = self.program | self.friend_program
        return (
            self.env["loyalty.card"]
            .with_context(active_test=False)
            .search([("program_id", "in", programs.ids)])
        )

    def test_program_that_is_over_rewards_nobody(self):
        self._use_rewards()
        self.program.active = False
        self.friend_program.date_to = TODAY - timedelta(days=1)
        _order, referral = self.bought(self.friend)
        self.assertEqual(referral.state, "earned")
        self.assertFalse(self.coupons())

    def test_two_friends_at_once_are_two_rewards(self):
        self._use_rewards()
        friends = [self.friend, self._customer("Fay", email="fay@example.com")]
        for friend in friends:
            order = self._coded(friend)
            order.action_confirm()
            order.date_order = TODAY
        self.refresh(*friends)
        card = self.card_of_maria
        self.assertEqual(len(card.referral_ids.coupon_id), 2)
        self.assertEqual(card.referral_reward_count, 2)
        [note] = [
            message.body
            for message in card.message_ids
            if "who has bought" in message.body
        ]
        for coupon in card.referral_ids.coupon_id:
            self.assertIn(coupon.code, note)

    def test_friend_who_turns_out_to_work_somewhere_is_rewarded_once(self):
        self._use_rewards()
        _order, referral = self.bought(self.friend)
        coupons = self.coupons()
        firm = self._customer("Firm", is_company=True)
        self.friend.parent_id = firm
        self.refresh(self.friend)
        self.refresh(firm)
        self.assertEqual(self.card_of_maria.referral_ids, referral)
        self.assertRecordValues(referral, [{"friend_id": firm.id, "state": "rewarded"}])
        self.assertEqual(self.coupons(), coupons)

    def _invoice(self, order, is_paid=True):
        """Invoice an order, and have it paid."""
        invoice = order._create_invoices()
        invoice.invoice_date = TODAY
        invoice.action_post()
        if is_paid:
            self._pay(invoice)
        return invoice

    def _pay(self, invoice):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.env.flush_all()

    # -------------------------------------------------------------------------- giving

    def test_confirmed_order_rewards_both_sides(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        self.assertRecordValues(
            referral,
            [{"state": "rewarded", "order_id": order.id, "rewarded_date": TODAY}],
        )
        self.assertRecordValues(
            referral._coupons(),
            [
                {
                    "program_id": self.program.id,
                    "partner_id": self.maria.id,
                    "points": 1,
                    "expiration_date": TODAY + timedelta(days=180),
                },
                {
                    "program_id": self.friend_program.id,
                    "partner_id": self.friend.id,
                    "points": 1,
                    "expiration_date": TODAY + timedelta(days=180),
                },
            ],
        )
        self.assertEqual(self.card_of_maria.referral_reward_count, 1)
        self.assertEqual(self.card(self.friend).referral_reward_count, 1)
        self.assertIn(referral.coupon_id.code, self.card_of_maria.message_ids[0].body)

    def test_reward_is_given_once_whatever_is_read_again(self):
        self._use_rewards()
        self.bought(self.friend)
        self._purchase(self.friend, 0, 500)
        for day in range(3):
            self.refresh(self.friend, self.maria, as_of=TODAY + timedelta(days=day))
        self.assertEqual(len(self.coupons()), 2)
        self.assertEqual(self.card_of_maria.referral_reward_count, 1)

    def test_interrupted_reward_is_given_once_by_the_next_run(self):
        self._use_rewards()
        order = self._coded(self.friend)
        order.action_confirm()
        order.date_order = TODAY
        reward = type(self.Referral)._tell_cards

        def crash(records):
            raise RuntimeError("killed")

        self.patch(type(self.Referral), "_tell_cards", crash)
        with self.assertRaises(RuntimeError), self.env.cr.savepoint():
            self.refresh(self.friend)
        self.env.invalidate_all()
        self.assertFalse(self.coupons())
        self.patch(type(self.Referral), "_tell_cards", reward)
        self.refresh(self.friend)
        self.assertEqual(len(self.coupons()), 2)

    def test_no_mail_leaves_by_a_reward(self):
        template = self.env["mail.template"].create(
            {
                "name": "Of the program",
                "model_id": self.env["ir.model"]._get("loyalty.card").id,
                "subject": "Here is your coupon",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        for program in (self.program, self.friend_program):
            program.communication_plan_ids = [
                Command.create({"trigger": "create", "mail_template_id": template.id})
            ]
        self._use_rewards()
        before = self.env["mail.mail"].search([])
        self.bought(self.friend)
        self.assertEqual(len(self.coupons()), 2)
        self.assertEqual(self.env["mail.mail"].search([]), before)

    def test_one_side_only(self):
        self._use_rewards()
        self.company.lifecycle_friend_program_id = False
        _order, referral = self.bought(self.friend)
        self.assertEqual(referral.state, "rewarded")
        self.assertEqual(self.coupons(), referral.coupon_id)
        self.assertFalse(self.card(self.friend).referral_reward_count)

    def test_without_a_program_it_is_earned_and_nothing_is_given(self):
        _order, referral = self.bought(self.friend)
        self.assertEqual(referral.state, "earned")
        self._use_rewards(since=TODAY)
        self.refresh(self.friend)
        self.assertEqual(referral.state, "earned", "Nothing is made up for")
        self.assertFalse(self.coupons())

    def test_reward_that_waits_for_payment(self):
        self._use_rewards("paid")
        order, referral = self.bought(self.friend)
        self.assertRecordValues(
            referral, [{"state": "pending", "order_id": order.id, "is_news": True}]
        )
        invoice = self._invoice(order, is_paid=False)
        self.refresh(self.friend)
        self.assertEqual(referral.state, "pending")
        self.env["customer.lifecycle.change"].search([]).unlink()
        self._pay(invoice)
        self.assertIn(
            self.friend.id,
            self.env["customer.lifecycle.change"].search([]).mapped("partner_ref"),
        )
        self.refresh(self.friend)
        self.assertEqual(referral.state, "rewarded")

    def test_more_delivered_than_ordered_is_paid_all_the_same(self):
        self._use_rewards("paid")
        order, referral = self.bought(self.friend)
        self._invoice(order)
        order.order_line.qty_delivered = 3
        self.assertEqual(order.invoice_status, "upselling")
        self.refresh(self.friend)
        self.assertEqual(referral.state, "rewarded")

    def test_half_an_invoice_is_not_paid(self):
        self._use_rewards("paid")
        order, referral = self.bought(self.friend)
        self._invoice(order)
        order.order_line.product_uom_qty = 2
        self.refresh(self.friend)
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertEqual(referral.state, "pending")

    # ------------------------------------------------------------------------- silence

    def test_history_brings_no_reward(self):
        self._use_rewards()
        old, imported, before = (
            self._customer(name, lifecycle_referred_by_id=self.maria.id)
            for name in ("Old", "Imported", "Before")
        )
        self._purchase(old, 8)
        self.refresh(old)
        self._purchase(imported, 1)
        self.refresh(imported, is_silent=True)
        self.refresh(imported)
        self.company.lifecycle_referral_since = TODAY
        self._purchase(before, 1)
        self.refresh(before)
        for friend in (old, imported, before):
            self.assertEqual(self.referral(friend).state, "earned", friend.name)
        self.assertFalse(self.coupons())

    def test_day_on_which_rewards_begin_is_kept(self):
        self.assertFalse(self.company.lifecycle_referral_since)
        self.company.lifecycle_friend_program_id = self.friend_program
        self.assertEqual(self.company.lifecycle_referral_since, TODAY)
        with freeze_time(TODAY + timedelta(days=5)):
            self.company.lifecycle_referral_program_id = self.program
        self.assertEqual(self.company.lifecycle_referral_since, TODAY)
        self.company.write(
            {
                "lifecycle_referral_program_id": False,
                "lifecycle_friend_program_id": False,
            }
        )
        self.assertFalse(self.company.lifecycle_referral_since)

    # --------------------------------------------------------------------- taking back

    def test_cancelled_order_takes_both_rewards_back(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        order._action_cancel()
        self.refresh(self.friend)
        self.assertEqual(referral.state, "taken_back")
        self.assertEqual(self.coupons().mapped("active"), [False, False])
        self.assertIn("was cancelled", self.card_of_maria.message_ids[0].body)
        self.refresh(self.friend)
        self.assertEqual(referral.state, "taken_back")

    def test_deleted_order_takes_them_back_too(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        order._action_cancel()
        order.unlink()
        self.refresh(self.friend)
        self.assertEqual(referral.state, "taken_back")

    def test_reward_that_was_used_is_not_taken_back(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        using = self._quotation(self.maria, 200)
        [(coupon, reward)] = using._try_apply_code(referral.coupon_id.code).items()
        using._apply_program_reward(reward, coupon)
        using.action_confirm()
        order._action_cancel()
        self.refresh(self.friend)
        self.assertEqual(referral.state, "taken_back")
        self.assertTrue(referral.coupon_id.active)
        self.assertFalse(referral.friend_coupon_id.active)
        self.assertIn("was used already", self.card_of_maria.message_ids[0].body)

    def test_confirmed_again_brings_the_same_coupons_back(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        given = referral._coupons()
        for _time in range(2):
            order._action_cancel()
            self.refresh(self.friend)
            order.action_draft()
            order.action_confirm()
            order.date_order = TODAY
            self.refresh(self.friend)
            self.assertEqual(referral.state, "rewarded")
        self.assertEqual(self.coupons(), given)
        self.assertEqual(given.mapped("active"), [True, True])
        self.assertEqual(self.card_of_maria.referral_reward_count, 1)
        for card in (self.card_of_maria, self.card(self.friend)):
            self.assertIn("is good again", card.message_ids[0].body)

    def test_another_order_in_its_place_keeps_the_reward(self):
        self._use_rewards()
        order, referral = self.bought(self.friend)
        second = self._purchase(self.friend, 0, 70)
        order._action_cancel()
        self.refresh(self.friend)
        self.assertEqual(referral.state, "rewarded")
        self.assertEqual(referral.order_id, second)

    # --------------------------------------------------------------- refused, bad input

    def test_friend_found_to_be_the_same_person_gets_no_reward(self):
        self._use_rewards("paid")
        order, referral = self.bought(self.friend)
        self.friend.phone = "600111222"
        self._invoice(order)
        self.refresh(self.friend)
        self.assertEqual(referral.state, "refused")
        self.assertEqual(
            referral.reason,
            "Friend has the same phone number as Maria Soto: nobody brings itself.",
        )
        self.assertFalse(self.coupons())

    def test_program_that_cannot_be_used_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.program.copy({"company_id": other.id})
        loyalty = self.env["loyalty.program"].create(
            {"name": "Points", "program_type": "loyalty"}
        )
        for program, text in ((foreign, "belongs to Other"), (loyalty, "no coupons")):
            with self.assertRaisesRegex(ValidationError, text):
                with self.env.cr.savepoint():
                    self.company.lifecycle_referral_program_id = program
