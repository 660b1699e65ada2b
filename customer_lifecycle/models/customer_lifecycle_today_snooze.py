from datetime import date

from odoo import fields, models


class CustomerLifecycleTodaySnooze(models.AbstractModel):
    """A card that waits: left out of Today until a day, or until something worse."""

    _name = "customer.lifecycle.today.snooze"
    _description = "Snoozed Customer"

    snoozed_until = fields.Date(
        readonly=True,
        copy=False,
        help="The day on which the customer comes back into Today.",
    )
    snoozed_on = fields.Date(
        readonly=True,
        copy=False,
        help="The day on which somebody said that it can wait.",
    )
    snoozed_urgency = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=False,
        help="How urgent that was which can wait: what is worse does not wait.",
    )

    def _snooze(self, until: date, urgencies: dict[int, int]):
        """Leave cards out of Today until a day.

        :param urgencies: how urgent what can wait is, by card id
        """
        self.check_access("write")
        for company, of_company in self.grouped("company_id").items():
            today = company._lifecycle_today()
            for urgency, cards in of_company.grouped(
                lambda card: urgencies.get(card.id, 0)
            ).items():
                # sudo: customer.lifecycle - written by these buttons only
                cards.sudo().write(
                    {
                        "snoozed_until": until,
                        "snoozed_on": today,
                        "snoozed_urgency": urgency,
                    }
                )

    def _unsnooze(self):
        """Take cards back into Today."""
        self.check_access("write")
        # sudo: customer.lifecycle - written by these buttons only
        self.sudo().write(
            {"snoozed_until": False, "snoozed_on": False, "snoozed_urgency": False}
        )
