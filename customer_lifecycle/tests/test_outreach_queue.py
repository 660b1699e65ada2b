from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.fields import Datetime
from odoo.tests import freeze_time, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreachQueue(OfferCommon, MailCase):
    """What happens between a mail's way into the queue and out of it, and later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()

    def _queued(self, outreach):
        return OfferCommon._mails(self, outreach)

    # -------------------------------------------------------------------------- leaving

    def test_no_mail_leaves_to_who_said_no_or_bought_since(self):
        def blacklist(offer):
            self.env["mail.blacklist"]._add(offer.partner_id.email)

        def bought(offer):
            self._purchases(offer.partner_id, 0)

        cases = {
            "no_offers": lambda offer: offer.partner_id.write(
                {"lifecycle_no_offers": True}
            ),
            "blacklisted": blacklist,
            "left_out": lambda offer: offer.lifecycle_id.write(
                {"inclusion": "excluded"}
            ),
            "bought": bought,
        }
        for code, happens in cases.items():
            with self.subTest(code):
                offer = self._sent_offer(
                    code, lifecycle_reminder_template_id=self.template.id
                )
                happens(offer)
                mail = self._queued(offer)
                with self.mock_mail_gateway(mail_unlink_sent=True):
                    mail.send()
                self.assertEqual(mail.state, "cancel")
                self.assertEqual(offer.reason_code, code)
                self.assertFalse(offer.coupon_id.active)
                self.assertEqual(self._reminder(offer).state, "cancelled")

    def test_failed_mail_that_is_retried_heeds_a_no(self):
        offer = self._sent_offer()
        mail = self._queued(offer)
        mail.state = "exception"
        offer._mail_failed("mail_smtp", "no route")
        offer.partner_id.lifecycle_no_offers = True
        mail.mark_outgoing()
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mail.send()
        self.assertEqual((mail.state, offer.state), ("cancel", "cancelled"))

    # ------------------------------------------------------------------------- conflict

    def test_conflict_with_another_worker_is_no_fault_of_the_message(self):
        [step] = self._steps({}, mode="auto")
        planned = self.planner._plan(step, self._buyer())
        conflict = psycopg2.errors.SerializationFailure("could not serialize")
        with (
            patch.object(type(self.sender), "_deliver_message", side_effect=conflict),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self.sender._send_whole_or_singly(planned)
        self.assertEqual(planned.state, "approved")

    # --------------------------------------------------------------------------- offers

    def test_offer_ends_with_its_program(self):
        self.program.date_to = TODAY + timedelta(days=5)
        offer = self._sent_offer()
        self.assertEqual(offer.offer_expiry_date, self.program.date_to)
        self.assertEqual(offer.coupon_id.expiration_date, self.program.date_to)

    def test_offer_of_an_archived_program_is_not_recalled(self):
        offer = self._sent_offer(lifecycle_reminder_template_id=self.template.id)
        quotation = self._quotation(offer.partner_id, 200, TODAY)
        self.assertTrue(quotation.lifecycle_offer_hint)
        self.program.action_archive()
        quotation.invalidate_recordset()
        self.assertFalse(quotation.lifecycle_offer_hint)
        self.assertEqual(
            self._verdict(self._reminder(offer)), ("cancelled", "offer_not_usable")
        )

    def test_program_of_a_company_further_up_is_of_use(self):
        companies = self.env["res.company"]
        branch = companies.create({"name": "B", "parent_id": self.company.id})
        shop = companies.create({"name": "C", "parent_id": branch.id})
        self.assertFalse(self.gate._program_verdict(self.program, shop))

    def test_offer_that_was_taken_back_was_one(self):
        self.company.lifecycle_offer_gap_days = 14
        offer = self._sent_offer()
        offer.action_withdraw()
        again = self.planner._plan(self._offer_step(), offer.lifecycle_id)
        self.assertEqual(self._verdict(again), ("waiting", "cap_offer"))

    # -------------------------------------------------------------------------- answers

    def test_automatic_answer_stops_no_later_step(self):
        card = self._buyer("Ana")
        steps = self._steps({}, {"lifecycle_wait_min_days": 7}, mode="auto")
        first, second = (self.planner._plan(step, card) for step in steps)
        self.sender._send(first, Datetime.now())
        self.env.flush_all()
        with freeze_time(TODAY + timedelta(days=1)):
            self.env["mail.thread"].message_process(
                False,
                "From: ana@example.com\n"
                "To: shop@example.com\n"
                "Subject: Out of office\n"
                "Message-Id: <away@example.com>\n"
                f"In-Reply-To: {first.message_id.message_id}\n"
                "Auto-Submitted: auto-replied\n\n"
                "I am away.",
            )
        self.assertEqual(card.message_ids[:1].author_id, card.partner_id)
        with freeze_time(TODAY + timedelta(days=8)):
            self.assertIsNone(self._verdict(second))

    def test_link_with_strange_letters_is_not_known(self):
        for token in ("abc.é", "é.abc"):
            self.assertIsNone(self.Outreach._read_ticket(token))
