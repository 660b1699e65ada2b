from datetime import date, datetime, time, timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.customer_lifecycle.tools.model import Population

#: The day on which the tests read the customers.
TODAY = date(2026, 3, 16)
#: The groups of the users of the tests, by role.
ROLES = {
    "own": "sales_team.group_sale_salesman",
    "all": "sales_team.group_sale_salesman_all_leads",
    "manager": "sales_team.group_sale_manager",
    "none": "base.group_user,base.group_partner_manager",
    "portal": "base.group_portal",
}


class CustomerLifecycleCommon(TransactionCase):
    """A company in EUR and UTC, with factories for customers and purchases.

    The clock of the lifecycle is passed in: ``refresh`` reads as of ``TODAY``. No
    demo data, and nothing that an administrator can delete is looked up by xmlid.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, lang="en_US")
        )
        cls.company = cls.env["res.company"].create(
            {"name": "Lifecycle Test", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.company.lifecycle_tz = "UTC"
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.company.ids)
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Thing", "list_price": 100, "taxes_id": False}
        )
        cls.Card = cls.env["customer.lifecycle"]
        cls.refresher = cls.env["customer.lifecycle.refresh"]
        cls.stages = {
            stage.code: stage
            for stage in cls.env["customer.lifecycle.stage"].search([])
        }
        cls.levels = {
            level.code: level
            for level in cls.env["customer.lifecycle.level"].search([])
        }

    # --------------------------------------------------------------------- factories

    @classmethod
    def _customer(cls, name="Customer", **values):
        """Create a contact."""
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def _quotation(cls, partner, amount=100.0, at=None, **values):
        """Create a quotation of one line.

        :param at: day or time (UTC) of the order date
        """
        at = at or TODAY
        if not isinstance(at, datetime):
            at = datetime.combine(at, time(12))
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "date_order": at,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _purchase(cls, partner, on=None, amount=100.0, **values):
        """Create a confirmed order with its true date.

        :param on: day or time (UTC); or a number of days before ``TODAY``
        """
        if isinstance(on, int):
            on = TODAY - timedelta(days=on)
        order = cls._quotation(partner, amount, on, **values)
        at = order.date_order
        order.action_confirm()
        order.date_order = at
        return order

    @classmethod
    def _purchases(cls, partner, *days_ago, amount=100.0):
        """Create one purchase for each number of days before ``TODAY``."""
        return cls.env["sale.order"].union(
            *[cls._purchase(partner, days, amount) for days in days_ago]
        )

    @classmethod
    def _lead(cls, partner, **values):
        """Create an open opportunity."""
        return cls.env["crm.lead"].create(
            {
                "name": "Opportunity",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _user(cls, role, name=None, **values):
        """Create a user of the company of the tests.

        :param role: a key of ``ROLES``
        """
        return new_test_user(
            cls.env,
            login=f"lifecycle_{(name or role).lower()}",
            groups=ROLES[role],
            name=name or role.capitalize(),
            **{"company_id": cls.company.id, "company_ids": cls.company.ids} | values,
        )

    @classmethod
    def _use_levels_by_purchases(cls):
        """Have the levels follow from purchases alone, and at once.

        For tests of what moves cards, and not of what a relationship rests on.
        """
        rules = {
            "solution": "['|', ('need_count', '>', 0), ('purchase_count', '>=', 2)]",
            "relationship": "[('purchase_count', '>=', 4),"
            " ('purchase_span_days', '>=', 180), ('health', '!=', 'lapsed')]",
            "trust": "['|', ('referral_count', '>', 0), '&', '&',"
            " ('purchase_count', '>=', 12), ('purchase_span_days', '>=', 365),"
            " ('health', 'in', ['on_rhythm', 'due'])]",
        }
        for code, level in cls.levels.items():
            level.write({"minimum_days": 0, "rule_domain": rules.get(code, False)})
        cls.env["customer.lifecycle.change"].search([]).unlink()

    @classmethod
    def _use_population(cls, population=None, company=None, **values):
        """Have a company's forecast rest on a known population, and nobody move by it.

        :param population: default: the one without a fit
        :param values: further values of the fit
        """
        population = population or Population.default()
        fit = cls.env["customer.lifecycle.fit"].create(
            {
                "company_id": (company or cls.company).id,
                "date": TODAY,
                "state": "default",
                "parameters": population.to_dict(),
                "typical_days": population.typical_days,
                **values,
            }
        )
        fit._use()
        fit.is_spreading = False
        return fit

    def _import(self, model, columns, rows):
        """Import rows as the import screen does.

        :return: the imported records
        """
        result = (
            self.env[model].with_context(import_file=True).load(list(columns), rows)
        )
        self.assertFalse(result["messages"])
        return self.env[model].browse(result["ids"])

    # ----------------------------------------------------------------------- reading

    def refresh(self, *partners, as_of=TODAY, **options):
        """Bring the cards of contacts up to date as of a day, and return them."""
        ids = [partner.id for partner in partners]
        return self.refresher._refresh(self.company, ids, as_of=as_of, **options)

    def card(self, partner):
        """Return the card of a contact in the company of the tests."""
        return self.Card.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def transitions(self, card, kind="stage"):
        """Return the moves of a card of one kind, the oldest first."""
        return card.transition_ids.filtered(lambda move: move.kind == kind).sorted("id")
