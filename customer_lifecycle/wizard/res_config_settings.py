from odoo import api, fields, models
from odoo.tools import format_date


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
    lifecycle_horizon_days = fields.Integer(
        related="company_id.lifecycle_horizon_days", readonly=False
    )
    lifecycle_slipping_share = fields.Float(
        related="company_id.lifecycle_slipping_share", readonly=False
    )
    lifecycle_lapsed_chance = fields.Float(
        related="company_id.lifecycle_lapsed_chance", readonly=False
    )
    lifecycle_message_gap_days = fields.Integer(
        related="company_id.lifecycle_message_gap_days", readonly=False
    )
    lifecycle_offer_gap_days = fields.Integer(
        related="company_id.lifecycle_offer_gap_days", readonly=False
    )
    lifecycle_in_working_hours = fields.Boolean(
        related="company_id.lifecycle_in_working_hours", readonly=False
    )
    lifecycle_grace_days = fields.Integer(
        related="company_id.lifecycle_grace_days", readonly=False
    )
    lifecycle_referral_program_id = fields.Many2one(
        related="company_id.lifecycle_referral_program_id", readonly=False
    )
    lifecycle_friend_program_id = fields.Many2one(
        related="company_id.lifecycle_friend_program_id", readonly=False
    )
    lifecycle_reward_when = fields.Selection(
        related="company_id.lifecycle_reward_when", readonly=False
    )
    lifecycle_reward_days = fields.Integer(
        related="company_id.lifecycle_reward_days", readonly=False
    )
    lifecycle_recommendation_days = fields.Integer(
        related="company_id.lifecycle_recommendation_days", readonly=False
    )
    lifecycle_fit_text = fields.Char(
        string="What the Forecast Rests On", compute="_compute_lifecycle_fit_text"
    )

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_lifecycle_fit_text(self):
        """Say what the company's forecast rests on."""
        for settings in self:
            settings.lifecycle_fit_text = settings._lifecycle_fit_sentence(
                # sudo: customer.lifecycle.fit - whoever sets limits may know what
                # they rest on
                settings.company_id.lifecycle_fit_id.sudo()
            )

    def _lifecycle_fit_sentence(self, fit) -> str:
        """Return what a fit rests on as a sentence."""
        if not fit:
            return self.env._(
                "Common values: your customers have not been read yet. This happens "
                "by itself."
            )
        values = {
            "repeat": self.env["customer.lifecycle.preview"]._number(fit.repeat_count)[
                "text"
            ],
            "date": format_date(self.env, fit.date),
            "days": round(fit.typical_days),
        }
        if fit.state == "fitted":
            return self.env._(
                "Your %(repeat)s customers who bought again, read on %(date)s. They "
                "usually buy every %(days)s days.",
                **values,
            )
        if fit.state == "shrunk":
            return self.env._(
                "Your customers, read on %(date)s, and common values, because there "
                "are only %(repeat)s who bought again.",
                **values,
            )
        return self.env._(
            "Common values: when your customers were read on %(date)s, too few had "
            "bought again to tell (%(repeat)s).",
            **values,
        )

    def action_lifecycle_reread(self):
        """Have every customer of the company read again, silently."""
        company = self.env.company
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
