from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestCompanies(CustomerLifecycleCommon):
    """One customer of two companies: nothing of one is seen in the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create(
            {"name": "Other company", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.other.lifecycle_tz = "UTC"
        cls.env.user.company_ids |= cls.other
        cls.customer = cls._customer("Both")
        cls._purchases(cls.customer, 20, 10, amount=100)
        cls._order_there(cls.customer, 1000)
        cls.here = cls._refreshed(cls.company)
        cls.there = cls._refreshed(cls.other)
        cls.seller = cls._user("all", "Sally")
        cls.both = cls._user(
            "all", "Bob", company_ids=[Command.set((cls.company | cls.other).ids)]
        )

    @classmethod
    def _order_there(cls, customer, amount):
        """Create a confirmed order in the other company."""
        orders = cls.env["sale.order"].with_context(
            allowed_company_ids=[cls.other.id, cls.company.id]
        )
        order = orders.create(
            {
                "partner_id": customer.id,
                "company_id": cls.other.id,
                "date_order": "2026-03-11 12:00:00",
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
        order.action_confirm()
        order.date_order = "2026-03-11 12:00:00"
        return order

    @classmethod
    def _refreshed(cls, company):
        return cls.refresher._refresh(company, cls.customer.ids, as_of=TODAY)

    def test_each_company_has_its_own_figures(self):
        self.assertRecordValues(
            self.here | self.there,
            [
                {
                    "company_id": self.company.id,
                    "purchase_count": 2,
                    "amount_total": 200,
                    "stage_id": self.stages["growth"].id,
                },
                {
                    "company_id": self.other.id,
                    "purchase_count": 1,
                    "amount_total": 1000,
                    "stage_id": self.stages["conversion"].id,
                },
            ],
        )

    def test_orders_are_numbered_within_their_company(self):
        order = self._order_there(self.customer, 10)
        self.assertEqual(order.lifecycle_purchase_number, 2)
        self.assertEqual(order.lifecycle_stage_id, self.stages["conversion"])

    def test_card_of_another_company_is_not_seen(self):
        cards = self.Card.with_user(self.seller)
        self.assertEqual(
            cards.search([("partner_id", "=", self.customer.id)]), self.here
        )
        with self.assertRaises(AccessError):
            self.there.with_user(self.seller).read(["stage_id"])
        with self.assertRaises(AccessError):
            self.there.with_user(self.seller).write({"color": 1})

    def test_nothing_of_another_company_is_counted_or_summed(self):
        domain = [("partner_id", "=", self.customer.id)]
        for user, companies, expected in (
            (self.seller, self.company, (1, 200)),
            (self.both, self.company, (1, 200)),
            (self.both, self.other, (1, 1000)),
            (self.both, self.company | self.other, (2, 1200)),
        ):
            cards = self.Card.with_user(user).with_context(
                allowed_company_ids=companies.ids
            )
            with self.subTest(user=user.name, companies=companies.mapped("name")):
                self.assertEqual(cards.search_count(domain), expected[0])
                [groups] = cards._read_group(
                    domain, [], ["__count", "amount_total:sum"]
                )
                self.assertEqual(groups, expected)
                by_stage = cards._read_group(domain, ["stage_id"], ["__count"])
                self.assertEqual(sum(count for _stage, count in by_stage), expected[0])

    def test_history_of_another_company_is_not_seen(self):
        history = self.env["customer.lifecycle.transition"].with_user(self.seller)
        found = history.search([("lifecycle_id.partner_id", "=", self.customer.id)])
        self.assertTrue(found)
        self.assertEqual(found.company_id, self.company)

    def test_columns_count_only_the_companies_at_hand(self):
        conversion = self.stages["conversion"].with_user(self.both)
        here = conversion.with_context(allowed_company_ids=self.company.ids)
        there = conversion.with_context(allowed_company_ids=self.other.ids)
        self.assertEqual(
            (here.card_count, there.card_count),
            (
                self.Card.search_count(
                    [
                        ("stage_id", "=", conversion.id),
                        ("company_id", "=", self.company.id),
                    ]
                ),
                1,
            ),
        )

    def test_contact_shows_the_company_at_hand(self):
        for company, stage in ((self.company, "growth"), (self.other, "conversion")):
            contact = self.customer.with_user(self.both).with_context(
                allowed_company_ids=company.ids
            )
            self.assertEqual(contact.lifecycle_stage_id, self.stages[stage])

    def test_move_in_one_company_leaves_the_other(self):
        self.other.lifecycle_pin_days = 5
        cards = (self.here | self.there).with_user(self.both)
        cards.with_context(allowed_company_ids=(self.company | self.other).ids).write(
            {"stage_id": self.stages["retention"].id}
        )
        self.assertEqual(
            [str(card.stage_pinned_until) for card in cards],
            ["2026-04-15", "2026-03-21"],
        )
        self.here.with_user(self.seller).stage_id = self.stages["growth"]
        self.assertEqual(self.there.stage_id, self.stages["retention"])
        self.assertEqual(
            self.transitions(self.there)[-1].company_id, self.other, "Its own history"
        )

    def test_order_finds_only_the_card_of_its_company(self):
        orders = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        both = orders.with_context(allowed_company_ids=(self.company | self.other).ids)
        both = both.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(both), 3)
        for card in (self.here, self.there):
            found = both.search([("lifecycle_id", "=", card.id)])
            self.assertEqual(found.company_id, card.company_id)
            self.assertEqual(found.lifecycle_id, card)

    def test_referral_counts_where_the_friend_bought(self):
        friend = self._customer("Friend")
        friend.lifecycle_referred_by_id = self.customer
        self._order_there(friend, 10)
        self._refreshed(self.company)
        self._refreshed(self.other)
        self.assertEqual(self.here.referral_count, 0)
        self.assertEqual(self.there.referral_count, 1)

    def test_adding_to_a_company_that_is_not_allowed_is_refused(self):
        contact = self._customer("Fresh")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.Card.with_user(self.seller).create(
                {"partner_id": contact.id, "company_id": self.other.id}
            )
