from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The lifecycle's settings, company by company."""

    _inherit = "res.config.settings"

    lifecycle_customer_domain = fields.Char(
        related="company_id.lifecycle_customer_domain", readonly=False
    )
    lifecycle_customer_tag_ids = fields.Many2many(
        related="company_id.lifecycle_customer_tag_ids", readonly=False
    )
    lifecycle_tz = fields.Selection(related="company_id.lifecycle_tz", readonly=False)
    lifecycle_pin_days = fields.Integer(
        related="company_id.lifecycle_pin_days", readonly=False
    )
    lifecycle_interval_days = fields.Float(related="company_id.lifecycle_interval_days")
    lifecycle_fit_customers = fields.Integer(
        related="company_id.lifecycle_fit_customers"
    )
    lifecycle_fitted_on = fields.Date(related="company_id.lifecycle_fitted_on")

    def action_lifecycle_reread(self):
        """Have every customer of the company read again, silently."""
        company = self.env.company
        self.env["customer.lifecycle.fit"].sudo()._fit(company)
        changes = self.env["customer.lifecycle.change"].sudo()
        changes._mark_everybody("rule", company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s customers are being read again. Nothing is sent by this.",
                    changes.search_count([]),
                ),
            },
        }
