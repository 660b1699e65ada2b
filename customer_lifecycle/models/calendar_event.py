from odoo import models


class CalendarEvent(models.Model):
    """Meetings, in which promises are made."""

    _inherit = "calendar.event"

    def action_promise(self):
        """Make a promise from this meeting."""
        return self.env["customer.lifecycle.promise"]._open_for(self)
