from odoo import api, fields, models

#: Who is in touch in a contact.
CONTACT_SIDES = [
    ("both", "Both sides spoke"),
    ("ours", "We got in touch"),
    ("theirs", "The customer got in touch"),
    ("none", "No contact with the customer"),
]
#: The kinds of activity in which both sides speak.
SPOKEN = ("phonecall", "meeting")


class MailActivityType(models.Model):
    """Kinds of activity say whether a done one was a contact with the customer."""

    _inherit = "mail.activity.type"

    lifecycle_contact = fields.Selection(
        CONTACT_SIDES,
        string="Done Means",
        compute="_compute_lifecycle_contact",
        store=True,
        readonly=False,
        precompute=True,
        help="What an activity of this kind, once it is done, says about the contact "
        "with the customer. The next contact is due counted from the last one.",
    )

    @api.depends("category", "decoration_type")
    def _compute_lifecycle_contact(self):
        for kind in self:
            if kind.category in SPOKEN:
                kind.lifecycle_contact = "both"
            elif kind.category == "upload_file" or kind.decoration_type:
                kind.lifecycle_contact = "none"  # paperwork, and alarms of Odoo's
            else:
                kind.lifecycle_contact = "ours"

    def write(self, vals):
        """Read the customers anew when another kind of activity is a contact."""
        result = super().write(vals)
        if {"lifecycle_contact", "category", "decoration_type"} & vals.keys():
            self.env["customer.lifecycle.change"].sudo()._mark_cards("rule")
        return result
