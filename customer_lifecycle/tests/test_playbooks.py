from datetime import datetime, time, timedelta

from odoo.tests import Form, freeze_time, tagged
from odoo.tools import convert_file

from .common import TODAY
from .common_outreach import OutreachCommon

DATA = ("data/mail_template_data.xml", "data/base_automation_data.xml")


class PlaybookCommon(OutreachCommon):
    """The shipped rules, by the code in their xmlid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_population()
        cls.shipped = cls._shipped()

    @classmethod
    def _shipped(cls):
        prefix = "automation_"
        known = cls.env["ir.model.data"].search(
            [
                ("module", "=", "customer_lifecycle"),
                ("model", "=", "base.automation"),
                ("name", "=like", f"{prefix}%"),
            ]
        )
        rules = cls.env["base.automation"].with_context(active_test=False)
        return {
            data.name.removeprefix(prefix): rules.browse(data.res_id) for data in known
        }

    def _reload(self):
        """Load the shipped data as an upgrade does."""
        for name in DATA:
            convert_file(self.env, "customer_lifecycle", name, {}, "update", True)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlaybooks(PlaybookCommon):
    """The shipped rules: what each does once it is switched on."""

    def _on(self, code):
        """Switch a shipped rule on, and return it."""
        self.shipped[code]._switch_on()
        return self.shipped[code]

    def _planned(self, *cards):
        ids = [card.id for card in cards]
        return self.Outreach.search([("lifecycle_id", "in", ids)], order="id")

    def _day_comes(self, rule, day=TODAY):
        """Run a rule that follows a date as Odoo does on a day."""
        rule.last_run = datetime.combine(day - timedelta(days=1), time(12))
        until = datetime.combine(day, time(12))
        for card in rule._search_time_based_automation_records(until=until):
            if card.company_id == self.company:
                rule._process(card)

    def assertPlanned(self, outreach, *expected):
        """Assert kind and days until each outreach."""
        self.assertEqual(
            [(each.kind, (each.planned_date - TODAY).days) for each in outreach],
            list(expected),
        )

    # ------------------------------------------------------------------------- shipped

    def test_all_are_off_and_say_what_they_do(self):
        self.assertEqual(len(self.shipped), 14)
        for code, rule in self.shipped.items():
            with self.subTest(rule=code):
                self.assertFalse(rule.active)
                self.assertFalse(rule.last_run)
                self.assertEqual(rule.lifecycle_mode, "approve")
                self.assertTrue(rule.lifecycle_sentence.endswith("."))
                self.assertTrue(rule.action_server_ids)
                self.assertFalse(any(rule.action_server_ids.mapped("warning")))

    def test_all_can_be_saved_as_they_are(self):
        for code, rule in self.shipped.items():
            with self.subTest(rule=code), Form(rule) as form:
                form.lifecycle_mode = "auto"
            self.assertEqual(rule.lifecycle_mode, "auto")

    def test_every_message_can_be_read(self):
        card = self._buyer("Ana")
        card.user_id = self._user("own", "Sally")
        for rule in self.shipped.values():
            for step in rule.action_server_ids:
                outreach = self.planner._plan(step, card, occasion="test")
                with self.subTest(step=step.name):
                    if outreach.kind == "activity":
                        outreach._put("approved")
                        self.sender._deliver_activity(step, outreach, None)
                        activity = outreach.activity_id
                        self.assertIn("Ana", activity.summary)
                        if "level_reason" in step.lifecycle_note:
                            self.assertIn(card.level_reason, activity.note)
                        elif "reason" in step.lifecycle_note:
                            self.assertIn(card.reason, activity.note)
                        continue
                    outreach.offer_expiry_date = TODAY
                    mail = outreach._rendered()[outreach.id]
                    self.assertTrue(mail["subject"])
                    self.assertIn("Ana", mail["body"])
                    self.assertIn("Sally", mail["body"])
                    self.assertNotIn("object.", mail["subject"] + mail["body"])

    def test_offer_says_what_it_is_and_until_when(self):
        *_others, step = self.shipped["reactivation"].action_server_ids
        offer = self.planner._plan(step, self._buyer("Ana"))
        offer.offer_expiry_date = TODAY
        mail = offer._rendered()[offer.id]
        self.assertIn(offer.coupon_code, mail["body"])
        self.assertIn(offer.offer_text, mail["body"])
        self.assertIn("10%", offer.offer_text)
        self.assertIn("03/16/2026", mail["subject"])

    def test_offer_not_yet_sent_shows_the_day_it_would_have(self):
        *_others, step = self.shipped["reactivation"].action_server_ids
        offer = self.planner._plan(step, self._buyer("Ana"))
        offer.planned_date = TODAY + timedelta(days=2)
        self.assertFalse(offer.offer_expiry_date)
        self.assertIn("04/17/2026", offer._rendered()[offer.id]["subject"])

    # ----------------------------------------------------------------- what each does

    def test_first_purchase(self):
        self._on("first_purchase")
        partner = self._customer("New")
        self._quotation(partner)
        self.refresh(partner)
        self._purchase(partner, 0)
        card = self.refresh(partner)
        self.assertPlanned(self._planned(card), ("activity", 0), ("message", 1))
        self._purchase(partner, 0)
        self.refresh(partner)
        self.assertEqual(len(self._planned(card)), 2)

    def test_after_delivery(self):
        rule = self._on("delivery")
        cards = [self._buyer(f"C{days}", days_ago=(days,)) for days in (9, 10, 11)]
        self._day_comes(rule)
        self.assertPlanned(self._planned(*cards), ("ask", 0))
        self.assertEqual(self._planned(*cards).lifecycle_id, cards[1])

    def test_second_purchase_due(self):
        self._on("second_purchase")
        once = self._buyer("Once", days_ago=(5,))
        twice = self._buyer("Twice", days_ago=(9, 5))
        for card in (once, twice):
            self.refresh(card.partner_id, as_of=card.due_date)
        self.assertEqual(self._planned(once).kind, "message")
        self.assertFalse(self._planned(twice))

    def test_slipping(self):
        self._on("slipping")
        card = self._buyer("Slips", days_ago=(60, 45, 30, 15))
        day = card.slipping_date
        self.refresh(card.partner_id, as_of=day - timedelta(days=1))
        self.assertFalse(self._planned(card))
        self.refresh(card.partner_id, as_of=day)
        self.assertEqual(self._planned(card).kind, "activity")

    def test_reactivation_waits_by_the_customer_s_own_rhythm(self):
        self._on("reactivation")
        card = self._buyer("Gone", days_ago=(480, 440, 400))  # every 40 days
        growth = {card.id: self.stages["growth"].id}
        card._move("stage_id", growth, date=TODAY, cause="facts", is_silent=True)
        self.refresh(card.partner_id)
        self.assertPlanned(
            self._planned(card),
            ("activity", 0),
            ("message", 10),
            ("message", 30),
            ("offer", 50),
        )

    def test_back_again(self):
        self._on("back")
        card = self._buyer("Gone", days_ago=(480, 440, 400))
        self.assertEqual(card.stage_id, self.stages["reactivation"])
        self._purchase(card.partner_id, 0)
        self.refresh(card.partner_id)
        self.assertPlanned(self._planned(card), ("message", 1))
        other = self._buyer("Steady", days_ago=(40, 20))
        self._purchases(other.partner_id, 0)
        self.refresh(other.partner_id)
        self.assertFalse(self._planned(other))

    def test_quotation_without_answer(self):
        rule = self._on("quotation")
        cards = []
        for days in (6, 7, 8):
            partner = self._customer(f"Q{days}")
            self._quotation(partner, at=TODAY - timedelta(days=days))
            cards.append(self.refresh(partner))
        self._day_comes(rule)
        self.assertEqual(self._planned(*cards).lifecycle_id, cards[1])
        self.assertEqual(self._planned(*cards).kind, "activity")

    def test_anniversary(self):
        rule = self._on("anniversary")
        today = self._buyer("Today", days_ago=(365, 20, 10))
        other = self._buyer("Other", days_ago=(364, 20, 10))
        gone = self._buyer("Gone", days_ago=(730, 700))
        self.assertEqual(gone.health, "lapsed")
        self._day_comes(rule)
        self.assertEqual(self._planned(today, other, gone).lifecycle_id, today)
        self._day_comes(rule)
        self.assertEqual(len(self._planned(today)), 1)

    def test_advocacy_reached(self):
        self._on("advocacy")
        card = self._buyer("Advocate", days_ago=(20, 10))
        friend = self._customer("Friend", lifecycle_referred_by_id=card.partner_id.id)
        self._purchase(friend, 0)
        self.refresh(card.partner_id, friend)
        self.assertEqual(card.stage_id, self.stages["advocacy"])
        self.assertPlanned(self._planned(card), ("message", 1))

    def test_trust_reached(self):
        self._on("trust")
        card = self._buyer("Ana")
        for code in ("relationship", "trust"):
            self.assertFalse(self._planned(card))
            level = {card.id: self.levels[code].id}
            card._move("level_id", level, date=TODAY, cause="facts")
        self.assertPlanned(self._planned(card), ("ask", 7))

    def test_stuck(self):
        rule = self._on("stuck")
        self.stages["conversion"].stuck_days = 30
        card = self._buyer("Stuck", days_ago=(5,))
        leader = self._user("manager")
        card.team_id = self.env["crm.team"].create(
            {"name": "Team", "user_id": leader.id, "company_id": self.company.id}
        )
        day = TODAY + timedelta(days=30)
        self._day_comes(rule, day - timedelta(days=1))
        self.assertFalse(self._planned(card))
        self._day_comes(rule, day)
        outreach = self._planned(card)
        self.assertEqual(outreach.kind, "activity")
        self.assertEqual(outreach._owner(outreach.step_id), leader)

    # -------------------------------------------------------------------------- upgrade

    def test_upgrade_leaves_them_as_they_are(self):
        on, renamed, deleted = (
            self.shipped[code] for code in ("slipping", "back", "stuck")
        )
        on._switch_on()
        renamed.name = "Ours"
        step = renamed.action_server_ids
        step.lifecycle_wait_min_days = 5
        deleted.unlink()
        self._reload()
        self.assertTrue(on.active)
        self.assertEqual(renamed.name, "Ours")
        self.assertEqual(step.lifecycle_wait_min_days, 5)
        self.assertNotIn("stuck", self._shipped())
        others = [
            rule for code, rule in self._shipped().items() if rule not in (on, renamed)
        ]
        self.assertFalse(any(rule.active for rule in others))

    def test_upgrade_copes_with_a_deleted_stage(self):
        stage = self.stages["advocacy"]
        self.shipped["advocacy"].unlink()
        self.env["customer.lifecycle.stage"].browse(stage.id).unlink()
        self._reload()
        self.assertNotIn("advocacy", self._shipped())

    # --------------------------------------------------------------------------- stages

    def test_stage_shows_who_acts_by_itself(self):
        stage = self.stages["reactivation"]
        self._on("back")
        summary = str(stage.automation_summary)
        self.assertIn(self.shipped["back"].lifecycle_sentence, summary)
        self.assertIn(self.shipped["reactivation"].name, summary)
        self.assertIn(self.shipped["stuck"].name, summary, "of every stage")
        self.assertNotIn(self.shipped["slipping"].name, summary)
        self.assertEqual(summary.count(">On<"), 1)
        seller = self._user("own")
        self.assertEqual(str(stage.with_user(seller).automation_summary), summary)

    def test_column_opens_the_rules_of_the_stage(self):
        stage = self.stages["reactivation"]
        action = stage.action_open_automations()
        rules = self.env["base.automation"].search(action["domain"])
        expected = ("reactivation", "back", "stuck")
        for code, rule in self.shipped.items():
            self.assertEqual(rule in rules, code in expected, code)
        rule = Form(self.env["base.automation"].with_context(**action["context"]))
        self.assertEqual(rule.trigger, "on_stage_set")
        self.assertEqual(rule.trg_field_ref, stage.id)

    def test_rule_on_a_stage_is_of_its_playbook(self):
        rule = self._rule({})
        self.assertEqual(rule.lifecycle_stage_id, self.stages["reactivation"])
        rule.trg_field_ref = self.stages["growth"].id
        self.assertEqual(rule.lifecycle_stage_id, self.stages["growth"])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStepEditor(PlaybookCommon):
    """The editor of the three step types."""

    def _step(self, **values):
        """Create a step outside of any rule."""
        return self.env["ir.actions.server"].create(
            {
                "name": "Step",
                "model_id": self.card_model.id,
                **self._step_values({"state": "lifecycle_offer", **values}),
            }
        )

    def test_step_that_lacks_nothing_has_no_warning(self):
        for state in ("lifecycle_follow_up", "lifecycle_offer", "lifecycle_ask"):
            for channel in ("mail", "activity"):
                step = self._step(state=state, lifecycle_channel=channel)
                self.assertFalse(step.warning)

    def test_warnings(self):
        foreign = self.env["mail.template"].create(
            {"name": "Foreign", "model_id": self.card_model.id}
        )
        promotion = self.program.copy({"program_type": "promotion"})
        archived = self.program.copy({"active": False})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.program.copy({"company_id": elsewhere.id})
        follow_up, activity = (
            {"state": "lifecycle_follow_up", "lifecycle_channel": channel}
            for channel in ("mail", "activity")
        )
        type_elsewhere = self.env["mail.activity.type"].create(
            {"name": "Theirs", "res_model": "res.partner"}
        )
        cases = {
            "Choose the message": follow_up | {"lifecycle_template_id": False},
            "another kind of record": {"lifecycle_template_id": foreign.id},
            "“Foreign”": {"lifecycle_reminder_template_id": foreign.id},
            "Choose the program": {"lifecycle_program_id": False},
            "has no coupons": {"lifecycle_program_id": promotion.id},
            "is archived": {"lifecycle_program_id": archived.id},
            "belongs to Elsewhere": {"lifecycle_program_id": theirs.id},
            "Choose the activity": activity | {"lifecycle_activity_type_id": False},
            "is not for customers": activity
            | {"lifecycle_activity_type_id": type_elsewhere.id},
            "Choose the person": activity | {"lifecycle_owner_role": "person"},
            "“Valid For (days)” cannot be negative": {"lifecycle_validity_days": -1},
            "Pause)” cannot be negative": {"lifecycle_wait_share": -0.1},
            "“Control Group” is a share between 0 % and 100 %": {
                "lifecycle_control_share": 15
            },
            "“Minimum Margin” is a share": {"lifecycle_minimum_margin": -0.1},
            "at least 9 days, but at most 8": {
                "lifecycle_wait_min_days": 9,
                "lifecycle_wait_max_days": 8,
            },
            "at least one day": {"lifecycle_validity_days": 0},
            "before the offer itself": {
                "lifecycle_validity_days": 7,
                "lifecycle_reminder_days": 7,
            },
            "for customers only": {
                "model_id": self.env["ir.model"]._get("res.partner").id
            },
        }
        for sentence, values in cases.items():
            with self.subTest(sentence=sentence):
                warning = self._step(**values).warning
                self.assertIn(sentence, warning or "")
                self.assertEqual(len(warning.split("\n\n")), 1)

    def test_no_upper_limit_of_the_wait_is_no_contradiction(self):
        step = self._step(lifecycle_wait_min_days=9, lifecycle_wait_max_days=0)
        self.assertFalse(step.warning)

    def test_step_is_named_by_what_it_brings(self):
        step = self._step()
        names = {"offer": "Offer: Ten percent", "mail": "Send: Message"}
        self.assertEqual(step._generate_action_name(), names["offer"])
        step.state = "lifecycle_ask"
        self.assertEqual(step._generate_action_name(), names["mail"])
        step.write({"state": "lifecycle_follow_up", "lifecycle_channel": "activity"})
        self.assertEqual(
            step._generate_action_name(),
            f"Do: {step.lifecycle_activity_type_id.name}",
        )

    def test_steps_are_offered_for_customers_only(self):
        step = self._step()
        self.assertIn("lifecycle_offer", step.allowed_states)
        other = self.env["ir.actions.server"].new(
            {"model_id": self.env["ir.model"]._get("res.partner").id}
        )
        self.assertNotIn("lifecycle_offer", other.allowed_states)
        self.assertIn("code", other.allowed_states)

    def test_form_makes_each_type(self):
        actions = self.env["ir.actions.server"].with_context(
            default_model_id=self.card_model.id
        )
        for state in ("lifecycle_follow_up", "lifecycle_offer", "lifecycle_ask"):
            with self.subTest(state=state), Form(actions) as form:
                form.name = "Step"
                form.state = state
                if state == "lifecycle_follow_up":
                    form.lifecycle_channel = "mail"
                if state == "lifecycle_offer":
                    form.lifecycle_program_id = self.program
                form.lifecycle_template_id = self.template
                form.lifecycle_wait_share = 0.5
            self.assertFalse(form.record.warning)

    def test_note_keeps_its_placeholders(self):
        step = self._step(lifecycle_note="<p><t t-out='object.partner_id.name'/></p>")
        self.assertIn("object.partner_id.name", step.lifecycle_note)
