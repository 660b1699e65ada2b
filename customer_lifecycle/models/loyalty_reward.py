from odoo import models
from odoo.tools import format_amount
from odoo.tools.misc import get_lang


class LoyaltyReward(models.Model):
    """Rewards say in words what they give.

    Not by Odoo's description: that is stored in the language of whoever made it.
    """

    _inherit = "loyalty.reward"

    def _lifecycle_words(self) -> str:
        """Say what this reward gives, in the language at hand."""
        self.ensure_one()
        if self.reward_type == "product":
            return self._lifecycle_words_of_product()
        discount = self._lifecycle_discount()
        goods = self._lifecycle_words_of_goods()
        if not self.discount_max_amount:
            return self.env._(
                "%(discount)s off %(goods)s", discount=discount, goods=goods
            )
        return self.env._(
            "%(discount)s off %(goods)s, up to %(maximum)s",
            discount=discount,
            goods=goods,
            maximum=format_amount(self.env, self.discount_max_amount, self.currency_id),
        )

    def _lifecycle_discount(self) -> str:
        """Return the discount with its unit."""
        if self.discount_mode == "percent":
            point = get_lang(self.env).decimal_point
            percent = f"{self.discount:g}".replace(".", point)
            return self.env._("%(percent)s%%", percent=percent)
        return format_amount(self.env, self._lifecycle_amount(), self.currency_id)

    def _lifecycle_amount(self) -> float:
        """Return the amount of a discount that is no share, for one coupon of ours."""
        if self.discount_mode == "per_point":
            return self.discount * self.program_id._lifecycle_points()
        return self.discount

    def _lifecycle_words_of_goods(self) -> str:
        """Say on what the discount is given."""
        if self.discount_applicability == "order":
            return self.env._("your order")
        if self.discount_applicability == "cheapest":
            return self.env._("the cheapest product of your order")
        products = self.env["product.product"].search(
            self._get_discount_product_domain(), limit=2
        )
        if len(products) != 1:
            return self.env._("certain products")
        return products.with_context(display_default_code=False).display_name

    def _lifecycle_words_of_product(self) -> str:
        """Say which product is free."""
        products = self.reward_product_ids.with_context(display_default_code=False)
        quantity = self.reward_product_qty
        if len(products) > 1:
            return self.env._("a free product of your choice")
        if quantity > 1:
            return self.env._(
                "%(quantity)s × %(product)s for free",
                quantity=quantity,
                product=products.display_name,
            )
        return self.env._("%(product)s for free", product=products.display_name)
