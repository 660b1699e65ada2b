from odoo import fields, models
from odoo.tools import SQL


class CustomerLifecycleBacklog(models.Model):
    """Customers already there when a rule was switched on, who wait to be started.

    One row by rule and customer, written when somebody asks for it, and deleted when
    the customer's turn has come or the rule fits it no longer. Never edited.
    """

    _name = "customer.lifecycle.backlog"
    _description = "Customer Already There"
    _rec_name = "lifecycle_id"

    automation_id = fields.Many2one(
        "base.automation", required=True, readonly=True, ondelete="cascade"
    )
    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    _rule_card_uniq = models.UniqueIndex(
        "(automation_id, lifecycle_id)", "This customer waits for this rule already."
    )

    def _fill(self, rule):
        """Remember the customers whom a rule fits now."""
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_lifecycle_backlog
                            (automation_id, lifecycle_id,
                             create_uid, create_date, write_uid, write_date)
                     SELECT %(rule)s, card_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                       FROM UNNEST(%(cards)s::integer[]) AS cards (card_id)
                ON CONFLICT (automation_id, lifecycle_id) DO NOTHING
                  RETURNING id
                """,
                rule=rule.id,
                cards=rule.sudo()._lifecycle_present().ids,
                # sudo: customer.lifecycle - the rule is for all customers
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_model()

    def _take(self, rule, limit: int):
        """Take the next customers out, those with most at stake first.

        Whom the rule no longer fits is taken out too, and not returned.
        """
        waiting = self.search([("automation_id", "=", rule.id)])
        present = set(rule._lifecycle_present().ids) & set(waiting.lifecycle_id.ids)
        cards = waiting.lifecycle_id.search(
            [("id", "in", list(present))],
            order="amount_at_stake DESC NULLS LAST, id",
            limit=limit,
        )
        left = present - set(cards.ids)
        waiting.filtered(lambda row: row.lifecycle_id.id not in left).unlink()
        return cards
