from odoo import fields, models


class CustomerLifecycleVow(models.Model):
    """What the company promises to each new customer: a template of a promise.

    Each customer whose first purchase is made on ``since_date`` or later gets one
    promise of each active vow; nobody who has bought before, and no imported history.
    """

    _name = "customer.lifecycle.vow"
    _description = "Vow to New Customers"
    _order = "sequence, id"

    name = fields.Char(
        string="Promise",
        required=True,
        translate=True,
        help="What is promised, in one sentence. The customer reads it in the portal.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Empty: every company.",
    )
    due_days = fields.Integer(
        string="Due After (Days)",
        required=True,
        default=30,
        help="Days after the first purchase.",
    )
    since_date = fields.Date(
        string="Since",
        required=True,
        default=lambda self: self.env.company._lifecycle_today(),
        help="Promised to whoever buys for the first time on this day or later.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        domain="[('share', '=', False)]",
        help="Empty: the salesperson of the customer.",
    )

    _due_days_sane = models.Constraint(
        "CHECK (due_days BETWEEN 0 AND 3650)",
        "A vow is due between 0 and 3650 days after the first purchase.",
    )

    def write(self, vals):
        """Begin today where a vow is switched on."""
        if vals.get("active") and "since_date" not in vals:
            sleeping = self.filtered(lambda vow: not vow.active)
            for company, vows in sleeping.grouped("company_id").items():
                vows.since_date = (company or self.env.company)._lifecycle_today()
        return super().write(vals)
