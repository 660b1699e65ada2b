from datetime import datetime, time, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRuleReach(OutreachCommon):
    """Whom a rule reaches: those already there, and those to come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_population()

    def _field(self, name):
        return self.env["ir.model.fields"]._get("customer.lifecycle", name)

    def _date_rule(self, field, days, **values):
        return self._rule(
            {},
            trigger="on_time",
            trg_field_ref=False,
            trg_date_id=self._field(field).id,
            trg_date_range=days,
            **{"trg_date_range_type": "day", "trg_date_range_mode": "after"} | values,
        )

    def _health_rule(self, health, **values):
        return self._rule(
            {},
            trigger="on_create_or_write",
            trg_field_ref=False,
            trigger_field_ids=self._field("health").ids,
            **{"filter_domain": f"[('health', '=', '{health}')]"} | values,
        )

    def _mine(self, cards):
        """Return those of the company of the tests."""
        return cards.filtered(lambda card: card.company_id == self.company)

    # ------------------------------------------------------------------- already there

    def test_stage_rule_fits_who_stands_there(self):
        rule = self._rule({})
        lapsed = self._buyer("Lapsed", days_ago=(900, 890, 880))
        self._buyer("Fresh", days_ago=(40, 20, 1))
        self.assertEqual(self._mine(rule._lifecycle_present()), lapsed)

    def test_archived_card_is_not_reached(self):
        rule = self._rule({})
        self._buyer("Lapsed", days_ago=(900, 890, 880)).action_archive()
        self.assertFalse(self._mine(rule._lifecycle_present()))

    def test_date_rule_fits_whose_day_has_come_and_is_not_too_late(self):
        rule = self._date_rule("last_purchase_date", 10)  # too late after 14 days
        by_days = {
            days: self._buyer(f"C{days}", days_ago=(days,)) for days in (9, 10, 24, 25)
        }
        self.assertEqual(
            self._mine(rule._lifecycle_present()), by_days[10] | by_days[24]
        )

    def test_rule_about_a_change_that_is_over_has_nobody_there(self):
        rule = self._health_rule(
            "lapsed", filter_pre_domain="[('health', '=', 'slipping')]"
        )
        self._buyer("Lapsed", days_ago=(900, 890, 880))
        self.assertFalse(rule._lifecycle_present())

    def test_rule_on_something_else_reaches_no_customer(self):
        rule = self.env["base.automation"].create(
            {
                "name": "Contacts",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "trigger": "on_create",
            }
        )
        self.assertFalse(rule.lifecycle_is_playbook)
        self.assertFalse(rule._lifecycle_present())
        self.assertFalse(rule._lifecycle_coming())

    # ------------------------------------------------------------------------ to come

    def test_date_rule_comes_on_the_day(self):
        rule = self._date_rule("last_purchase_date", 30)
        by_days = {
            days: self._buyer(f"C{days}", days_ago=(days,)) for days in (0, 1, 29, 30)
        }
        self.assertEqual(
            rule._lifecycle_coming(),
            {
                by_days[0]: TODAY + timedelta(days=30),
                by_days[1]: TODAY + timedelta(days=29),
                by_days[29]: TODAY + timedelta(days=1),
            },
        )
        self.assertEqual(
            rule._lifecycle_coming(days=1), {by_days[29]: TODAY + timedelta(days=1)}
        )

    def test_date_rule_comes_when_odoo_finds_it(self):
        rules = [
            self._date_rule("last_purchase_date", 12),
            self._date_rule("due_date", 3, trg_date_range_mode="before"),
            self._date_rule("last_purchase_date", 36, trg_date_range_type="hour"),
            self._date_rule("last_purchase_date", 1, trg_date_range_type="month"),
            self._date_rule(
                "last_purchase_date",
                5,
                trg_date_calendar_id=self.company.resource_calendar_id.id,
            ),
        ]
        cards = self.Card.union(
            *[self._buyer(f"C{days}", days_ago=(days,)) for days in range(0, 40, 3)]
        )
        for rule in rules:
            with self.subTest(rule=rule.trg_date_range_type):
                expected = {}
                with freeze_time(f"{TODAY} 10:00:00"):
                    coming = rule._lifecycle_coming()
                rule.last_run = datetime.combine(TODAY, time(10))
                for ahead in range(31):
                    day = TODAY + timedelta(days=ahead)
                    until = datetime.combine(day, time(23, 59, 59))
                    found = rule._search_time_based_automation_records(until=until)
                    for card in found & cards:
                        expected.setdefault(card, day)
                    rule.last_run = until
                self.assertTrue(expected)
                self.assertEqual(coming, expected)

    def test_health_rule_comes_on_the_card_s_own_date(self):
        card = self._buyer("Slips", days_ago=(60, 45, 30, 15))
        for health, field in (("slipping", "slipping_date"), ("lapsed", "lapsed_date")):
            day = card[field]
            with self.subTest(health=health), freeze_time(day - timedelta(days=30)):
                rule = self._health_rule(health)
                self.refresh(card.partner_id, as_of=day - timedelta(days=30))
                self.assertEqual(rule._lifecycle_coming(), {card: day})
                self.assertFalse(rule._lifecycle_coming(days=29))

    def test_stage_rule_comes_when_the_card_moves(self):
        rule = self._rule({})
        card = self._buyer("Lapses", days_ago=(60, 45, 30, 15))
        day = card.lapsed_date
        with freeze_time(day - timedelta(days=3)):
            self.assertEqual(rule._lifecycle_coming(), {card: day})
            card.stage_pinned_until = day + timedelta(days=1)
            self.assertEqual(
                rule._lifecycle_coming(), {card: day + timedelta(days=2)}, "pinned"
            )
            card.stage_pinned_until = day + timedelta(days=60)
            self.assertEqual(rule._lifecycle_coming(), {}, "pinned for longer")

    def test_what_comes_is_what_then_happens(self):
        names = range(6)
        cards = self.Card.union(
            *[
                self._buyer(f"N{gap}", days_ago=[40 + gap * 7 * n for n in range(1, 5)])
                for gap in names
            ]
        )
        rules = [self._rule({}), *map(self._health_rule, ("due", "slipping"))]
        coming = {rule: rule._lifecycle_coming(days=60) for rule in rules}
        self.assertTrue(any(coming.values()))
        happened = {rule: {} for rule in rules}
        for ahead in range(1, 61):
            day = TODAY + timedelta(days=ahead)
            with freeze_time(day):
                self.refresh(*cards.partner_id, as_of=day)
            for outreach in self.Outreach.search([("lifecycle_id", "in", cards.ids)]):
                happened[outreach.automation_id].setdefault(outreach.lifecycle_id, day)
        self.assertEqual(coming, happened)

    def test_it_changes_nothing(self):
        card = self._buyer("Lapses", days_ago=(60, 45, 30, 15))
        rule = self._rule({})
        before = card.read()
        with freeze_time(card.lapsed_date - timedelta(days=1)):
            self.assertTrue(rule._lifecycle_coming())
        self.assertEqual(card.read(), before)
        self.assertFalse(self.Outreach.search([("lifecycle_id", "=", card.id)]))
