from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: The kind of activity that is proposed for a matter; a call where it is not there.
TYPES = {
    "referral": "customer_lifecycle.mail_activity_type_thanks",
    "first_purchase": "customer_lifecycle.mail_activity_type_thanks",
    "second_purchase": "customer_lifecycle.mail_activity_type_thanks",
    "climbed": "customer_lifecycle.mail_activity_type_thanks",
    "anniversary": "customer_lifecycle.mail_activity_type_congratulation",
    "need": "customer_lifecycle.mail_activity_type_solved",
}
CALL = "mail.mail_activity_data_call"
PROMISES = ("promise", "promise_soon")
ACTIVITIES = ("activity_late", "activity_today")


class CustomerLifecycleTodayDone(models.TransientModel):
    """Say what was done about a line of Today: a real activity, done, with a note.

    Where the line is about an activity, that one is done; where it is about a promise,
    the promise can be kept in the same stroke.
    """

    _name = "customer.lifecycle.today.done"
    _description = "Done Today"

    lifecycle_id = fields.Many2one(
        "customer.lifecycle", string="Customer", required=True, ondelete="cascade"
    )
    reason = fields.Text(string="Why", compute="_compute_reason")
    # what the line was about when it was shown: the screen hands it back
    kind = fields.Char(
        compute="_compute_matter", store=True, readonly=False, precompute=True
    )
    res_id = fields.Integer(
        compute="_compute_matter", store=True, readonly=False, precompute=True
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="What Was Done",
        required=True,
        compute="_compute_activity_type_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('res_model', 'in', [False, 'customer.lifecycle']),"
        " ('category', '!=', 'upload_file')]",
    )
    note = fields.Text(help="Everybody who sees the customer reads it.")
    is_kept = fields.Boolean(string="The promise is kept")
    until = fields.Date(
        string="Back in the List",
        required=True,
        default=lambda self: self.env.company._lifecycle_today() + timedelta(days=1),
        help="Not before this day, unless something worse happens; and only if there "
        "is still something to do.",
    )

    @api.depends("lifecycle_id")
    def _compute_reason(self):
        for done in self:
            done.reason = done._line().reason

    @api.depends("lifecycle_id")
    def _compute_matter(self):
        for done in self:
            line = done._line()
            done.kind = line.kind
            done.res_id = line.res_id

    def _line(self):
        """Return the line of the customer as it is now."""
        lines = self.env["customer.lifecycle.today"]
        return lines.search([("id", "=", self.lifecycle_id.id)])

    @api.depends("kind", "res_id")
    def _compute_activity_type_id(self):
        for done in self:
            activity = done._activity()._filtered_access("read")
            done.activity_type_id = activity.activity_type_id or done._usual_type()

    def _usual_type(self):
        """Return the type of activity that suits the matter."""
        for xmlid in filter(None, (TYPES.get(self.kind), CALL)):
            if found := self.env.ref(xmlid, raise_if_not_found=False):
                return found
        return self.env["mail.activity"]._default_activity_type_for_model(
            "customer.lifecycle"
        )

    @api.constrains("until")
    def _check_until(self):
        for done in self:
            if done.until <= done.lifecycle_id.company_id._lifecycle_today():
                raise ValidationError(self.env._("Choose a day that is still to come."))

    def action_done(self):
        """Note what was done; the line goes, and the contact counts.

        :raises UserError: where the line is about something else by now
        """
        self.ensure_one()
        card = self.lifecycle_id
        card.check_access("write")
        line = self._line()
        if (line.kind, line.res_id) != (self.kind, self.res_id):
            raise UserError(
                self.env._(
                    "What waits here has changed meanwhile: look at the list again."
                )
            )
        urgency, promise = line.urgency, self._promise()
        self._act()
        if self.is_kept and promise:
            promise.check_access("write")
            promise._close("kept", by=self.env.user, proof=self.note or "")
        card._snooze(self.until, {card.id: urgency})
        # sudo: customer.lifecycle.refresh - the facts of this one customer, now
        refresh = self.env["customer.lifecycle.refresh"].sudo()
        refresh._refresh(card.company_id, card.partner_id.ids)
        return {"type": "ir.actions.act_window_close"}

    def _act(self):
        """Do the activity that is due, or one made for it.

        :raises UserError: for one of somebody else that the user may not do
        """
        activity = self._activity()
        if activity and not activity.has_access("write"):
            raise UserError(
                self.env._("This activity belongs to somebody else: ask them.")
            )
        if not activity:
            # in the name of whoever did it, who needs no mail about it
            card = self.lifecycle_id.with_context(mail_activity_quick_update=True)
            activity = card.activity_schedule(
                activity_type_id=self.activity_type_id.id,
                user_id=self.env.uid,
                automated=False,
            )
        elif activity.activity_type_id != self.activity_type_id:
            activity.activity_type_id = self.activity_type_id
        activity.action_feedback(feedback=self.note or False)

    def _activity(self):
        """Return the activity that the line is about, if it is still to be done."""
        activities = self.env["mail.activity"]
        if self.kind not in ACTIVITIES:
            return activities
        return activities.browse(self.res_id).exists()

    def _promise(self):
        """Return the promise that the line is about, if it is still open."""
        promises = self.env["customer.lifecycle.commitment"]
        if self.kind not in PROMISES:
            return promises
        promise = promises.browse(self.res_id).exists()
        return promise.filtered(lambda promise: promise.state == "open")
