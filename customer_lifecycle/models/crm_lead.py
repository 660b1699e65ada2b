from odoo import fields, models
from odoo.tools import SQL


class CrmLead(models.Model):
    """Leads and opportunities as facts about customers."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "customer.lifecycle.source"]

    lifecycle_need = fields.Text(
        string="Customer's Need",
        help="What the customer wants to achieve, in the customer's words. The "
        "quotations made from here take it over.",
    )

    def action_promise(self):
        """Make a promise about this opportunity."""
        return self.env["customer.lifecycle.promise"]._open_for(self)

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: customer.lifecycle.commitment - of whoever made them
        self.env["customer.lifecycle.commitment"].sudo().search(
            [("lead_id", "in", opportunities.ids)]
        ).write({"lead_id": self.id})
        return result

    def _merge_get_fields_specific(self):
        return super()._merge_get_fields_specific() | {
            "lifecycle_need": lambda name, leads: "\n".join(
                filter(None, leads.mapped(name))
            )
        }

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "active",
            "campaign_id",
            "company_id",
            "expected_revenue",
            "medium_id",
            "partner_id",
            "source_id",
            "team_id",
            "type",
            "user_id",
            "won_status",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT partner_id, NULL::integer AS company_id, %(silent)s AS is_silent
              FROM crm_lead
             WHERE id IN %(leads)s
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            leads=self._ids,
        )
