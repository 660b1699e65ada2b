import random

from dateutil.relativedelta import relativedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMarginTwin(OfferCommon):
    """The margin of random customers and rewards, reckoned again order by order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = random.Random(19)
        cls.products = cls.env["product.product"].create(
            [
                {
                    "name": f"Product {number}",
                    "standard_price": cost,
                    "taxes_id": False,
                }
                for number, cost in enumerate((0, 5, 20, 45, 80))
            ]
        )
        with freeze_time(TODAY):
            cls.cards = cls.Card.union(*[cls._random_customer(n) for n in range(12)])

    @classmethod
    def _random_customer(cls, number):
        partner = cls._customer(f"Random {number}")
        for _order in range(cls.chance.randint(1, 4)):
            cls._purchase(
                partner,
                cls.chance.randint(1, 1500),
                order_line=[cls._random_line() for _line in range(3)],
            )
        return cls.refresher._refresh(
            cls.company, partner.ids, as_of=TODAY, is_silent=True
        )

    @classmethod
    def _random_line(cls):
        return Command.create(
            {
                # the one without cost is rare
                "product_id": cls.chance.choice([*cls.products, *cls.products[1:]]).id,
                "product_uom_qty": cls.chance.randint(1, 5),
                "price_unit": cls.chance.randint(10, 120),
                "discount": cls.chance.choice([0, 0, 25]),
                "tax_ids": [Command.clear()],
            }
        )

    def _random_reward(self) -> dict:
        some = self.chance.sample(self.products.ids, 2)
        return {
            "discount_mode": self.chance.choice(["percent", "per_order"]),
            "discount": self.chance.randint(1, 60),
            "discount_max_amount": self.chance.choice([0, 0, 15]),
            "discount_applicability": self.chance.choice(
                ["order", "specific", "cheapest"]
            ),
            "discount_product_ids": [Command.set(some)],
        }

    # ------------------------------------------------------------------------ the twin

    def _twin(self, card, reward):
        """Return rate and discount of the usual purchase, in plain Python."""
        orders = self.env["sale.order"].search(
            [("partner_id", "=", card.partner_id.id), ("state", "=", "sale")]
        )
        first = card.last_purchase_date - relativedelta(months=24)
        rows = [
            self._twin_order(order, reward)
            for order in orders
            if order.date_order.date() >= first
        ]
        amount, known, cost, discount = map(sum, zip(*rows, strict=True))
        if known / amount < 0.8:
            return None, discount / len(rows)
        paid = amount - discount
        return (paid - cost * amount / known) / paid, discount / len(rows)

    def _twin_order(self, order, reward):
        lines = order.order_line
        amount = sum(lines.mapped("price_subtotal"))
        known = lines.filtered("product_id.standard_price")
        cost = sum(
            line.product_uom_qty * line.product_id.standard_price for line in known
        )
        return (
            amount,
            sum(known.mapped("price_subtotal")),
            cost,
            self._twin_discount(lines, reward),
        )

    def _twin_discount(self, lines, reward):
        goods = lines.filtered(
            lambda line: (
                reward.discount_applicability == "order"
                or line.product_id in reward.discount_product_ids
            )
        )
        if reward.discount_applicability == "cheapest":
            base = min(
                [line.price_subtotal / line.product_uom_qty for line in goods],
                default=0,
            )
        else:
            base = sum(goods.mapped("price_subtotal"))
        if reward.discount_mode == "percent":
            discount = base * reward.discount / 100
        else:
            discount = min(reward.discount, base)
        return min(discount, reward.discount_max_amount or discount)

    def test_margin_is_that_of_the_twin(self):
        reward = self.program.reward_ids
        seen = set()
        for number in range(15):
            reward.write(self._random_reward())
            expected = self.env["customer.lifecycle.margin"]._expected(
                self.cards, self.program
            )
            for card in self.cards:
                with self.subTest(number, customer=card.partner_id.name):
                    rate, discount = self._twin(card, reward)
                    margin = expected[card.id]
                    seen.add(rate is None)
                    self.assertEqual(margin.rate is None, rate is None)
                    self.assertAlmostEqual(margin.rate or 0, rate or 0, places=6)
                    self.assertAlmostEqual(margin.discount, discount, places=6)
        self.assertEqual(seen, {True, False})  # both are among them
