from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .customer_lifecycle_outreach import OPEN_STATES

#: The customer has the offer and can still use it.
RUNNING_STATES = ("sent", "answered")


class CustomerLifecycleOutreach(models.Model):
    """What makes an outreach an offer: its coupon, its meaning, its reminder.

    The coupon is Odoo's, made for one customer when the offer is sent. A reminder is
    another outreach of the same step; it has the code, never the coupon.
    """

    _inherit = "customer.lifecycle.outreach"

    offer_text = fields.Char(
        string="Offer",
        compute="_compute_offer_text",
        help="What the code is good for, in the reader's language.",
    )

    @api.depends("step_id.lifecycle_program_id", "coupon_id", "offer_id.coupon_id")
    @api.depends_context("lang")
    def _compute_offer_text(self):
        """Say what the code of offers and reminders is good for; once per program."""
        programs = {each: each._offer_program() for each in self}
        words = {
            program: program._lifecycle_words() for program in set(programs.values())
        }
        for each in self:
            each.offer_text = words[programs[each]]

    def _offer_program(self):
        """Return the program of an offer: of its coupon, once there is one."""
        self.ensure_one()
        # sudo: loyalty.program - whoever reads the offer may know what it says
        coupon = (self.offer_id or self).sudo().coupon_id
        if coupon:
            return coupon.program_id
        return self.step_id.sudo().lifecycle_program_id

    def _is_prize(self) -> bool:
        """Say whether this was won in a raffle, or recalls what was.

        A prize has no control group, and neither a purchase nor a message ends it.
        """
        self.ensure_one()
        return (self.offer_id or self).occasion.startswith("raffle:")

    def _offer_last_day(self) -> date:
        """Return the last day of an offer; of one not yet sent, if it goes on its day.

        For templates, so that a preview shows a day too.
        """
        self.ensure_one()
        today = self.company_id._lifecycle_today()
        return self.offer_expiry_date or self._offer_ends(
            self.step_id, max(self.planned_date, today)
        )

    @api.model
    def _offer_ends(self, step, day: date) -> date:
        """Return the last day of an offer of a day: no code outlasts its program."""
        last = day + timedelta(days=step.lifecycle_validity_days)
        return min(last, step.lifecycle_program_id.date_to or last)

    def _is_past(self) -> bool:
        """Say whether the last day of this offer is over."""
        self.ensure_one()
        last = self.offer_expiry_date
        return bool(last) and last < self.company_id._lifecycle_today()

    # ------------------------------------------------------------------------- coupons

    def _make_coupons(self):
        """Give each offer its coupon, and return the offers.

        One ``create`` for the coupons and one for their history. An offer that is
        tried again after its mail failed gets the coupon it had.
        """
        again = self.filtered("coupon_id")
        for expiry_date, of_day in again.grouped("offer_expiry_date").items():
            of_day.coupon_id._lifecycle_quietly().write(
                {"active": True, "expiration_date": expiry_date}
            )
        new = self - again
        coupons = (
            self.env["loyalty.card"]
            ._lifecycle_quietly()
            .create([each._prepare_coupon_vals() for each in new])
        )
        for each, coupon in zip(new, coupons, strict=True):
            each.coupon_id = coupon
        new._write_coupon_history()
        return self

    def _prepare_coupon_vals(self) -> dict:
        self.ensure_one()
        program = self.step_id.lifecycle_program_id
        return {
            "program_id": program.id,
            "partner_id": self.lifecycle_id.partner_id.id,
            "code": self.coupon_code,
            "points": program._lifecycle_points(),
            "expiration_date": self.offer_expiry_date,
        }

    def _write_coupon_history(self):
        """Say on the coupons where they come from, as Odoo's own generation does."""
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": each.coupon_id.id,
                    "issued": each.coupon_id.points,
                    "description": self.env._(
                        "Offer of the step %(step)s", step=each.step_id.name
                    ),
                }
                for each in self
            ]
        )

    def action_withdraw(self):
        """Take offers back: their codes are no longer good for anything."""
        offers = self.filtered(
            lambda each: each.kind == "offer" and each.state in RUNNING_STATES
        )
        if not offers:
            raise UserError(
                self.env._(
                    "Only an offer that the customer still has can be withdrawn."
                )
            )
        offers.lifecycle_id.check_access("write")
        # sudo: customer.lifecycle.outreach - whoever may write the card may decide
        offers.sudo()._withdraw()

    def _withdraw(self):
        """Archive the coupons of offers, and write who took them back and when."""
        for company, of_company in self.grouped("company_id").items():
            today = fields.Date.to_string(company._lifecycle_today())
            values = {"user": self.env.user.name, "date": today}
            of_company._put("cancelled", "offer_withdrawn", values)
            of_company._drop_reminders("offer_withdrawn", values)
        self.coupon_id._lifecycle_quietly().action_archive()

    def _follow_coupons(self):
        """Let these offers follow what somebody did with their coupons."""
        if self:
            self.env["customer.lifecycle.outcome"].sudo()._follow_offers(self)

    # ----------------------------------------------------------------------- reminders

    def _plan_reminders(self):
        """Plan the mails that recall these offers before they end; one statement.

        The approval of an offer is that of its reminder. An offer that is shorter
        than its reminder's lead has none. One that was sent again after a fault gets
        its reminder anew, one that lasts longer later.
        """
        offers = self.filtered(
            lambda each: (
                each.step_id.lifecycle_reminder_days > 0
                and each.step_id.lifecycle_reminder_template_id
            )
        )
        if not offers:
            return
        self.env["customer.lifecycle.outreach"].flush_model()
        self.env["ir.actions.server"].flush_model(["lifecycle_reminder_days"])
        planned = self.env.execute_query(offers._reminder_sql())
        self.browse(id_ for (id_,) in planned).invalidate_recordset(flush=False)

    def _reminder_sql(self) -> SQL:
        """Build the statement that inserts the reminders of these offers."""
        return SQL(
            """
            INSERT INTO customer_lifecycle_outreach
                        (lifecycle_id, company_id, partner_id, step_id, automation_id,
                         kind, occasion, state, planned_date, expiry_date,
                         coupon_code, offer_expiry_date, offer_id, approved_by_id,
                         create_uid, create_date, write_uid, write_date)
                 SELECT offer.lifecycle_id, offer.company_id, offer.partner_id,
                        offer.step_id, offer.automation_id,
                        'reminder', 'reminder:' || offer.id, 'approved',
                        offer.offer_expiry_date - step.lifecycle_reminder_days,
                        offer.offer_expiry_date,
                        offer.coupon_code, offer.offer_expiry_date, offer.id,
                        offer.approved_by_id,
                        %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM customer_lifecycle_outreach AS offer
                   JOIN ir_act_server AS step
                     ON step.id = offer.step_id
                   JOIN UNNEST(%(companies)s::integer[], %(days)s::date[])
                     AS day (company_id, today)
                     ON day.company_id = offer.company_id
                  WHERE offer.id = ANY(%(offers)s)
                    AND offer.offer_expiry_date - step.lifecycle_reminder_days
                        > day.today
            ON CONFLICT (lifecycle_id, step_id, occasion) DO UPDATE
                    SET state = EXCLUDED.state,
                        planned_date = EXCLUDED.planned_date,
                        expiry_date = EXCLUDED.expiry_date,
                        offer_expiry_date = EXCLUDED.offer_expiry_date,
                        wait_until = NULL,
                        reason_code = NULL,
                        reason_values = NULL,
                        write_uid = EXCLUDED.write_uid,
                        write_date = EXCLUDED.write_date
                  WHERE customer_lifecycle_outreach.state = ANY(%(not_sent)s)
              RETURNING id
            """,
            offers=self.ids,
            not_sent=[*OPEN_STATES, "cancelled"],
            uid=self.env.uid,
            now=self.env.cr.now(),
            companies=self.company_id.ids,
            days=[company._lifecycle_today() for company in self.company_id],
        )

    def _drop_reminders(self, code: str, values: dict | None = None):
        """Cancel what would recall these offers."""
        reminders = self.env["customer.lifecycle.outreach"].search(
            [("offer_id", "in", self.ids), ("state", "in", [*OPEN_STATES, "held"])]
        )
        reminders._put("cancelled", code, values)
