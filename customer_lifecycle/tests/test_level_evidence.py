from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_levels import EARNED, LevelsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestEvidenceInWords(LevelsCommon):
    """What each rung asks for, what there is of it, and what comes next."""

    def rung(self, code, lang="en_US"):
        """Return the evidence of a rung as the screen gets it: ``{text: held}``."""
        self.env.invalidate_all()
        rungs = self.acme.with_context(lang=lang).level_evidence
        [rung] = [rung for rung in rungs if rung["id"] == self.levels[code].id]
        return rung

    def texts(self, code):
        return {item["text"]: item["held"] for item in self.rung(code)["items"]}

    def step(self, **facts):
        self._have(**facts)
        self.env.invalidate_all()
        return self.acme.level_next_step

    def test_each_rung_shows_its_evidence_with_figures(self):
        self._earn("solution")
        self._have(
            is_company=True,
            last_heard_date=date(2026, 3, 1),
            known_count=1,
            contact_person_count=1,
        )
        self.assertEqual(self.rung("product")["items"], [])
        self.assertEqual(
            self.texts("solution"),
            {"One need was written down.": True, "One need was solved.": True},
        )
        self.assertEqual(
            self.texts("relationship"),
            {
                "Heard from the customer on 03/01/2026.": True,
                "Nobody of us has been in touch yet.": False,
                "Facts known about the customer: 1; 2 are asked for.": False,
                "Nobody has written down who decides.": False,
                "One of these:": False,
                "No idea was given in the last 12 months.": False,
                "No setback is open.": True,
            },
        )

    def test_only_a_manager_can_raise_beyond_what_is_earned(self):
        self._earn("solution")
        for role, raised in (
            ("all", [True, True, False, False]),
            ("manager", [True] * 4),
        ):
            with self.subTest(role):
                self.env.invalidate_all()
                user = self._user(role, role.capitalize())
                rungs = self.acme.with_user(user).level_evidence
                self.assertEqual([rung["can_raise"] for rung in rungs], raised)

    def test_alternatives_are_lists_of_their_own(self):
        self._have(promise_kept_count=2, promise_broken_count=1, referral_count=0)
        [either, setback] = self.rung("trust")["items"]
        self.assertEqual(either["text"], "One of these:")
        self.assertEqual(setback["text"], "No setback is open.")
        promises, referral = either["items"]
        self.assertEqual(promises["text"], "All of these:")
        self.assertEqual(
            [item["text"] for item in promises["items"]],
            [
                "2 of 3 promises were kept.",
                "Promises kept: 2; 3 are asked for.",
                "The customer has not rated us yet.",
                "No invoice was due in the last 12 months.",
                "A customer only since 03/06/2026.",
            ],
        )
        self.assertEqual(
            referral,
            {
                "text": "Has not brought another customer yet.",
                "held": False,
                "items": [],
            },
        )

    def test_evidence_that_is_there_reads_so(self):
        self._earn("trust")
        for code in ("solution", "relationship", "trust"):
            self.assertTrue(all(self.texts(code).values()), code)
        self._have(need_count=3, solved_count=2, satisfaction=4.5)
        self.assertIn("3 needs were written down.", self.texts("solution"))
        self.assertIn("2 needs were solved.", self.texts("solution"))
        promises = self.rung("trust")["items"][0]["items"][0]
        self.assertEqual(
            [item["text"] for item in promises["items"]],
            [
                "9 of 10 promises were kept.",
                "Promises kept: 9.",
                "Last rating: 4.5 of 5.",
                "1 of 5 invoices were paid late.",
                "A customer since 03/16/2025.",
            ],
        )

    def test_next_step_is_the_first_thing_that_is_missing(self):
        self.assertEqual(
            self.step(),
            "Next step to Solution: Write down which need an order is to answer.",
        )
        self.assertEqual(
            self.step(need_count=1),
            "Next step to Solution: Ask whether it solved the need, and note the "
            "answer.",
        )
        self.assertEqual(
            self.step(need_count=1, unsolved_count=1),
            "Next step to Solution: Put right what was not solved, and ask again.",
        )
        self.assertIn(
            "Ask whether it solved", self.step(need_count=2, unsolved_count=1)
        )
        self._have(unsolved_count=0)
        earned = EARNED["relationship"]
        self.assertEqual(
            self.step(**EARNED["solution"], **earned | {"is_decider_known": False}),
            "Next step to Relationship: Find out who decides, and write it down.",
        )
        self.assertEqual(
            self.step(is_decider_known=True, contact_person_count=1),
            "Next step to Relationship: Get to know one more person of the company.",
        )
        self.assertEqual(
            self.step(contact_person_count=2),
            "Next step to Trust: Make a promise, and keep it.",
        )
        self.assertEqual(
            self.step(**EARNED["trust"]),
            "Nothing is missing: this is the highest level.",
        )

    def _want_to_know(self, *names):
        """Have the company want to know these facts, and no others."""
        self.company.lifecycle_properties_definition = [
            {"name": name, "type": "char", "string": name} for name in names
        ]

    def test_who_decides_is_no_step_where_it_is_not_asked_for(self):
        self._want_to_know("cares", "hobbies")
        self._earn("relationship")
        self.level_as_of()
        self.assertTrue(self.acme.is_decider_known)
        self.assertIn(("Who decides is not asked for.", True), self.evidence())
        self._want_to_know("cares", "decider")
        self.level_as_of()
        self.assertIn(("Nobody has written down who decides.", False), self.evidence())

    def evidence(self):
        return [*self.texts("relationship").items()]

    def test_facts_that_nobody_has_chosen_are_chosen_first(self):
        self._earn("relationship")
        self._want_to_know("cares")
        self.assertEqual(
            self.step(known_count=1),
            "Next step to Relationship: Have an administrator choose more facts to "
            "know about customers: at least 2.",
        )
        self.assertIn(
            (
                "Facts to know about customers that are chosen: 1; 2 are asked for.",
                False,
            ),
            self.evidence(),
        )
        self._want_to_know()
        self.step(known_count=0)
        self.assertIn(
            ("No facts to know about customers are chosen.", False), self.evidence()
        )
        self._want_to_know("cares", "hobbies")
        self.assertEqual(
            self.step(),
            "Next step to Relationship: Write down what matters to the customer.",
        )

    def test_setback_says_what_is_to_be_made_good(self):
        self._earn("relationship")
        # put right before anything else that is missing
        self._have(is_decider_known=False)
        for kind, step in (
            (
                "promise",
                "Make good for the promise that was not kept; reopen it once it is "
                "kept.",
            ),
            ("rating", "Answer the bad rating, and put right what was wrong."),
            ("need", "Solve the need that is still open."),
        ):
            self.assertEqual(
                self.step(setback_date=TODAY, setback_kind=kind),
                f"Next step to Relationship: {step}",
            )

    def test_any_other_field_is_said_by_label_and_figures(self):
        for rule, text in (
            ("[('purchase_count', '>=', 4)]", "Purchases: 1, at least 4 needed."),
            ("[('purchase_count', '>', 4)]", "Purchases: 1, more than 4 needed."),
            ("[('purchase_count', '<', 1)]", "Purchases: 1, less than 1 needed."),
            ("[('health', '=', 'lapsed')]", "Health: On rhythm, needed: Lapsed."),
            (
                "[('health', '!=', 'on_rhythm')]",
                "Health: On rhythm, anything else needed.",
            ),
            ("[('stage_id', '=', %d)]", "Stage: Conversion, needed: Advocacy."),
            (
                "[('last_purchase_date', '>=', 'today -9d')]",
                "Last Purchase: 03/06/2026, needed since 03/07/2026.",
            ),
            (
                "[('partner_id.name', 'ilike', 'Bolt')]",
                "Customer › Name: Bolt is asked for.",
            ),
            ("[('known_count', '<', 0)]", "Facts Known: 0, less than 0 needed."),
        ):
            with self.subTest(rule):
                if "%d" in rule:
                    rule %= self.stages["advocacy"].id
                self.levels["solution"].rule_domain = rule
                self.assertEqual(self.texts("solution"), {text: False})
                self.env.invalidate_all()
                self.assertEqual(
                    self.acme.level_next_step, f"Missing for Solution: {text}"
                )
        self.levels["solution"].rule_domain = "[('purchase_count', '<', 4)]"
        self.assertEqual(self.texts("solution"), {"Purchases: 1.": True})

    def test_negated_condition_is_said_so(self):
        self.levels["solution"].rule_domain = "['!', ('purchase_count', '=', 1)]"
        [item] = self.rung("solution")["items"]
        self.assertFalse(item["held"])

    def test_rung_without_rule_is_given_by_hand(self):
        self.levels["solution"].rule_domain = False
        self.assertEqual(
            self.rung("solution")["note"], "Solution is given by hand only."
        )
        self.assertEqual(self.step(), "Solution is given by hand only.")

    def test_time_still_to_wait_is_said(self):
        self._ask_purchases(days=10)
        self._purchase(self.customer, 9)
        self.level_as_of()
        sentence = "Climbs to Solution on 03/26/2026 if everything stays as it is."
        self.assertEqual(self.acme.level_next_step, sentence)
        self.assertEqual(self.rung("solution")["note"], sentence)

    def test_reason_names_what_the_level_rests_on(self):
        self._ask_purchases()
        self.levels[
            "solution"
        ].rule_domain = "[('known_count', '<=', 0), ('setback_date', '=', False)]"
        self.level_as_of()
        self.assertEqual(self.acme.level_reason, "Bought once. Facts Known: 0.")
        self.assertEqual(self.moves()[-1].reason, "Bought once. Facts Known: 0.")

    def test_whoever_reads_the_card_reads_the_evidence(self):
        card = self.acme.with_user(self.seller)
        self.assertTrue(card.level_next_step)
        self.assertEqual(len(card.level_evidence), 4)

    def test_queries_do_not_grow_with_the_cards(self):
        customers = [self._customer(str(number)) for number in range(20)]
        for customer in customers:
            self._purchase(customer, 3)
        cards = self.refresh(*customers)
        cards[:2].mapped("level_evidence")  # fills the caches of the registry
        counts = []
        for some in (cards[:2], cards):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("level_evidence")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestLevelLost(LevelsCommon):
    """A level that is lost says why, in every language, and the salesperson hears."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._ask_purchases()
        for code in ("relationship", "trust"):
            cls.levels[code].rule_domain = "[('setback_date', '=', False)]"
        cls._purchase(cls.customer, 5)
        cls.refresher._refresh(cls.company, cls.customer.ids, as_of=TODAY)

    def _promise(self, **values):
        return self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": self.acme.id,
                "name": "deliver by 15 March",
                "made_date": TODAY - timedelta(days=5),
                "due_date": TODAY - timedelta(days=1),
                **values,
            }
        )

    def _rating(self, rate, **values):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("customer.lifecycle"),
                "res_id": self.acme.id,
                "partner_id": self.customer.id,
                "rating": rate,
                "consumed": True,
                **values,
            }
        )
        rating.rated_on = values.get("rated_on", "2026-03-16 09:00:00")
        return rating

    def alerts(self):
        """Return the notes on the card that say that a level was lost."""
        return self.acme.message_ids.filtered(
            lambda message: "Back to Solution" in (message.body or "")
        )

    def test_broken_promise_takes_the_customer_down_and_says_so(self):
        self.assertEqual(self.acme.level_id.code, "trust")
        self._promise()._close("broken", on=TODAY)
        self.assertEqual(self.level_as_of(), "solution")
        sentence = "Back to Solution: the promise “deliver by 15 March” was not kept."
        self.assertEqual(self.moves()[-1].reason, sentence)
        self.assertIn(sentence, self.alerts().body)
        self.assertEqual(self.alerts().notified_partner_ids, self.seller.partner_id)
        self.assertTrue(self.alerts().is_internal or self.alerts().subtype_id.internal)

    def test_alert_comes_once(self):
        promise = self._promise()
        promise._close("broken", on=TODAY)
        for _time in range(2):
            self.level_as_of()
        self.assertEqual(len(self.alerts()), 1)
        # raised by hand until the next day, it falls by the same setback again
        self.acme.with_user(self.manager)._move_by_hand(
            "level_id", self.levels["trust"].id, note="Trust me", until=TODAY
        )
        self.assertEqual(self.level_as_of(), "trust")
        self.assertEqual(self.level_as_of(TODAY + timedelta(days=1)), "solution")
        self.assertEqual(len(self.alerts()), 1)

    def test_silent_fall_alerts_nobody(self):
        self._promise()._close("broken", on=TODAY)
        self.level_as_of(is_silent=True)
        self.assertEqual(self.acme.level_id.code, "solution")
        self.assertFalse(self.alerts())

    def test_bad_rating_takes_the_customer_down_and_says_so(self):
        self._rating(1)
        self.assertEqual(self.level_as_of(), "solution")
        self.assertEqual(
            self.moves()[-1].reason,
            "Back to Solution: the customer rated us badly on 03/16/2026.",
        )
        self.assertEqual(len(self.alerts()), 1)

    def test_need_that_was_not_solved_takes_the_customer_down(self):
        order = self._purchase(self.customer, 2, lifecycle_need="Quiet machines")
        order._answer_need(False, on=TODAY)
        self.assertEqual(self.level_as_of(), "solution")
        self.assertEqual(
            self.moves()[-1].reason,
            "Back to Solution: a need was not solved (03/16/2026).",
        )

    def test_other_evidence_that_is_gone_is_named(self):
        self.levels["relationship"].rule_domain = "[('is_decider_known', '=', True)]"
        self.env.flush_all()
        self.assertEqual(self.level_as_of(), "solution")
        self.assertEqual(
            self.moves()[-1].reason,
            "Back to Solution: Nobody has written down who decides.",
        )
        self.assertFalse(self.alerts())

    def test_rule_that_was_taken_away_is_said(self):
        self.levels["relationship"].rule_domain = False
        self.assertEqual(self.level_as_of(), "solution")
        self.assertEqual(
            self.moves()[-1].reason, "Back to Solution: the rules see it there."
        )

    def test_promise_broken_by_mistake_gives_the_level_back(self):
        self.env["customer.lifecycle.level"].search([]).minimum_days = 30
        promise = self._promise()
        promise._close("broken", on=TODAY)
        self.assertEqual(self.level_as_of(), "solution")
        promise.action_reopen()
        promise._close("kept", on=TODAY)
        self.assertEqual(self.level_as_of(), "trust")
        self.assertTrue(self.moves()[-1].is_silent)

    def test_promise_made_good_later_lets_it_climb_rung_by_rung(self):
        self.env["customer.lifecycle.level"].search([]).minimum_days = 30
        promise = self._promise()
        promise._close("broken", on=TODAY)
        self.assertEqual(self.level_as_of(), "solution")
        promise.action_reopen()
        later = TODAY + timedelta(days=8)
        promise._close("kept", on=later)
        self.assertEqual(self.level_as_of(later), "solution")

    def test_promise_kept_after_all_lets_it_climb_again(self):
        promise = self._promise()
        promise._close("broken", on=TODAY)
        self.level_as_of()
        promise.action_reopen()
        self.assertEqual(self.level_as_of(), "trust")
