from odoo import fields, models


class SmsSms(models.Model):
    """Texts that bring an outreach, which follows what becomes of its text."""

    _inherit = "sms.sms"

    lifecycle_outreach_id = fields.Many2one(
        "customer.lifecycle.outreach",
        string="Outreach",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._lifecycle_follow()
        return result

    def _lifecycle_follow(self):
        """Hold outreach back whose text failed; give it back when the text goes."""
        for sms in self.filtered("lifecycle_outreach_id"):
            # sudo: customer.lifecycle.outreach - follows its text, whoever sends it
            outreach = sms.sudo().lifecycle_outreach_id
            if sms.state in ("error", "canceled"):
                outreach._not_arrived("sms_failed", {"type": sms.failure_type})
            else:
                outreach._on_its_way("sms_failed")
