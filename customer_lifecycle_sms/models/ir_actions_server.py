from odoo import api, fields, models


class IrActionsServer(models.Model):
    """A customer can be followed up by SMS too."""

    _inherit = "ir.actions.server"

    lifecycle_channel = fields.Selection(
        selection_add=[("sms", "An SMS to the customer")],
        ondelete={"sms": "set default"},
    )
    lifecycle_sms_template_id = fields.Many2one(
        "sms.template",
        string="Text Message",
        ondelete="restrict",
        domain="[('model', '=', 'customer.lifecycle.outreach')]",
    )

    def _outreach_kind(self) -> str:
        self.ensure_one()
        if self.state == "lifecycle_follow_up" and self.lifecycle_channel == "sms":
            return "sms"
        return super()._outreach_kind()

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "lifecycle_sms_template_id.model"]

    def _message_warnings(self) -> list[str]:
        """Say what the text message lacks; it needs no mail template."""
        if self._outreach_kind() != "sms":
            return super()._message_warnings()
        template = self.lifecycle_sms_template_id
        if not template:
            return [self.env._("Choose the text message that is sent.")]
        if template.model != "customer.lifecycle.outreach":
            return [
                self.env._(
                    "The text message “%s” is not made for outreach.", template.name
                )
            ]
        return []
