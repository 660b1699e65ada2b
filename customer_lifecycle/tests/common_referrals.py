from datetime import timedelta

from odoo.fields import Command

from .common import TODAY, CustomerLifecycleCommon


class ReferralsCommon(CustomerLifecycleCommon):
    """Maria, a customer with a code, and programs for rewards that nobody chose yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Referral = cls.env["customer.lifecycle.referral"]
        cls.maria = cls._customer(
            "Maria Soto", email="maria@example.com", phone="+34 600 111 222"
        )
        cls._purchase(cls.maria, 40)
        cls.card_of_maria = cls.refresher._refresh(
            cls.company, cls.maria.ids, as_of=TODAY, is_silent=True
        )
        cls.card_of_maria.action_make_referral_code()
        cls.code = cls.card_of_maria.referral_code
        cls.program, cls.friend_program = (
            cls.env["loyalty.program"].create(
                {
                    "name": name,
                    "program_type": "coupons",
                    "company_id": cls.company.id,
                    "reward_ids": [
                        Command.create({"discount": share, "discount_mode": "percent"})
                    ],
                }
            )
            for name, share in (("For Maria", 15), ("Welcome", 5))
        )

    @classmethod
    def _use_rewards(cls, when="confirmed", since=TODAY - timedelta(days=30)):
        """Choose the rewards of both sides, as of a past day."""
        cls.company.write(
            {
                "lifecycle_referral_program_id": cls.program.id,
                "lifecycle_friend_program_id": cls.friend_program.id,
                "lifecycle_reward_when": when,
            }
        )
        cls.company.lifecycle_referral_since = since

    def _coded(self, friend, code=None, **values):
        """Make a quotation of today for somebody who comes with a code."""
        return self._quotation(
            friend, lifecycle_referral_code=code or self.code, **values
        )

    def referral(self, friend):
        """Return the referral of whoever was brought."""
        return self.Referral.search(
            [("friend_id", "=", friend.id), ("company_id", "=", self.company.id)]
        )

    def bought(self, friend, **options):
        """Have a friend buy today with Maria's code; return order and referral."""
        order = self._coded(friend)
        order.action_confirm()
        order.date_order = TODAY
        self.refresh(friend, **options)
        return order, self.referral(friend)
