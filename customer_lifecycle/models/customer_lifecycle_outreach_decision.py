import re
from datetime import timedelta

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html_sanitize, is_html_empty
from odoo.tools.mail import append_content_to_html

#: What can still be cancelled: nothing has reached the customer.
CANCELLABLE = ("planned", "approved", "waiting", "held")
#: The code of what a person has cancelled, and may take back.
BY_HAND = "by_hand"


class CustomerLifecycleOutreachDecision(models.AbstractModel):
    """What people see of an outreach before they decide, and what they decide.

    Whoever may write the card of the customer may decide on its outreach: approve,
    cancel, take a cancellation back, try again what was held back.
    """

    _name = "customer.lifecycle.outreach.decision"
    _description = "Decisions on Outreach"

    reason_group = fields.Selection(
        selection="_selection_reason_group",
        string="Reason",
        compute="_compute_reason_group",
        search="_search_reason_group",
        help="Why it waits, was held back or cancelled, in a word.",
    )
    why = fields.Text(
        string="How It Stands",
        compute="_compute_why",
        help="Why it is where it is; before that, how the customer stands.",
    )
    message_subject = fields.Char(
        string="Subject", compute="_compute_message", compute_sudo=True
    )
    message_body = fields.Html(
        string="Message",
        compute="_compute_message",
        compute_sudo=True,
        # a mail as it is, shown apart from the page
        sanitize=False,
    )
    message_error = fields.Text(compute="_compute_message", compute_sudo=True)
    outlook = fields.Text(
        string="If It Went Out Now", compute="_compute_outlook", compute_sudo=True
    )
    can_take_back = fields.Boolean(compute="_compute_can_take_back")

    # ---------------------------------------------------------------- reasons in words

    @api.model
    def _selection_reason_group(self) -> list[tuple[str, str]]:
        """Return every reason that the gate can say, in a word or two."""
        return self.env["customer.lifecycle.gate"]._reason_names()

    @api.depends("reason_code")
    def _compute_reason_group(self):
        known = dict(self._selection_reason_group())
        for outreach in self:
            code = outreach.reason_code
            outreach.reason_group = code if code in known else False

    def _search_reason_group(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("reason_code", "in", value)]

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr == "reason_group":
            field_expr = "reason_code"
        return super()._field_to_sql(alias, field_expr, query)

    @api.depends("reason", "lifecycle_id")
    @api.depends_context("lang")
    def _compute_why(self):
        for outreach in self:
            outreach.why = outreach.reason or outreach.lifecycle_id.reason

    # -------------------------------------------------------------------- what is said

    @api.depends("state", "message_id", "step_id")
    @api.depends_context("lang")
    def _compute_message(self):
        """Show the very message: as it went out, or as it would go out now."""
        for outreach in self:
            text, error = outreach._message()
            outreach.message_subject = text.get("subject") or False
            outreach.message_body = text.get("body") or False
            outreach.message_error = error

    def _message(self) -> tuple[dict, str | bool]:
        """Return ``({subject, body}, error)`` of one outreach."""
        self.ensure_one()
        if self.message_id:
            sent = self.message_id
            return {
                "subject": sent.subject,
                "body": self._with_footer(sent.body),
            }, False
        if not (self.id and self.step_id):
            return {}, False
        try:
            with self.env.cr.savepoint():
                return self._message_to_come(), False
        except psycopg2.Error:
            raise  # not the template's fault, and Odoo may try again
        except Exception as error:
            return {}, self.env._(
                "The message cannot be made for this customer: %s", _words(error)
            )

    def _message_to_come(self) -> dict:
        """Return ``{subject, body}`` of one outreach as it would go out now."""
        if self.kind != "activity":
            mail = self._rendered().get(self.id)
            return mail | {"body": self._with_footer(mail["body"])} if mail else {}
        step = self.step_id
        summaries = self._rendered_texts(step, "lifecycle_summary", "inline_template")
        notes = self._rendered_texts(step, "lifecycle_note", "qweb")
        body = html_sanitize(notes[self.id])
        return {
            "subject": summaries[self.id],
            "body": False if is_html_empty(body) else body,
        }

    def _with_footer(self, body) -> str:
        """Return a mail with the line below it, without its link.

        Whoever looks at it must not say no in the customer's name.
        """
        footer = re.sub(r' href="[^"]*"', "", self._unsubscribe_footer())
        return append_content_to_html(body or "", Markup(footer), plaintext=False)

    @api.depends("state", "reason_code")
    @api.depends_context("lang")
    def _compute_outlook(self):
        """Say what the gate would say now."""
        ahead = self.filtered(lambda each: each.id and each.state in CANCELLABLE)
        (self - ahead).outlook = False
        if not ahead:
            return
        gate = self.env["customer.lifecycle.gate"]
        verdicts = gate._judge(ahead, fields.Datetime.now())
        for outreach in ahead:
            verdict = verdicts.get(outreach.id)
            outreach.outlook = (
                gate._sentence(verdict.code, verdict.values)
                if verdict
                else self.env._("Nothing stands in its way.")
            )

    # ------------------------------------------------------------------------ deciding

    @api.depends("state", "reason_code")
    def _compute_can_take_back(self):
        for outreach in self:
            outreach.can_take_back = (
                outreach.state == "cancelled" and outreach.reason_code == BY_HAND
            )

    def action_approve(self):
        """Let outreach go out on its day."""
        planned = self._decidable(lambda each: each.state == "planned")
        planned._put("approved", approved_by_id=self.env.uid)
        self.env["customer.lifecycle.sender"]._wake()

    def action_cancel(self):
        """Cancel what has reached nobody yet; it can be taken back."""
        self._decidable(lambda each: each.state in CANCELLABLE)._put(
            "cancelled",
            BY_HAND,
            {"name": self.env.user.name, "date": str(fields.Date.today())},
        )

    def action_reopen(self):
        """Take a cancellation back: it is to be approved again."""
        found = self._decidable(lambda each: each.can_take_back)
        found._in_time()
        found._put("planned", approved_by_id=False, wait_until=False)

    def action_try_again(self):
        """Send what was held back, if nothing stands in its way any more."""
        found = self._decidable(lambda each: each.state == "held")
        found._in_time()
        found._put("approved", approved_by_id=self.env.uid, wait_until=False)
        self.env["customer.lifecycle.sender"]._wake()

    def _decidable(self, is_meant):
        """Return the outreach that a decision is about, to be written.

        :param is_meant: says of one outreach whether it is
        :raises AccessError: for a customer whose card the user may not write
        """
        meant = self.filtered(is_meant)
        meant.lifecycle_id.check_access("write")
        # sudo: customer.lifecycle.outreach - whoever may write the card may decide
        return meant.sudo()

    def _in_time(self):
        """Give what a person takes up again its days anew, if they are over.

        One statement for each company and step.
        """
        for company, of_company in self.grouped("company_id").items():
            today = company._lifecycle_today()
            late = of_company.filtered(lambda each, day=today: each.expiry_date < day)
            for step, of_step in late.grouped("step_id").items():
                days = max(step.lifecycle_expiry_days, 1)
                of_step.write({"expiry_date": today + timedelta(days=days)})

    # ------------------------------------------------------------------------- screens

    @api.model
    def _expand_states(self, states, domain) -> list[str]:
        """Return the states that occur in the order of an outreach's life."""
        order = [state for state, _label in self._fields["state"].selection]
        return sorted(states, key=order.index)

    @api.model
    def get_empty_list_help(self, help_message):
        """Say on an empty screen that no rule is switched on."""
        # sudo: base.automation - whether there is one, for whoever looks at the screen
        rules = self.env["base.automation"].sudo()
        model = self.env["ir.model"]._get("customer.lifecycle")
        if self.search_count([], limit=1) or rules.search_count(
            [("model_id", "=", model.id)], limit=1
        ):
            return super().get_empty_list_help(help_message)
        return self.env._(
            "<p class='o_view_nocontent_smiling_face'>Nothing is sent yet</p>"
            "<p>No automation rule on customers is switched on. Under Configuration, "
            "Automation Rules, each shows whom it would reach before it is switched "
            "on.</p>"
        )

    def action_open_card(self):
        """Open the customer."""
        self.ensure_one()
        return self.lifecycle_id._form_action()

    def action_open_order(self):
        """Open the order in which an offer was redeemed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }


def _words(error: Exception) -> str:
    """Return the part of an error that people can read."""
    text = error.args[0] if isinstance(error, UserError) else error
    return re.sub(r"\s*\n\s*", " ", str(text)).strip()
