from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestConcurrency(CustomerLifecycleCommon):
    """Two workers share the queue: real transactions on committed rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.registry.cursor() as cr:  # committed, and removed again at the end
            contacts = Environment(cr, SUPERUSER_ID, {})["res.partner"]
            contacts = contacts.with_context(active_test=False).search(
                [("parent_id", "=", False)], order="id", limit=4
            )
            cls.contact_ids = contacts.ids
            cr.execute(
                """
                INSERT INTO customer_lifecycle_change
                            (partner_ref, company_ref, cause, is_silent, failure_count)
                     SELECT id, (SELECT MIN(id) FROM res_company), 'facts', TRUE, 0
                       FROM UNNEST(%s) WITH ORDINALITY AS contacts (id, place)
                   ORDER BY place
                  RETURNING id
                """,
                [cls.contact_ids],
            )
            cls.row_ids = [row_id for (row_id,) in cr.fetchall()]
        cls.addClassCleanup(cls._remove_rows)

    @classmethod
    def _remove_rows(cls):
        with cls.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM customer_lifecycle_change WHERE id = ANY(%s)",
                [cls.row_ids],
            )

    def _worker(self):
        """Open the transaction of a worker, which is rolled back at the end."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        cr.execute("SET LOCAL lock_timeout = '2s'")  # fail rather than wait
        return Environment(cr, SUPERUSER_ID, {})

    def _claim(self, env, limit):
        """Have a worker claim rows; return which rows of this test it took."""
        env["customer.lifecycle.refresh"]._claim(limit, self.row_ids[-1])
        env.cr.execute(
            "SELECT id FROM customer_lifecycle_change WHERE id = ANY(%s)",
            [self.row_ids],
        )
        return set(self.row_ids) - {row_id for (row_id,) in env.cr.fetchall()}

    def test_two_workers_claim_different_rows(self):
        first = self._worker()
        first.cr.execute("SELECT COUNT(*) FROM customer_lifecycle_change")
        [(everything,)] = first.cr.fetchall()
        one = self._claim(first, everything // 2)
        two = self._claim(self._worker(), everything)
        self.assertTrue(one)
        self.assertTrue(two)
        self.assertFalse(one & two)
        self.assertEqual(one | two, set(self.row_ids))
        self.assertFalse(self._claim(self._worker(), everything))

    def test_rollback_gives_the_claimed_rows_back(self):
        first = self._worker()
        self.assertEqual(len(self._claim(first, 10**6)), 4)
        first.cr.rollback()
        self.assertEqual(len(self._claim(self._worker(), 10**6)), 4)

    def test_marking_waits_for_nobody_who_claims(self):
        worker = self._worker()
        self.assertEqual(len(self._claim(worker, 10**6)), 4)
        self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
        changes = self.env["customer.lifecycle.change"]
        changes._mark_partners(self.contact_ids, self.company.ids)
        mine = changes.search([("company_ref", "=", self.company.id)])
        self.assertEqual(mine.mapped("partner_ref"), self.contact_ids)
