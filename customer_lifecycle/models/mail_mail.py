from odoo import api, fields, models

#: The mail of an outreach in these states may leave.
LEAVING_STATES = ("sent", "answered")


class MailMail(models.Model):
    """Mails that bring an outreach, which follows what becomes of its mail."""

    _inherit = "mail.mail"

    lifecycle_outreach_id = fields.Many2one(
        "customer.lifecycle.outreach",
        string="Outreach",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Have outreach follow: sent, or held back with the failure in words.

        Before Odoo's own work, which deletes mails.
        """
        outreach = self._lifecycle_outreach()
        if outreach and failure_type:
            outreach._mail_failed(failure_type, failure_reason)
        elif outreach:
            outreach._mail_left()
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    def _send(self, *args, **kwargs):
        """Let nothing leave whose outreach is over: withdrawn, cancelled, redeemed.

        Nor what the customer has refused, or bought, while it was in the queue.
        """
        outreach = self._lifecycle_outreach()
        outreach._stop_refused()
        over = outreach.filtered(lambda each: each.state not in LEAVING_STATES)
        stopped = self.filtered(lambda mail: mail.lifecycle_outreach_id in over)
        stopped.write({"state": "cancel"})
        return super(MailMail, self - stopped)._send(*args, **kwargs)

    def mark_outgoing(self):
        """Take outreach along when somebody retries its failed mail.

        A mail whose outreach has gone another way since then stays where it is.
        """
        outreach = self._lifecycle_outreach()
        outreach._mail_retried()
        stale = outreach.filtered(lambda each: each.state not in LEAVING_STATES)
        mails = self.filtered(lambda mail: mail.lifecycle_outreach_id not in stale)
        return super(MailMail, mails).mark_outgoing()

    def cancel(self):
        """Hold back the outreach of a mail that somebody stops in the queue."""
        self._unsent_outreach()._mail_stopped()
        return super().cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_hold_outreach_back(self):
        """Hold back the outreach of a mail that somebody deletes in the queue."""
        self._unsent_outreach()._mail_stopped()

    def _unsent_outreach(self):
        """Return the outreach whose mail is still in the queue."""
        unsent = self.filtered(lambda mail: mail.state == "outgoing")
        return unsent._lifecycle_outreach()

    def _lifecycle_outreach(self):
        """Return the outreach that these mails bring."""
        # sudo: customer.lifecycle.outreach - follows its mail, whoever deals with it
        return self.sudo().lifecycle_outreach_id
