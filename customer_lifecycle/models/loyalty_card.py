from odoo import models


class LoyaltyCard(models.Model):
    """Coupons take the offers that they belong to along: archived is withdrawn."""

    _inherit = "loyalty.card"

    def _lifecycle_quietly(self):
        """Return these in a context in which no mail is sent and nothing is logged."""
        # the mail that tells of the coupon is the offer's
        return self.with_context(
            loyalty_no_mail=True, tracking_disable=True, lifecycle_offer=True
        )

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"active", "expiration_date"}):
            self._lifecycle_follow()
        return result

    def unlink(self):
        # sudo: customer.lifecycle.outreach - follows whoever may delete the coupon
        offers = self._lifecycle_offers()
        result = super().unlink()
        offers._follow_coupons()
        return result

    def _lifecycle_offers(self):
        """Return the offers of these coupons that do not take care of it themselves."""
        outreach = self.env["customer.lifecycle.outreach"].sudo()
        if self.env.context.get("lifecycle_offer"):
            return outreach
        return outreach.search([("coupon_id", "in", self.ids), ("kind", "=", "offer")])

    def _lifecycle_follow(self):
        """Let the offers follow what somebody did with their coupons."""
        self._lifecycle_offers()._follow_coupons()
