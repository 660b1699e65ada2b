from datetime import date, datetime, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY, PromisesCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPromisedOrders(PromisesCommon):
    """Promises that orders and quotations make, move and end."""

    def test_delivery_date_of_an_order_is_a_promise(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        self.assertRecordValues(
            self.promises(order),
            [
                {
                    "kind": "delivery",
                    "side": "ours",
                    "state": "open",
                    "name": f"Deliver order {order.name}",
                    "made_date": TODAY,
                    "due_date": TOMORROW,
                    "lifecycle_id": self.acme.id,
                }
            ],
        )
        self.assertEqual(self.acme.promise_open_count, 1)

    def test_order_without_a_date_promises_nothing(self):
        order = self._promised_order(None)
        self.follow()
        self.assertFalse(self.promises(order))

    def test_it_is_made_once(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        self.follow()
        self.assertEqual(len(self.promises(order)), 1)

    def test_new_customer_has_it_from_the_first_reading(self):
        partner = self._customer("New")
        order = self._purchase(partner, 0, commitment_date="2026-03-20 12:00:00")
        card = self.refresh(partner)
        self.assertEqual(self.promises(order).lifecycle_id, card)
        self.assertEqual(card.promise_open_count, 1)

    def test_day_is_that_of_the_company(self):
        self.company.lifecycle_tz = "Asia/Tokyo"
        order = self._purchase(self.partner, 0, commitment_date="2026-03-18 20:00:00")
        self.follow()
        self.assertEqual(str(self.promises(order).due_date), "2026-03-19")

    def test_another_date_moves_it_and_forgets_the_question(self):
        order = self._promised_order(YESTERDAY, on=2)
        self.follow()
        promise = self.promises(order)
        self.assertTrue(self.questions(promise))
        order.commitment_date = "2026-03-20 12:00:00"
        self.follow()
        self.assertRecordValues(
            promise,
            [{"state": "open", "asked_date": False, "user_id": promise.user_id.id}],
        )
        self.assertEqual(str(promise.due_date), "2026-03-20")
        self.assertFalse(self.questions(promise))

    def test_cancelled_order_waives_it_and_a_new_confirmation_promises_again(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        promise = self.promises(order)
        order._action_cancel()
        self.follow()
        self.assertEqual(promise.state, "waived")
        order.action_draft()
        order.action_confirm()
        self.follow()
        self.assertEqual(self.promises(order), promise)
        self.assertRecordValues(
            promise, [{"state": "open", "closed_date": False, "proof": False}]
        )

    def test_proof_says_that_it_was_delivered_late(self):
        order = self._promised_order(YESTERDAY, on=2)
        self.follow(as_of=YESTERDAY)
        promise = self.promises(order)
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty
        self.follow()
        self.assertEqual(promise.state, "kept")
        self.assertIn("after the promised day", promise.proof)
        promise.action_reopen()
        self.assertFalse(promise.proof)

    def test_what_a_person_waived_stays_so(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        promise = self.promises(order)
        promise.action_waive()
        self.follow()
        self.assertEqual(promise.state, "waived")

    def test_broken_delivery_can_be_promised_anew(self):
        order = self._promised_order(YESTERDAY, on=2)
        self.follow()
        first = self.promises(order)
        first.action_break()
        self.follow()
        self.assertEqual(self.promises(order), first)
        order.commitment_date = "2026-03-20 12:00:00"
        self.follow()
        first, second = self.promises(order)
        self.assertEqual((first.state, second.state), ("broken", "open"))
        self.assertEqual(str(second.due_date), "2026-03-20")

    def test_order_of_another_customer_takes_its_promise_along(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        other = self._customer("Other")
        order.partner_id = other
        self.refresh(self.partner, other)
        self.assertEqual(self.promises(order).lifecycle_id, self.card(other))

    def test_history_that_is_entered_promises_nothing(self):
        order = self._promised_order(TODAY - timedelta(days=100), on=110)
        self.follow(is_silent=True)
        self.assertFalse(self.promises(order))
        still = self._promised_order(TOMORROW, on=110)
        self.follow(is_silent=True)
        self.assertEqual(self.promises(still).due_date, TOMORROW)

    def test_delivery_promised_before_the_order_is_no_promise(self):
        order = self._promised_order(TODAY - timedelta(days=3), on=1)
        self.follow()
        self.assertFalse(self.promises(order))

    def test_salesperson_of_the_order_is_responsible(self):
        order = self._promised_order(TOMORROW, user_id=self.leader.id)
        self.follow()
        self.assertEqual(self.promises(order).user_id, self.leader)

    def test_salesperson_who_left_is_not_responsible(self):
        order = self._promised_order(TOMORROW, user_id=self.leader.id)
        self.leader.active = False
        self.follow()
        self.assertEqual(self.promises(order).user_id, self.seller)

    def test_words_are_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.partner.lang = "es_ES"
        order = self._promised_order(TOMORROW)
        self.follow()
        self.assertIn(order.name, self.promises(order).name)

    def test_delivery_of_everything_keeps_it(self):
        order = self._promised_order(TOMORROW)
        line = order.order_line
        line.product_uom_qty = 2
        self.follow()
        line.qty_delivered = 1
        self.follow()
        self.assertEqual(self.promises(order).state, "open")
        line.qty_delivered = 2
        self.follow()
        self.assertRecordValues(
            self.promises(order),
            [{"state": "kept", "closed_date": TODAY, "closed_by_id": False}],
        )
        self.assertEqual(self.promises(order).proof, "Everything was delivered.")

    def test_delivery_queues_the_customer_to_whom_it_was_promised(self):
        order = self._promised_order(TOMORROW)
        other = self._purchase(self.partner, 0)
        self.follow()
        changes = self.env["customer.lifecycle.change"]
        for line, queued in ((other.order_line, 0), (order.order_line, 1)):
            self.env.flush_all()
            changes.search([]).unlink()
            line.qty_delivered = 1
            self.env.flush_all()
            self.assertEqual(len(changes.search([])), queued)

    def test_order_delivered_before_it_was_read_promises_nothing(self):
        order = self._promised_order(TOMORROW)
        order.order_line.qty_delivered = 1
        self.follow()
        self.assertFalse(self.promises(order))

    # ----------------------------------------------------------------- quotations

    def test_validity_of_a_sent_quotation_is_a_promise(self):
        draft = self._quotation(self.partner, validity_date=TOMORROW)
        sent = self._sent(TOMORROW)
        self.follow()
        self.assertFalse(self.promises(draft))
        self.assertRecordValues(
            self.promises(sent),
            [{"kind": "quotation", "due_date": TOMORROW, "state": "open"}],
        )

    def test_last_day_of_all_is_a_day(self):
        self.company.lifecycle_tz = "Europe/Madrid"  # where it is past it already
        order = self._promised_order(TOMORROW)
        order.commitment_date = datetime.max.replace(microsecond=0)
        self.follow()
        self.assertEqual(self.promises(order).due_date, date.max)

    def test_quotation_that_is_ordered_keeps_it(self):
        order = self._sent(TOMORROW)
        self.follow()
        order.action_confirm()
        self.follow()
        promise = self.promises(order)
        self.assertRecordValues(
            promise, [{"state": "kept", "closed_date": TODAY, "closed_by_id": False}]
        )
        self.assertTrue(promise.proof)
        self.assertEqual(self.acme.promise_kept_count, 0, "There was nothing to keep")

    def test_quotation_that_expires_says_nothing_about_our_word(self):
        order = self._sent(TODAY)
        self.follow()
        self.assertEqual(self.promises(order).state, "open")
        self.follow(TOMORROW)
        promise = self.promises(order)
        self.assertRecordValues(
            promise, [{"state": "waived", "closed_date": TOMORROW, "asked_date": False}]
        )
        self.assertEqual(self.acme.promise_kept_count, 0)

    def test_longer_validity_promises_again(self):
        order = self._sent(TODAY)
        self.follow()
        self.follow(TOMORROW)
        order.validity_date = TODAY + timedelta(days=10)
        self.follow(TOMORROW)
        self.assertRecordValues(
            self.promises(order),
            [{"state": "open", "due_date": TODAY + timedelta(days=10)}],
        )

    def test_expired_quotation_promises_nothing(self):
        order = self._sent(YESTERDAY)
        self.follow()
        self.assertFalse(self.promises(order))

    def test_deleted_quotation_leaves_no_open_promise(self):
        order = self._sent(TOMORROW)
        self.follow()
        promise = self.promises(order)
        order._action_cancel()
        order.unlink()
        self.follow()
        self.assertEqual(promise.state, "waived")

    def test_days_and_states_of_orders_queue_their_customer(self):
        order = self._quotation(self.partner)
        changes = self.env["customer.lifecycle.change"]
        for vals in (
            {"validity_date": TOMORROW},
            {"commitment_date": "2026-03-20 12:00:00"},
            {"state": "sent"},
        ):
            self.env.flush_all()
            changes.search([]).unlink()
            order.write(vals)
            self.env.flush_all()
            self.assertTrue(changes.search([("partner_ref", "=", self.partner.id)]))
