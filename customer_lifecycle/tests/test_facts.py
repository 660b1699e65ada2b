from datetime import date, datetime, timedelta

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.customer_lifecycle.models.customer_lifecycle_purchase import Scope

from .common import TODAY, CustomerLifecycleCommon


def days_ago(days):
    return TODAY - timedelta(days=days)


class FactsCommon(CustomerLifecycleCommon):
    """One customer, and the values of its card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(is_company=True)
        cls.person = cls._customer("Person", parent_id=cls.customer.id)

    def assertCard(self, customer=None, **values):
        self.assertRecordValues(self.refresh(customer or self.customer), [values])

    @classmethod
    def _lead_on(cls, day, **values):
        """Create an opportunity of the customer as of a day."""
        lead = cls._lead(cls.customer, **values)
        lead.flush_recordset()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s", [day, lead.id]
        )
        return lead


@tagged("post_install", "-at_install")
class TestFacts(FactsCommon):
    """The figures of a card, and where each comes from."""

    # ---------------------------------------------------------------------- purchases

    def test_first_and_last_purchase_span_the_days_as_a_buyer(self):
        self._purchases(self.customer, 50, 5, 31)
        self.assertCard(
            first_purchase_date=days_ago(50),
            last_purchase_date=days_ago(5),
            purchase_span_days=45,
        )

    def test_interval_is_the_mean_of_the_pauses(self):
        self._purchases(self.customer, 50, 5, 31)
        self.assertCard(interval_days=22.5, purchase_count=3)

    def test_one_purchase_has_no_interval(self):
        self._purchases(self.customer, 50)
        self.assertCard(interval_days=0, purchase_span_days=0)

    def test_average_is_by_purchase_and_not_by_order(self):
        self._purchase(self.customer, 9, amount=10)
        self._purchase(self.customer, 9, amount=20)
        self._purchase(self.customer, 4, amount=31)
        self.assertCard(amount_average=30.5, amount_total=61)

    # ----------------------------------------------------- quotations, opportunities

    def test_open_quotations_are_counted_from_the_oldest(self):
        self._quotation(self.customer, at=days_ago(3))
        self._quotation(self.person, at=days_ago(8)).action_quotation_sent()
        self._quotation(self.customer, at=days_ago(20))._action_cancel()
        self._purchase(self.customer, 30)
        self.assertCard(quotation_count=2, oldest_quotation_date=days_ago(8))

    def test_confirmed_quotation_is_not_open(self):
        self._quotation(self.customer, at=days_ago(3)).action_confirm()
        self.assertCard(quotation_count=0, oldest_quotation_date=False)

    def test_oldest_quotation_is_a_day_of_the_company(self):
        self.company.lifecycle_tz = "Europe/Madrid"
        self._quotation(self.customer, at=datetime(2026, 3, 9, 23, 30))
        self.assertCard(oldest_quotation_date=date(2026, 3, 10))

    def test_only_open_opportunities_are_expected(self):
        self._lead(self.customer, expected_revenue=1000)
        self._lead(self.person, expected_revenue=500.5)
        self._lead(self.customer, expected_revenue=70, type="lead")
        self._lead(self.customer, expected_revenue=7000).action_set_lost()
        self._lead(self.customer, expected_revenue=7000).action_set_won()
        self._lead(self.customer, expected_revenue=7000).active = False
        self.assertCard(opportunity_count=2, opportunity_amount=1500.5)

    def test_opportunity_of_another_company_is_not_expected(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._lead(self.customer, expected_revenue=1000)
        self._lead(
            self.customer, expected_revenue=50, company_id=other.id, user_id=False
        )
        self.assertCard(opportunity_count=1, opportunity_amount=1000)

    def test_lead_without_company_belongs_to_that_of_its_salesperson(self):
        self._lead(self.customer, company_id=False, user_id=self.env.uid, team_id=False)
        self.assertCard(opportunity_count=1)

    # -------------------------------------------------------------------- first touch

    def _touch(self, name):
        """Return a source, a medium and a campaign as values."""
        return {
            f"{kind}_id": self.env[f"utm.{kind}"].create({"name": f"{name} {kind}"}).id
            for kind in ("source", "medium", "campaign")
        }

    def test_first_touch_is_the_earliest_of_leads_and_orders(self):
        fair, letter = self._touch("Fair"), self._touch("Letter")
        self._purchase(self.customer, 60, **letter)
        self._lead_on(days_ago(90), **fair)
        self.assertCard(first_touch_date=days_ago(90), **fair)

    def test_first_touch_of_an_order_before_the_lead(self):
        fair, letter = self._touch("Fair"), self._touch("Letter")
        self._purchase(self.person, 60, **letter)
        self._lead_on(days_ago(30), **fair)
        self.assertCard(first_touch_date=days_ago(60), **letter)

    def test_first_touch_stays_that_of_a_lost_lead(self):
        fair = self._touch("Fair")
        self._lead_on(days_ago(90), **fair).action_set_lost()
        self._purchase(self.customer, 60)
        self.assertCard(first_touch_date=days_ago(90), **fair)

    def test_first_touch_without_source_is_not_filled_by_a_later_one(self):
        self._lead_on(days_ago(90))
        self._purchase(self.customer, 60, **self._touch("Letter"))
        self.assertCard(
            first_touch_date=days_ago(90),
            source_id=False,
            medium_id=False,
            campaign_id=False,
        )

    def test_first_touch_is_a_day_of_the_company(self):
        self.company.lifecycle_tz = "Europe/Madrid"
        self._lead_on(datetime(2026, 3, 9, 23, 30))
        self.assertCard(first_touch_date=date(2026, 3, 10))

    # ------------------------------------------------------------- needs, referrals

    def test_needs_of_confirmed_orders_are_counted(self):
        self._purchase(self.customer, 5, lifecycle_need="Save time")
        self._purchase(self.customer, 4, lifecycle_need="")
        self._purchase(self.customer, 3)
        self._quotation(self.customer, lifecycle_need="Save money")
        self._purchase(self.person, 2, lifecycle_need="Sleep")._action_cancel()
        self._purchase(self.person, 2, lifecycle_need="Sleep well")
        self.assertCard(need_count=2)

    def _friend(self, name="Friend", **values):
        return self._customer(name, lifecycle_referred_by_id=self.customer.id, **values)

    def test_referral_counts_once_the_friend_has_bought(self):
        self._purchases(self.customer, 40)
        friend = self._friend()
        self._quotation(friend)
        self.assertCard(referral_count=0)
        self._purchases(friend, 5, 3)
        self.assertCard(referral_count=1, stage_id=self.stages["advocacy"].id)

    def test_referral_to_a_contact_counts_for_its_company(self):
        self._purchases(self.customer, 40)
        friend = self._customer("A", lifecycle_referred_by_id=self.person.id)
        self._purchases(friend, 5)
        self.assertCard(referral_count=1)

    def test_two_contacts_of_one_friend_are_one_referral(self):
        self._purchases(self.customer, 40)
        friend = self._friend(is_company=True)
        clerk = self._friend("Clerk", parent_id=friend.id)
        self._purchases(clerk, 5)
        self.assertCard(referral_count=1)

    def test_friend_whose_purchase_is_still_ahead_does_not_count(self):
        self._purchases(self.customer, 40)
        self._purchase(self._friend(), TODAY + timedelta(days=1))
        self.assertCard(referral_count=0)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=1))
        self.assertEqual(self.card(self.customer).referral_count, 1)

    def test_friend_of_another_company_does_not_count(self):
        self._purchases(self.customer, 40)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        friend = self._friend()
        self._purchase(friend.with_company(other), 5, company_id=other.id)
        self.assertCard(referral_count=0)


@tagged("post_install", "-at_install")
class TestOwners(FactsCommon):
    """Who looks after a customer: the contact's, the latest order's, the lead's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_salesman"
        cls.ann, cls.bob, cls.eve = (
            new_test_user(
                cls.env,
                login=login,
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login in ("lifecycle_ann", "lifecycle_bob", "lifecycle_eve")
        )
        cls.team, cls.other_team = cls.env["crm.team"].create(
            [
                {"name": name, "company_id": cls.company.id}
                for name in ("Lifecycle North", "Lifecycle South")
            ]
        )

    def _owned(self, days, user=None, team=None):
        """Create an order of a salesperson and a team."""
        order = self._purchase(self.customer, days)
        order.write(
            {"user_id": user and user.id or False, "team_id": team and team.id or False}
        )
        return order

    def assertOwner(self, user, team=None):
        card = self.refresh(self.customer)
        self.assertEqual(card.user_id, user or self.env["res.users"])
        if team is not None:
            self.assertEqual(card.team_id, team)

    def test_salesperson_is_that_of_the_contact_first(self):
        self.customer.user_id = self.ann
        self._owned(5, self.bob)
        self._lead(self.customer, user_id=self.eve.id)
        self.assertOwner(self.ann)

    def test_salesperson_is_that_of_the_latest_order_next(self):
        self._owned(5, self.bob, self.team)
        self._owned(9, self.eve, self.other_team)
        self._lead(self.customer, user_id=self.eve.id)
        self.assertOwner(self.bob, self.team)

    def test_salesperson_is_that_of_the_latest_lead_last(self):
        self._owned(5)
        self._lead(self.customer, user_id=self.bob.id, team_id=self.other_team.id)
        self._lead(self.customer, user_id=self.eve.id, team_id=self.team.id)
        self.assertOwner(self.eve, self.team)

    def test_order_without_salesperson_is_passed_over(self):
        self._owned(5)
        self._owned(9, self.bob, self.team)
        self.assertOwner(self.bob, self.team)

    def test_cancelled_order_says_nothing_about_the_salesperson(self):
        self._owned(9, self.bob)
        self._owned(5, self.eve)._action_cancel()
        self.assertOwner(self.bob)

    def test_nobody_looks_after_a_customer_without_salespeople(self):
        self._owned(5)
        self.assertOwner(None, self.env["crm.team"])

    def test_inactive_user_does_not_count(self):
        self.customer.user_id = self.ann
        self._owned(5, self.bob)
        self.ann.active = False
        self.assertOwner(self.bob)

    def test_portal_user_does_not_count(self):
        portal = new_test_user(
            self.env, login="lifecycle_portal", groups="base.group_portal"
        )
        portal.write(
            {
                "company_ids": [Command.link(self.company.id)],
                "company_id": self.company.id,
            }
        )
        order = self._owned(5, self.bob)
        self._owned(3, self.eve).user_id = portal
        self.assertTrue(order)
        self.assertOwner(self.bob)

    def test_user_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="lifecycle_stranger",
            groups="sales_team.group_sale_salesman",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.customer.user_id = stranger
        self._owned(5, self.bob)
        self.assertOwner(self.bob)

    def test_salesperson_chosen_on_the_card_stays(self):
        self._owned(5, self.bob)
        card = self.refresh(self.customer)
        card.user_id = self.eve
        self._owned(1, self.ann)
        self.assertOwner(self.eve)

    def test_card_freed_by_hand_follows_the_facts_again(self):
        self._owned(5, self.bob)
        card = self.refresh(self.customer)
        card.user_id = self.eve
        card.user_id = False
        self.assertOwner(self.bob)

    def test_salesperson_set_on_the_contact_outranks_the_card(self):
        self._owned(5, self.bob)
        self.refresh(self.customer).user_id = self.eve
        self.customer.user_id = self.ann
        self.assertOwner(self.ann)


@tagged("post_install", "-at_install")
class TestSecondRun(FactsCommon):
    """Facts are written only where they differ."""

    OLD = datetime(2001, 1, 1)

    def _history(self):
        """Have one customer of each kind of fact."""
        self._purchases(self.customer, 400, 100, 12)
        self._purchase(self.person, 12, amount=0.07)
        self._quotation(self.customer)
        self._lead(self.customer, expected_revenue=33.333)
        friend = self._customer("F", lifecycle_referred_by_id=self.customer.id)
        self._purchases(friend, 3)
        return self.customer + friend

    def _upsert(self, customers, as_of=TODAY):
        """Run the statement alone; return what it wrote."""
        self.env.flush_all()
        scope = self.env["customer.lifecycle.forecast"]._forecast(
            Scope(self.company, customers._ids, as_of)
        )
        facts = self.env["customer.lifecycle.facts"]
        return self.env.execute_query(facts._facts_upsert_sql(scope, self.env.uid))

    def test_second_run_writes_no_row(self):
        customers = self._history()
        self.assertEqual(len(self._upsert(customers)), 2)
        self.assertEqual(self._upsert(customers), [])

    def test_second_run_leaves_the_write_date(self):
        customers = self._history()
        cards = self.refresh(*customers)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_lifecycle SET write_date = %s WHERE id = ANY(%s)",
            [self.OLD, cards.ids],
        )
        transitions = cards.transition_ids
        self.env.invalidate_all()
        self.refresh(*customers)
        self.env.flush_all()
        self.assertEqual(cards.mapped("write_date"), [self.OLD] * 2)
        self.assertEqual(cards.transition_ids, transitions)

    def test_run_after_a_purchase_writes_that_row_only(self):
        customers = self._history()
        cards = self.refresh(*customers)
        self._purchase(self.customer, 1)
        self.assertEqual(self._upsert(customers), [(cards[0].id,)])
        self.assertEqual(cards[0].partner_id, self.customer)
