from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CustomerLifecycleCommon

BOUGHT_ON = TODAY - timedelta(days=20)


@tagged("post_install", "-at_install")
class TestRefunds(CustomerLifecycleCommon):
    """What a credit note takes away from the purchase that it gives back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind}
                for name, code, kind in (
                    ("Sold", "700000", "income"),
                    ("To receive", "430000", "asset_receivable"),
                    ("Paid ahead", "438000", "liability_current"),
                )
            ]
        )
        cls.income, cls.receivable, cls.ahead = accounts
        cls.env["account.journal"].create(
            {
                "name": "Invoices",
                "code": "INV",
                "type": "sale",
                "default_account_id": cls.income.id,
                "company_id": cls.company.id,
            }
        )
        cls.company.downpayment_account_id = cls.ahead
        cls.product.write(
            {"invoice_policy": "order", "property_account_income_id": cls.income.id}
        )
        cls.customer = cls._customer(property_account_receivable_id=cls.receivable.id)

    def _invoice(self, order):
        """Invoice an order, and post the invoice."""
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        return invoice

    def _credit_note(self, invoice):
        """Make the draft credit note of an invoice with Odoo's wizard."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"reason": "Returned", "journal_id": invoice.journal_id.id})
        )
        action = wizard.refund_moves()
        return self.env["account.move"].browse(action["res_id"])

    def assertCard(self, **values):
        self.assertRecordValues(self.refresh(self.customer), [values])

    def test_draft_credit_note_takes_nothing(self):
        self._credit_note(self._invoice(self._purchase(self.customer, BOUGHT_ON)))
        self.assertCard(purchase_count=1, amount_total=100)

    def test_full_credit_note_takes_the_purchase_away(self):
        kept = self._purchase(self.customer, 30, amount=70)
        order = self._purchase(self.customer, BOUGHT_ON)
        self._credit_note(self._invoice(order)).action_post()
        self.assertCard(
            purchase_count=1,
            amount_total=70,
            last_purchase_date=TODAY - timedelta(days=30),
        )
        self.assertEqual((kept + order).mapped("lifecycle_purchase_number"), [1, 0])

    def test_partial_credit_note_takes_its_amount(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        credit_note = self._credit_note(self._invoice(order))
        credit_note.invoice_line_ids.price_unit = 30
        credit_note.action_post()
        self.assertCard(purchase_count=1, amount_total=70, amount_year=70)

    def test_credit_note_counts_on_the_day_of_the_purchase(self):
        order = self._purchase(self.customer, date(2025, 3, 10))
        credit_note = self._credit_note(self._invoice(order))
        credit_note.invoice_line_ids.price_unit = 30
        credit_note.action_post()
        self.assertCard(amount_total=70, amount_year=0)

    def test_refunded_order_beside_another_leaves_the_day(self):
        self._purchase(self.customer, BOUGHT_ON, amount=40)
        order = self._purchase(self.customer, BOUGHT_ON, amount=60)
        self._credit_note(self._invoice(order)).action_post()
        self.assertCard(purchase_count=1, amount_total=40)

    def test_credit_note_set_back_to_draft_gives_the_purchase_back(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        credit_note = self._credit_note(self._invoice(order))
        credit_note.action_post()
        self.assertCard(purchase_count=0)
        credit_note.button_draft()
        self.assertCard(purchase_count=1, amount_total=100)

    def test_invoice_alone_changes_nothing(self):
        self._invoice(self._purchase(self.customer, BOUGHT_ON))
        self.assertCard(purchase_count=1, amount_total=100)

    def test_full_credit_note_at_another_rate_takes_the_purchase_away(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            [
                {
                    "name": day,
                    "rate": rate,
                    "currency_id": dollar.id,
                    "company_id": self.company.id,
                }
                for day, rate in ((date(2000, 1, 1), 2.0), (BOUGHT_ON, 4.0))
            ]
        )
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dollars",
                "currency_id": dollar.id,
                "company_id": self.company.id,
            }
        )
        order = self._purchase(self.customer, 21, pricelist_id=pricelist.id)
        self.assertCard(amount_total=50)
        self._credit_note(self._invoice(order)).action_post()
        self.assertCard(purchase_count=0, amount_total=0)

    def test_credit_note_of_a_down_payment_takes_nothing(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create(
            {"advance_payment_method": "percentage", "amount": 30}
        ).create_invoices()
        order.invoice_ids.action_post()
        self._credit_note(order.invoice_ids).action_post()
        self.assertCard(purchase_count=1, amount_total=100)

    def test_credit_note_of_one_line_leaves_the_others(self):
        order = self._quotation(self.customer, 100, BOUGHT_ON)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "price_unit": 40,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        order.action_confirm()
        order.date_order = BOUGHT_ON
        credit_note = self._credit_note(self._invoice(order))
        credit_note.invoice_line_ids[0].unlink()
        credit_note.action_post()
        self.assertCard(purchase_count=1, amount_total=100)

    def test_credit_note_with_a_new_invoice_is_a_correction(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        self._credit_note(self._invoice(order)).action_post()
        self.assertCard(purchase_count=0)
        invoice = order._create_invoices(final=True)
        self.assertCard(purchase_count=0)
        invoice.action_post()
        self.assertCard(purchase_count=1, amount_total=100)

    def test_second_draft_credit_note_takes_nothing(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        credit_note = self._credit_note(self._invoice(order))
        credit_note.invoice_line_ids.price_unit = 30
        credit_note.action_post()
        self._credit_note(order.invoice_ids - credit_note)
        self.assertCard(purchase_count=1, amount_total=70)

    def test_discount_is_given_back_with_the_order(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "price_unit": -10,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        self.assertCard(amount_total=90)
        self._credit_note(self._invoice(order)).action_post()
        self.assertCard(purchase_count=0, amount_total=0)

    def test_credit_note_of_a_return_entered_as_order_counts_once(self):
        self._purchase(self.customer, 30)
        order = self._purchase(self.customer, BOUGHT_ON, amount=-30)
        self.assertEqual(self._invoice(order).move_type, "out_refund")
        self.assertCard(purchase_count=1, amount_total=70)

    def test_friend_who_gave_everything_back_is_no_referral(self):
        referrer = self._customer("Referrer")
        self._purchases(referrer, 40)
        self.customer.lifecycle_referred_by_id = referrer
        invoice = self._invoice(self._purchase(self.customer, BOUGHT_ON))
        self.assertEqual(self.refresh(referrer).referral_count, 1)
        self._credit_note(invoice).action_post()
        self.assertEqual(self.refresh(referrer).referral_count, 0)

    # ------------------------------------------------------------------- the queue

    def _marked_by(self, post):
        """Return who is queued by what a function does, and by nothing before it."""
        changes = self.env["customer.lifecycle.change"]
        self.env.flush_all()
        changes.search([]).unlink()
        post()
        self.env.flush_all()
        return changes.search([]).mapped("partner_ref")

    def test_credit_note_marks_the_customer_of_its_order(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        credit_note = self._credit_note(self._invoice(order))
        self.assertIn(self.customer.id, self._marked_by(credit_note.action_post))
        self.assertIn(self.customer.id, self._marked_by(credit_note.button_draft))

    def test_correcting_invoice_marks_the_customer_of_its_order(self):
        order = self._purchase(self.customer, BOUGHT_ON)
        self._credit_note(self._invoice(order)).action_post()
        invoice = order._create_invoices(final=True)
        self.assertIn(self.customer.id, self._marked_by(invoice.action_post))
