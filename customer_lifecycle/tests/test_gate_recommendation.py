from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_gate import AT, GateCommon


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestGateRecommendation(GateCommon):
    """Only who is close to us and content is asked to recommend us, and seldom."""

    def setUp(self):
        super().setUp()
        self.card = self._buyer("Ana")
        self._put("relationship", satisfaction=4)
        self.asking = self._ask()

    def _put(self, level, card=None, **facts):
        """Put a card on a level with facts, past what the rules say."""
        card = card or self.card
        self._put_on_level(card, level)
        card.write(facts)

    def _ask(self, card=None, ask="recommendation"):
        step = self._steps({"state": "lifecycle_ask", "lifecycle_ask": ask})
        return self.message(card or self.card, step)

    def test_close_and_content_is_asked(self):
        self.assertEqual(self.judge(self.asking), {})
        self._put("trust", satisfaction=4)
        self.assertEqual(self.judge(self.asking), {})

    def test_level_below_relationship_is_not_asked(self):
        self._put("solution")
        self.assertEqual(
            self.judge(self.asking), {self.asking: ("held", "recommend_level")}
        )
        self.assertEqual(
            self.say(self.asking),
            "Not asked: the customer is at the level Solution, and a recommendation "
            "is asked for from Relationship on.",
        )
        self._put(None)
        self.assertIn("from the level Relationship on", self.say(self.asking))

    def test_bad_or_middling_rating_is_not_asked(self):
        self._put("trust", satisfaction=3)
        self.assertEqual(
            self.say(self.asking), "Not asked: the last rating was 3 of 5."
        )

    def test_customer_who_never_rated_is_not_asked(self):
        self._put("trust", satisfaction=0)
        self.assertEqual(
            self.say(self.asking), "Not asked: the customer has not rated us yet."
        )

    def test_level_out_of_use_still_says_who_is_asked(self):
        self.levels["relationship"].active = False
        self._put("solution")
        self.assertEqual(
            self.say(self.asking),
            "Not asked: the customer is at the level Solution, and a recommendation "
            "is asked for from Relationship on.",
        )
        self._put("trust")
        self.assertEqual(self.judge(self.asking), {})

    def test_nobody_is_asked_where_the_level_is_gone(self):
        self._put("trust")
        self.levels["relationship"].code = "friendship"
        self.assertEqual(
            self.say(self.asking),
            "Not asked: no level has the technical name “relationship”, from which on "
            "a recommendation is asked for.",
        )

    def test_two_rules_of_one_run_ask_once(self):
        self.company.lifecycle_message_gap_days = 0
        first, second = self.asking, self._ask()
        self.assertEqual(self.judge(first | second), {second: ("waiting", "cap_now")})
        rating = self._ask(ask="rating")
        self.assertEqual(self.judge(first | rating), {})

    def test_setback_is_not_asked(self):
        self._put("trust", setback_date=TODAY - timedelta(days=3), setback_kind="need")
        self.assertEqual(
            self.say(self.asking),
            "Not asked: since 03/13/2026 something is not made good.",
        )

    def test_broken_promise_is_not_asked(self):
        promise = self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": self.card.id,
                "name": "Send it",
                "made_date": TODAY - timedelta(days=9),
                "due_date": TODAY - timedelta(days=5),
            }
        )
        promise._close("broken", on=TODAY - timedelta(days=2))
        self.assertEqual(
            self.judge(self.asking), {self.asking: ("held", "promise_broken")}
        )

    def test_asked_lately_is_not_asked_again_by_any_rule(self):
        self.company.lifecycle_recommendation_days = 100
        earlier = self.sent(self._ask(), 99)
        self.assertEqual(
            self.say(self.asking),
            "Not asked: the customer was asked on 12/07/2025 already.",
        )
        self.sent(earlier, 100)
        self.assertEqual(self.judge(self.asking), {})

    def test_same_person_under_another_card_is_asked_once(self):
        other = self._buyer("Ana B", email="ana@example.com")
        self._put("relationship", other, satisfaction=5)
        self.sent(self._ask(other), 20)
        self.assertEqual(
            self.judge(self.asking), {self.asking: ("held", "recommend_again")}
        )

    def test_other_questions_and_messages_are_not_concerned(self):
        self._put("product", satisfaction=3)
        rating, mail = self._ask(ask="rating"), self.message(self.card)
        self.assertEqual(self.judge(rating | mail), {})

    def test_other_question_sent_is_no_recommendation_asked(self):
        self.sent(self._ask(ask="rating"), 5)
        self.assertEqual(self.judge(self.asking), {})

    # ---------------------------------------------------------------------- the message

    def test_message_that_asks_makes_code_and_link(self):
        self.assertFalse(self.card.referral_code)
        self.template.body_html = (
            "<p><t t-out='object._referral_code()'/>"
            " <a t-att-href='object._referral_url()'>Link</a></p>"
        )
        body = self.asking._rendered()[self.asking.id]["body"]
        self.assertTrue(self.card.referral_code)
        self.assertIn(self.card.referral_code, body)
        self.assertIn(f"/lifecycle/r/{self.card.referral_code}", body)
