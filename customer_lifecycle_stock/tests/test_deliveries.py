from datetime import date, datetime, timedelta

from odoo.fields import Command, Datetime
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tests.common import TODAY
from odoo.addons.customer_lifecycle.tests.common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDeliveries(OutreachCommon):
    """Deliveries as the stock knows them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.env["product.product"].create(
            {"name": "Goods", "type": "consu", "list_price": 100, "taxes_id": False}
        )
        cls.service = cls.env["product.product"].create(
            {"name": "Service", "type": "service", "taxes_id": False}
        )

    def _order(self, partner, product, days_ago=10, **values):
        """Create a confirmed order of three pieces."""
        at = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time())
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "date_order": at,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": 3,
                            "price_unit": 100,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = at
        return order

    def _deliver(self, order, on: date, quantity=None):
        """Deliver what is open of an order, or only some of it."""
        picking = order.picking_ids.filtered(lambda each: each.state != "done")
        if quantity:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True)._action_done()
        picking.date_done = datetime.combine(on, datetime.min.time())
        return picking

    def test_last_delivery_is_when_the_goods_left(self):
        partner = self._customer("Ana", email="ana@example.com")
        order = self._order(partner, self.goods)
        self.assertTrue(order.picking_ids)
        self.assertFalse(self.refresh(partner).last_delivery_date)
        first, second = TODAY - timedelta(days=5), TODAY - timedelta(days=2)
        self._deliver(order, first, quantity=1)
        self.assertEqual(self.refresh(partner).last_delivery_date, first)
        self._deliver(order, second)
        self.assertEqual(self.refresh(partner).last_delivery_date, second)

    def test_order_without_delivery_counts_as_before(self):
        partner = self._customer("Ana")
        self._order(partner, self.service, days_ago=4)
        card = self.refresh(partner)
        self.assertEqual(card.last_delivery_date, TODAY - timedelta(days=4))

    def test_delivery_has_the_customer_looked_at(self):
        partner = self._customer("Ana")
        order = self._order(partner, self.goods)
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"]
        waiting = [("partner_ref", "=", partner.id)]
        changes.search(waiting).unlink()
        self._deliver(order, TODAY)
        self.env.flush_all()
        self.assertTrue(changes.search(waiting))

    def _held(self, order):
        """Return the reason for which a mail to the customer of an order is held."""
        [step] = self._steps({}, mode="auto")
        card = self.refresh(order.partner_id, is_silent=True)
        outreach = self.planner._plan(step, card)
        gate = self.env["customer.lifecycle.gate"]
        verdicts = gate._check_problem(outreach, Datetime.now())
        verdict = verdicts.get(outreach.id)
        return verdict and gate._sentence(verdict.code, verdict.values)

    def test_delivery_over_its_deadline_holds_mails_back(self):
        partner = self._customer("Ana", email="ana@example.com")
        order = self._order(partner, self.goods)
        order.picking_ids.move_ids.date_deadline = Datetime.now() - timedelta(days=3)
        self.env.flush_all()
        self.assertEqual(
            self._held(order),
            f"Not sent: the order {order.name} was promised for 03/13/2026 and is not "
            "delivered.",
        )
        self._deliver(order, TODAY)
        self.assertFalse(self._held(order))

    def test_delivery_before_its_deadline_holds_nothing_back(self):
        partner = self._customer("Ana", email="ana@example.com")
        order = self._order(partner, self.goods)
        order.picking_ids.move_ids.date_deadline = Datetime.now()
        self.env.flush_all()
        self.assertFalse(self._held(order))

    def test_delivered_order_is_no_problem_before_its_invoice(self):
        partner = self._customer("Ana", email="ana@example.com")
        promised = Datetime.now() - timedelta(days=3)
        order = self._order(partner, self.goods, commitment_date=promised)
        self.assertTrue(self._held(order))
        self._deliver(order, TODAY)
        # less than ordered, and nobody waits for the rest
        order.order_line.product_uom_qty = 4
        order.picking_ids.filtered(lambda each: each.state != "done").action_cancel()
        self.assertFalse(self._held(order))

    def test_promised_delivery_is_kept_when_everything_has_left(self):
        partner = self._customer("Ana")
        promised = Datetime.now() + timedelta(days=3)
        order = self._order(partner, self.goods, days_ago=1, commitment_date=promised)
        promise = self.refresh(partner).promise_ids
        self._deliver(order, TODAY, quantity=1)
        self.refresh(partner)
        self.assertEqual((promise.kind, promise.state), ("delivery", "open"))
        self._deliver(order, TODAY)
        self.refresh(partner)
        self.assertRecordValues(promise, [{"state": "kept", "closed_date": TODAY}])
        self.assertTrue(promise.proof)

    def test_promised_delivery_is_kept_when_nobody_waits_for_the_rest(self):
        partner = self._customer("Ana")
        promised = Datetime.now() + timedelta(days=3)
        order = self._order(partner, self.goods, days_ago=1, commitment_date=promised)
        promise = self.refresh(partner).promise_ids
        self._deliver(order, TODAY, quantity=1)
        order.picking_ids.filtered(lambda each: each.state != "done").action_cancel()
        self.refresh(partner)
        self.assertEqual(promise.state, "kept")

    # ---------------------------------------------------------------- in several steps

    def _in_steps(self, steps="pick_ship"):
        """Have the goods of this company delivered in several steps."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        warehouse.delivery_steps = steps

    def test_picked_goods_have_not_left(self):
        for steps, between in (("pick_ship", 1), ("pick_pack_ship", 2)):
            with self.subTest(steps):
                self._in_steps(steps)
                partner = self._customer("Ana")
                order = self._order(partner, self.goods)
                self.assertFalse(self.refresh(partner).last_delivery_date)
                for _step in range(between):
                    self._deliver(order, TODAY - timedelta(days=5))
                    self.assertFalse(self.refresh(partner).last_delivery_date)
                self._deliver(order, TODAY - timedelta(days=2))
                self.assertEqual(
                    self.refresh(partner).last_delivery_date,
                    TODAY - timedelta(days=2),
                )

    def test_promise_waits_for_what_is_still_to_be_picked(self):
        self._in_steps()
        partner = self._customer("Ana")
        promised = Datetime.now() + timedelta(days=3)
        order = self._order(partner, self.goods, days_ago=1, commitment_date=promised)
        promise = self.refresh(partner).promise_ids
        pick = self._deliver(order, TODAY, quantity=1)
        self._ship(order)
        self.assertTrue(pick.backorder_ids)
        self.refresh(partner)
        self.assertEqual((promise.kind, promise.state), ("delivery", "open"))
        self._deliver(order, TODAY)
        self.refresh(partner)
        self.assertEqual(promise.state, "open", "picked, and not shipped")
        self._ship(order)
        self.refresh(partner)
        self.assertEqual(promise.state, "kept")

    def test_promise_is_not_kept_by_goods_that_were_picked_and_not_shipped(self):
        self._in_steps()
        partner = self._customer("Ana")
        promised = Datetime.now() + timedelta(days=3)
        order = self._order(partner, self.goods, days_ago=1, commitment_date=promised)
        promise = self.refresh(partner).promise_ids
        self._deliver(order, TODAY)
        order.picking_ids.filtered(lambda each: each.state != "done").action_cancel()
        self.refresh(partner)
        self.assertEqual(promise.state, "open")

    def test_late_pick_holds_mails_back(self):
        self._in_steps()
        partner = self._customer("Ana", email="ana@example.com")
        order = self._order(partner, self.goods)
        order.picking_ids.move_ids.date_deadline = Datetime.now() - timedelta(days=3)
        self.env.flush_all()
        self.assertIn("was promised for 03/13/2026", self._held(order))
        self._deliver(order, TODAY)
        self.env.flush_all()
        self.assertIn("was promised for 03/13/2026", self._held(order))
        self._deliver(order, TODAY)
        self.assertFalse(self._held(order))

    def test_what_comes_back_is_no_delivery(self):
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps):
                self._in_steps(steps)
                partner = self._customer("Ana")
                promised = Datetime.now() + timedelta(days=3)
                order = self._order(
                    partner, self.goods, days_ago=1, commitment_date=promised
                )
                promise = self.refresh(partner).promise_ids
                while self._open(order):
                    shipped = self._deliver(order, TODAY - timedelta(days=5))
                self._return(shipped)
                self.assertTrue(self._open(order), "on its way back")
                self.refresh(partner)
                self.assertEqual(promise.state, "kept")
                self._deliver(order, TODAY)
                self.assertEqual(
                    self.refresh(partner).last_delivery_date,
                    TODAY - timedelta(days=5),
                )

    def _open(self, order):
        return order.picking_ids.filtered(
            lambda each: each.state not in ("done", "cancel")
        )

    def _ship(self, order):
        """Ship what was picked of an order, and nothing else."""
        [shipping] = self._open(order).filtered(
            lambda each: each.picking_type_code == "outgoing"
        )
        shipping.move_ids.picked = True
        shipping._action_done()

    def _return(self, picking):
        """Have the customer send back what was delivered."""
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        return wizard._create_return()
