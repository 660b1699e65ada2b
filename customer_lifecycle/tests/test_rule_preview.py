from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon

#: What a preview could have left behind.
TRACES = (
    "base.automation",
    "customer.lifecycle.backlog",
    "customer.lifecycle.outreach",
    "customer.lifecycle.transition",
    "ir.cron.trigger",
    "ir.config_parameter",
    "loyalty.card",
    "loyalty.history",
    "mail.activity",
    "mail.compose.message",
    "mail.mail",
    "mail.message",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRulePreview(OutreachCommon):
    """Whom a rule would reach, seen before it is switched on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._user("manager", "Ada")
        cls.admin.group_ids |= cls.env.ref("base.group_system")
        cls.rule = cls._rule(
            {}, {"state": "lifecycle_offer", "lifecycle_wait_min_days": 7}, active=False
        )
        cls.first, cls.offer = cls.rule.action_server_ids.sorted("sequence")

    def _lapsed(self, name, **values):
        return self._buyer(name, days_ago=(900, 890, 880), **values)

    def _preview(self, rule=None, user=None):
        """Return the preview as it is opened."""
        rule = (rule or self.rule).with_user(user or self.admin)
        action = rule.action_lifecycle_preview()
        return rule.env[action["res_model"]].browse(action["res_id"])

    def _numbers(self, table):
        """Return the numbers of a table: ``{first cell: {title: number}}``."""
        return {
            row[0]["text"]: {
                title: cell["number"]
                for title, cell in zip(table["header"], row, strict=True)
                if "number" in cell
            }
            for row in table["rows"]
        }

    # ------------------------------------------------------------------------- reached

    def test_those_already_there_are_counted_and_listed(self):
        cards = self._lapsed("Ana") | self._lapsed("Ben")
        self._buyer("Cleo", days_ago=(20, 10))
        preview = self._preview()
        self.assertEqual(preview.reach["count"], 2)
        self.assertEqual(
            self._numbers(preview.reach),
            {"Step 1": {"Would go out": 2}, "Step 2": {"Would go out": 2}},
        )
        cell = preview.reach["rows"][0][2]
        self.assertEqual(cell["open"]["ids"], cards.ids)
        self.assertEqual(preview.reach["rows"][0][1]["text"], "at once")
        self.assertEqual(preview.reach["rows"][1][1]["text"], "after 7 days")

    def test_who_is_left_out_is_told_by_the_checks_of_sending(self):
        good = self._lapsed("Ana")
        bad = self._lapsed("Ben", email=False)
        preview = self._preview(rule=self.rule)
        self.assertEqual(
            self._numbers(preview.reach)["Step 1"], {"Would go out": 1, "Held back": 1}
        )
        row = preview.stopped["rows"][0]
        self.assertEqual(row[0]["text"], "No e-mail address")
        self.assertEqual(row[2]["open"]["ids"], bad.ids)
        self.assertIn("Ben: ", row[4]["text"])
        # the same verdicts as when it is sent
        outreach = self.planner._plan(self.first, good | bad)
        outreach.action_approve()
        self.sender._send(outreach, self.env.cr.now())
        self.assertEqual(
            {each.lifecycle_id: each.state for each in outreach},
            {good: "sent", bad: "held"},
        )
        self.assertIn(
            outreach.filtered(lambda each: each.state == "held").reason, row[4]["text"]
        )

    def test_mails_are_judged_in_their_next_working_hours(self):
        self.company.lifecycle_in_working_hours = True
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Mondays",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Monday",
                            "dayofweek": "0",
                            "hour_from": 9,
                            "hour_to": 17,
                        }
                    )
                ],
            }
        )
        card = self._lapsed("Ana")
        self.offer.lifecycle_control_share = 1
        gate = self.env["customer.lifecycle.gate"]
        with freeze_time(f"{TODAY} 03:00:00"):
            preview = self._preview()
            offer = self.planner._plan(self.offer, card)
            [verdict] = gate._judge(offer, fields.Datetime.now()).values()
        self.assertEqual(verdict.code, "quiet_hours")
        self.assertEqual(
            self._numbers(preview.reach),
            {
                "Step 1": {"Would go out": 1, "Control group": 0},
                "Step 2": {"Would go out": 0, "Control group": 1},
            },
        )

    def test_who_has_it_already_is_not_counted_again(self):
        cards = self._lapsed("Ana") | self._lapsed("Ben")
        self.planner._plan(self.first, cards[:1])
        preview = self._preview()
        self.assertEqual(
            self._numbers(preview.reach),
            {"Step 1": {"Would go out": 1}, "Step 2": {"Would go out": 2}},
        )
        self.assertTrue(
            any("have it already" in note for note in preview.reach["notes"])
        )

    def test_days_are_told_in_words(self):
        words = self.env["customer.lifecycle.rehearsal"]._days_in_words
        self.assertEqual(
            [words(*days) for days in ((0, 0), (1, 1), (7, 7), (0, 3), (7, 9))],
            [
                "at once",
                "the next day",
                "after 7 days",
                "after 0 to 3 days",
                "after 7 to 9 days",
            ],
        )

    def test_those_to_come_are_told_by_week(self):
        with patch.object(
            type(self.rule), "_lifecycle_coming", autospec=True
        ) as expected:
            cards = self._buyer("Ana") | self._buyer("Ben") | self._buyer("Cleo")
            expected.return_value = {
                card: TODAY + timedelta(days=days)
                for card, days in zip(cards, (1, 6, 8), strict=True)
            }
            preview = self._preview()
        expected.assert_called_once()
        self.assertEqual(preview.coming["count"], 3)
        self.assertEqual(
            [(row[0]["text"], row[1]["number"]) for row in preview.coming["rows"]],
            [("03/16/2026", 2), ("03/23/2026", 1)],
        )

    def test_slipping_customer_is_expected_in_reactivation(self):
        card = self._buyer("Ana", days_ago=(160, 120, 80, 40))
        card.lapsed_date = TODAY + timedelta(days=9)
        card.flush_recordset()
        preview = self._preview()
        found = [id_ for row in preview.coming["rows"] for id_ in row[1]["open"]["ids"]]
        self.assertIn(card.id, found)

    def test_who_is_expected_is_judged_too(self):
        good, bad = self._buyer("Ana"), self._buyer("Ben", email=False)
        with patch.object(
            type(self.rule),
            "_lifecycle_coming",
            lambda rule, days: dict.fromkeys(good | bad, TODAY),
        ):
            preview = self._preview()
        row = preview.stopped["rows"][0]
        self.assertEqual(row[0]["text"], "No e-mail address")
        self.assertEqual([cell["number"] for cell in row[2:4]], [0, 1])
        self.assertEqual(row[3]["open"]["ids"], bad.ids)
        [row] = preview.cost["rows"]
        self.assertEqual((row[1]["text"], row[2]["number"]), ("Expected", 1))
        self.assertIn("For Ana", preview.message)

    def test_one_step_is_previewed_alone(self):
        self._lapsed("Ana")
        step = self.offer.with_user(self.admin)
        action = step.action_lifecycle_preview()
        preview = step.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(list(self._numbers(preview.reach)), ["Step 2"])
        self.assertIn("Step 2", action["name"])

    def test_rule_without_steps_tells_whom_it_reaches(self):
        cards = self._lapsed("Ana") | self._lapsed("Ben")
        rule = self._rule(active=False)
        rule.action_server_ids = [
            Command.create(
                {
                    "name": "Code",
                    "model_id": self.card_model.id,
                    "usage": "base_automation",
                    "state": "code",
                    "code": "True",
                }
            )
        ]
        preview = self._preview(rule)
        [row] = preview.reach["rows"]
        self.assertEqual(row[2]["open"]["ids"], cards.ids)

    def test_preview_of_nobody_opens(self):
        preview = self._preview()
        self.assertEqual(preview.reach["sentence"], "No customer is there already.")
        self.assertFalse(preview.reach["rows"])

    # ---------------------------------------------------------------- message and cost

    def test_message_is_the_one_that_the_first_customer_would_get(self):
        self._lapsed("Ana")
        preview = self._preview()
        self.assertEqual(preview.message_for, "As Ana would get it:")
        self.assertIn("For Ana", preview.message)
        self.assertIn("Hello Ana", preview.message)

    def test_template_that_fails_is_told(self):
        self.template.body_html = "<p><t t-out='object.partner_id.nothing'/></p>"
        self._lapsed("Ana")
        preview = self._preview()
        self.assertIn("cannot be made for this customer", preview.message)
        self.assertEqual(preview.reach["count"], 1)

    def test_cost_is_what_offers_take_off(self):
        self.product.standard_price = 60
        self._lapsed("Ana")
        preview = self._preview()
        [row] = preview.cost["rows"]
        self.assertEqual(row[2]["number"], 1)
        self.assertIn("10.00", row[3]["text"])
        # 100 less 10 for what costs 60
        self.assertEqual(row[4]["text"], "33%")

    def test_unknown_costs_are_told(self):
        self._lapsed("Ana")
        [row] = self._preview().cost["rows"]
        self.assertIn("not known", row[4]["text"])

    def test_rule_without_offer_has_no_cost(self):
        self._lapsed("Ana")
        self.assertFalse(self._preview(self._rule({}, active=False)).cost)

    # ----------------------------------------------------------------- changes nothing

    def test_preview_changes_nothing(self):
        self._lapsed("Ana")
        self._lapsed("Ben", email=False)
        self.rule.lifecycle_mode = "auto"  # which would wake the sender
        self.env.flush_all()
        self.env["ir.config_parameter"].search([("key", "like", "lifecycle")])
        before = self._traces()
        self._preview()
        self.env.flush_all()
        self.assertEqual(self._traces(), before)
        self.assertFalse(self.rule.active)

    def _traces(self):
        """Return all rows of the tables that a preview could write, by model."""
        found = {}
        for name in TRACES:
            self.env.cr.execute(
                f"SELECT * FROM {self.env[name]._table} ORDER BY id"  # noqa: S608
            )
            found[name] = self.env.cr.fetchall()
        return found

    def test_preview_after_an_error_changes_nothing_either(self):
        self._lapsed("Ana")
        self.env.flush_all()
        before = self._traces()
        gate = type(self.env["customer.lifecycle.gate"])
        # not assertRaises: it would roll back itself
        with (
            patch.object(gate, "_judge", side_effect=ValueError("broken")) as judge,
            suppress(ValueError),
        ):
            self._preview()
        judge.assert_called_once()
        self.assertEqual(self._traces(), before)

    def test_looking_costs_no_more_queries_for_more_customers(self):
        counts = []
        for names in (("Ana", "Ben"), [f"Customer {number}" for number in range(20)]):
            for name in names:
                self._lapsed(name)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._preview()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 20)

    # --------------------------------------------------------------- switching on, off

    def test_default_is_new_cases_only_and_ask_first(self):
        self._lapsed("Ana")
        form = Form(self._preview())
        self.assertEqual((form.mode, form.whom), ("approve", "new"))
        form.save().action_switch_on()
        self.assertTrue(self.rule.active)
        self.assertEqual(self.rule.lifecycle_mode, "approve")
        self.assertEqual(self.rule.lifecycle_backlog_count, 0)
        self.assertFalse(self.Outreach.search([("automation_id", "=", self.rule.id)]))

    def test_those_already_there_are_started_so_many_a_day_when_asked(self):
        for name in ("Ana", "Ben", "Cleo"):
            self._lapsed(name)
        form = Form(self._preview())
        form.mode = "auto"
        form.whom = "all"
        form.per_day = 2
        form.save().action_switch_on()
        self.assertEqual(self.rule.lifecycle_mode, "auto")
        self.assertEqual(self.rule.lifecycle_backlog_count, 3)
        self.env["base.automation"]._plan_backlog()
        outreach = self.Outreach.search([("automation_id", "=", self.rule.id)])
        self.assertEqual(len(outreach.lifecycle_id), 2)

    def test_a_number_a_day_is_needed(self):
        preview = self._preview()
        preview.write({"whom": "all", "per_day": 0})
        with self.assertRaises(ValidationError):
            preview.action_switch_on()
        self.assertFalse(self.rule.active)

    def test_switched_off_cancels_what_is_planned_or_lets_it_go_on(self):
        for choice, state in (("cancel", "cancelled"), ("keep", "planned")):
            with self.subTest(choice):
                rule = self._rule({})
                outreach = self.planner._plan(
                    rule.action_server_ids, self._lapsed(f"Customer {choice}")
                )
                preview = self._preview(rule)
                self.assertEqual(preview.unsent_count, 1)
                preview.unsent = choice
                preview.action_switch_off()
                self.assertFalse(rule.active)
                self.assertEqual(outreach.state, state)
        self.assertEqual(
            self.Outreach.search([("reason_code", "=", "rule_off")]).reason,
            "Ada switched the rule off on 03/16/2026.",
        )

    # -------------------------------------------------------------------------- access

    def test_only_whoever_may_change_rules_sees_the_preview(self):
        manager = self._user("manager", "Mark")
        with self.assertRaises(AccessError):
            self._preview(user=manager)

    def test_other_companies_are_not_counted(self):
        self._lapsed("Ana")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user(
            "manager", "Olga", company_id=other.id, company_ids=other.ids
        )
        stranger.group_ids |= self.env.ref("base.group_system")
        rule = self.rule.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertEqual(self._preview(rule, stranger).reach["count"], 0)

    def test_whoever_may_not_see_customers_reads_why(self):
        clerk = self._user("none", "Clara")
        clerk.group_ids |= self.env.ref("base.group_system")
        self.assertFalse(self.Card.with_user(clerk).has_access("read"))
        preview = self._preview(user=clerk)
        self.assertTrue(preview.reach["is_wrong"])
        self.assertFalse(preview.message)
