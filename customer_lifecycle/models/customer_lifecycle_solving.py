from datetime import datetime, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

#: From here on, of five, the answer to "did it solve your need?" is yes.
SOLVED_RATE = 4
#: What an answer brings bears the time at which its request began, and the answer
#: itself that of the clock: no request takes longer.
REQUEST_TIME = timedelta(minutes=5)
#: The kinds of activity that an answer brings.
FOLLOW_UPS = ("mail_activity_type_need", "mail_activity_type_solved")


class CustomerLifecycleSolving(models.AbstractModel):
    """What becomes of the answer to "did it solve your need?".

    One click answers the open needs of what was delivered. Where it did not solve
    them, somebody of us has something to do, also where no need was written down.
    """

    _name = "customer.lifecycle.solving"
    _description = "Answers about Needs"

    @api.model
    def _solve(self, outreach, rating, rate: float):
        """Write the answer to a question on the orders that it was about.

        :param outreach: the question; any other one is left alone
        :param rate: 5 happy, 3 neutral, 1 unhappy
        """
        asked = outreach.filtered(lambda each: each.question == "solved")
        for each in asked:
            # what came since then was not asked about: it is asked about in its turn
            asked_at = each.sent_at or fields.Datetime.now()
            orders = self._orders_to_solve(each.lifecycle_id, asked_at)
            is_solved = rate >= SOLVED_RATE
            answered = orders.with_company(each.company_id)._answer_need(
                is_solved, by=rating.partner_id, words=rating.feedback or ""
            )
            if not is_solved and not answered:
                self._follow_up(each.lifecycle_id, rating)

    def _orders_to_solve(self, card, at: datetime):
        """Return the delivered orders whose need is not answered yet.

        :param at: until when they were delivered (UTC)
        """
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id
                  FROM sale_order AS sale
                  JOIN res_partner AS partner
                    ON partner.id = sale.partner_id
                 WHERE partner.commercial_partner_id = %(customer)s
                   AND sale.company_id = %(company)s
                   AND sale.state = 'sale'
                   AND sale.lifecycle_need_state = 'open'
                   AND %(delivered_at)s <= %(at)s
              ORDER BY sale.date_order, sale.id
                """,
                customer=card.partner_id.id,
                company=card.company_id.id,
                delivered_at=self.env["customer.lifecycle.facts"]._delivered_at_sql(),
                at=at,
            )
        )
        # sudo: sale.order - the customer answers without access to it
        return self.env["sale.order"].sudo().browse(id_ for (id_,) in rows)

    def _tell_words(self, card, rating):
        """Add what the customer wrote to what the answer has left to do."""
        kinds = self.env["mail.activity.type"]
        for name in FOLLOW_UPS:
            kinds |= (
                self.env.ref(f"customer_lifecycle.{name}", raise_if_not_found=False)
                or self.env["mail.activity.type"]
            )
        # sudo: sale.order - the customer answers without access to it
        orders = self.env["sale.order"].sudo()
        orders = orders.search(
            [
                ("partner_id", "child_of", card.partner_id.id),
                ("company_id", "=", card.company_id.id),
            ]
        )
        # sudo: mail.activity - the customer's words belong to what they brought
        activities = self.env["mail.activity"].sudo()
        waiting = activities.search(
            [
                ("activity_type_id", "in", kinds.ids),
                ("automated", "=", True),
                ("create_date", ">=", rating.rated_on - REQUEST_TIME),
                "|",
                "&",
                ("res_model", "=", card._name),
                ("res_id", "=", card.id),
                "&",
                ("res_model", "=", "sale.order"),
                ("res_id", "in", orders.ids),
            ]
        )
        for activity in waiting:
            # Markup: what the customer wrote is text, whatever it looks like
            activity.note = (activity.note or Markup()) + Markup(
                "<p>%s</p>"
            ) % rating.feedback

    def _follow_up(self, card, rating):
        """Give the salesperson something to do where no need was written down."""
        kind = self.env.ref(
            "customer_lifecycle.mail_activity_type_solved", raise_if_not_found=False
        )
        people = card.user_id | card.team_id.user_id
        user = people.filtered("active")[:1]
        here = self.with_context(lang=user.lang or card.company_id.partner_id.lang)
        # sudo: mail.activity - the customer's click is what brings it
        activities = self.env["mail.activity"].sudo()
        activities.with_context(mail_activity_quick_update=True).create(
            {
                "res_model_id": self.env["ir.model"]._get_id(card._name),
                "res_id": card.id,
                "activity_type_id": kind.id if kind else False,
                "automated": True,
                "summary": here.env._(
                    "It did not solve it: ask %(customer)s what is missing",
                    customer=card.partner_id.display_name,
                ),
                # Markup: what the customer wrote is text, whatever it looks like
                "note": Markup("<p>%s</p>") % (rating.feedback or ""),
                "user_id": user.id,
                "date_deadline": card.company_id._lifecycle_today(),
            }
        )
