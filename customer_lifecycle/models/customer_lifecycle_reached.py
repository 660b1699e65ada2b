from odoo import api, fields, models
from odoo.fields import Domain


class CustomerLifecycleReached(models.AbstractModel):
    """What the card of a customer shows of its outreach."""

    _name = "customer.lifecycle.reached"
    _description = "Outreach of a Customer"

    outreach_ids = fields.One2many(
        "customer.lifecycle.outreach", "lifecycle_id", readonly=True
    )
    outreach_count = fields.Integer(
        string="Outreach Started", compute="_compute_outreach_count"
    )

    @api.depends_context("uid")
    def _compute_outreach_count(self):
        counts = dict(
            self.env["customer.lifecycle.outreach"]._read_group(
                self._outreach_domain(), ["lifecycle_id"], ["__count"]
            )
        )
        for card in self:
            card.outreach_count = counts.get(card, 0)

    def _outreach_domain(self) -> Domain:
        """Return the domain of what is counted: all but what was cancelled."""
        return Domain("lifecycle_id", "in", self.ids) & Domain(
            "state", "!=", "cancelled"
        )

    def action_open_outreach(self):
        """Open the outreach counted on this card."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_outreach_action"
        )
        return action | {"domain": list(self._outreach_domain()), "context": {}}
