from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestNeeds(CustomerLifecycleCommon):
    """A need is written down, passed on, answered, and followed up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("own", "Sally")
        cls.colleague = cls._user("own", "Colin")
        cls.customer = cls._customer("Acme", email="acme@example.com")
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)

    def _needed(self, **values):
        """Confirm an order of Sally's that answers a need."""
        return self._purchase(
            self.customer,
            5,
            **{"lifecycle_need": "Quiet machines", "user_id": self.seller.id} | values,
        )

    def follow_ups(self, order):
        return order.activity_ids.filtered("automated")

    # ------------------------------------------------------------------- written down

    def test_quotation_takes_the_need_over_from_the_opportunity(self):
        lead = self._lead(self.customer, lifecycle_need="Quiet machines")
        context = lead._prepare_opportunity_quotation_context()
        form = Form(self.env["sale.order"].with_context(**context))
        self.assertEqual(form.lifecycle_need, "Quiet machines")
        order = form.save()
        self.assertEqual(order.lifecycle_need, "Quiet machines")
        self.assertEqual(order.lifecycle_need_state, "open")

    def test_need_written_on_the_opportunity_later_reaches_its_quotation(self):
        lead = self._lead(self.customer)
        order = self._quotation(self.customer, opportunity_id=lead.id)
        self.assertFalse(order.lifecycle_need_state)
        lead.lifecycle_need = "Quiet machines"
        self.assertEqual(order.lifecycle_need, "Quiet machines")
        lead.lifecycle_need = "Cheap machines"
        self.assertEqual(order.lifecycle_need, "Quiet machines")

    def test_need_of_the_order_outranks_that_of_the_opportunity(self):
        lead = self._lead(self.customer, lifecycle_need="Quiet machines")
        order = self._quotation(
            self.customer, opportunity_id=lead.id, lifecycle_need="Save power"
        )
        self.assertEqual(order.lifecycle_need, "Save power")

    def test_merged_opportunities_keep_both_needs(self):
        leads = self._lead(self.customer, lifecycle_need="Quiet machines")
        leads |= self._lead(self.customer, lifecycle_need="Save power")
        merged = leads.merge_opportunity()
        self.assertEqual(
            sorted(merged.lifecycle_need.split("\n")), ["Quiet machines", "Save power"]
        )

    def test_blank_need_is_none(self):
        order = self._needed(lifecycle_need="  \n ")
        self.assertFalse(order.lifecycle_need_state)
        self.assertEqual(self.refresh(self.customer).need_count, 0)

    # ----------------------------------------------------------------------- answered

    def test_solved_need_is_a_fact(self):
        order = self._needed()
        card = self.refresh(self.customer)
        self.assertRecordValues(
            card, [{"need_count": 1, "solved_count": 0, "unsolved_count": 0}]
        )
        order._answer_need(True, by=self.customer)
        self.assertRecordValues(
            order,
            [
                {
                    "lifecycle_need_state": "solved",
                    "lifecycle_need_answer_date": TODAY,
                    "lifecycle_need_answer_by_id": self.customer.id,
                }
            ],
        )
        self.assertRecordValues(
            self.refresh(self.customer),
            [{"need_count": 1, "solved_count": 1, "unsolved_count": 0}],
        )

    def test_answer_marks_the_customer_as_changed(self):
        order = self._needed()
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        order._answer_need(False)
        self.env.flush_all()
        self.assertIn(self.customer.id, changes.search([]).mapped("partner_ref"))

    def test_unsolved_need_is_a_fact_and_gives_the_salesperson_an_activity(self):
        order = self._needed()
        order._answer_need(False, by=self.customer)
        self.assertRecordValues(
            self.refresh(self.customer), [{"solved_count": 0, "unsolved_count": 1}]
        )
        activity = self.follow_ups(order)
        self.assertRecordValues(
            activity, [{"user_id": self.seller.id, "date_deadline": TODAY}]
        )
        self.assertIn("Quiet machines", activity.note)

    def test_same_answer_twice_changes_nothing(self):
        order = self._needed()
        self.assertEqual(order._answer_need(False), order)
        self.assertFalse(order._answer_need(False, by=self.customer))
        self.assertEqual(
            order.lifecycle_need_answer_by_id, self.env.user.partner_id, "the first"
        )
        self.assertEqual(len(self.follow_ups(order)), 1)

    def test_other_answer_ends_the_activity(self):
        order = self._needed()
        order._answer_need(False)
        order._answer_need(True)
        self.assertEqual(order.lifecycle_need_state, "solved")
        self.assertFalse(self.follow_ups(order))

    def test_answer_can_be_taken_back(self):
        order = self._needed()
        order._answer_need(False)
        order.action_need_reopen()
        self.assertRecordValues(
            order,
            [
                {
                    "lifecycle_need_state": "open",
                    "lifecycle_need_answer_date": False,
                    "lifecycle_need_answer_by_id": False,
                }
            ],
        )
        self.assertFalse(self.follow_ups(order))

    def test_nobody_follows_up_what_is_cancelled_or_was_no_need(self):
        cancelled, emptied = self._needed(), self._needed()
        (cancelled | emptied)._answer_need(False)
        cancelled._action_cancel()
        emptied.lifecycle_need = False
        self.assertFalse(self.follow_ups(cancelled | emptied))
        self.assertRecordValues(
            emptied,
            [
                {
                    "lifecycle_need_state": False,
                    "lifecycle_need_answer_date": False,
                    "lifecycle_need_answer_by_id": False,
                }
            ],
        )

    def test_orders_without_need_or_not_confirmed_are_not_answered(self):
        quotation = self._quotation(self.customer, lifecycle_need="Quiet machines")
        without = self._needed(lifecycle_need=False)
        self.assertFalse((quotation | without)._answer_need(True))
        self.assertEqual(quotation.lifecycle_need_state, "open")
        self.assertFalse(without.lifecycle_need_state)

    def test_cancelled_order_answers_no_need_any_more(self):
        order = self._needed()
        order._answer_need(True)
        order._action_cancel()
        self.assertRecordValues(
            self.refresh(self.customer), [{"need_count": 0, "solved_count": 0}]
        )

    def test_copy_of_an_order_has_no_need(self):
        order = self._needed()
        order._answer_need(True)
        copy = order.copy()
        self.assertFalse(copy.lifecycle_need)
        self.assertFalse(copy.lifecycle_need_state)
        self.assertFalse(copy.lifecycle_need_answer_date)

    def test_script_in_a_need_is_text_in_the_activity(self):
        order = self._needed(lifecycle_need="<script>alert(1)</script>")
        order._answer_need(False)
        self.assertIn("&lt;script&gt;", self.follow_ups(order).note)

    def test_activity_goes_to_somebody_who_works_here(self):
        order = self._needed()
        self.refresh(self.customer).user_id = self.colleague
        self.seller.active = False
        order._answer_need(False)
        self.assertEqual(self.follow_ups(order).user_id, self.colleague)

    # -------------------------------------------------------------------------- access

    @users("lifecycle_sally")
    def test_salesperson_answers_on_own_orders(self):
        order = self._needed().with_user(self.env.user)
        order.action_need_unsolved()
        self.assertEqual(order.lifecycle_need_state, "unsolved")
        self.assertEqual(
            order.lifecycle_need_answer_by_id, self.env.user.partner_id, "one of us"
        )
        order.action_need_solved()
        self.assertEqual(order.lifecycle_need_state, "solved")

    @users("lifecycle_colin")
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_salesperson_does_not_answer_on_orders_of_colleagues(self):
        order = self._needed().with_user(self.env.user)
        with self.assertRaises(AccessError):
            order.action_need_solved()
        self.assertEqual(order.sudo().lifecycle_need_state, "open")
