from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.customer_lifecycle.models.customer_lifecycle_outreach import PURPOSES

# What asks for permission, counts for the caps and waits in quiet hours: an SMS gives
# attention, as a mail of a follow-up does.
PURPOSES["sms"] = "care"


class CustomerLifecycleOutreach(models.Model):
    """An outreach that is an SMS."""

    _inherit = "customer.lifecycle.outreach"

    kind = fields.Selection(selection_add=[("sms", "SMS")], ondelete={"sms": "cascade"})

    def _template(self):
        """Return no mail template for an SMS, whatever the step had before."""
        if self.kind == "sms":
            return self.env["mail.template"]
        return super()._template()

    def _rendered(self) -> dict[int, dict]:
        """Return the texts too, as they would go out now: ``{id: {subject, body}}``."""
        found = super()._rendered()
        texts = self.filtered(lambda each: each.kind == "sms")
        for step, of_step in texts.grouped("step_id").items():
            bodies = step.lifecycle_sms_template_id._render_field(
                "body", of_step.ids, compute_lang=True
            )
            found |= {
                id_: {"subject": False, "body": body} for id_, body in bodies.items()
            }
        return found

    def _sms_number(self) -> str | bool:
        """Return the number in international form; False if it cannot be one."""
        self.ensure_one()
        return self.partner_id.phone_sanitized

    def _drop_earlier_texts(self):
        """Delete the failed texts of outreach that is to be sent again."""
        # sudo: sms.sms - the texts of this very outreach
        self.env["sms.sms"].sudo().search(
            Domain("lifecycle_outreach_id", "in", self.ids)
            & Domain("state", "in", ["outgoing", "error", "canceled"])
        ).unlink()
