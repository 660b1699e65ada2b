import re
from datetime import timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tools.model import Population

from .common import TODAY
from .test_reason import ReasonCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestReasonFromForecast(ReasonCommon):
    """What the forecast and the fit of the company add to the sentences of cards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fit = cls.env["customer.lifecycle.fit"].create(
            {
                "company_id": cls.company.id,
                "date": TODAY,
                "state": "fitted",
                "is_used": True,
                "parameters": Population.default(30.0).to_dict(),
                "customer_count": 50,
                "repeat_count": 40,
                "sample_count": 50,
                "lost_count": 12,
                "lost_warned_count": 9,
                "passed_lapsed_count": 36,
                "passed_lapsed_back_count": 3,
            }
        )
        cls.company.lifecycle_fit_id = cls.fit
        cls.customer = cls._customer()

    def card_with_rhythm(self):
        """Return the card of a customer who bought every 30 days."""
        self._purchases(self.customer, *range(240, 0, -30))
        return self.refresh(self.customer)

    def reason_on(self, card, day):
        """Return the sentence that is read on a day, and nothing else happens."""
        with freeze_time(f"{day} 12:00:00"):
            card.invalidate_recordset()
            return card.reason

    def test_rarity_of_the_pause_grows_by_the_day_without_a_new_reading(self):
        card = self.card_with_rhythm()
        first = card.slipping_date
        self.refresh(self.customer, as_of=first)
        self.assertEqual(card.health, "slipping")
        written = card.write_date
        shown = self.reason_on(card, first)
        self.assertRegex(
            shown,
            r"^\d\d days since the last purchase\. With this rhythm, only 1 pause in "
            r"\d+ is that long\. 9 of the 12 customers you lost had passed this "
            r"point\.$",
        )
        later = self.reason_on(card, first + timedelta(days=12))
        self.assertGreater(self.rarity(later), self.rarity(shown))
        self.assertEqual(card.write_date, written)
        self.assertEqual(self.transitions(card, "health")[-1].reason, shown)

    def rarity(self, sentence):
        """Return the number of pauses of which one is as long, as a sentence says."""
        return int(re.search(r"only 1 pause in (\d+)", sentence)[1])

    def test_lapsed_tells_how_many_came_back(self):
        card = self.card_with_rhythm()
        self.refresh(self.customer, as_of=card.lapsed_date)
        self.assertRegex(
            self.reason_on(card, card.lapsed_date),
            r"^No purchase for \d+ days\. Of customers with such a pause, 1 in 12 came "
            r"back\.$",
        )

    def test_first_purchase_tells_how_many_buy_again_in_the_days_of_the_company(self):
        self._purchase(self.customer, 9)
        card = self.refresh(self.customer)
        self.assertRegex(
            card.reason,
            r"^First purchase 9 days ago\. [2-9] in 10 buy again within 90 days\.$",
        )
        self.company.lifecycle_horizon_days = 365
        card.invalidate_recordset()
        self.assertRegex(card.reason, r" buy again within 365 days\.$")

    def test_one_purchase_long_ago_tells_the_chance_of_now(self):
        self._purchase(self.customer, 60)
        card = self.refresh(self.customer)
        self.assertEqual(card.health, "due")
        self.assertRegex(
            card.reason,
            r"^Bought once, 60 days ago\. [1-9] in 10 such customers comes? back "
            r"within 90 days\.$",
        )

    def test_fit_on_few_customers_says_nothing_of_others(self):
        self._purchase(self.customer, 9)
        card = self.refresh(self.customer)
        few = "One purchase so far: too few to know a rhythm."
        for values in ({"customer_count": 9}, {"state": "default"}):
            with self.subTest(values=values):
                self.fit.write({"customer_count": 50, "state": "fitted"} | values)
                card.invalidate_recordset()
                self.assertEqual(card.reason, few)
        self.company.lifecycle_fit_id = False
        card.invalidate_recordset()
        self.assertEqual(card.reason, few)

    def test_expected_again_is_said_until_that_day(self):
        card = self.card_with_rhythm()
        card.expected_again_date = TODAY + timedelta(days=60)
        self.refresh(self.customer)
        self.assertEqual(card.health, "on_rhythm")
        self.assertEqual(
            card.reason,
            "Expected again on 05/15/2026: not due before then. Last bought 30 days "
            "ago.",
        )
        self._purchase(self.customer, 0)
        self.refresh(self.customer)
        self.assertIn("Expected again", card.reason)
        card.expected_again_date = TODAY
        self.refresh(self.customer)
        self.assertNotIn("xpected again", card.reason)

    def test_salesperson_reads_the_figures(self):
        card = self.card_with_rhythm()
        self.refresh(self.customer, as_of=card.slipping_date)
        seller = self._user("own")
        self.assertIn("9 of the 12 customers", card.with_user(seller).reason)

    def test_salesperson_adds_a_customer_and_lets_the_rules_decide(self):
        self._purchase(self.customer, 9)
        seller = self._user("own")
        self.env.invalidate_all()
        card = self.Card.with_user(seller).create({"partner_id": self.customer.id})
        self.env.invalidate_all()
        self.assertRegex(card.reason, "in 10 buy again within 90 days")
        card.action_unpin()
        self.assertEqual(card.regularity, "unknown")
