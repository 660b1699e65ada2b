from odoo import models


class MailComposeMessage(models.TransientModel):
    """The composer in mass mode is the way of every mail to a customer."""

    _inherit = "mail.compose.message"

    def _manage_mail_values(self, mail_values_all):
        """Put the message of an outreach on the customer's card.

        There the salesperson sees it, and there an answer arrives.
        """
        result = super()._manage_mail_values(mail_values_all)
        if self.model == "customer.lifecycle.outreach":
            outreach = self.env[self.model].browse(result)
            for each in outreach:
                each._finish_mail_values(result[each.id])
        return result
