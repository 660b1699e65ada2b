from odoo import fields, models
from odoo.tools import SQL

from ..models.customer_lifecycle_commitment import KINDS, SIDES, STATES


class CustomerLifecyclePromiseReport(models.Model):
    """Promises to be counted: one row per promise, with what its end says."""

    _name = "customer.lifecycle.promise.report"
    _description = "Promise Analysis"
    _auto = False
    _rec_name = "lifecycle_id"
    _order = "due_date desc, id desc"
    _depends = {
        "customer.lifecycle": ["stage_id", "level_id", "team_id", "user_id"],
        "customer.lifecycle.commitment": [
            "lifecycle_id",
            "company_id",
            "side",
            "kind",
            "state",
            "user_id",
            "made_date",
            "due_date",
            "closed_date",
        ],
    }

    lifecycle_id = fields.Many2one(
        "customer.lifecycle", string="Customer", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    owner_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    stage_id = fields.Many2one("customer.lifecycle.stage", readonly=True)
    level_id = fields.Many2one(
        "customer.lifecycle.level", string="Relationship Level", readonly=True
    )
    side = fields.Selection(SIDES, string="Who Promised", readonly=True)
    kind = fields.Selection(KINDS, string="How It Came", readonly=True)
    state = fields.Selection(STATES, string="How It Ended", readonly=True)
    made_date = fields.Date(string="Made On", readonly=True)
    due_date = fields.Date(string="Due By", readonly=True)
    closed_date = fields.Date(string="Ended On", readonly=True)
    kept_share = fields.Float(
        string="Share Kept",
        readonly=True,
        aggregator="avg",
        help="Of the promises that were kept or not, the share that was kept (0 to 1). "
        "Open ones, those not expected any more and quotations that were ordered do "
        "not count.",
    )
    kept_count = fields.Integer(string="Kept", readonly=True)
    broken_count = fields.Integer(string="Not Kept", readonly=True)
    late_days = fields.Integer(
        string="Days Late",
        readonly=True,
        aggregator="avg",
        help="Days from the due day to the day on which it was kept; 0 in time.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT promise.id, promise.lifecycle_id, promise.company_id,
                   promise.user_id, card.user_id AS owner_id, card.team_id,
                   card.stage_id, card.level_id, promise.side, promise.kind,
                   promise.state, promise.made_date, promise.due_date,
                   promise.closed_date,
                   CASE WHEN kept.is_kept THEN 1.0
                        WHEN promise.state = 'broken' THEN 0.0 END AS kept_share,
                   kept.is_kept::integer AS kept_count,
                   (promise.state = 'broken')::integer AS broken_count,
                   CASE promise.state
                   WHEN 'kept' THEN GREATEST(0, promise.closed_date - promise.due_date)
                   END AS late_days
              FROM customer_lifecycle_commitment AS promise
              JOIN customer_lifecycle AS card
                ON card.id = promise.lifecycle_id
        CROSS JOIN LATERAL (
                   -- as on the card: prices taken could not be anything but kept
                   SELECT promise.state = 'kept' AND promise.kind != 'quotation')
                AS kept (is_kept)
            """
        )
