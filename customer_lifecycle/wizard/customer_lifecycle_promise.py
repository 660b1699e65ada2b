from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date, html2plaintext

from ..models.customer_lifecycle_commitment import DOCUMENTS, SIDES

#: Characters of a message that make a proposal for the words of a promise.
MAX_WORDS = 120


class CustomerLifecyclePromise(models.TransientModel):
    """Make a promise where it was given: an order, opportunity, meeting or message.

    The document says who the customer is. One without a card yet gets it when the
    promise is made, not when the dialog is opened.
    """

    _name = "customer.lifecycle.promise"
    _description = "Make a Promise"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    side = fields.Selection(SIDES, string="Who Promised", default="ours", required=True)
    name = fields.Char(
        string="What",
        required=True,
        help="In one sentence. The customer reads it in the portal.",
    )
    due_date = fields.Date(string="By When", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who sees to it that it is kept, and is asked when it is overdue.",
    )
    order_id = fields.Many2one("sale.order", check_company=True)
    lead_id = fields.Many2one("crm.lead", string="Opportunity", check_company=True)
    event_id = fields.Many2one("calendar.event", string="Meeting")
    message_id = fields.Many2one("mail.message")

    @api.constrains("due_date")
    def _check_due_date(self):
        for promise in self:
            if promise.due_date < promise.company_id._lifecycle_today():
                raise ValidationError(
                    self.env._("A promise cannot be due before it was made.")
                )

    # --------------------------------------------------------------------- opening

    @api.model
    def _open_for(self, document) -> dict:
        """Return the action that opens the dialog for a document or a card."""
        document.ensure_one()
        context = {"default_partner_id": self._partner_of(document).id}
        if document._name in DOCUMENTS:
            context[f"default_{DOCUMENTS[document._name]}"] = document.id
        if "company_id" in document._fields and document.company_id:
            context["default_company_id"] = document.company_id.id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_promise_action"
        )
        return action | {"context": context}

    @api.model
    def default_get(self, fields):  # pylint: disable=redefined-outer-name
        """Read in a message who promised, and what."""
        values = super().default_get(fields)
        message = self.env["mail.message"].browse(values.get("message_id"))
        if message:
            message.check_access("read")
            context = self.env.context
            values |= {
                name: value
                for name, value in self._message_vals(message).items()
                if f"default_{name}" not in context
            }
        return {name: value for name, value in values.items() if name in fields}

    def _message_vals(self, message) -> dict:
        """Return what a message says about a promise made in it."""
        document = self.env["res.partner"]
        if message.model in self.env and message.res_id:
            document = self.env[message.model].browse(message.res_id)
        partner = self._partner_of(message) or self._shared(message.author_id)[:1]
        values = {
            "partner_id": partner.id,
            # whoever writes from outside promises for the customer
            "side": "theirs" if message.author_id.partner_share else "ours",
            "name": " ".join(html2plaintext(message.body or "").split())[:MAX_WORDS],
        }
        if document._name in DOCUMENTS:
            values[DOCUMENTS[document._name]] = document.id
        if "company_id" in document._fields and document.company_id:
            values["company_id"] = document.company_id.id
        return values

    @api.model
    def _partner_of(self, document):
        """Return the customer whom a document concerns; empty where it is not known."""
        if document._name == "res.partner":
            return document
        if document._name == "mail.message":
            is_about = document.model in self.env and document.res_id
            return self._partner_of(
                self.env[document.model].browse(document.res_id)
                if is_about
                else self._shared(document.author_id)[:1]
            )
        if document._name == "calendar.event":
            attendees = self._shared(document.partner_ids)
            return document.opportunity_id.partner_id or attendees[:1]
        if "partner_id" in document._fields:
            return document.partner_id
        return self.env["res.partner"]

    def _shared(self, partners):
        """Return the contacts that are none of us."""
        return partners.filtered("partner_share")

    # ---------------------------------------------------------------------- making

    def action_promise(self):
        """Make the promise, and say so."""
        self.ensure_one()
        promise = self.env["customer.lifecycle.commitment"].create(
            self._promise_vals(self._card())
        )
        message = self.env._(
            "Noted: “%(promise)s”, due on %(date)s.",
            promise=promise.name,
            date=format_date(self.env, promise.due_date),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _promise_vals(self, card) -> dict:
        return {
            "lifecycle_id": card.id,
            "name": self.name,
            "side": self.side,
            "made_date": self.company_id._lifecycle_today(),
            "due_date": self.due_date,
            "user_id": self.user_id.id,
        } | {column: self[column].id for column in DOCUMENTS.values()}

    def _card(self):
        """Return the customer's card; whoever is promised something gets one.

        :raises UserError: where the contact is one of us
        """
        partner = self.partner_id.commercial_partner_id
        if not partner.partner_share:
            raise UserError(
                self.env._("%s works here: choose a customer.", partner.display_name)
            )
        # sudo: customer.lifecycle - there may be one of a colleague, or archived;
        # whether a promise may hang on it is checked when it is made
        cards = self.env["customer.lifecycle"].sudo()
        card = cards.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company_id.id)]
        ) or self.env["customer.lifecycle.refresh"]._refresh(
            self.company_id, partner.ids
        )
        if card:
            return card.with_env(self.env)
        return self.env["customer.lifecycle"].create(
            {"partner_id": partner.id, "company_id": self.company_id.id}
        )
