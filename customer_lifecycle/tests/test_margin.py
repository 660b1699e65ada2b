from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMargin(OfferCommon):
    """One customer bought for 200 what costs 100: half of the price is margin."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.margins = cls.env["customer.lifecycle.margin"]
        cls.product.standard_price = 50
        cls.other = cls.env["product.product"].create(
            {"name": "Other", "standard_price": 30, "taxes_id": False}
        )
        cls.reward = cls.program.reward_ids

    def _order_of(self, partner, *lines, days=100, **values):
        """Confirm an order of ``(product, quantity, price)``, and return its card."""
        order = self._quotation(
            partner,
            at=TODAY - timedelta(days=days),
            order_line=[
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                    }
                )
                for product, quantity, price in lines
            ],
            **values,
        )
        at = order.date_order
        order.action_confirm()
        order.date_order = at
        return self.refresh(partner, is_silent=True)

    def _card(self):
        if not hasattr(self, "partner"):
            self.partner = self._customer(email="customer@example.com")
            self._order_of(self.partner, (self.product, 2, 100))
        return self.card(self.partner)

    def _rate(self, card=None, **reward):
        self.reward.write(reward)
        card = card or self._card()
        return self.margins._expected(card, self.program)[card.id].rate

    # ---------------------------------------------------------------------- discounts

    def test_percent_on_the_order(self):
        # 180 are paid for what costs 100
        self.assertAlmostEqual(self._rate(), 80 / 180)

    def test_percent_has_a_highest_amount(self):
        self.assertAlmostEqual(self._rate(discount_max_amount=5), 95 / 195)

    def test_amount_on_the_order(self):
        rate = self._rate(discount_mode="per_order", discount=50)
        self.assertAlmostEqual(rate, 50 / 150)

    def test_amount_per_point_counts_the_points_of_the_coupon(self):
        rate = self._rate(discount_mode="per_point", discount=10, required_points=3)
        self.assertAlmostEqual(rate, 70 / 170)

    def test_amount_is_not_more_than_the_order(self):
        rate = self._rate(discount_mode="per_order", discount=500)
        self.assertEqual(rate, -1)

    def test_cheapest_product(self):
        self._order_of(
            self._card().partner_id, (self.other, 1, 40), (self.product, 1, 100)
        )
        # 10 % of one Thing in the first order (10), of the Other in the second (4)
        rate = self._rate(discount_applicability="cheapest")
        paid = 340 - 14
        self.assertAlmostEqual(rate, (paid - 180) / paid)

    def test_specific_products(self):
        self._order_of(
            self._card().partner_id, (self.other, 1, 40), (self.product, 1, 100)
        )
        rate = self._rate(
            discount_applicability="specific",
            discount=50,
            discount_product_ids=[Command.set(self.other.ids)],
        )
        self.assertAlmostEqual(rate, (340 - 20 - 180) / 320)

    def test_free_product_costs_what_it_costs(self):
        rate = self._rate(
            reward_type="product", reward_product_id=self.other.id, reward_product_qty=2
        )
        self.assertAlmostEqual(rate, (200 - 100 - 60) / 200)

    def test_free_product_without_cost_is_not_told(self):
        self.other.standard_price = 0
        values = {"reward_type": "product", "reward_product_id": self.other.id}
        self.assertIsNone(self._rate(**values))
        step = self._offer_step(lifecycle_minimum_margin=0.1)
        offer = self.planner._plan(step, self._card())
        self.assertEqual(self._verdict(offer), ("held", "margin_gift_unknown"))
        self.assertIn("free product is not known", self._said(offer))

    def test_choice_counts_by_its_worst(self):
        self.program.reward_ids = [Command.create({"discount": 30})]
        self.assertAlmostEqual(self._rate(), 40 / 140)

    def test_amounts_of_a_reward_include_the_tax(self):
        values = {
            "company_id": self.company.id,
            "country_id": self.env.ref("base.es").id,
        }
        group = self.env["account.tax.group"].create({"name": "Tax", **values})
        tax = self.env["account.tax"].create(
            {"name": "25 %", "amount": 25, "tax_group_id": group.id, **values}
        )
        self._card()
        order = self.env["sale.order"].search([("partner_id", "=", self.partner.id)])
        order.order_line.tax_ids = tax
        # 25 of 250 with tax are 20 of 200
        rate = self._rate(discount_mode="per_order", discount=25)
        self.assertAlmostEqual(rate, 80 / 180)

    def test_smaller_orders_count_as_raised_to_the_smallest_purchase(self):
        self.program.rule_ids = [Command.create({"minimum_amount": 400})]
        # 400 with a discount of 50, at a cost of 200
        rate = self._rate(discount_mode="per_order", discount=50)
        self.assertAlmostEqual(rate, 150 / 350)

    # ---------------------------------------------------------------------- purchases

    def test_purchases_count_by_their_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        partner = self._customer()
        card = self._order_of(partner, (self.product, 1, 1200))
        self.env["sale.order"].search(
            [("partner_id", "=", partner.id)]
        ).order_line.write({"product_uom_id": dozen.id, "price_unit": 1200})
        # 1,080 are paid for twelve that cost 600
        self.assertAlmostEqual(self._rate(card), 480 / 1080)

    def test_only_the_24_months_before_the_last_purchase_count(self):
        partner = self._customer()
        self._order_of(partner, (self.product, 1, 1000), days=1000)
        self._order_of(partner, (self.product, 1, 60), days=900)
        card = self._order_of(partner, (self.product, 1, 60), days=200)
        # the first one was more than two years before the last one
        self.assertAlmostEqual(self._rate(card), (108 - 100) / 108)

    def test_orders_of_contact_persons_count_and_quotations_do_not(self):
        company = self._customer("Company", is_company=True)
        person = self._customer("Person", parent_id=company.id)
        self._order_of(person, (self.product, 2, 100))
        self._quotation(company, 10_000)
        self.assertAlmostEqual(self._rate(self.card(company)), 80 / 180)

    def test_earlier_rewards_are_left_out(self):
        offer = self._sent_offer()
        order = self._redeeming(offer)
        order.action_confirm()
        card = self.refresh(offer.partner_id)
        # 3 x 100 and 200 for one Thing each
        self.assertAlmostEqual(self._rate(card), (450 - 200) / 450)

    def test_unknown_cost_of_a_small_part_counts_as_the_rest(self):
        unknown = self.env["product.product"].create({"name": "U", "taxes_id": False})
        partner = self._customer()
        card = self._order_of(partner, (self.product, 2, 100), (unknown, 1, 50))
        # 250, of which 80 % are known; with the discount 225, cost 125
        self.assertAlmostEqual(self._rate(card), 100 / 225)
        card = self._order_of(partner, (unknown, 1, 10))
        self.assertIsNone(self._rate(card))

    def test_cost_of_another_company_is_not_ours(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.product.standard_price = 0
        self.product.with_company(other).standard_price = 50
        self.assertIsNone(self._rate())

    def test_figures_of_many_are_those_of_each(self):
        cards = self._card() | self._buyer("B") | self._buyer("C", (5,))
        nobody = self.Card.create({"partner_id": self._customer("Nobody").id})
        together = self.margins._expected(cards | nobody, self.program)
        for card in cards:
            alone = self.margins._expected(card, self.program)
            self.assertEqual(together[card.id], alone[card.id])
        self.assertIsNone(together[nobody.id].known_share)
        self.assertAlmostEqual(together[self._card().id].amount, 200)
        self.assertAlmostEqual(together[self._card().id].discount, 20)

    # --------------------------------------------------------------------------- gate

    def _held(self, minimum, card=None):
        step = self._offer_step(lifecycle_minimum_margin=minimum)
        return self.planner._plan(step, card or self._card())

    def test_offer_above_its_minimum_goes_out_and_below_does_not(self):
        # the margin is 44.4 %
        self.assertFalse(self._verdict(self._held(0.44)))
        offer = self._held(0.45)
        self.assertEqual(self._verdict(offer), ("held", "margin_low"))
        self.assertEqual(
            self._said(offer),
            "Not sent: by what this customer buys, the offer would leave 44% of the "
            "price; the step asks for 45%.",
        )

    def test_unknown_cost_holds_the_offer_and_without_minimum_it_goes(self):
        self.product.standard_price = 0
        offer = self._held(0.1)
        self.assertEqual(self._verdict(offer), ("held", "margin_unknown"))
        self.assertIn("known for only 0% of what this customer buys", self._said(offer))
        self.assertFalse(self._verdict(self._held(0)))

    def test_customer_without_purchase_is_held_where_a_minimum_is_set(self):
        card = self.Card.create(
            {"partner_id": self._customer("New", email="new@example.com").id}
        )
        offer = self._held(0.1, card)
        self.assertEqual(self._verdict(offer), ("held", "margin_no_purchase"))
        self.assertIn("nothing bought yet", self._said(offer))
