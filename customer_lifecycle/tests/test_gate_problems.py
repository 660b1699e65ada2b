from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_gate import AT, GateCommon


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestGateProblems(GateCommon):
    """Whoever waits for us gets no mail that ignores it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.income, cls.receivable = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind}
                for name, code, kind in (
                    ("Sold", "700000", "income"),
                    ("To receive", "430000", "asset_receivable"),
                )
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Invoices",
                "code": "INV",
                "type": "sale",
                "default_account_id": cls.income.id,
                "company_id": cls.company.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.card = self._buyer(
            "Ana", property_account_receivable_id=self.receivable.id
        )
        self.mail = self.message(self.card)

    # -------------------------------------------------------------------------- ratings

    def _rating(self, rate=1, days_ago=3, partner=None, record=None):
        """Have a customer rate a record, by default a quotation of its own."""
        partner = partner or self.card.partner_id
        record = record or self._quotation(partner)
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get(record._name).id,
                "res_id": record.id,
                "partner_id": partner.id,
                "rating": rate,
                "consumed": True,
            }
        )
        rating.rated_on = AT - timedelta(days=days_ago)
        return rating

    def test_bad_rating_holds_every_mail_and_no_activity(self):
        self._rating(days_ago=40)
        self._rating(days_ago=3)
        offer, activity = self.offer(self.card), self.activity(self.card)
        held = ("held", "complaint")
        self.assertEqual(
            self.judge(self.mail | offer | activity), {self.mail: held, offer: held}
        )
        # the oldest, which waits longest
        self.assertEqual(
            self.say(self.mail), "Not sent: a complaint of 02/04/2026 is still open."
        )

    def test_rating_of_a_person_below_the_customer_counts(self):
        person = self._customer("Eva", parent_id=self.card.partner_id.id)
        self._rating(partner=person)
        self.assertTrue(self.judge(self.mail))

    def test_what_is_no_open_complaint_holds_nothing(self):
        self._rating(rate=3)
        self._rating(rate=0)
        self._rating(days_ago=61)
        self._rating().consumed = False
        self._rating(partner=self._customer("Somebody else"))
        self.assertEqual(self.judge(self.mail), {})

    def test_answer_closes_a_complaint_and_a_note_does_not(self):
        order = self._quotation(self.card.partner_id)
        self._rating(record=order)
        order.message_post(
            body="How rude", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        order.message_post(
            body="I am still waiting",
            author_id=self.card.partner_id.id,
            message_type="comment",
        )
        self.assertTrue(self.judge(self.mail))
        order.message_post(
            body="We are sorry", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self.judge(self.mail), {})

    def test_call_that_was_made_closes_a_complaint(self):
        self._rating(record=self.card)
        activity = self.card.activity_schedule("mail.mail_activity_data_call")
        self.assertTrue(self.judge(self.mail))
        activity.action_feedback("All is well again")
        self.assertEqual(self.judge(self.mail), {})

    def test_complaint_to_another_company_is_not_known_here(self):
        order = self._quotation(self.card.partner_id)
        self._rating(record=order)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, order.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.judge(self.mail), {})

    # ------------------------------------------------------------------------- invoices

    def _invoice(self, due, amount=120.0):
        """Post an invoice to the customer.

        :param due: the day on which it is due
        """
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.card.partner_id.id,
                "journal_id": self.journal.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Thing",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "account_id": self.income.id,
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def test_overdue_invoice_holds_after_a_week(self):
        invoice = self._invoice(TODAY - timedelta(days=7))
        self.assertEqual(self.judge(self.mail), {})
        tomorrow = AT + timedelta(days=1)
        self.assertEqual(
            self.judge(self.mail, tomorrow), {self.mail: ("held", "overdue")}
        )
        self.assertEqual(
            self.say(self.mail, tomorrow).replace("\N{NO-BREAK SPACE}", " "),
            f"Not sent: 120.00 € of the invoice {invoice.name} has been due since "
            "03/09/2026.",
        )

    def test_invoice_in_dispute_holds_at_once(self):
        invoice = self._invoice(TODAY + timedelta(days=20))
        self.assertEqual(self.judge(self.mail), {})
        invoice.action_toggle_block_payment()
        self.assertEqual(self.judge(self.mail), {self.mail: ("held", "disputed")})
        self.assertEqual(
            self.say(self.mail), f"Not sent: the invoice {invoice.name} is in dispute."
        )

    def test_draft_cancelled_and_paid_invoices_hold_nothing(self):
        day = TODAY - timedelta(days=30)
        self._invoice(day).button_draft()
        self._invoice(day).button_cancel()
        paid = self._invoice(day)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET payment_state = 'paid', amount_residual = 0 "
            "WHERE id = %s",
            [paid.id],
        )
        self.assertEqual(self.judge(self.mail), {})

    # ------------------------------------------------------------------------- delivery

    def _promised(self, days_ago=1, delivered=0):
        """Create an order that was promised for some days before ``TODAY``."""
        order = self._purchase(
            self.card.partner_id, 150, commitment_date=AT - timedelta(days=days_ago)
        )
        order.order_line.qty_delivered = delivered
        return order

    def test_order_not_delivered_on_its_day_holds(self):
        order = self._promised(2)
        self.assertEqual(self.judge(self.mail), {self.mail: ("held", "undelivered")})
        self.assertEqual(
            self.say(self.mail),
            f"Not sent: the order {order.name} was promised for 03/14/2026 and is not "
            "delivered.",
        )

    def test_delivered_cancelled_and_future_orders_hold_nothing(self):
        self._promised(delivered=1)
        self._promised(0)
        self._promised(61)
        self._promised()._action_cancel()
        self.assertEqual(self.judge(self.mail), {})

    def test_invoiced_order_counts_as_delivered(self):
        order = self._promised()
        self.assertTrue(self.judge(self.mail))
        order.invoice_status = "invoiced"
        self.assertEqual(self.judge(self.mail), {})

    # -------------------------------------------------------------------------- several

    def test_gravest_problem_is_told(self):
        self._promised()
        self._invoice(TODAY - timedelta(days=30))
        self.assertEqual(self.judge(self.mail), {self.mail: ("held", "overdue")})
        self._rating()
        self.assertEqual(self.judge(self.mail), {self.mail: ("held", "complaint")})

    def test_problem_of_one_customer_is_not_that_of_another(self):
        other = self.message(self._buyer("Other"))
        self._rating()
        self.assertEqual(
            self.judge(self.mail | other), {self.mail: ("held", "complaint")}
        )

    def test_held_back_can_go_when_the_problem_is_solved(self):
        self._rating(record=self.card)
        self.mail._put("approved")
        self.sender._send(self.mail, AT)
        self.assertEqual(self.mail.state, "held")
        self.assertIn("complaint", self.mail.reason)
        self.card.activity_schedule("mail.mail_activity_data_call").action_feedback("")
        self.mail.action_try_again()
        self.sender._send(self.mail, AT)
        self.assertEqual(self.mail.state, "sent")
