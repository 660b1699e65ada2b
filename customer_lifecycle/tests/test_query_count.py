from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY, CustomerLifecycleCommon


class QueryCountCommon(CustomerLifecycleCommon):
    """Counts the queries of a refresh for different numbers of customers."""

    @classmethod
    def _crowd(cls, number):
        """Create customers of every kind: their number a multiple of five."""
        customers = cls.env["res.partner"].create(
            [{"name": f"One of {number}"} for _index in range(number)]
        )
        histories = [(), (5,), (5, 40), (5, 25, 45, 65), (400, 420, 440)]
        cls._copy_order(
            [
                (
                    customer.id,
                    TODAY - timedelta(days=days or 0),
                    "draft" if days is None else "sale",
                )
                for index, customer in enumerate(customers)
                for days in histories[index % len(histories)] or (None,)
            ]
        )
        return customers

    @classmethod
    def _copy_order(cls, rows):
        """Copy an order in SQL, as making a thousand takes minutes.

        :param rows: contact id, day and state of each copy
        """
        order = cls._quotation(cls._customer("Whoever is copied"), 10)
        order.flush_recordset()
        replaced = ["partner_id", "date_order", "state"]
        kept = [
            name
            for name, field in order._fields.items()
            if field.store and field.column_type and name not in [*replaced, "id"]
        ]
        cls.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_order (%s, %s)
                     SELECT row.*, %s
                       FROM sale_order,
                            UNNEST(%s::integer[], %s::timestamp[], %s) AS row
                      WHERE sale_order.id = %s
                """,
                SQL(", ").join(map(SQL.identifier, replaced)),
                SQL(", ").join(map(SQL.identifier, kept)),
                SQL(", ").join(SQL.identifier("sale_order", name) for name in kept),
                *(list(column) for column in zip(*rows, strict=True)),
                order.id,
            )
        )

    def _queries(self, function):
        """Return how many queries a function makes with an empty cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _refresh_queries(self, customers, as_of=TODAY):
        return self._queries(lambda: self.refresh(*customers, as_of=as_of))

    def assertSameQueries(self, few, many, more=0):
        """Assert that numbers of customers do not change the number of queries.

        :param more: queries that many customers may cost in addition
        """
        later = TODAY + timedelta(days=1000)
        self._refresh_queries(self._crowd(5))  # fills the caches of the registry
        few, many = self._crowd(few), self._crowd(many)
        for case, as_of in (
            ("first reading", TODAY),
            ("nothing new", TODAY),
            ("everybody lapses", later),
            ("nothing new again", later),
        ):
            with self.subTest(case):
                fewest = self._refresh_queries(few, as_of)
                most = self._refresh_queries(many, as_of)
                self.assertLessEqual(fewest, most)
                self.assertLessEqual(most, fewest + more)
        self.assertEqual(
            len(few.mapped(lambda customer: self.card(customer).stage_id)), 2
        )


@tagged("post_install", "-at_install")
class TestQueryCount(QueryCountCommon):
    """The queries of a batch do not grow with its customers."""

    def test_batch_of_ten_and_of_a_hundred_make_the_same_queries(self):
        self.assertSameQueries(10, 100)

    def test_nothing_new_makes_few_queries(self):
        customers = self._crowd(10)
        self.refresh(*customers)
        # half of them read the company, its currency, the stages and the levels
        self.assertLessEqual(self._refresh_queries(customers), 21)

    def _buyers(self, number, **values):
        """Create customers who have bought for the first time, with a day promised."""
        customers = self.env["res.partner"].create(
            [{"name": f"One of {number}", **values} for _index in range(number)]
        )
        for customer in customers:
            self._purchase(customer, 2, commitment_date=TODAY + timedelta(days=4))
        return customers

    def assertSameQueriesOfBuyers(self, **values):
        self._refresh_queries(self._buyers(2, **values))  # fills the caches
        few, many = self._buyers(2, **values), self._buyers(10, **values)
        for case in ("first reading", "nothing new"):
            with self.subTest(case):
                fewest = self._refresh_queries(few)
                self.assertLessEqual(self._refresh_queries(many), fewest + 2)

    def test_promises_of_many_new_customers_are_made_together(self):
        self.env["customer.lifecycle.vow"].create(
            {
                "name": "We call to thank",
                "company_id": self.company.id,
                "since_date": TODAY - timedelta(days=9),
            }
        )
        self.assertSameQueriesOfBuyers()

    def test_promises_of_many_orders_are_moved_together(self):
        counts = []
        for number in (2, 2, 10):
            orders = self._buyers(number).sale_order_ids
            self.refresh(*orders.partner_id)
            orders.commitment_date = TODAY + timedelta(days=9)
            counts.append(self._refresh_queries(orders.partner_id))
        self.assertLessEqual(counts[2], counts[1] + 2)

    def test_many_brought_customers_are_rewarded_together(self):
        referrer = self._customer("Maria")
        self._purchase(referrer, 40)
        self.refresh(referrer, is_silent=True)
        self.company.write(
            {
                "lifecycle_reward_when": "confirmed",
                "lifecycle_referral_program_id": self.env["loyalty.program"].create(
                    {
                        "name": "Thanks",
                        "program_type": "coupons",
                        "company_id": self.company.id,
                    }
                ),
            }
        )
        self.company.lifecycle_referral_since = TODAY - timedelta(days=30)
        self.assertSameQueriesOfBuyers(lifecycle_referred_by_id=referrer.id)
        card = self.card(referrer)
        self.assertEqual(card.referral_reward_count, 14)
