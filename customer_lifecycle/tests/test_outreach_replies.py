from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreachReplies(OutreachCommon):
    """What customers answer, and that the ladders end with it."""

    def _ladder(self, card):
        """Return two steps of one ladder; the first is sent."""
        steps = self._steps({}, {"lifecycle_wait_min_days": 10}, mode="auto")
        first, second = (self.planner._plan(step, card) for step in steps)
        self.sender._send(first, Datetime.now())
        return first, second

    def _write(self, card, **values):
        """Post a message of the customer on the card."""
        return card.message_post(
            **{
                "body": "Yes, please",
                "author_id": card.partner_id.id,
                "message_type": "email",
                "subtype_xmlid": "mail.mt_comment",
            }
            | values
        )

    def test_reply_answers_and_ends_the_ladder(self):
        card = self._buyer("Ana")
        first, second = self._ladder(card)
        self._write(card)
        self.assertEqual((first.state, first.reason_code), ("answered", "replied"))
        self.assertEqual((second.state, second.reason_code), ("cancelled", "replied"))
        self.assertEqual(second.reason, "The customer wrote on 03/16/2026.")

    def test_reply_of_a_contact_person_is_the_customers(self):
        card = self._buyer("Ana")
        first, _second = self._ladder(card)
        person = self._customer("Person", parent_id=card.partner_id.id)
        self._write(card, author_id=person.id)
        self.assertEqual(first.state, "answered")

    def test_salesperson_is_told_of_a_reply(self):
        card = self._buyer("Ana")
        card.user_id = self._user("own")
        self._ladder(card)
        message = self._write(card)
        self.assertIn(card.user_id.partner_id, message.notified_partner_ids)

    def test_what_others_or_programs_write_is_no_reply(self):
        card = self._buyer("Ana")
        first, second = self._ladder(card)
        user = self._user("own")
        self._write(card, author_id=user.partner_id.id, message_type="comment")
        self._write(card, author_id=self._customer("Stranger").id)
        self._write(card, message_type="notification")
        self._write(card, message_type="comment", subtype_xmlid="mail.mt_note")
        self._write(card.with_context(lifecycle_automatic_mail=True))
        self.assertEqual((first.state, second.state), ("sent", "approved"))

    def test_ladder_that_has_not_begun_goes_on(self):
        card = self._buyer("Ana")
        _first, _second = self._ladder(card)
        [step] = self._steps({"lifecycle_wait_min_days": 1}, mode="auto")
        other = self.planner._plan(step, card)
        self._write(card)
        self.assertEqual(other.state, "approved")

    def test_message_long_after_answers_nothing(self):
        card = self._buyer("Ana")
        first, _second = self._ladder(card)
        first.sent_at -= timedelta(days=31)
        self._write(card)
        self.assertEqual(first.state, "sent")

    def test_reply_to_an_offer_leaves_its_coupon(self):
        [step] = self._steps({"state": "lifecycle_offer"}, mode="auto")
        card = self._buyer("Ana")
        offer = self.planner._plan(step, card)
        self.sender._send(offer, Datetime.now())
        self._write(card)
        self.assertEqual((offer.state, offer.reason_code), ("answered", "replied"))
        self.assertTrue(offer.coupon_id.active)

    def _receive(self, first, *heads):
        """Have the gateway receive an answer to the mail of an outreach."""
        head = "".join(f"{line}\n" for line in heads)
        message = f"""To: catchall@example.net
From: {first.partner_id.email}
Subject: Re: {first.message_id.subject}
Message-Id: <answer-{first.id}-{len(heads)}@example.com>
In-Reply-To: {first.message_id.message_id}
References: {first.message_id.message_id}
{head}Content-Type: text/plain

Yes, please
"""
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, message)

    def test_answer_by_mail_arrives_on_the_card(self):
        card = self._buyer("Ana")
        first, second = self._ladder(card)
        self._receive(first)
        self.assertEqual((first.state, second.state), ("answered", "cancelled"))
        self.assertIn("Yes, please", card.message_ids[0].body)

    def test_answer_by_mail_to_the_earlier_of_two(self):
        card = self._buyer("Ana")
        first, _second = self._ladder(card)
        other, _second = self._ladder(card)
        self._receive(first)
        self.assertEqual((first.state, other.state), ("answered", "sent"))

    def test_out_of_office_is_no_answer(self):
        card = self._buyer("Ana")
        first, second = self._ladder(card)
        self._receive(first, "Auto-Submitted: auto-replied")
        self.assertIn("Yes, please", card.message_ids[0].body)
        self.assertEqual((first.state, second.state), ("sent", "approved"))


@tagged("post_install", "-at_install")
class TestOutreachRating(HttpCase, OutreachCommon):
    """The customer answers by a click."""

    def test_rating_answers_the_question_and_ends_the_ladder(self):
        template = self._template("<a t-att-href='object._rating_url(5)'>Yes</a>")
        steps = self._steps(
            {"state": "lifecycle_ask", "lifecycle_template_id": template.id},
            {"lifecycle_wait_min_days": 10},
            mode="auto",
        )
        card = self._buyer("Ana")
        ask, later = (self.planner._plan(step, card) for step in steps)
        preview = ask._rendered()[ask.id]["body"]
        self.assertFalse(card.rating_ids, "a preview makes nothing")
        self.sender._send(ask, Datetime.now())
        self.assertIn(ask._rating_url(5), self._mails(ask).body_html)
        self.assertIn(ask._rating_url(5), preview)
        self.assertEqual(self.url_open(ask._rating_url(5)).status_code, 200)
        self.assertEqual(ask.state, "sent", "looking is no answer")
        token = ask._rating_token()
        answer = self.url_open(
            f"/rate/{token}/submit_feedback",
            data={
                "rate": 5,
                "feedback": "Solved",
                "csrf_token": self._csrf(ask._rating_url(5)),
            },
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual((ask.state, ask.reason_code), ("answered", "rated"))
        self.assertEqual(ask.reason, "The customer answered: Happy.")
        self.assertEqual((later.state, later.reason_code), ("cancelled", "rated"))
        self.assertEqual(card.rating_last_value, 5)
        self.assertEqual(card.rating_ids.partner_id, card.partner_id)

    def _csrf(self, url):
        """Return the token that the form of a page sends."""
        page = self.url_open(url).text
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    def test_recommendation_makes_no_rating(self):
        [step] = self._steps(
            {"state": "lifecycle_ask", "lifecycle_ask": "recommendation"}, mode="auto"
        )
        card = self._buyer("Ana")
        self._put_on_level(card, "relationship")
        card.satisfaction = 5
        ask = self.planner._plan(step, card)
        self.sender._send(ask, Datetime.now())
        self.assertEqual(ask.state, "sent", ask.reason)
        self.assertFalse(ask.rating_id)
