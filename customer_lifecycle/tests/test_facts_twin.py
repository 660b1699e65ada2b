import random
from datetime import date, datetime, timedelta

from odoo import models
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, CustomerLifecycleCommon
from .common_twin import POPULATIONS, Twin

CUSTOMERS = 40
ORDERS = 400
LEADS = 80
SEED = 20260316
#: Stored amounts are sums of cents or quotients rounded to them, chances and sums of
#: the forecast have four digits, expected purchases two.
NEAR = {"return_chance": 6e-5, "rhythm_span": 6e-5, "rhythm_log_sum": 6e-5}
CENT = 0.011


@tagged("post_install", "-at_install")
class TestFactsTwin(CustomerLifecycleCommon):
    """The SQL and a slow twin in Python say the same of a random history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(SEED)
        cls._build_companies()
        cls._build_customers()
        cls._build_orders()
        cls._build_leads()
        cls._build_knowledge()

    @classmethod
    def _build_knowledge(cls):
        """Write down what is known of some, and ideas of the last years."""
        dice = cls.random
        for company in cls.companies:
            cards = cls.refresher._refresh(company, cls.customers.ids, as_of=TODAY)
            for card in cards:
                card.properties = {
                    "decider": dice.choice([False, "", "Ana"]),
                    "cares": dice.choice([False, "Silence"]),
                }
            cls.env["customer.lifecycle.idea"].create(
                [
                    {
                        "lifecycle_id": dice.choice(cards).id,
                        "name": "Idea",
                        "date": TODAY - timedelta(days=dice.randint(0, 800)),
                    }
                    for _number in range(CUSTOMERS)
                ]
            )
        # the other company does not ask who decides, any more
        cls.other.lifecycle_properties_definition = [
            fact
            for fact in cls.other.lifecycle_properties_definition
            if fact["name"] != "decider"
        ]

    @classmethod
    def _build_companies(cls):
        dollar = cls.env.ref("base.USD")
        dollar.active = True
        cls.other = cls.env["res.company"].create(
            {"name": "Lifecycle Twin", "currency_id": dollar.id}
        )
        cls.env.user.company_ids |= cls.other
        cls.companies = cls.company + cls.other
        cls.company.lifecycle_tz = "Europe/Madrid"
        cls.other.lifecycle_tz = "America/New_York"
        for company in cls.companies:
            cls._use_population(POPULATIONS[company.name], company)
        cls.companies.write(
            {
                "lifecycle_horizon_days": 60,
                "lifecycle_slipping_share": 0.2,
                "lifecycle_lapsed_chance": 0.05,
            }
        )
        euro = cls.env.ref("base.EUR")
        cls.env["res.currency.rate"].create(
            [
                {
                    "name": day,
                    "rate": rate,
                    "currency_id": foreign.id,
                    "company_id": company.id,
                }
                for company, foreign in ((cls.company, dollar), (cls.other, euro))
                for day, rate in ((date(2000, 1, 1), 1.1), (date(2025, 6, 1), 1.37))
            ]
        )
        cls.pricelists = {
            company: cls.env["product.pricelist"].create(
                [
                    {
                        "name": currency.name,
                        "currency_id": currency.id,
                        "company_id": company.id,
                    }
                    for currency in dollar + euro
                ]
            )
            for company in cls.companies
        }
        cls.users = {
            company: [
                new_test_user(
                    cls.env,
                    login=f"lifecycle_twin_{company.id}_{number}",
                    groups="sales_team.group_sale_salesman",
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
                for number in range(3)
            ]
            for company in cls.companies
        }
        cls.teams = {
            company: cls.env["crm.team"].create(
                [
                    {"name": f"Twin {number}", "company_id": company.id}
                    for number in range(2)
                ]
            )
            for company in cls.companies
        }
        cls.sources = cls.env["utm.source"].create(
            [{"name": f"Lifecycle Twin {number}"} for number in range(4)]
        )

    @classmethod
    def _build_customers(cls):
        dice = cls.random
        everybody = [user for users in cls.users.values() for user in users]
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": number % 2,
                    "user_id": dice.choice(everybody).id if number % 5 == 0 else False,
                }
                for number in range(CUSTOMERS)
            ]
        )
        children = cls.env["res.partner"].create(
            [
                {
                    "name": f"Person {customer.id}",
                    "parent_id": customer.id,
                    "phone": dice.choice([False, "", f"+3460000{customer.id:04}"]),
                    "email": dice.choice([False, f"person{customer.id}@example.com"]),
                }
                for customer in cls.customers
                if customer.is_company
            ]
        )
        cls.contacts = cls.customers + children
        for friend in dice.sample(list(cls.contacts), CUSTOMERS // 2):
            referrer = dice.choice(cls.contacts)
            if referrer.commercial_partner_id != friend.commercial_partner_id:
                friend.lifecycle_referred_by_id = referrer

    @classmethod
    def _moment(cls):
        """Return a time around the borders of days, up to a week ahead."""
        days = cls.random.choice(
            [cls.random.randint(-7, 60), cls.random.randint(0, 900)]
        )
        at = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=days)
        hours = cls.random.choice([0, 3.99, 4, 5, 12, 21.99, 22, 22.99, 23, 23.99])
        return at + timedelta(seconds=round(hours * 3600))

    @classmethod
    def _build_orders(cls):
        dice = cls.random
        values = []
        for _number in range(ORDERS):
            company = dice.choice(cls.companies)
            amount = dice.choice([0, 10, 99.99, 1234.56, 33.33, -25, -80.5])
            values.append(
                {
                    "partner_id": dice.choice(cls.contacts).id,
                    "company_id": company.id,
                    "date_order": cls._moment(),
                    "commitment_date": dice.choice([False, cls._moment()]),
                    "state": dice.choice(["sale"] * 6 + ["draft", "sent", "cancel"]),
                    "pricelist_id": dice.choice(cls.pricelists[company]).id,
                    "user_id": dice.choice(cls.users[company]).id
                    if dice.random() < 0.5
                    else False,
                    "team_id": dice.choice(cls.teams[company]).id,
                    "source_id": dice.choice(cls.sources).id,
                    "lifecycle_need": dice.choice([False, "", "Time"]),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.product.id,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        cls.env["sale.order"].with_context(
            allowed_company_ids=cls.companies.ids
        ).create(values)
        orders = cls.env["sale.order"].search([("lifecycle_need", "!=", False)])
        for is_solved in (True, False):
            answered = dice.sample(list(orders), len(orders) // 3)
            orders.browse().union(*answered)._answer_need(is_solved)

    @classmethod
    def _build_leads(cls):
        dice = cls.random
        cls.created = {}
        for _number in range(LEADS):
            company = dice.choice(cls.companies)
            lead = cls._lead(
                dice.choice(cls.contacts).with_company(company),
                company_id=company.id,
                type=dice.choice(["lead", "opportunity"]),
                expected_revenue=dice.choice([0, 50, 199.99]),
                user_id=dice.choice(cls.users[company]).id,
                team_id=dice.choice(cls.teams[company]).id,
                source_id=dice.choice(cls.sources).id,
            )
            dice.choice([lead.action_set_lost, lead.action_set_won, lambda: None])()
            cls.created[lead.id] = cls._moment()
        cls.users[cls.company][0].active = False
        cls.env.flush_all()
        cls.env.cr.executemany(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            [(at, lead_id) for lead_id, at in cls.created.items()],
        )
        cls.env.invalidate_all()

    def assertTwin(self, company, as_of):
        """Compare the cards of all customers of a company with their twins."""
        cards = self.refresher._refresh(company, self.customers.ids, as_of=as_of)
        self.env.invalidate_all()
        self.assertGreater(len(cards), CUSTOMERS // 2)
        for card in cards:
            twin = Twin(company, card.partner_id, self.created, as_of).facts()
            values = {name: card[name] for name in twin}
            for name, value in values.items():
                if isinstance(value, models.BaseModel):
                    values[name] = value.id
                elif isinstance(value, float):
                    near = abs(value - twin[name]) < NEAR.get(name, CENT)
                    values[name] = twin[name] if near else value
            self.assertEqual(values, twin, card.partner_id.name)
        return cards

    def test_facts_equal_their_twin(self):
        for company in self.companies:
            self.assertTwin(company, TODAY)

    def test_facts_of_a_past_day_equal_their_twin(self):
        for days in (3, 200, 700):
            self.assertTwin(self.company, TODAY - timedelta(days=days))

    def test_customers_without_facts_have_no_card(self):
        for company in self.companies:
            cards = self.refresher._refresh(company, self.customers.ids, as_of=TODAY)
            for customer in self.customers - cards.partner_id:
                self.assertIsNone(Twin(company, customer, {}, TODAY).touch())
