from odoo import api, fields, models
from odoo.tools import SQL

from .mail_activity_type import CONTACT_SIDES

#: What people write, and how Odoo notes that an activity was done.
CONTACT_TYPES = frozenset({"email", "comment", "notification"})


class MailMessage(models.Model):
    """Messages as contacts with customers, and whether a program wrote them."""

    _name = "mail.message"
    _inherit = ["mail.message", "customer.lifecycle.source"]

    lifecycle_is_automatic = fields.Boolean(string="Automatic Answer", readonly=True)
    lifecycle_contact = fields.Selection(
        CONTACT_SIDES,
        string="Contact With a Customer",
        readonly=True,
        help="Who was in touch, where somebody has said so.",
    )

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "author_id",
            "date",
            "is_internal",
            "lifecycle_contact",
            "lifecycle_is_automatic",
            "mail_activity_type_id",
            "message_type",
            "model",
            "res_id",
            "subtype_id",
        }

    def _write_multi(self, vals_list):  # pylint: disable=missing-return
        """Have the customers marked also of what is no contact any more."""
        was = self.with_context(lifecycle_was_contact=True)
        super(MailMessage, was)._write_multi(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_keep_ratings(self):
        """Keep what a customer judged when somebody deletes the message about it.

        PostgreSQL would delete it along: whoever may delete messages could have a
        bad rating disappear.
        """
        about = self.filtered(lambda message: message.model == "customer.lifecycle")
        if about:
            # sudo: rating.rating - loses its message, which is going
            ratings = self.env["rating.rating"].sudo()
            ratings.search([("message_id", "in", about.ids)]).message_id = False

    def _mark_customers(self):
        """Queue the customers whose contacts these may be: of most messages nobody."""
        models_ = self.env["customer.lifecycle.contact"]._contact_threads()
        contacts = self.sudo().filtered(
            lambda message: (
                message.model in models_
                and message.message_type in CONTACT_TYPES
                and (
                    message.message_type != "notification"
                    or message.mail_activity_type_id
                    or message.lifecycle_contact
                )
            )
        )
        return super(MailMessage, contacts)._mark_customers()

    def _lifecycle_customers_sql(self) -> SQL:
        changes = self.env["customer.lifecycle.change"]
        self.flush_recordset()
        return SQL(
            """
            SELECT partner_id, company_id,
                   -- an old message is history being entered
                   %(silent)s OR date < %(news_since)s AS is_silent
              FROM (%(touched)s) AS touched
            """,
            silent=changes._is_silent(),
            news_since=changes._news_since(),
            touched=self.env["customer.lifecycle.contact"]._touched_sql(
                self.ids, also_others=self.env.context.get("lifecycle_was_contact")
            ),
        )
