from odoo import fields, models


class CustomerLifecycleReferralCode(models.Model):
    """A code that still leads to a customer: the one of a card that was absorbed.

    It is on paper and in mails, and nobody can call it back. The code that a card
    shows is on the card itself.
    """

    _name = "customer.lifecycle.referral.code"
    _description = "Former Referral Code"
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True)
    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    _code_uniq = models.UniqueIndex("(code)", "Somebody has had this code already.")
