from odoo import models


class SmsComposer(models.TransientModel):
    """The composer in mass mode is the way of every SMS to a customer."""

    _inherit = "sms.composer"

    def _prepare_mass_sms_values(self, records):
        """Say of each text which outreach it brings."""
        result = super()._prepare_mass_sms_values(records)
        if self.res_model == "customer.lifecycle.outreach":
            for id_, values in result.items():
                values["lifecycle_outreach_id"] = id_
        return result
