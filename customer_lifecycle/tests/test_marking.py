from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.models.customer_lifecycle_change import NEWS_DAYS

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMarking(CustomerLifecycleCommon):
    """What queues a customer for the refresh, loudly or silently."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer, cls.former = cls._customer(), cls._customer("Former")
        cls.changes = cls.env["customer.lifecycle.change"]

    def setUp(self):
        super().setUp()
        self._begin()

    def _begin(self):
        """Begin as after a commit: nothing is waiting, nothing was silent."""
        self.env.flush_all()
        self.changes.search([]).unlink()
        self.env.cr.precommit.clear()

    def _queued(self):
        self.env.flush_all()
        return self.changes.search([])

    def assertMarked(self, *partners, silent=False, cause="facts"):
        """Assert who is queued, and that all are so for one cause."""
        queued = self._queued()
        self.assertEqual(
            set(queued.mapped("partner_ref")), {partner.id for partner in partners}
        )
        self.assertEqual(set(queued.mapped("is_silent")), {silent})
        self.assertEqual(set(queued.mapped("cause")), {cause})
        self._begin()

    def assertNobodyMarked(self):
        self.assertFalse(self._queued())

    # --------------------------------------------------------------------------- orders

    def test_quotation_marks_its_customer(self):
        self._quotation(self.customer)
        self.assertEqual(set(self._queued().mapped("company_ref")), {self.company.id})
        self.assertMarked(self.customer)

    def test_each_step_of_an_order_marks_its_customer(self):
        order = self._quotation(self.customer)
        self._begin()
        for step in (
            lambda: order.order_line.write({"price_unit": 7}),
            lambda: order.write({"date_order": TODAY - timedelta(days=2)}),
            order.action_confirm,
            lambda: order.write({"lifecycle_need": "Time"}),
            lambda: order.write({"user_id": False}),
            order._action_cancel,
            order.action_draft,
            order._action_cancel,
            order.unlink,
        ):
            step()
            self.assertMarked(self.customer)

    def test_remark_on_an_order_marks_nobody(self):
        order = self._quotation(self.customer)
        self._begin()
        order.write({"client_order_ref": "Ours", "note": "Thanks"})
        self.assertNobodyMarked()

    def test_order_that_changes_hands_marks_both(self):
        order = self._quotation(self.former)
        self._begin()
        order.partner_id = self.customer
        self.assertMarked(self.former, self.customer)

    def test_order_that_changes_company_marks_it_in_both(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        order = self._quotation(self.customer)
        self._begin()
        order.company_id = other
        self.assertEqual(
            set(self._queued().mapped("company_ref")), {self.company.id, other.id}
        )

    # ---------------------------------------------------------------------------- leads

    def test_lead_marks_its_customer(self):
        self._lead(self.customer)
        self.assertMarked(self.customer)

    def test_each_step_of_a_lead_marks_its_customer(self):
        lead = self._lead(self.customer)
        self._begin()
        for step in (
            lambda: lead.write({"expected_revenue": 7}),
            lead.action_set_lost,
            lead.action_unarchive,
            lead.action_set_won,
            lambda: lead.write({"type": "lead"}),
            lead.unlink,
        ):
            step()
            self.assertMarked(self.customer)

    def test_lead_that_changes_hands_marks_both(self):
        lead = self._lead(self.former)
        self._begin()
        lead.partner_id = self.customer
        self.assertMarked(self.former, self.customer)

    def test_lead_that_loses_its_contact_marks_it(self):
        lead = self._lead(self.former)
        self._begin()
        lead.partner_id = False
        self.assertMarked(self.former)

    def test_remark_on_a_lead_marks_nobody(self):
        lead = self._lead(self.customer)
        self._begin()
        lead.description = "Wants it blue"
        self.assertNobodyMarked()

    # ------------------------------------------------------------------------- contacts

    def test_decisive_change_of_a_contact_marks_it_everywhere(self):
        tag = self.env["res.partner.category"].create({"name": "Lifecycle"})
        for values in (
            {"user_id": self.env.uid},
            {"category_id": [Command.link(tag.id)]},
            {"employee": True},
            {"active": False},
        ):
            self.customer.write(values)
            self.assertEqual(set(self._queued().mapped("company_ref")), {0})
            self.assertMarked(self.customer)

    def test_other_change_of_a_contact_marks_nobody(self):
        self.customer.write({"name": "New", "city": "Vigo", "website": "x.example"})
        self.assertNobodyMarked()

    def test_referrer_is_marked_when_named_changed_and_taken_away(self):
        friend = self._customer("Friend")
        self._begin()
        friend.lifecycle_referred_by_id = self.former
        self.assertMarked(friend, self.former)
        friend.lifecycle_referred_by_id = self.customer
        self.assertMarked(friend, self.former, self.customer)
        friend.lifecycle_referred_by_id = False
        self.assertMarked(friend, self.customer)

    def test_person_who_changes_companies_marks_both(self):
        (self.customer + self.former).is_company = True
        person = self._customer("Person", parent_id=self.former.id)
        self._begin()
        person.parent_id = self.customer
        self.assertLessEqual(
            {self.former.id, person.id}, set(self._queued().mapped("partner_ref"))
        )

    def test_person_who_leaves_a_company_marks_it(self):
        self.former.is_company = True
        person = self._customer("Person", parent_id=self.former.id)
        self._begin()
        person.parent_id = False
        self.assertIn(self.former.id, self._queued().mapped("partner_ref"))

    # -------------------------------------------------------------------------- silence

    def test_order_of_the_last_days_is_news(self):
        self._quotation(self.customer, at=TODAY - timedelta(days=NEWS_DAYS - 1))
        self.assertMarked(self.customer)

    def test_order_with_an_old_date_is_silent(self):
        self._quotation(self.customer, at=TODAY - timedelta(days=NEWS_DAYS + 1))
        self.assertMarked(self.customer, silent=True)

    def test_imported_order_is_silent(self):
        orders = self.env["sale.order"].with_context(import_file=True)
        orders.create({"partner_id": self.customer.id})
        self.assertMarked(self.customer, silent=True)

    def test_columns_written_at_the_end_of_an_import_are_silent_too(self):
        order = self._quotation(self.customer)
        self._begin()
        order.with_context(import_file=True).order_line.price_unit = 7
        self.changes.with_context(import_file=True)._is_silent()
        self.assertMarked(self.customer, silent=True)

    def test_import_says_nothing_about_the_next_transaction(self):
        orders = self.env["sale.order"].with_context(import_file=True)
        orders.create({"partner_id": self.customer.id})
        self._begin()
        self._quotation(self.customer)
        self.assertMarked(self.customer)

    # ------------------------------------------------------------------ wakes, no locks

    def test_first_mark_of_a_transaction_wakes_the_refresh_once(self):
        triggers = self.env["ir.cron.trigger"].search([])
        self._quotation(self.customer)
        self._quotation(self.former)
        self.env.flush_all()
        woken = self.env["ir.cron.trigger"].search([]) - triggers
        self.assertEqual(
            woken.cron_id.mapped("model_id.model"), ["customer.lifecycle.refresh"]
        )
        self.assertEqual(len(woken), 1)

    def test_marking_waits_for_nobody_who_writes_the_contact(self):
        partner = self.env["res.company"].search([], order="id", limit=1).partner_id
        order = self._quotation(partner)
        self.env.flush_all()
        with self.registry.cursor() as other:  # a transaction of somebody else
            other.execute(
                "SELECT FROM res_partner WHERE id = %s FOR NO KEY UPDATE NOWAIT",
                [partner.id],
            )
            self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
            self._begin()
            order.order_line.price_unit = 7
            order.action_confirm()
            self.assertMarked(partner)
            other.rollback()

    def test_marking_waits_for_nobody_who_deletes_the_contact(self):
        # a row that both see, and that this transaction has not touched
        users = self.env["res.users"].with_context(active_test=False)
        partner_id = users.search(
            [("id", "!=", self.env.uid)], order="id", limit=1
        ).partner_id.id
        with self.registry.cursor() as other:
            other.execute(
                "SELECT FROM res_partner WHERE id = %s FOR UPDATE NOWAIT", [partner_id]
            )
            self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
            self.changes._mark_partners([partner_id], self.company.ids)
            other.rollback()
        self.assertEqual(self._queued().mapped("partner_ref"), [partner_id])
