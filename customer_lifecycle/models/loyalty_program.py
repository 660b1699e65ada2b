from odoo import models
from odoo.tools import format_amount


class LoyaltyProgram(models.Model):
    """Programs say in words what their coupons are good for."""

    _inherit = "loyalty.program"

    def _lifecycle_points(self) -> float:
        """Return the points of a coupon: what the cheapest of the rewards costs."""
        self.ensure_one()
        return min(self.reward_ids.mapped("required_points"), default=1)

    def _lifecycle_rewards(self):
        """Return the rewards that a coupon of ours can claim, one of them."""
        points = self._lifecycle_points()
        return self.reward_ids.filtered(lambda reward: reward.required_points <= points)

    def _lifecycle_minimum(self) -> tuple[float, bool]:
        """Return the smallest purchase on which a coupon can be used.

        :return: amount in the program's currency, whether taxes are included
        """
        rule = self.rule_ids.sorted("minimum_amount")[:1]
        return rule.minimum_amount, rule.minimum_amount_tax_mode == "incl"

    def _lifecycle_words(self) -> str:
        """Say what a coupon is good for, in the language at hand; empty for none."""
        if not self:
            return ""
        rewards = [reward._lifecycle_words() for reward in self._lifecycle_rewards()]
        meaning = self.env._(" or ").join(rewards)
        minimum, _is_gross = self._lifecycle_minimum()
        if not minimum:
            return meaning
        return self.env._(
            "%(meaning)s, from a purchase of %(amount)s on",
            meaning=meaning,
            amount=format_amount(self.env, minimum, self.currency_id),
        )
