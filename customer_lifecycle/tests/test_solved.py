import re
from datetime import timedelta

from odoo import http
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged

from odoo.addons.customer_lifecycle.controllers.rating import COMMENT_LENGTH

from .common import TODAY
from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
class TestSolved(HttpCase, OutreachCommon):
    """One click of the customer answers the needs of what was delivered."""

    def setUp(self):
        super().setUp()
        [self.step] = self._steps(
            {
                "state": "lifecycle_ask",
                "lifecycle_ask": "solved",
                "lifecycle_stops_on_purchase": False,
                "lifecycle_template_id": self.env.ref(
                    "customer_lifecycle.mail_template_need"
                ).id,
            },
            mode="auto",
        )
        self.card_ = self._buyer("Ana")
        self.card_.user_id = self._user("all", "Seller")
        [self.order] = self.env["sale.order"].search(
            [("partner_id", "=", self.card_.partner_id.id)], limit=1
        )
        self.order.lifecycle_need = "Fresh bread until the evening"

    def _ask(self):
        ask = self.planner._plan(self.step, self.card_)
        self.sender._send(ask, Datetime.now())
        self.assertEqual(ask.state, "sent", ask.reason)
        self.env.flush_all()
        return ask

    def _csrf(self, url):
        """Return the token that the form of a page sends."""
        page = self.url_open(url).text
        if 'name="csrf_token" value="' not in page:
            return self._token
        self._token = page.split('name="csrf_token" value="')[1].split('"')[0]
        return self._token

    def _answer(self, ask, rate, feedback=""):
        """Answer as the page of the link does."""
        return self.url_open(
            f"/rate/{ask._rating_token()}/submit_feedback",
            data={
                "rate": rate,
                "feedback": feedback,
                "csrf_token": self._csrf(ask._rating_url(5)),
            },
        )

    def _todo(self, record):
        """Return what the salesperson has to do about a record."""
        return record.with_context(active_test=True).activity_ids.filtered(
            lambda each: each.user_id in (self.card_.user_id, self.order.user_id)
        )

    def assertNeed(self, state):
        self.env.invalidate_all()
        self.assertEqual(self.order.lifecycle_need_state, state)

    def test_mail_asks_in_the_customers_words(self):
        ask = self._ask()
        body = self._mails(ask).body_html
        self.assertIn("Fresh bread until the evening", body)
        self.assertIn(ask._rating_url(1), body)

    def test_mail_without_a_need_asks_about_the_order(self):
        self.order.lifecycle_need = False
        body = self._mails(self._ask()).body_html
        self.assertIn("A few days ago you received your order", body)

    def test_looking_is_no_answer(self):
        ask = self._ask()
        self.assertEqual(self.url_open(ask._rating_url(5)).status_code, 200)
        self.assertNeed("open")

    def test_happy_means_solved(self):
        ask = self._ask()
        self.assertEqual(self._answer(ask, 5).status_code, 200)
        self.assertNeed("solved")
        self.assertEqual(self.order.lifecycle_need_answer_by_id, ask.partner_id)
        self.assertFalse(self._todo(self.order) + self._todo(self.card_))
        self.assertEqual(ask.state, "answered")

    def test_neutral_or_unhappy_means_not_solved_and_something_to_do(self):
        for rate in (3, 1):
            with self.subTest(rate=rate):
                self.order.action_need_reopen()
                ask = self._ask()
                self._answer(ask, rate, "Too dry")
                self.assertNeed("unsolved")
                self.assertEqual(len(self._todo(self.order)), 1)
                ask.unlink()

    def test_several_needs_are_one_thing_to_do(self):
        other = self._purchase(
            self.card_.partner_id,
            30,
            lifecycle_need="Rolls",
            user_id=self.card_.user_id.id,
        )
        self._answer(self._ask(), 1, "Too dry")
        self.env.invalidate_all()
        self.assertEqual(other.lifecycle_need_state, "unsolved")
        [todo] = self._todo(self.order | other)
        self.assertEqual(
            todo.res_id, max(self.order, other, key=lambda o: o.date_order).id
        )
        for words in ("Fresh bread", "Rolls", "Too dry"):
            self.assertIn(words, todo.note)

    def _comment(self, ask, text):
        return self.url_open(
            f"/rate/{ask._rating_token()}/comment",
            data={"comment": text, "csrf_token": self._csrf(ask._rating_url(5))},
        )

    def test_comment_follows_the_click_once(self):
        ask = self._ask()
        self.assertEqual(self._comment(ask, "Too early").status_code, 404)
        page = self._answer(ask, 1)
        self.assertIn("No, it did not", page.text)
        self.assertIn("What is missing?", page.text)
        self.assertIn("We read what you wrote", self._comment(ask, "<b>Too dry").text)
        self.assertIn("noted already", self._comment(ask, "And late").text)
        self.env.invalidate_all()
        self.assertEqual(ask.rating_id.feedback, "<b>Too dry")
        [todo] = self._todo(self.order)
        self.assertIn("&lt;b&gt;Too dry", todo.note)
        self.assertNotIn("And late", todo.note)
        said = self.card_.message_ids[0]
        self.assertEqual(said.author_id, ask.partner_id)
        self.assertIn("&lt;b&gt;Too dry", said.body)

    def test_unhappy_without_a_need_gives_something_to_do_on_the_card(self):
        self.order.lifecycle_need = False
        self._answer(self._ask(), 1, "<script>alert(1)</script>Too dry")
        self.env.invalidate_all()
        [todo] = self._todo(self.card_)
        self.assertIn("Too dry", todo.note)
        self.assertNotIn("<script", todo.note)
        self.assertIn("It did not solve it", todo.summary)

    def test_answer_is_a_contact_of_the_customer(self):
        self._answer(self._ask(), 5)
        self.env.invalidate_all()
        card = self.refresh(self.card_.partner_id, as_of=Datetime.now().date())
        self.assertEqual(card.last_heard_date, Datetime.now().date())

    def test_what_is_not_delivered_yet_stays_open(self):
        later = self._purchase(self.card_.partner_id, TODAY, lifecycle_need="Cakes")
        later.commitment_date = Datetime.now() + timedelta(days=9)
        self._answer(self._ask(), 5)
        self.assertNeed("solved")
        self.assertEqual(later.lifecycle_need_state, "open")

    def test_what_was_delivered_after_the_question_was_not_asked_about(self):
        ask = self._ask()
        ask.sent_at -= timedelta(days=10)
        later = self._purchase(
            self.card_.partner_id,
            Datetime.now() - timedelta(days=3),
            lifecycle_need="Cakes",
        )
        self._answer(ask, 5)
        self.assertNeed("solved")
        self.assertEqual(later.lifecycle_need_state, "open")

    def test_needs_of_others_and_answered_ones_stay(self):
        other = self._purchase(self._customer("Bob"), 30, lifecycle_need="Cakes")
        said = self._purchase(self.card_.partner_id, 30, lifecycle_need="Rolls")
        said.action_need_unsolved()
        self._answer(self._ask(), 5)
        self.assertNeed("solved")
        self.assertEqual(other.lifecycle_need_state, "open")
        self.assertEqual(said.lifecycle_need_state, "unsolved")

    def test_question_about_satisfaction_answers_no_need(self):
        self.step.lifecycle_ask = "rating"
        ask = self._ask()
        self._answer(ask, 5)
        self.assertEqual(ask.state, "answered")
        self.assertNeed("open")

    def test_question_stays_what_it_was_when_the_step_changes(self):
        ask = self._ask()
        self.step.lifecycle_ask = "rating"
        self._answer(ask, 5)
        self.assertNeed("solved")

    # ---------------------------------------------------------------------- bad input

    def test_second_use_of_the_link_changes_nothing(self):
        ask = self._ask()
        self._answer(ask, 5)
        messages = len(self.card_.message_ids)
        page = self.url_open(ask._rating_url(1))
        self.assertIn("Your answer is noted already", page.text)
        again = self._answer(ask, 1, "Changed my mind")
        self.assertIn("Your answer is noted already", again.text)
        self.assertNeed("solved")
        self.assertEqual(ask.rating_id.rating, 5)
        self.assertFalse(ask.rating_id.feedback)
        self.assertEqual(len(self.card_.message_ids), messages)

    def test_second_use_by_the_token_changes_nothing(self):
        ask = self._ask()
        self._answer(ask, 5)
        self.card_.rating_apply(1, token=ask._rating_token())
        self.assertNeed("solved")
        self.assertEqual(ask.rating_id.rating, 5)

    def test_forged_link_is_not_found(self):
        ask = self._ask()
        token = ask._rating_token()
        forged = token[:-1] + ("0" if token[-1] != "0" else "1")
        csrf = self._csrf(ask._rating_url(5))
        for url, data in (
            (f"/rate/{forged}/5", None),
            (f"/rate/{token}/4", None),
            (f"/rate/{forged}/submit_feedback", {"rate": 5, "csrf_token": csrf}),
            (f"/rate/{token}/submit_feedback", {"rate": 99, "csrf_token": csrf}),
            (f"/rate/{token}/submit_feedback", {"rate": "x", "csrf_token": csrf}),
        ):
            with self.subTest(url=url, data=data):
                self.assertEqual(self.url_open(url, data=data).status_code, 404)
        self.assertNeed("open")
        self.assertEqual(ask.state, "sent")

    def test_answer_without_the_token_of_the_form_is_refused(self):
        ask = self._ask()
        url = f"/rate/{ask._rating_token()}/submit_feedback"
        answer = self.url_open(url, data={"rate": 5})
        self.assertEqual(answer.status_code, 400)
        self.assertNeed("open")

    # -------------------------------------------------------------------- who answers

    def _log_in(self, partner=None):
        """Log a portal user in, of a customer or of nobody we know."""
        partner = partner or self._customer("Stranger")
        user = self._user("portal", partner_id=partner.id)
        self.authenticate(user.login, user.login)

    def _pages(self, ask):
        """Return the addresses of a question, with what their forms send."""
        base = f"/rate/{ask._rating_token()}"
        return (
            (f"{base}/5", None),
            (f"{base}/submit_feedback", None),
            (f"{base}/submit_feedback", {"rate": 1, "feedback": "Forged"}),
            (f"{base}/comment", None),
            (f"{base}/comment", {"comment": "Forged"}),
        )

    def _open(self, url, data=None):
        """Open a page, or send its form with the token of this session."""
        if data:
            data = data | {"csrf_token": http.Request.csrf_token(self)}
        return self.url_open(url, data=data)

    def test_portal_user_of_another_customer_does_not_answer(self):
        ask = self._ask()
        self._log_in()
        for url, data in self._pages(ask):
            with self.subTest(url=url, data=data):
                page = self._open(url, data)
                self.assertEqual(page.status_code, 200)
                self.assertIn("Only the customer of", page.text)
        self.assertNeed("open")
        self.assertFalse(ask.rating_id.consumed)

    def test_portal_user_of_another_customer_does_not_add_to_an_answer(self):
        ask = self._ask()
        self._answer(ask, 1)
        self._log_in()
        for url, data in self._pages(ask):
            with self.subTest(url=url, data=data):
                page = self._open(url, data)
                self.assertIn("Only the customer of", page.text)
        self.env.invalidate_all()
        self.assertFalse(ask.rating_id.feedback)
        self.assertEqual(ask.rating_id.rating, 1)

    def test_colleague_of_the_customer_answers(self):
        ask = self._ask()
        person = self._customer("Person", parent_id=self.card_.partner_id.id)
        self._log_in(person)
        page = self._open(f"/rate/{ask._rating_token()}/submit_feedback", {"rate": 5})
        self.assertIn("your answer is noted", page.text)
        self.assertNeed("solved")

    # ----------------------------------------------- pages opened in another language

    def test_page_after_an_answer_can_be_opened_again(self):
        ask = self._ask()
        self._answer(ask, 1)
        for place in ("submit_feedback", "comment"):
            page = self.url_open(f"/rate/{ask._rating_token()}/{place}")
            with self.subTest(place=place):
                self.assertEqual(page.status_code, 200)
                self.assertIn("Thank you: your answer is noted", page.text)
                self.assertIn("No, it did not", page.text)
                self.assertIn("What is missing?", page.text)

    def test_page_after_a_comment_can_be_opened_again(self):
        ask = self._ask()
        self._answer(ask, 1)
        self._comment(ask, "Too dry")
        for place in ("submit_feedback", "comment"):
            page = self.url_open(f"/rate/{ask._rating_token()}/{place}?comment=More")
            self.assertIn("We read what you wrote", page.text)
        self.env.invalidate_all()
        self.assertEqual(ask.rating_id.feedback, "Too dry")

    def test_nobody_is_thanked_before_the_answer(self):
        ask = self._ask()
        for place in ("submit_feedback", "comment"):
            page = self.url_open(f"/rate/{ask._rating_token()}/{place}?rate=1")
            with self.subTest(place=place):
                self.assertEqual(page.status_code, 200)
                self.assertNotIn("Thank", page.text)
                self.assertIn("Did it solve what you needed?", page.text)
                for words in ("Yes, it did", "More or less", "No, it did not"):
                    self.assertIn(words, page.text)
                self.assertEqual(
                    re.findall(r'name="rate" value="(\d)"', page.text), ["5", "3", "1"]
                )
                # only the link of an answer sends one by itself
                self.assertNotIn(".submit()", page.text)
        self.assertNeed("open")
        self.assertIn(".submit()", self.url_open(ask._rating_url(5)).text)

    def test_ratings_of_other_records_have_odoos_pages(self):
        partner = self.card_.partner_id
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": partner.id,
                "partner_id": partner.id,
            }
        )
        base = f"/rate/{rating.access_token}"
        self.env.flush_all()
        self.assertIn("rating our services", self.url_open(f"{base}/5").text)
        page = self.url_open(f"{base}/submit_feedback")
        self.assertIn("Thank you for your feedback!", page.text)
        self.assertEqual(self.url_open(f"{base}/comment").status_code, 404)

    # ----------------------------------------------------------------- forged texts

    def test_nul_in_a_token_is_not_found(self):
        ask = self._ask()
        csrf = self._csrf(ask._rating_url(5))
        for url, data in (
            ("/rate/a%00b/5", None),
            ("/rate/a%00b/submit_feedback", None),
            ("/rate/a%00b/submit_feedback", {"rate": 5, "csrf_token": csrf}),
            ("/rate/a%00b/comment", {"comment": "x", "csrf_token": csrf}),
        ):
            with self.subTest(url=url, data=data):
                self.assertEqual(self.url_open(url, data=data).status_code, 404)

    def test_nul_in_what_the_customer_writes_is_left_out(self):
        ask = self._ask()
        self.assertEqual(self._answer(ask, 1).status_code, 200)
        page = self._comment(ask, "Too\0 dry\x08\nand late ")
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(ask.rating_id.feedback, "Too dry\nand late")

    def test_words_with_the_answer_are_cleaned_and_cut(self):
        ask = self._ask()
        page = self._answer(ask, 1, "\0" + "x" * (COMMENT_LENGTH + 100))
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(ask.rating_id.feedback, "x" * COMMENT_LENGTH)

    def test_comment_long_after_the_click_reaches_whoever_sees_to_it(self):
        ask = self._ask()
        self._answer(ask, 1)
        self.env.invalidate_all()
        given_on = ask.rating_id.rated_on - timedelta(hours=3)
        ask.rating_id.rated_on = given_on
        [todo] = self._todo(self.order)
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = %s WHERE id = %s",
            [given_on - timedelta(seconds=2), todo.id],
        )
        self._comment(ask, "Too dry")
        self.env.invalidate_all()
        self.assertIn("Too dry", todo.note)
        # when the customer was asked to judge, not when the words came
        self.assertEqual(ask.rating_id.rated_on, given_on)
