from odoo import models
from odoo.tools import SQL


class CalendarEvent(models.Model):
    """Meetings, in which promises are made, as contacts with customers."""

    _name = "calendar.event"
    _inherit = ["calendar.event", "customer.lifecycle.source"]

    def action_promise(self):
        """Make a promise from this meeting."""
        return self.env["customer.lifecycle.promise"]._open_for(self)

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "active",
            "allday",
            "opportunity_id",
            "start",
            "start_date",
            "user_id",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        return self.env["calendar.attendee"]._invited_sql(
            SQL("event.id = ANY(%s)", self.ids)
        )
