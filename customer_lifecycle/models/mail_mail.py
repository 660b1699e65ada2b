from odoo import fields, models


class MailMail(models.Model):
    """Mails that bring an outreach."""

    _inherit = "mail.mail"

    lifecycle_outreach_id = fields.Many2one(
        "customer.lifecycle.outreach",
        string="Outreach",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
