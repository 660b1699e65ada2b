from datetime import timedelta

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY
from .common_outreach import OutreachCommon
from .test_playbooks import PlaybookCommon

#: Customers who have been gone for years.
LAPSED_COUNT = 5000


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestActivation(OutreachCommon):
    """Switching rules on in a database full of customers who left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lapsed = cls._insert_lapsed(LAPSED_COUNT)

    @classmethod
    def _insert_lapsed(cls, count):
        """Insert cards of customers who bought two to seven years ago."""
        like = cls._customer("Gone")
        cls.env.flush_all()
        same = [
            SQL.identifier(name)
            for name, field in like._fields.items()
            if field.store
            and field.column_type
            and name not in ("id", "name", "email", "commercial_partner_id")
        ]
        rows = cls.env.execute_query(
            SQL(
                """
                  WITH contacts AS (
                       INSERT INTO res_partner (name, email, %(same)s)
                            SELECT 'Gone ' || number,
                                   'gone' || number || '@example.com', %(same)s
                              FROM res_partner AS contact
                        CROSS JOIN GENERATE_SERIES(1, %(count)s) AS number
                             WHERE contact.id = %(like)s
                         RETURNING id),
                       owned AS (
                       SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number
                         FROM contacts)
                INSERT INTO customer_lifecycle
                            (partner_id, company_id, active, inclusion, health,
                             stage_id, level_id, stage_since, health_since,
                             purchase_count, first_purchase_date, last_purchase_date,
                             due_date, slipping_date, lapsed_date, interval_days,
                             amount_at_stake)
                     SELECT id, %(company)s, TRUE, 'rule', 'lapsed', %(stage)s,
                            %(level)s, day + 200, day + 200, 4, day - 90, day,
                            day + 30, day + 60, day + 200, 30, number
                       FROM owned,
                    LATERAL (SELECT %(today)s::date - 730 - (number %% 1800)::integer
                                    AS day) AS days
                  RETURNING id
                """,
                same=SQL(", ").join(same),
                like=like.id,
                company=cls.company.id,
                count=count,
                stage=cls.stages["reactivation"].id,
                level=cls.levels["product"].id,
                today=TODAY,
            )
        )
        cls.env.execute_query(
            SQL(
                "UPDATE res_partner SET commercial_partner_id = id"
                " WHERE commercial_partner_id IS NULL RETURNING id"
            )
        )
        cls.env.invalidate_all()
        return cls.Card.browse(id_ for (id_,) in rows)

    def _date_rule(self, **values):
        """Create a rule that Odoo would run for everybody since 1970."""
        return self._rule(
            {"lifecycle_expiry_days": 9999},
            **{
                "trigger": "on_time",
                "trg_field_ref": False,
                "trg_date_id": self.env["ir.model.fields"]
                ._get("customer.lifecycle", "last_purchase_date")
                .id,
                "trg_date_range": 30,
                "trg_date_range_type": "day",
                "trg_date_range_mode": "after",
                "mode": "auto",
                **values,
            },
        )

    def _planned(self):
        return self.Outreach.search([("lifecycle_id", "in", self.lapsed.ids)])

    def _run_crons(self):
        """Run what runs by itself, as the server does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            for xmlid in (
                "base_automation.ir_cron_data_base_automation_check",
                "customer_lifecycle.ir_cron_refresh",
                "customer_lifecycle.ir_cron_send",
            ):
                self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def _run_time_rules(self, rule):
        """Run the date rules of the server now and again a day later."""
        found = self.Card
        start = self.env.cr.now()
        for days in (0, 1):
            until = start + timedelta(days=days)
            found |= rule._search_time_based_automation_records(until=until)
            rule.last_run = until
        return found

    # ----------------------------------------------------------------- nothing unasked

    def test_switched_on_by_any_way_it_reaches_nobody_there(self):
        ways = {
            "created": lambda: self._date_rule(),
            "written": lambda: self._written(self._date_rule(active=False)),
            "unarchived": lambda: self._unarchived(self._date_rule(active=False)),
            "switched on": lambda: self._switched_on(self._date_rule(active=False)),
            "copied": lambda: self._date_rule().copy(),
            "changed": lambda: self._changed(self._rule({})),
            "old run": lambda: self._date_rule(last_run="1970-01-01 00:00:00"),
            "imported": self._imported,
            "by SQL": lambda: self._by_sql(self._date_rule(active=False)),
        }
        for way, switched in ways.items():
            with self.subTest(way=way):
                rule = switched()
                self.assertTrue(rule.active)
                self.assertFalse(self._run_time_rules(rule) & self.lapsed)
                self._run_crons()
                self.assertFalse(self._planned())

    def _written(self, rule):
        rule.active = True
        return rule

    def _unarchived(self, rule):
        rule.action_unarchive()
        return rule

    def _switched_on(self, rule):
        rule._switch_on()
        return rule

    def _changed(self, rule):
        values = self._date_rule(active=False).read(
            ["trg_date_range", "trg_date_range_type", "trg_date_range_mode"]
        )[0]
        date = self.env["ir.model.fields"]._get(
            "customer.lifecycle", "last_purchase_date"
        )
        rule.write(
            {"trigger": "on_time", "trg_date_id": date.id, "filter_domain": False}
        )
        values.pop("id")
        rule.write(values)
        return rule

    def _imported(self):
        rule = self._date_rule(active=False)
        result = rule.with_context(import_file=True, active_test=False).load(
            [".id", "active"], [[str(rule.id), "True"]]
        )
        self.assertEqual(result["ids"], rule.ids)
        return rule

    def _by_sql(self, rule):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE base_automation SET active = TRUE WHERE id = %s", rule.id)
        )
        self.env.invalidate_all()
        return rule

    def test_installed_activated_and_upgraded_it_plans_nothing(self):
        rules = PlaybookCommon._shipped.__func__(type(self)).values()
        self.assertTrue(rules)
        self._run_crons()
        self.assertFalse(self._planned(), "installed")
        for rule in rules:
            rule.active = True
        self._run_crons()
        self.assertFalse(self._planned(), "activated")
        PlaybookCommon._reload(self)
        self._run_crons()
        self.assertFalse(self._planned(), "upgraded")
        for rule in rules:
            if rule.trigger == "on_time":
                self.assertFalse(self._run_time_rules(rule) & self.lapsed, rule.name)

    def test_long_switched_off_it_does_not_make_up(self):
        rule = self._date_rule()
        rule.active = False
        rule.last_run = "2010-01-01 00:00:00"
        rule.active = True
        self.assertFalse(self._run_time_rules(rule) & self.lapsed)

    def test_new_case_is_reached(self):
        rule = self._date_rule()
        card = self.lapsed[0]
        today = self.env.cr.now().date()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_lifecycle SET last_purchase_date = %s WHERE id = %s",
                today - timedelta(days=29),
                card.id,
            )
        )
        self.assertEqual(self._run_time_rules(rule) & self.lapsed, card)

    def test_rule_of_another_model_is_left_as_it_is(self):
        rule = self.env["base.automation"].create(
            {
                "name": "Contacts",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "trigger": "on_time_created",
                "trg_date_range": 1,
                "trg_date_range_type": "day",
            }
        )
        self.assertFalse(rule.last_run)

    # ------------------------------------------------------------- those already there

    def _days(self, rule, count, start=0):
        """Run the scheduled action's part on so many days, twice on each."""
        planned = []
        for ahead in range(start, start + count):
            with freeze_time(TODAY + timedelta(days=ahead)):
                before = self._planned()
                self.env["base.automation"]._plan_backlog()
                self.env["base.automation"]._plan_backlog()
                planned.append(self._planned() - before)
        return planned

    def test_so_many_a_day_the_most_at_stake_first(self):
        rule = self._rule({}, active=False)
        rule._switch_on(backlog_per_day=20)
        self.assertFalse(self._planned())
        self.assertEqual(rule.lifecycle_backlog_count, LAPSED_COUNT)
        first, second = self._days(rule, 2)
        self.assertEqual(len(first), 20)
        self.assertEqual(len(second), 20)
        self.assertEqual(
            sorted(first.lifecycle_id.mapped("amount_at_stake"), reverse=True),
            list(range(LAPSED_COUNT, LAPSED_COUNT - 20, -1)),
        )
        self.assertEqual(set(first.mapped("state")), {"planned"})
        self.assertEqual(rule.lifecycle_backlog_count, LAPSED_COUNT - 40)

    def test_until_nobody_is_left(self):
        rule = self._rule({})
        rule._switch_on(backlog_per_day=2000)
        planned = self._days(rule, 5)
        self.assertEqual([len(each) for each in planned], [2000, 2000, 1000, 0, 0])
        self.assertEqual(self._planned().lifecycle_id, self.lapsed)
        self.assertFalse(rule.lifecycle_backlog_per_day)

    def test_whoever_left_meanwhile_is_not_started(self):
        rule = self._rule({})
        rule._switch_on(backlog_per_day=LAPSED_COUNT - 1)
        gone = self.lapsed[-1]
        gone.action_archive()
        self._days(rule, 2)
        self.assertEqual(self._planned().lifecycle_id, self.lapsed - gone)

    def test_date_rule_starts_those_there_too(self):
        rule = self._date_rule(active=False)
        rule._switch_on(backlog_per_day=30)
        self.assertFalse(self._run_time_rules(rule) & self.lapsed)
        self.assertEqual(list(map(len, self._days(rule, 2))), [30, 30])

    def test_odoo_s_own_actions_are_run_for_those_there(self):
        rule = self._rule({"state": "code", "code": "record.write({'color': 7})"})
        rule._switch_on(backlog_per_day=3)
        self._days(rule, 1)
        painted = self.lapsed.filtered(lambda card: card.color == 7)
        self.assertEqual(painted, self.lapsed[-3:])

    def test_failure_is_tried_again_and_stops_no_other(self):
        self._rule({"state": "code", "code": "1 / 0"})._switch_on(backlog_per_day=5)
        good = self._rule({})
        good._switch_on(backlog_per_day=5)
        with mute_logger("odoo.addons.customer_lifecycle.models.base_automation"):
            [planned] = self._days(good, 1)
        self.assertEqual(len(planned), 5)
        bad = self.env["base.automation"].search(
            [("lifecycle_backlog_per_day", ">", 0), ("id", "!=", good.id)]
        )
        self.assertEqual(bad.lifecycle_backlog_count, LAPSED_COUNT)
        self.assertFalse(bad.lifecycle_backlog_date)

    def test_switching_off_forgets_who_was_there(self):
        rule = self._rule({})
        rule._switch_on(backlog_per_day=20)
        rule.active = False
        self.assertFalse(rule.lifecycle_backlog_count)
        rule.active = True
        self.assertFalse(any(self._days(rule, 2)))

    def test_only_new_cases_is_the_default(self):
        rule = self._rule({}, active=False)
        rule._switch_on()
        self.assertTrue(rule.active)
        self.assertFalse(any(self._days(rule, 2)))
