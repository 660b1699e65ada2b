from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column, table_exists

CELEBRATIONS = [
    ("first_purchase", "First purchase"),
    ("second_purchase", "Second purchase"),
    ("level", "A level climbed"),
    ("anniversary", "Anniversary"),
]


class CustomerLifecycleCelebrated(models.AbstractModel):
    """What there was to celebrate with a customer, and what was celebrated already.

    Written by ``customer.lifecycle.celebration`` through the ORM, so that rules can
    follow ``celebration_date``; never for history, nor for what was silent.
    """

    _name = "customer.lifecycle.celebrated"
    _description = "What Is Celebrated with a Customer"

    celebration = fields.Selection(
        CELEBRATIONS,
        string="Last Reason to Celebrate",
        readonly=True,
        copy=False,
    )
    celebration_date = fields.Date(string="To Celebrate Since", readonly=True)
    celebrated_count = fields.Integer(
        string="Purchases Celebrated",
        readonly=True,
        aggregator=None,
        help="Of the first and second purchase, how many were celebrated or are "
        "history.",
    )
    celebrated_years = fields.Integer(
        string="Anniversaries Celebrated", readonly=True, aggregator=None
    )

    def _auto_init(self):
        """Take what happened in an older database for celebrated long ago."""
        cr, table = self.env.cr, self._table
        if table_exists(cr, table) and not column_exists(cr, table, "celebrated_count"):
            for name in ("celebrated_count", "celebrated_years"):
                create_column(cr, table, name, "int4")
            cr.execute(
                SQL(
                    """
                    UPDATE customer_lifecycle
                       SET celebrated_count = LEAST(purchase_count, 2),
                           celebrated_years = COALESCE(
                               EXTRACT(YEAR FROM AGE(%s::date, first_purchase_date)),
                               0)
                    """,
                    fields.Date.today(),
                )
            )
        return super()._auto_init()

    def _celebration_sentence(self) -> str:
        """Say what there is to celebrate, for the salesperson."""
        self.ensure_one()
        customer = self.partner_id.display_name
        if self.celebration == "first_purchase":
            return self.env._(
                "%(customer)s has bought for the first time. A good day to say "
                "welcome.",
                customer=customer,
            )
        if self.celebration == "second_purchase":
            return self.env._(
                "%(customer)s has bought for the second time: a buyer has become a "
                "customer.",
                customer=customer,
            )
        if self.celebration == "level":
            return self.env._(
                "%(customer)s has climbed to %(level)s. Say thank you for it.",
                customer=customer,
                level=self.level_id.name,
            )
        years = self.celebrated_years
        if years == 1:
            return self.env._(
                "%(customer)s has been a customer for a year.", customer=customer
            )
        return self.env._(
            "%(customer)s has been a customer for %(years)s years.",
            customer=customer,
            years=years,
        )
