from odoo import api, models

from ..models.customer_lifecycle_referral_refusal import Claim


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts unites their cards before Odoo moves what points at them."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Take over who brought a source, unless the one that stays brought it."""
        merging = dst_partner.with_context(lifecycle_merging=True)
        result = super()._update_values(src_partners, merging)
        referrer = merging.lifecycle_referred_by_id
        circle = referrer and self.env["customer.lifecycle.referral"]._refusals(
            [Claim(referrer, dst_partner)], without=("customer", "already")
        )
        if circle and circle[0]:
            merging.lifecycle_referred_by_id = False
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Unite the cards, then let Odoo do the rest.

        Odoo would delete the second card and its history, as two cards of one
        customer violate the unique key.
        """
        same = src_partners | dst_partner
        # nobody refers itself: Odoo would take the referrer of a source over
        same.filtered(
            lambda partner: (
                partner.lifecycle_referred_by_id.commercial_partner_id
                in same.commercial_partner_id
            )
        ).lifecycle_referred_by_id = False
        absorb = self.env["customer.lifecycle.absorb"]
        absorb._absorb_partners(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["customer.lifecycle.change"]._mark_partners(
            dst_partner.ids, cause="merge"
        )
        return result
