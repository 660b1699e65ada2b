from odoo import fields, models


class MailMessage(models.Model):
    """Messages know whether a program wrote them: the gate reads them later."""

    _inherit = "mail.message"

    lifecycle_is_automatic = fields.Boolean(string="Automatic Answer", readonly=True)
