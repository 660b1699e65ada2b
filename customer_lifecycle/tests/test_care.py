from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_contacts import ContactsCommon, days_ago


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestCare(ContactsCommon):
    """When the next contact with a customer is due."""

    def setUp(self):
        super().setUp()
        self.levels["product"].care_days = 45
        self.card_ = self.refresh(self.customer)
        self.card_.level_id = self.levels["product"]

    def _spoken(self, days):
        self._post(self.order, self.person, days)
        self.refresh(self.customer)
        return self.card_

    def assertFound(self, *domains):
        for domain in domains:
            self.assertIn(self.card_, self.Card.search(domain), domain)

    def assertNotFound(self, *domains):
        for domain in domains:
            self.assertNotIn(self.card_, self.Card.search(domain), domain)

    # ----------------------------------------------------------------------- the day

    def test_contact_is_due_after_the_days_of_the_level(self):
        self.assertEqual(self._spoken(52).care_date, days_ago(7))

    def test_contact_with_any_person_moves_it(self):
        self._spoken(52)
        self._post(self.person, self.seller.partner_id, 1)
        self.refresh(self.customer)
        self.assertEqual(self.card_.care_date, TODAY + timedelta(days=44))

    def test_without_contact_the_first_touch_counts(self):
        self.assertEqual(self.card_.care_date, days_ago(300 - 45))

    def test_level_changes_it_at_once(self):
        self._spoken(52)
        self.levels["product"].care_days = 90
        self.assertEqual(self.card_.care_date, days_ago(52 - 90))
        self.levels["product"].care_days = 0
        self.assertFalse(self.card_.care_date)

    # --------------------------------------------------------------------- searching

    def test_search_says_the_same_as_the_field(self):
        due = self._spoken(52).care_date
        before, after = due - timedelta(days=1), due + timedelta(days=1)
        self.assertFound(
            [("care_date", "=", due)],
            [("care_date", "<", after)],
            [("care_date", ">", before)],
            [("care_date", "<", "today")],
            [("care_date", "!=", False)],
            [("care_date", "in", [due, after])],
            [("care_date", "not in", [after])],
        )
        self.assertNotFound(
            [("care_date", "=", after)],
            [("care_date", "<", due)],
            [("care_date", ">", due)],
            [("care_date", "=", False)],
            [("care_date", "!=", due)],
        )

    def test_level_without_days_has_none(self):
        self.levels["product"].care_days = 0
        self.assertFound([("care_date", "=", False)])
        self.assertNotFound([("care_date", "<", "2100-01-01")])

    def test_lists_are_sorted_by_it(self):
        self._spoken(3)
        other = self._customer("Sooner")
        self._purchase(other, 20)
        self._post(other, self.seller.partner_id, 10)
        sooner = self.refresh(other)
        sooner.level_id = self.levels["product"]
        cards = self.Card.search(
            [("id", "in", (sooner + self.card_).ids)], order="care_date"
        )
        self.assertEqual(list(cards), [sooner, self.card_])
        self.assertTrue(self.Card.fields_get(["care_date"])["care_date"]["sortable"])
        months = self.Card._read_group(
            [("id", "=", self.card_.id)], ["care_date:month"], ["__count"]
        )
        self.assertEqual(months, [(self.card_.care_date.replace(day=1), 1)])

    def test_automations_can_follow_it(self):
        """Odoo's "Based on date field" searches between two runs."""
        self._spoken(52)
        self.assertFound(
            [
                ("care_date", ">=", str(days_ago(7))),
                ("care_date", "<", str(days_ago(6))),
            ]
        )

    # ---------------------------------------------------------------------- sentence

    def test_sentence_says_when_and_how_often(self):
        cases = {
            52: "Last spoken 52 days ago; every 45 days at this level.",
            1: "Last spoken yesterday; every 45 days at this level.",
            0: "Last spoken today; every 45 days at this level.",
        }
        for days, sentence in cases.items():
            self.assertEqual(self._spoken(days).care_sentence, sentence)

    def test_sentence_of_every_day_is_in_the_singular(self):
        self.levels["product"].care_days = 1
        self.assertEqual(
            self.card_.care_sentence,
            "Nobody has spoken with this customer yet; every day at this level.",
        )
        self.assertEqual(
            self._spoken(2).care_sentence,
            "Last spoken 2 days ago; every day at this level.",
        )

    def test_sentence_without_contact_or_rhythm(self):
        self.assertEqual(
            self.card_.care_sentence,
            "Nobody has spoken with this customer yet; every 45 days at this level.",
        )
        self.levels["product"].care_days = 0
        self.assertEqual(
            self.card_.care_sentence, "Nobody has spoken with this customer yet."
        )
        self.assertEqual(self._spoken(3).care_sentence, "Last spoken 3 days ago.")
