from odoo import models
from odoo.tools import SQL


class CalendarAttendee(models.Model):
    """Who was invited to a meeting, and comes or has declined."""

    _name = "calendar.attendee"
    _inherit = ["calendar.attendee", "customer.lifecycle.source"]

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {"state"}

    def _lifecycle_customers_sql(self) -> SQL:
        return self._invited_sql(SQL("invited.id = ANY(%s)", self.ids))

    def _invited_sql(self, where: SQL) -> SQL:
        """Return the people invited to meetings, our own not among them.

        :param where: condition on ``invited`` (attendees) and ``event``
        :return: subquery with columns ``partner_id, company_id, is_silent``
        """
        changes = self.env["customer.lifecycle.change"]
        self.flush_model(["event_id", "partner_id"])
        self.env["calendar.event"].flush_model(["start"])
        return SQL(
            """
            SELECT invited.partner_id, NULL::integer AS company_id,
                   -- an old meeting is history being entered
                   %(silent)s OR event.start < %(news_since)s AS is_silent
              FROM calendar_attendee AS invited
              JOIN calendar_event AS event
                ON event.id = invited.event_id
             WHERE %(where)s
               AND invited.partner_id NOT IN (%(our_people)s)
            """,
            silent=changes._is_silent(),
            news_since=changes._news_since(),
            where=where,
            our_people=self.env["customer.lifecycle.contact"]._our_people_sql(),
        )
