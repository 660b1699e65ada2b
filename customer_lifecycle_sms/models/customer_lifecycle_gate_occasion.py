from odoo import models


class CustomerLifecycleGateOccasion(models.AbstractModel):
    """A step by SMS has a text message, not a mail."""

    _inherit = "customer.lifecycle.gate.occasion"

    def _has_message(self, outreach) -> bool:
        if outreach.kind == "sms":
            return bool(outreach.step_id.lifecycle_sms_template_id)
        return super()._has_message(outreach)
