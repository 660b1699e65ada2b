from odoo import models


class CustomerLifecycleAnswerable(models.AbstractModel):
    """The card as the place where customers answer: by a message, or by a rating."""

    _name = "customer.lifecycle.answerable"
    _description = "Answers of a Customer"
    _inherit = ["rating.mixin"]

    def _message_post_after_hook(self, message, msg_values):
        """Have outreach hear what the customer writes; a rating is heard as such."""
        result = super()._message_post_after_hook(message, msg_values)
        if not msg_values.get("rating_id"):
            self._replies()._hear(self.sudo(), message.sudo())
        return result

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """Have outreach hear how the customer rates; what was said, was said.

        A link that is used a second time changes nothing. The pages answer as
        superuser; nobody else answers in the customer's place, token or not.
        """
        if token and not rating:
            # sudo: rating.rating - found by what only its customer knows
            rating = self.env["rating.rating"].sudo()
            rating = rating.search([("access_token", "=", token)], limit=1)
            rating = rating.sudo(self.env.su)
        if rating:
            rating.check_access("write")
        if rating and rating.consumed:
            return rating
        rating = super().rating_apply(
            rate,
            token=token,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )
        # sudo: mail.message - by answering the customer got in touch
        rating.sudo().message_id.lifecycle_contact = "theirs"
        self._replies()._rated(rating.sudo(), rate)
        return rating

    def _rating_get_access_token(self, partner=None):
        """Find the open rating of a customer, which nobody else may read."""
        self.check_access("read")
        # sudo: rating.rating - for the mail to the customer who is asked
        return super(CustomerLifecycleAnswerable, self.sudo())._rating_get_access_token(
            partner
        )

    def _rating_get_repartition(self, add_stats=False, domain=None):
        """Count the ratings of cards that one may read; others are refused."""
        self.check_access("read")
        return super()._rating_get_repartition(add_stats=add_stats, domain=domain)

    def _comment_rating(self, rating, text: str):
        """Take what the customer adds to a rating, and tell whoever sees to it."""
        self.ensure_one()
        rated_on = rating.rated_on
        rating.feedback = text
        # Odoo puts the time of the words in its place
        rating.rated_on = rated_on
        self.message_post(
            body=text,
            author_id=rating.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.env["customer.lifecycle.solving"]._tell_words(self, rating)

    def _replies(self):
        # sudo: customer.lifecycle.outreach - a customer answers without access to it
        return self.env["customer.lifecycle.reply"].sudo()
