from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: The kind of activity that stands for a kind of contact.
ACTIVITY_TYPES = {
    "call": "mail.mail_activity_data_call",
    "meeting": "mail.mail_activity_data_meeting",
    "visit": "customer_lifecycle.mail_activity_type_visit",
    "coffee": "customer_lifecycle.mail_activity_type_coffee",
    "message": "mail.mail_activity_data_email",
}


class CustomerLifecycleContactLog(models.TransientModel):
    """Note a contact that Odoo knows nothing of: a call, a visit, a chat message.

    It becomes a done activity in the chatter of the card, on the day on which it was.
    """

    _name = "customer.lifecycle.contact.log"
    _description = "Log a Contact"

    lifecycle_id = fields.Many2one(
        "customer.lifecycle", string="Customer", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="lifecycle_id.partner_id", string="Contact")
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("visit", "Visit"),
            ("message", "Message"),
            ("coffee", "Coffee"),
        ],
        default="call",
        required=True,
    )
    began = fields.Selection(
        [("ours", "We did"), ("theirs", "The customer did")],
        string="Who Began",
        default="ours",
        required=True,
    )
    at = fields.Datetime(string="When", default=fields.Datetime.now, required=True)
    person_id = fields.Many2one(
        "res.partner",
        string="With",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person of the customer; empty: nobody in particular.",
    )
    note = fields.Text(string="What Was Said")

    @api.constrains("at")
    def _check_at(self):
        # a clock may be some minutes ahead of ours
        latest = fields.Datetime.now() + timedelta(minutes=15)
        if any(contact.at > latest for contact in self):
            raise ValidationError(
                self.env._("A contact that is still to come is a meeting or activity.")
            )

    @api.constrains("person_id")
    def _check_person(self):
        for contact in self:
            person = contact.person_id.commercial_partner_id
            if person and person != contact.lifecycle_id.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not belong to %(customer)s.",
                        person=contact.person_id.display_name,
                        customer=contact.lifecycle_id.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Open the dialog about customers.

        :raises AccessError: where the user may not read the customer
        """
        # before anything says the customer's name
        cards = {vals.get("lifecycle_id") for vals in vals_list} - {None, False}
        self.env["customer.lifecycle"].browse(cards).check_access("read")
        return super().create(vals_list)

    def action_log(self):
        """Note the contact on the card, and read the card anew."""
        self.ensure_one()
        card = self.lifecycle_id
        card.check_access("read")
        message = self._make_activity()._action_done(feedback=self.note)[0]
        # sudo: mail.message - the one just posted, on the day on which it was
        message.sudo().write({"date": self.at, "lifecycle_contact": self._side()})
        # sudo: customer.lifecycle.refresh - reads all of the customer, writes its card
        refresh = self.env["customer.lifecycle.refresh"].sudo()
        refresh._refresh(card.company_id, card.partner_id.ids)
        return {"type": "ir.actions.act_window_close"}

    def _side(self) -> str:
        """Return who was in touch: a message is of one side, all others of both."""
        return self.began if self.kind == "message" else "both"

    def _make_activity(self):
        """Create the activity that is done at once."""
        kind = self.env.ref(ACTIVITY_TYPES[self.kind], raise_if_not_found=False)
        kind = kind or self.env["mail.activity.type"].search([], limit=1)
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return quiet.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("customer.lifecycle"),
                "res_id": self.lifecycle_id.id,
                "activity_type_id": kind.id,
                "summary": self._summary(),
                "user_id": self.env.uid,
                "date_deadline": self._day(),
            }
        )

    def _day(self):
        """Return the day of the contact where its user is."""
        at: datetime = fields.Datetime.context_timestamp(self, self.at)
        return at.date()

    def _summary(self) -> str:
        """Say what it was in one line."""
        person = self.person_id or self.partner_id
        words = {
            ("call", "ours"): self.env._("Called %s", person.name),
            ("call", "theirs"): self.env._("%s called", person.name),
            ("visit", "ours"): self.env._("Visited %s", person.name),
            ("visit", "theirs"): self.env._("%s came to visit", person.name),
            ("message", "ours"): self.env._("Wrote to %s", person.name),
            ("message", "theirs"): self.env._("%s wrote", person.name),
            ("meeting", "ours"): self.env._("Met %s", person.name),
            ("meeting", "theirs"): self.env._("%s asked for a meeting", person.name),
            ("coffee", "ours"): self.env._("Had a coffee with %s", person.name),
            ("coffee", "theirs"): self.env._("%s invited to a coffee", person.name),
        }
        return words[self.kind, self.began]
