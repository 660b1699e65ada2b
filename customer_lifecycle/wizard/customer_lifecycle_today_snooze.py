from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

#: A week, in days.
WEEK = 7


class CustomerLifecycleTodaySnoozing(models.TransientModel):
    """Leave customers out of Today until tomorrow, next week, or a day."""

    _name = "customer.lifecycle.today.snoozing"
    _description = "Snooze Customers"

    lifecycle_ids = fields.Many2many(
        "customer.lifecycle", string="Customers", required=True
    )
    until = fields.Date(help="The day on which they come back into the list.")

    def _today(self):
        companies = self.lifecycle_ids.company_id or self.env.company
        return max(company._lifecycle_today() for company in companies)

    def action_tomorrow(self):
        """Leave them out until tomorrow."""
        return self._snooze(self._today() + timedelta(days=1))

    def action_next_week(self):
        """Leave them out until the Monday of next week."""
        today = self._today()
        return self._snooze(today + timedelta(days=WEEK - today.weekday()))

    def action_until(self):
        """Leave them out until the day that was chosen.

        :raises ValidationError: without a day to come
        """
        if not self.until or self.until <= self._today():
            raise ValidationError(self.env._("Choose a day that is still to come."))
        return self._snooze(self.until)

    def _snooze(self, until) -> dict:
        """Snooze the customers, and say so with a way back."""
        self.ensure_one()
        cards = self.lifecycle_ids
        lines = self.env["customer.lifecycle.today"].browse(cards.ids)
        cards._snooze(until, {line.id: line.urgency for line in lines.exists()})
        names = cards[:1].partner_id.display_name
        if len(cards) > 1:
            names = self.env._("%s customers", len(cards))
        return {
            "type": "ir.actions.client",
            "tag": "lifecycle_snoozed",
            "params": {
                "ids": cards.ids,
                "message": self.env._(
                    "%(customer)s: back in the list on %(date)s, or when something "
                    "worse happens.",
                    customer=names,
                    date=format_date(self.env, until),
                ),
            },
        }
