from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

#: The purchases that tell the margin, up to the customer's last one: long enough for
#: what it usually buys, short enough for today's prices.
MONTHS = 24
#: Of what a customer bought, the share whose cost must be known for a margin to be
#: told. Not all of it: carriage and the like have none.
KNOWN_SHARE = 0.8


class Margin(NamedTuple):
    """What is left of a customer's usual purchase when an offer is used on it.

    :param rate: margin after the discount, as a share of what is paid; None: not known
    :param amount: usual purchase before the discount, untaxed, company currency
    :param discount: what the offer takes off, and the cost of what it gives for free
    :param known_share: share of the purchases whose cost is known; None: no purchases
    """

    rate: float | None
    amount: float = 0.0
    discount: float = 0.0
    known_share: float | None = None


class CustomerLifecycleMargin(models.AbstractModel):
    """Tells what an offer leaves, by what the customer itself buys.

    Rests on the confirmed orders of the 24 months up to the customer's last purchase,
    at today's cost of the products. Earlier rewards, down payments and refunds are
    left out. Where a coupon gives a choice, the worst for the margin is told.
    """

    _name = "customer.lifecycle.margin"
    _description = "Expected Margin of an Offer"

    @api.model
    def _expected(self, cards, program) -> dict[int, Margin]:
        """Return what a program's coupon would leave, by id of the card.

        One query for each reward and company, for any number of customers.

        :param program: one ``loyalty.program``
        """
        margins = dict.fromkeys(cards.ids, Margin(None))
        for company, of_company in cards.grouped("company_id").items():
            for reward in program._lifecycle_rewards():
                for id_, margin in self._of_reward(of_company, reward, company):
                    margins[id_] = min(margins[id_], margin, key=self._for_the_worst)
        return margins

    def _for_the_worst(self, margin: Margin):
        """Return what margins are compared by: not told comes after all others."""
        return (margin.known_share is None, margin.rate is None, margin.rate or 0.0)

    def _of_reward(self, cards, reward, company):
        """Yield ``(card id, Margin)`` of customers with purchases, for one reward."""
        # sudo: sale.order, product.product - a figure of all orders; whoever plans an
        # offer need not see each
        self = self.sudo().with_company(company)
        reward = reward.sudo().with_company(company)
        gift = self._gift_cost(reward)
        self.env.flush_all()
        for row in self.env.execute_query_dict(
            self._margin_sql(cards, reward, company)
        ):
            yield row["card_id"], self._margin(row, gift)

    def _margin(self, row: dict, gift: float | None) -> Margin:
        """Return the margin of one customer.

        :param row: sums over its orders, as of ``_margin_sql``
        :param gift: cost of what is free with each order; None: not known
        """
        amount, orders = row["amount"], row["order_count"]
        discount = row["discount"] + orders * (gift or 0.0)
        known_share = row["known"] / amount
        rate = None
        if known_share >= KNOWN_SHARE and gift is not None:
            paid = amount - row["discount"]
            # what is not known costs as much as the rest
            left = paid - row["cost"] / known_share - orders * gift
            # for nothing is worse than any price
            rate = left / paid if paid > 0 else -1.0
        return Margin(rate, amount / orders, discount / orders, known_share)

    def _gift_cost(self, reward) -> float | None:
        """Return the cost of what a reward gives for free; None where not known."""
        if reward.reward_type != "product":
            return 0.0
        costs = reward.reward_product_ids.mapped("standard_price")
        if not costs or min(costs) <= 0:
            return None
        return max(costs) * reward.reward_product_qty

    def _margin_sql(self, cards, reward, company) -> SQL:
        """Build the query of what customers bought and what a reward takes off it.

        Grain: one row per card with purchases. Columns: ``card_id, order_count,
        amount, known`` (the part whose cost is known)``, cost`` (of that part)``,
        discount``; sums in company currency, untaxed. An order below the program's
        smallest purchase counts as if it were raised to it.
        """
        minimum, is_gross = reward.program_id._lifecycle_minimum()
        return SQL(
            """
              WITH orders AS (%(orders)s),
                   usable AS (
                   SELECT orders.*, amount / total AS net_share,
                          GREATEST(1, %(minimum)s::float
                                      / CASE WHEN %(is_gross)s THEN total
                                             ELSE amount END) AS raised
                     FROM orders
                    WHERE amount > 0
                      AND total > 0),
                   discounts AS (
                   SELECT usable.*, %(discount)s AS discount
                     FROM usable)
            SELECT card_id,
                   COUNT(*) AS order_count,
                   SUM(amount * raised) AS amount,
                   SUM(known * raised) AS known,
                   SUM(cost * raised) AS cost,
                   SUM(discount) AS discount
              FROM discounts
          GROUP BY card_id
            """,
            orders=self._orders_sql(cards, reward),
            minimum=self._in_company_currency(minimum, reward, company),
            is_gross=is_gross,
            discount=self._discount_sql(reward, company),
        )

    def _discount_sql(self, reward, company) -> SQL:
        """Return what a reward takes off one order, untaxed, of a row of ``usable``.

        Amounts of a reward are those on the bill, with taxes.
        """
        if reward.reward_type == "product":
            return SQL("0::float")
        base = {
            "order": SQL("amount * raised"),
            "specific": SQL("goods * raised"),
            "cheapest": SQL("cheapest"),
        }[reward.discount_applicability]
        if reward.discount_mode == "percent":
            discount = SQL("(%s) * %s / 100", base, min(reward.discount, 100.0))
        else:
            fixed = self._in_company_currency(
                reward._lifecycle_amount(), reward, company
            )
            discount = SQL("LEAST(%s * net_share, %s)", fixed, base)
        if not reward.discount_max_amount:
            return discount
        highest = self._in_company_currency(reward.discount_max_amount, reward, company)
        return SQL("LEAST(%s, %s * net_share)", discount, highest)

    def _in_company_currency(self, amount: float, reward, company) -> float:
        return reward.currency_id._convert(
            amount, company.currency_id, company, company._lifecycle_today()
        )

    def _orders_sql(self, cards, reward) -> SQL:
        """Return the orders of customers with what they are worth and cost.

        Columns: ``card_id, amount`` (untaxed)``, total`` (with taxes)``, known, cost,
        goods`` (the part that the reward is for)``, cheapest`` (price of one).
        """
        products = self.env["product.product"]
        return SQL(
            """
            SELECT card_id,
                   SUM(amount) AS amount,
                   SUM(total) AS total,
                   COALESCE(SUM(amount) FILTER (WHERE unit_cost > 0), 0) AS known,
                   SUM(unit_cost * quantity) AS cost,
                   COALESCE(SUM(amount) FILTER (WHERE is_goods), 0) AS goods,
                   COALESCE(MIN(amount / quantity) FILTER (WHERE is_goods
                                                             AND amount > 0), 0)
                       AS cheapest
              FROM (SELECT card.id AS card_id, sale.id AS order_id,
                           line.price_subtotal / rate.rate AS amount,
                           line.price_total / rate.rate AS total,
                           line.product_uom_qty * unit.factor / product_unit.factor
                               AS quantity,
                           %(unit_cost)s AS unit_cost,
                           %(is_goods)s AS is_goods
                      FROM customer_lifecycle AS card
                      JOIN res_partner AS partner
                        ON partner.commercial_partner_id = card.partner_id
                      JOIN sale_order AS sale
                        ON sale.partner_id = partner.id
                       AND sale.company_id = card.company_id
        CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                                       AS rate) AS rate
                      JOIN sale_order_line AS line
                        ON line.order_id = sale.id
                      JOIN uom_uom AS unit
                        ON unit.id = line.product_uom_id
                      JOIN product_product AS product
                        ON product.id = line.product_id
                      JOIN product_template AS template
                        ON template.id = product.product_tmpl_id
                      JOIN uom_uom AS product_unit
                        ON product_unit.id = template.uom_id
                     WHERE card.id = ANY(%(cards)s)
                       AND sale.state = 'sale'
                       AND sale.date_order > card.last_purchase_date
                                             - MAKE_INTERVAL(months => %(months)s)
                       AND line.product_uom_qty > 0
                       AND line.is_downpayment IS NOT TRUE
                       -- what was given away is not what the customer usually pays
                       AND line.reward_id IS NULL) AS lines
          GROUP BY card_id, order_id
            """,
            cards=cards.ids,
            months=MONTHS,
            unit_cost=products._field_to_sql("product", "standard_price"),
            is_goods=self._is_goods_sql(reward),
        )

    def _is_goods_sql(self, reward) -> SQL:
        """Return the condition that a reward is given for the line ``line``."""
        if reward.reward_type == "product" or reward.discount_applicability == "order":
            return SQL("TRUE")
        products = (
            self.env["product.product"]
            .with_context(active_test=False)
            ._search(reward._get_discount_product_domain())
        )
        return SQL("line.product_id IN %s", products.subselect())
