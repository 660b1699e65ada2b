from odoo import api, fields, models
from odoo.exceptions import ValidationError

PROGRAMS = ("lifecycle_referral_program_id", "lifecycle_friend_program_id")


class ResCompany(models.Model):
    """Settings of recommendations: what they bring, when, and how often is asked."""

    _name = "res.company"
    _inherit = ["res.company"]

    lifecycle_referral_program_id = fields.Many2one(
        "loyalty.program",
        string="Reward for Whoever Brings a Customer",
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons')]",
        help="The coupon that a customer gets for having brought another. Empty: none.",
    )
    lifecycle_friend_program_id = fields.Many2one(
        "loyalty.program",
        string="Reward for Whoever Is Brought",
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons')]",
        help="The coupon that the customer brought gets. Empty: none.",
    )
    lifecycle_reward_when = fields.Selection(
        [
            ("confirmed", "The first order is confirmed"),
            ("paid", "The first order is invoiced and paid"),
        ],
        string="Rewarded When",
        default="paid",
        required=True,
    )
    lifecycle_reward_days = fields.Integer(
        string="Days a Reward Is Good For",
        default=180,
        help="0: as long as its program.",
    )
    lifecycle_referral_since = fields.Date(
        string="Rewards Since",
        readonly=True,
        copy=False,
        help="Orders before the day on which a reward was first chosen bring none.",
    )
    lifecycle_recommendation_days = fields.Integer(
        string="Days between Asking for Recommendations",
        default=180,
        help="Days after which a customer can be asked again to recommend us, over "
        "all rules.",
    )

    _lifecycle_recommendation_days_sane = models.Constraint(
        "CHECK (lifecycle_recommendation_days >= 0 AND lifecycle_reward_days >= 0)",
        "Days of rewards and between recommendations cannot be negative.",
    )

    @api.constrains(*PROGRAMS)
    def _check_lifecycle_referral_programs(self):
        for company in self:
            for name in PROGRAMS:
                company._check_lifecycle_reward(company[name])

    def _check_lifecycle_reward(self, program):
        """Refuse a program of which no coupon could be used here.

        :raises ValidationError: naming the program
        """
        if not program:
            return
        if program.program_type != "coupons":
            raise ValidationError(
                self.env._("The program “%s” has no coupons.", program.name)
            )
        if program.company_id and program.company_id != self:
            raise ValidationError(
                self.env._(
                    "The program “%(program)s” belongs to %(other)s: customers of "
                    "%(company)s cannot use its coupons.",
                    program=program.name,
                    other=program.company_id.name,
                    company=self.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._begin_rewards()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(PROGRAMS):
            self._begin_rewards()
        return result

    def _begin_rewards(self):
        """Keep the day on which a reward was first chosen: nothing is made up for."""
        for company in self:
            is_on = any(company[name] for name in PROGRAMS)
            if is_on and not company.lifecycle_referral_since:
                company.lifecycle_referral_since = company._lifecycle_today()
            elif not is_on and company.lifecycle_referral_since:
                company.lifecycle_referral_since = False
