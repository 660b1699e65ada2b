from odoo import fields, models

#: The longest part of a mail server's answer that a record keeps.
FAILURE_LENGTH = 200
#: Why an outreach is held back after it was handed to the mail queue.
DELIVERY_CODES = ("mail_failed", "mail_bounced", "mail_stopped")


class CustomerLifecycleOutreachDelivery(models.AbstractModel):
    """What becomes of an outreach after its mail was queued.

    No coupon without a message: when the mail does not arrive, the coupon is archived
    and the outreach held back; when it goes after all, both come back.
    """

    _name = "customer.lifecycle.outreach.delivery"
    _description = "Delivery of an Outreach"

    def _mail_failed(self, failure_type: str, failure_reason):
        """Hold back outreach whose mail the server did not take.

        :param failure_type: of ``mail.mail``
        :param failure_reason: what the server said, or nothing
        """
        self._not_arrived(
            "mail_failed",
            {"type": failure_type, "answer": (failure_reason or "")[:FAILURE_LENGTH]},
        )

    def _mail_bounced(self, email):
        """Hold back outreach whose mail came back.

        :param email: the address, where the bounce tells it
        """
        for company, of_company in self.grouped("company_id").items():
            of_company._not_arrived(
                "mail_bounced",
                {
                    "email": email or "",
                    "date": company._lifecycle_today().isoformat(),
                },
            )

    def _mail_stopped(self):
        """Hold back outreach whose mail somebody took out of the queue."""
        self._not_arrived("mail_stopped")

    def _mail_retried(self):
        """Put outreach back to sent: its failed mail is in the queue again."""
        self._on_its_way("mail_failed", "mail_stopped")

    def _mail_left(self):
        """Put outreach back to sent whose mail has gone after all."""
        self._on_its_way("mail_failed")

    def _stop_refused(self):
        """Take back what may not leave the mail queue any more.

        The customer said no or bought since the mail was queued.
        """
        sent = self.filtered(lambda each: each.state == "sent")
        if not sent:
            return
        gate = self.env["customer.lifecycle.gate"]
        verdicts = gate._judge(sent, fields.Datetime.now(), gate._checks_leaving())
        stopped = sent.filtered(lambda each: each.id in verdicts)
        for same in stopped.grouped(lambda each: repr(verdicts[each.id])).values():
            verdict = verdicts[same[:1].id]
            same._not_arrived(verdict.code, verdict.values, state=verdict.state)

    def _not_arrived(self, code: str, values: dict | None = None, state: str = "held"):
        """Take back what was sent: it did not reach the customer, and may again.

        What was answered or redeemed has arrived, whatever the server says later.
        """
        sent = self.filtered(lambda each: each.state == "sent")
        if not sent:
            return
        sent._put(state, code, values, sent_at=False)
        sent.coupon_id._lifecycle_quietly().active = False
        sent._drop_reminders(code, values)

    def _on_its_way(self, *codes: str):
        """Give outreach back that one of these codes holds back."""
        held = self.filtered(
            lambda each: each.state == "held" and each.reason_code in codes
        )
        if not held:
            return
        held._put("sent", sent_at=fields.Datetime.now())
        held.coupon_id._lifecycle_quietly().active = True
        held.filtered(lambda each: each.kind == "offer")._plan_reminders()

    def _drop_earlier_mails(self):
        """Delete the failed mails of outreach that is to be sent again.

        Otherwise somebody could retry them, and the customer had it twice.
        """
        # sudo: mail.mail - the mails of this very outreach
        self.env["mail.mail"].sudo().search(
            [
                ("lifecycle_outreach_id", "in", self.ids),
                ("state", "in", ["outgoing", "exception", "cancel"]),
            ]
        ).unlink()
