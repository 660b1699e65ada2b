from odoo import models

from odoo.addons.rating.models import rating_data


class CustomerLifecycleGateDelivery(models.AbstractModel):
    """The sentences on what became of an outreach after it was sent."""

    _name = "customer.lifecycle.gate.delivery"
    _description = "Sentences on Delivery"
    _inherit = ["customer.lifecycle.gate.mixin"]

    def _say_mail_failed(self, values):
        kinds = self.env["mail.mail"]._fields["failure_type"]
        failure = dict(kinds._description_selection(self.env)).get(
            values.get("type"), ""
        )
        if values.get("answer"):
            return self.env._(
                "The mail could not be sent: %(failure)s. The mail server said: "
                "%(answer)s. Try again when that is solved.",
                failure=failure,
                answer=values["answer"],
            )
        return self.env._(
            "The mail could not be sent: %(failure)s. Try again when that is solved.",
            failure=failure,
        )

    def _say_mail_bounced(self, values):
        return self.env._(
            "The mail came back on %(date)s: %(email)s does not take it. Correct the "
            "address, then try again.",
            date=self._date_in_words(values),
            email=values.get("email") or self.env._("the address"),
        )

    def _say_mail_stopped(self, values):
        return self.env._(
            "Somebody took the mail out of the queue before it left. Try again to "
            "have it sent."
        )

    def _say_replied(self, values):
        return self.env._(
            "The customer wrote on %(date)s.", date=self._date_in_words(values)
        )

    def _say_rated(self, values):
        words = dict(
            self.env["rating.rating"]
            ._fields["rating_text"]
            ._description_selection(self.env)
        )
        return self.env._(
            "The customer answered: %(rating)s.",
            rating=words[rating_data._rating_to_text(values["rate"])],
        )
