from odoo import models


class CustomerLifecycleSender(models.AbstractModel):
    """Brings text messages into Odoo's queue of SMS."""

    _inherit = "customer.lifecycle.sender"

    def _deliver_sms(self, step, outreach, at):
        """Queue one SMS for each outreach; what Odoo refuses is held back.

        Through the composer in mass mode, so that Odoo's blacklist holds.
        """
        outreach._drop_earlier_texts()
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "customer.lifecycle.outreach",
                "res_ids": repr(outreach.ids),
                "template_id": step.lifecycle_sms_template_id.id,
                "use_exclusion_list": True,
                "mass_keep_log": False,
                "mass_force_send": False,
            }
        )
        texts = composer._action_send_sms()
        going = texts.filtered(lambda sms: sms.state == "outgoing")
        self._log_texts(composer, going)
        self._sent(going.lifecycle_outreach_id, at)
        for failure, refused in (texts - going).grouped("failure_type").items():
            refused.lifecycle_outreach_id._put("held", "sms_refused", {"type": failure})

    def _log_texts(self, composer, texts):
        """Put the texts on the cards of their customers."""
        by_card = {sms.lifecycle_outreach_id.lifecycle_id: sms for sms in texts}
        if not by_card:
            return
        bodies = composer._prepare_log_body_values(
            {card.id: {"body": sms.body} for card, sms in by_card.items()}
        )
        cards = self.env["customer.lifecycle"].browse(bodies)
        messages = cards._message_log_batch(bodies=bodies, message_type="sms")
        for card, message in zip(cards, messages, strict=True):
            by_card[card].mail_message_id = message
            by_card[card].lifecycle_outreach_id.message_id = message
