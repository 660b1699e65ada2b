from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestFilters(CustomerLifecycleCommon):
    """Whom the filters of the customers' screen show."""

    def made(self, name, **columns):
        """Return a card with facts written as the refresh writes them."""
        card = self.Card.create({"partner_id": self._customer(name).id})
        self.env.flush_all()
        for column, value in columns.items():
            self.env.execute_query(
                SQL(
                    "UPDATE customer_lifecycle SET %s = %s WHERE id = %s RETURNING id",
                    SQL.identifier(column),
                    value,
                    card.id,
                )
            )
        card.invalidate_recordset()
        return card

    def found(self, name):
        """Return the names of the customers behind a filter."""
        arch = etree.fromstring(self.Card.get_view(view_type="search")["arch"])
        [domain] = arch.xpath(f"//filter[@name='{name}']/@domain")
        cards = self.Card.search(
            [*literal_eval(domain), ("company_id", "=", self.company.id)]
        )
        return set(cards.partner_id.mapped("name"))

    def test_due_this_week_are_those_due_within_seven_days_before_and_after(self):
        for days in (-7, -6, 0, 6, 7):
            self.made(
                f"in {days}",
                health="due" if days < 1 else "on_rhythm",
                due_date=TODAY + timedelta(days=days),
            )
        self.made("slips", health="slipping", due_date=TODAY - timedelta(days=9))
        self.made("gone", health="lapsed", due_date=TODAY - timedelta(days=90))
        self.made("new")
        self.assertEqual(self.found("due_this_week"), {"in -6", "in 0", "in 6"})
        self.assertEqual(self.found("due"), {"in -7", "in -6", "in 0"})
        self.assertEqual(self.found("slipping"), {"slips"})
        self.assertEqual(self.found("lapsed"), {"gone"})

    def test_expected_again_later(self):
        for days in (-1, 0, 1):
            self.made(f"in {days}", expected_again_date=TODAY + timedelta(days=days))
        self.assertEqual(self.found("expected_later"), {"in 1"})

    def test_most_at_stake_comes_first(self):
        for view_type in ("kanban", "list"):
            with self.subTest(view_type=view_type):
                arch = etree.fromstring(self.Card.get_view(view_type=view_type)["arch"])
                self.made(f"{view_type} little", amount_at_stake=10, amount_year=900)
                self.made(f"{view_type} much", amount_at_stake=500, amount_year=20)
                self.made(f"{view_type} nothing", amount_at_stake=0, amount_year=50)
                cards = self.Card.search(
                    [("partner_id.name", "=like", f"{view_type} %")],
                    order=arch.get("default_order"),
                )
                self.assertEqual(
                    [name.split()[1] for name in cards.partner_id.mapped("name")],
                    ["much", "little", "nothing"],
                )
