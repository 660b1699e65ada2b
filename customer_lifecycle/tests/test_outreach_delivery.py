from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY
from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreachDelivery(OutreachCommon, MailCase):
    """What becomes of an outreach after its mail was queued."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()

    def _queued(self, outreach):
        return OutreachCommon._mails(self, outreach)

    def _offer(self, name="Ana"):
        """Return an offer whose mail is in the queue."""
        [step] = self._steps({"state": "lifecycle_offer"}, mode="auto")
        offer = self.planner._plan(step, self._buyer(name))
        self.sender._send(offer, Datetime.now())
        self.assertEqual(offer.state, "sent")
        return offer

    def _send_queue(self, outreach, refuses=None):
        """Send the mails of outreach; the server may refuse.

        :param refuses: an exception of connecting to the mail server
        """
        server = type(self.env["ir.mail_server"])
        mails = self._queued(outreach)
        with self.mock_mail_gateway(mail_unlink_sent=True):
            if refuses:
                with (
                    patch.object(server, "_connect__", side_effect=refuses),
                    mute_logger("odoo.addons.mail.models.mail_mail"),
                ):
                    mails.send()
            else:
                mails.send()

    def assertHeld(self, outreach, code, words):
        self.assertEqual((outreach.state, outreach.reason_code), ("held", code))
        self.assertIn(words, outreach.reason)
        self.assertFalse(outreach.sent_at)

    # -------------------------------------------------------------------------- failing

    def test_sent_mail_leaves_the_offer_sent(self):
        offer = self._offer()
        self._send_queue(offer)
        self.assertEqual(offer.state, "sent")
        self.assertTrue(offer.coupon_id.active)
        self.assertFalse(self._queued(offer))  # Odoo deletes what was sent
        self.assertTrue(offer.message_id)

    def test_no_mail_server_holds_back_and_takes_the_coupon(self):
        offer = self._offer()
        self._send_queue(offer, refuses=OSError("Connection refused"))
        self.assertHeld(offer, "mail_failed", "Connection failed")
        self.assertFalse(offer.coupon_id.active)

    def test_retried_mail_brings_the_coupon_back(self):
        offer = self._offer()
        self._send_queue(offer, refuses=OSError("Connection refused"))
        self._queued(offer).action_retry()
        self.assertEqual(offer.state, "sent")
        self.assertTrue(offer.coupon_id.active)
        self._send_queue(offer)
        self.assertEqual(offer.state, "sent")
        self.assertEqual(offer.sent_at, Datetime.now())
        self.assertEqual(len(self.emails), 1)

    def test_trying_again_sends_one_mail_with_the_same_code(self):
        offer = self._offer()
        coupon = offer.coupon_id
        self._send_queue(offer, refuses=OSError("Connection refused"))
        failed = self._queued(offer)
        offer.action_try_again()
        self.sender._send(offer, Datetime.now())
        self.assertEqual(offer.state, "sent")
        self.assertFalse(failed.exists())
        self.assertEqual(len(self._queued(offer)), 1)
        self.assertEqual(offer.coupon_id, coupon)
        self.assertTrue(coupon.active)

    def test_reminder_goes_and_comes_with_its_offer(self):
        [step] = self._steps(
            {
                "state": "lifecycle_offer",
                "lifecycle_reminder_template_id": self.template.id,
            },
            mode="auto",
        )
        offer = self.planner._plan(step, self._buyer("Ana"))
        self.sender._send(offer, Datetime.now())
        reminder = self.Outreach.search([("offer_id", "=", offer.id)])
        self.assertEqual(reminder.state, "approved")
        self._send_queue(offer, refuses=OSError("Connection refused"))
        self.assertEqual(reminder.state, "cancelled")
        self._queued(offer).action_retry()
        self.assertEqual(reminder.state, "approved")

    def test_retrying_the_mail_of_an_outreach_that_is_over_sends_nothing(self):
        offer = self._offer()
        self._send_queue(offer, refuses=OSError("Connection refused"))
        offer._put("cancelled", "withdrawn")
        mail = self._queued(offer)
        mail.action_retry()
        self.assertEqual(mail.state, "exception")
        self.assertFalse(offer.coupon_id.active)

    def test_mail_of_an_offer_withdrawn_in_the_queue_does_not_leave(self):
        offer = self._offer()
        offer._put("cancelled", "withdrawn")
        self._send_queue(offer)
        self.assertFalse(self.emails)
        self.assertEqual(self._queued(offer).state, "cancel")

    def test_what_was_refused_in_the_queue_does_not_leave(self):
        offer, other = self._offer("Ana"), self._offer("Bert")
        offer.partner_id.lifecycle_no_offers = True
        self.env["mail.blacklist"]._add(other.partner_id.email)
        self._send_queue(offer | other)
        self.assertFalse(self.emails)
        self.assertEqual(offer.state, "cancelled")
        self.assertEqual(offer.reason_code, "no_offers")
        self.assertHeld(other, "blacklisted", "bert@example.com")
        self.assertFalse((offer | other).coupon_id.filtered("active"))

    def test_refused_address_says_so_and_the_others_get_theirs(self):
        [step] = self._steps({"state": "lifecycle_offer"}, mode="auto")
        good, bad = self._buyer("Good"), self._buyer("Bad")
        offers = self.planner._plan(step, good | bad)
        self.sender._send(offers, Datetime.now())
        server = type(self.env["ir.mail_server"])
        send_email = server.send_email

        def refuse(model, message, *args, **kwargs):
            if "bad@" in message["To"]:
                raise OSError("550 no such user")
            return send_email(model, message, *args, **kwargs)

        with (
            self.mock_mail_gateway(mail_unlink_sent=True),
            patch.object(server, "send_email", refuse),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self._queued(offers).send()
        held = offers.filtered(lambda each: each.lifecycle_id == bad)
        self.assertHeld(held, "mail_failed", "550 no such user")
        self.assertFalse(held.coupon_id.active)
        self.assertEqual((offers - held).state, "sent")
        self.assertTrue((offers - held).coupon_id.active)

    def test_cancelling_or_deleting_the_mail_takes_the_coupon(self):
        for name in ("cancel", "unlink"):
            offer = self._offer(name)
            getattr(self._queued(offer), name)()
            self.assertHeld(offer, "mail_stopped", "Somebody")
            self.assertFalse(offer.coupon_id.active)

    # ------------------------------------------------------------------------- bouncing

    def _bounce(self, outreach):
        """Have the gateway receive the mail of an outreach back."""
        message = f"""Return-Path: <>
To: bounce.test@test.mycompany.com
From: MAILER-DAEMON@example.com
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-{outreach.id}@example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

The mail could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; {outreach.partner_id.email}
Action: failed
Status: 5.1.1

--B
Content-Type: message/rfc822

Message-Id: {outreach.message_id.message_id}
Subject: {outreach.message_id.subject}

Hello
--B--
"""
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, message)

    def test_bounce_takes_back_what_bounced_and_nothing_else(self):
        offer = self._offer()
        [step] = self._steps({}, mode="auto")
        other = self.planner._plan(step, offer.lifecycle_id)
        self.sender._send(other, Datetime.now())
        self._send_queue(offer | other)
        self.assertEqual(other.state, "sent")
        self._bounce(offer)
        self.assertHeld(offer, "mail_bounced", "ana@example.com")
        self.assertIn("03/16/2026", offer.reason)
        self.assertFalse(offer.coupon_id.active)
        self.assertEqual(other.state, "sent")

    def test_bounce_of_a_redeemed_offer_changes_nothing(self):
        offer = self._offer()
        self._send_queue(offer)
        offer._put("redeemed")
        self._bounce(offer)
        self.assertEqual(offer.state, "redeemed")
        self.assertTrue(offer.coupon_id.active)
