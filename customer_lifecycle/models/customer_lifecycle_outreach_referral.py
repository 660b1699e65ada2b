from odoo import models


class CustomerLifecycleOutreachReferral(models.AbstractModel):
    """What messages say of recommendations; for templates."""

    _name = "customer.lifecycle.outreach.referral"
    _description = "Recommendations in an Outreach"

    def _referral_code(self) -> str:
        """Return the code by which the customer brings others; made where missing.

        For templates: ``object._referral_code()``.
        """
        self.ensure_one()
        self.lifecycle_id._make_referral_codes()
        return self.lifecycle_id.referral_code

    def _referral_url(self) -> str:
        """Return the link by which the customer brings others.

        For templates: ``object._referral_url()``.
        """
        self.ensure_one()
        self.lifecycle_id._make_referral_codes()
        return self.lifecycle_id.referral_url

    def _referral_rewards(self):
        """Return the coupons that the customer got for recommendations.

        For templates: ``object._referral_rewards()``.
        """
        self.ensure_one()
        return self.lifecycle_id._referral_coupons()
