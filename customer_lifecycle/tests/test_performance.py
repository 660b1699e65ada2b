from odoo.tests import tagged

from .test_query_count import QueryCountCommon


@tagged("post_install", "-at_install", "-standard", "lifecycle_perf")
class TestPerformance(QueryCountCommon):
    """Query counts for full batches; times are measured elsewhere."""

    def test_batch_of_ten_and_of_a_thousand_make_the_same_queries(self):
        # Odoo writes 100 rows at a time: three transitions and at most two decisions
        # for each customer
        self.assertSameQueries(10, 1000, more=5 * 1000 // 100)

    def test_marking_everybody_makes_the_same_queries(self):
        changes = self.env["customer.lifecycle.change"]

        def mark():
            changes._mark_everybody("rule", self.company)

        self._crowd(10)
        mark()  # wakes the refresh once in this transaction
        few = self._queries(mark)
        self._crowd(500)
        self.assertEqual(self._queries(mark), few)

    def test_fit_makes_the_same_queries(self):
        fit = self.env["customer.lifecycle.fit"]

        def queries():
            self.company.lifecycle_fit_id = False  # as at first
            return self._queries(lambda: fit._fit(self.company))

        self.refresh(*self._crowd(10))
        queries()  # wakes the refresh once in this transaction
        few = queries()
        self.refresh(*self._crowd(500))
        self.assertEqual(queries(), few)

    def test_orders_written_together_are_marked_together(self):
        self._crowd(200)
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        values = {"lifecycle_need": "Time"}
        orders[:1].write(values)
        few = self._queries(lambda: orders[1:11].write(values))
        self.assertEqual(self._queries(lambda: orders[11:111].write(values)), few)
