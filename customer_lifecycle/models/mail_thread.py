from odoo import api, models

#: What programs write into the head of a mail that nobody wrote.
AUTOMATIC_HEADS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response")
AUTOMATIC_PRECEDENCES = ("auto_reply", "bulk", "junk")


class MailThread(models.AbstractModel):
    """What comes back by mail: bounces, and answers that nobody wrote."""

    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Tell the outreach whose mail it is that came back."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        message = message_dict["bounced_message"]
        if message:
            # sudo: customer.lifecycle.outreach - the mail gateway may be anybody
            outreach = self.env["customer.lifecycle.outreach"].sudo()
            outreach.search([("message_id", "in", message.ids)])._mail_bounced(
                message_dict["bounced_email"]
            )
        return result

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Say which message a mail answers, and whether a program wrote it."""
        told = self.with_context(
            lifecycle_automatic_mail=self._is_automatic(message),
            lifecycle_answered_message_id=message_dict.get("parent_id"),
        )
        return super(MailThread, told)._message_route_process(
            message, message_dict, routes
        )

    def _message_post_after_hook(self, message, msg_values):
        """Note that nobody wrote a message that came in by mail."""
        if self.env.context.get("lifecycle_automatic_mail"):
            # sudo: mail.message - the mail gateway may be anybody
            message.sudo().lifecycle_is_automatic = True
        return super()._message_post_after_hook(message, msg_values)

    @api.model
    def _is_automatic(self, message) -> bool:
        """Say whether a program wrote this mail (RFC 3834 and older customs)."""
        submitted = (message.get("Auto-Submitted") or "no").strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            not submitted.startswith("no")
            or precedence in AUTOMATIC_PRECEDENCES
            or any(message.get(head) for head in AUTOMATIC_HEADS)
        )
