from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_gate import AT, GateCommon
from .common_referrals import ReferralsCommon


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestReferralTold(ReferralsCommon, GateCommon):
    """What tells the customers of their rewards is planned, and passes the gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_rewards()
        cls.template = cls.env.ref("customer_lifecycle.mail_template_reward")
        field = cls.env["ir.model.fields"]._get(
            "customer.lifecycle", "referral_reward_count"
        )
        cls.step = cls._steps(
            {
                "lifecycle_occasion": "reward",
                "lifecycle_cooling_days": 0,
                "lifecycle_template_id": cls.template.id,
            },
            trigger="on_create_or_write",
            trg_field_ref=False,
            trigger_field_ids=[Command.set(field.ids)],
        )

    def setUp(self):
        super().setUp()
        self.friend = self._customer("Friend", email="friend@example.com")

    def told(self, partner):
        """Return what is to tell a customer of its rewards, the oldest first."""
        return self.Outreach.search(
            [
                ("step_id", "=", self.step.id),
                ("lifecycle_id.partner_id", "=", partner.id),
            ],
            order="id",
        )

    def test_reward_plans_one_message_for_each_side(self):
        _order, referral = self.bought(self.friend)
        told = self.told(self.maria) | self.told(self.friend)
        self.assertEqual(told.mapped("occasion"), ["reward:1", "reward:1"])
        self.assertEqual(told.mapped("state"), ["planned", "planned"])
        self.assertEqual(self.judge(told), {})
        bodies = told._rendered()
        mine, theirs = (bodies[each.id]["body"] for each in told)
        self.assertIn(referral.coupon_id.code, mine)
        self.assertIn("15% off your order", mine)
        self.assertNotIn(referral.friend_coupon_id.code, mine)
        self.assertIn(referral.friend_coupon_id.code, theirs)

    def test_next_friend_is_an_occasion_of_its_own(self):
        self.bought(self.friend)
        self.bought(self._customer("Second"))
        first, second = self.told(self.maria)
        self.assertEqual(second.occasion, "reward:2")
        self.assertEqual(self.judge(first), {first: ("cancelled", "occasion_over")})
        body = second._rendered()[second.id]["body"]
        for referral in self.card_of_maria.referral_ids:
            self.assertIn(referral.coupon_id.code, body)

    def test_whoever_wants_no_offers_hears_of_no_coupon(self):
        self.bought(self.friend)
        told = self.told(self.maria)
        self.assertEqual(told._purpose(), "offers")
        self.maria.lifecycle_no_offers = True
        self.assertFalse(told.state == "sent")
        self.assertEqual(self.verdict(told).code, "no_offers")

    def test_reward_that_was_taken_back_is_not_told(self):
        order, _referral = self.bought(self.friend)
        order._action_cancel()
        self.refresh(self.friend)
        told = self.told(self.maria)
        self.assertEqual(self.judge(told), {told: ("cancelled", "occasion_over")})
