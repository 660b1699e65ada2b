from datetime import timedelta

from odoo import api, fields, models

from .customer_lifecycle_outreach import OPEN_STATES

#: Days after which a message that refers to nothing is no answer to what was sent.
ANSWER_DAYS = 30
#: What people write; the rest is written by programs.
WRITTEN_TYPES = ("email", "comment")


class CustomerLifecycleReply(models.AbstractModel):
    """What customers answer, and that the ladders end with it."""

    _name = "customer.lifecycle.reply"
    _description = "Replies to Outreach"

    @api.model
    def _hear(self, card, message):
        """Take a message on a card as an answer, if the customer wrote it.

        :param message: a ``mail.message``, just posted
        """
        if not self._is_of_customer(card, message):
            return
        # before Odoo notifies the followers: whoever looks after the customer hears it
        card.message_subscribe(card.user_id.partner_id.ids)
        values = {"date": card.company_id._lifecycle_today().isoformat()}
        self._answered(self._outreach_answered(card), "replied", values)
        self._stop_ladders(card, "replied", values)

    @api.model
    def _rated(self, rating, rate: float):
        """Take a rating as the answer to the question that asked for it."""
        outreach = self.env["customer.lifecycle.outreach"].search(
            [("rating_id", "=", rating.id)]
        )
        values = {"rate": rate}
        self._answered(outreach, "rated", values)
        self._stop_ladders(outreach.lifecycle_id, "rated", values)
        self.env["customer.lifecycle.solving"]._solve(outreach, rating, rate)

    def _is_of_customer(self, card, message) -> bool:
        """Say whether somebody of this customer wrote a message by hand."""
        if (
            message.message_type not in WRITTEN_TYPES
            or message.is_internal
            or message.subtype_id.internal
            or self.env.context.get("lifecycle_automatic_mail")
        ):
            return False
        author = message.author_id
        if not author:
            return message.message_type == "email"
        return author.commercial_partner_id == card.partner_id

    def _outreach_answered(self, card):
        """Return the outreach that a message answers: named by it, or the latest.

        The parent of a message says nothing: Odoo hangs all that is posted on a card
        below its first message. What a mail answers is in its head.
        """
        outreach = self.env["customer.lifecycle.outreach"]
        named_id = self.env.context.get("lifecycle_answered_message_id")
        named = named_id and outreach.search(
            [("message_id", "=", named_id), ("lifecycle_id", "=", card.id)]
        )
        return named or outreach.search(
            [
                ("lifecycle_id", "=", card.id),
                ("kind", "!=", "activity"),
                ("state", "=", "sent"),
                (
                    "sent_at",
                    ">=",
                    fields.Datetime.now() - timedelta(days=ANSWER_DAYS),
                ),
            ],
            order="sent_at DESC, id DESC",
            limit=1,
        )

    def _answered(self, outreach, code: str, values: dict):
        """Write that outreach was answered; what was redeemed since stays so."""
        outreach.filtered(lambda each: each.state in ("sent", "answered"))._put(
            "answered", code, values
        )

    @api.model
    def _stop_ladders(self, cards, code: str, values: dict):
        """Cancel the steps to come of the ladders that these cards are on.

        A card is on a ladder when a step of the same rule and occasion has gone out.
        """
        everything = self.env["customer.lifecycle.outreach"].search(
            [("lifecycle_id", "in", cards.ids)]
        )
        begun = {self._ladder_key(each) for each in everything.filtered("sent_at")}
        everything.filtered(
            lambda each: each.state in OPEN_STATES and self._ladder_key(each) in begun
        )._put("cancelled", code, values)

    def _ladder_key(self, outreach) -> tuple:
        """Return the ladder that an outreach is a step of; a reminder, its offer's."""
        step = outreach.offer_id or outreach
        return step.lifecycle_id.id, step.automation_id.id, step.occasion
