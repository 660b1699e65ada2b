from datetime import date, datetime, timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_levels import LevelsCommon

DAY = timedelta(days=1)


class FactsCommon(LevelsCommon):
    """What trust rests on, read from the true evidence."""

    def facts(self, *names, as_of=TODAY):
        self.refresh(self.customer, as_of=as_of)
        return tuple(self.acme[name] for name in names)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestSetbacks(FactsCommon):
    """Promises that we broke, bad ratings, needs not solved: until made good."""

    def _rating(self, rate, days_ago=0, partner=None, record=None):
        record = record or self.acme
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "partner_id": (partner or self.customer).id,
                "rating": rate,
                "consumed": True,
            }
        )
        rating.rated_on = datetime(2026, 3, 16, 9) - timedelta(days=days_ago)
        return rating

    def _broken(self, on=TODAY, **values):
        promise = self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": self.acme.id,
                "name": "Call back",
                "made_date": on - 5 * DAY,
                "due_date": on - DAY,
                **values,
            }
        )
        promise._close("broken", on=on)
        return promise

    def setback(self, as_of=TODAY):
        return self.facts("setback_date", "setback_kind", as_of=as_of)

    def test_nothing_happened(self):
        self.assertEqual(self.setback(), (False, False))
        self.assertEqual(self.facts("satisfaction", "satisfaction_date"), (0.0, False))

    def test_promise_that_we_broke_counts_for_sixty_days(self):
        self._broken(TODAY - 59 * DAY)
        self.assertEqual(self.setback(), (TODAY - 59 * DAY, "promise"))
        self.assertEqual(self.acme.next_change_date, TODAY + DAY)
        self.assertEqual(self.setback(TODAY + DAY), (False, False))

    def test_promise_of_the_customer_is_no_setback_of_ours(self):
        self._broken(side="theirs")
        self.assertEqual(self.setback(), (False, False))

    def test_last_rating_of_any_person_is_the_satisfaction(self):
        person = self._customer("Eva", parent_id=self.customer.id)
        self._rating(5, 9)
        self._rating(4, 2, partner=person)
        self._rating(0)
        self._rating(1).consumed = False
        self.assertEqual(
            self.facts("satisfaction", "satisfaction_date"), (4.0, TODAY - 2 * DAY)
        )

    def test_rating_of_another_company_is_not_known_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        order = self._quotation(self.customer)
        self._rating(1, record=order)
        self.env.flush_all()
        self.assertEqual(self.setback()[1], "rating")
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, order.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.setback(), (False, False))
        self.assertEqual(self.facts("satisfaction"), (0.0,))

    def test_bad_rating_is_a_setback_until_it_is_answered(self):
        self._rating(2, 3)
        self.assertEqual(self.setback(), (TODAY - 3 * DAY, "rating"))
        self.acme.message_post(
            body="We are sorry", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self.setback(), (False, False))

    def test_bad_rating_is_a_setback_until_a_better_one_follows(self):
        self._rating(1, 3)
        self._rating(2, 2)
        self.assertEqual(self.setback(), (TODAY - 2 * DAY, "rating"))
        self._rating(3, 1)
        self.assertEqual(self.setback(), (False, False))

    def test_bad_rating_is_the_past_after_sixty_days(self):
        self._rating(1)
        self.assertEqual(self.setback(TODAY + 59 * DAY)[1], "rating")
        # an answer may come any day, wherever it is written
        self.assertEqual(self.acme.next_change_date, TODAY + 60 * DAY)
        self.assertEqual(self.setback(TODAY + 60 * DAY), (False, False))

    def test_need_that_was_not_solved_stays_until_it_is(self):
        order = self._purchase(self.customer, 30, lifecycle_need="Quiet machines")
        order._answer_need(False, on=TODAY - 20 * DAY)
        for as_of in (TODAY, TODAY + 100 * DAY):
            self.assertEqual(self.setback(as_of), (TODAY - 20 * DAY, "need"))
        order._answer_need(True, on=TODAY)
        self.assertEqual(self.setback(), (False, False))

    def test_latest_setback_is_told_and_promises_first(self):
        self._rating(1, 3)
        self._broken(TODAY - 9 * DAY)
        self.assertEqual(self.setback(), (TODAY - 3 * DAY, "rating"))
        self._broken(TODAY - 3 * DAY)
        self.assertEqual(self.setback(), (TODAY - 3 * DAY, "promise"))

    def test_rating_marks_its_customer(self):
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        rating = self._rating(4)
        self.env.flush_all()
        self.assertIn(self.customer.id, changes.search([]).mapped("partner_ref"))
        changes.search([]).unlink()
        rating.rating = 5
        self.env.flush_all()
        self.assertIn(self.customer.id, changes.search([]).mapped("partner_ref"))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPayments(FactsCommon):
    """Invoices that were due in a year, and how many were paid late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.income, cls.receivable, cls.cash = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind}
                for name, code, kind in (
                    ("Sold", "700000", "income"),
                    ("To receive", "430000", "asset_receivable"),
                    ("Cash", "570000", "asset_cash"),
                )
            ]
        )
        cls.sales, cls.misc = cls.env["account.journal"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "type": kind,
                    "default_account_id": cls.income.id if kind == "sale" else False,
                    "company_id": cls.company.id,
                }
                for name, code, kind in (
                    ("Invoices", "INV", "sale"),
                    ("Rest", "MIS", "general"),
                )
            ]
        )
        cls.customer.property_account_receivable_id = cls.receivable

    def _invoice(self, due, **values):
        """Post an invoice of 100 that is due on a day."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "journal_id": self.sales.id,
                "invoice_date": due - 5 * DAY,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Thing",
                            "quantity": 1,
                            "price_unit": 100,
                            "account_id": self.income.id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _pay(self, invoice, on, amount=100):
        """Match a payment with an invoice."""
        payment = self.env["account.move"].create(
            {
                "journal_id": self.misc.id,
                "date": on,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.cash.id,
                            "debit": amount,
                            "name": "Paid",
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": self.customer.id,
                            "credit": amount,
                            "name": "Paid",
                        }
                    ),
                ],
            }
        )
        payment.action_post()
        lines = (invoice | payment).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        lines.reconcile()

    def paid(self, as_of=TODAY):
        return self.facts("paid_count", "paid_late_share", as_of=as_of)

    def test_nothing_due(self):
        self._invoice(TODAY + DAY)
        self.assertEqual(self.paid(), (0, 0.0))
        self.assertEqual(self.acme.next_change_date, TODAY + DAY)
        self.assertEqual(self.paid(TODAY + DAY), (1, 0.0))

    def test_paid_in_time_and_late(self):
        in_time, late = self._invoice(TODAY - 40 * DAY), self._invoice(TODAY - 40 * DAY)
        self._pay(in_time, TODAY - 33 * DAY)
        self._pay(late, TODAY - 32 * DAY)
        self.assertEqual(self.paid(), (2, 0.5))

    def test_last_part_decides_when_it_was_paid(self):
        invoice = self._invoice(TODAY - 40 * DAY)
        self._pay(invoice, TODAY - 41 * DAY, 60)
        self.assertEqual(self.paid(), (1, 1.0))
        self._pay(invoice, TODAY - 32 * DAY, 40)
        self.assertEqual(self.paid(), (1, 1.0))

    def test_unpaid_is_late_a_week_after_the_day(self):
        self._invoice(TODAY - 7 * DAY)
        self.assertEqual(self.paid(), (1, 0.0))
        self.assertEqual(self.acme.next_change_date, TODAY + DAY)
        self.assertEqual(self.paid(TODAY + DAY), (1, 1.0))

    def test_invoice_leaves_the_year(self):
        invoice = self._invoice(date(2025, 3, 17))
        self._pay(invoice, date(2025, 5, 1))
        self.assertEqual(self.paid(), (1, 1.0))
        self.assertEqual(self.acme.next_change_date, TODAY + DAY)
        self.assertEqual(self.paid(TODAY + DAY), (0, 0.0))

    def test_credit_notes_and_drafts_are_not_due(self):
        self._invoice(TODAY - 20 * DAY, move_type="out_refund")
        self._invoice(TODAY - 20 * DAY).button_draft()
        self.assertEqual(self.paid(), (0, 0.0))

    def test_payment_marks_the_customer(self):
        invoice = self._invoice(TODAY - 20 * DAY)
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        self._pay(invoice, TODAY)
        self.env.flush_all()
        self.assertIn(self.customer.id, changes.search([]).mapped("partner_ref"))
