from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_promises import YESTERDAY
from .common_today import TodayCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestTodayAccess(TodayCommon):
    """Everybody has a list of their own; a manager can see everybody's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls._user("own", "Colin")
        cls.foreign = cls._another("Foreign", user=cls.colleague)
        cls.free = cls._another("Free", user=False)
        cls.of_team = cls._another("Of Team", user=False)
        cls.of_team.team_id = cls.team
        cls.cards = cls.acme | cls.foreign | cls.free | cls.of_team
        for card in cls.cards:
            cls._promise(YESTERDAY, card)

    def listed(self, user, **domain):
        domain = [(name, "=", value) for name, value in domain.items()]
        lines = self.Today.with_user(user).search(
            [("id", "in", self.cards.ids)] + domain
        )
        return lines.lifecycle_id.sudo()

    def test_seller_sees_own_and_unassigned(self):
        self.assertEqual(
            set(self.listed(self.seller)), set(self.acme | self.free | self.of_team)
        )
        self.assertEqual(self.listed(self.seller, is_mine=True), self.acme)

    def test_leader_has_the_unassigned_of_the_team(self):
        leader = self._user("all", "Leo")
        self.team.user_id = leader
        self.assertEqual(self.listed(leader, is_mine=True), self.of_team)
        self.assertEqual(set(self.listed(leader)), set(self.cards))

    def test_manager_has_all_unassigned_and_sees_everybody(self):
        self.assertEqual(
            set(self.listed(self.leader, is_mine=True)), set(self.free | self.of_team)
        )
        self.assertEqual(
            set(self.listed(self.leader, is_mine=False)),
            set(self.acme | self.foreign),
        )
        groups = self.Today.with_user(self.leader)._read_group(
            [("id", "in", self.cards.ids)], ["user_id"], ["__count"]
        )
        self.assertEqual(
            dict(groups),
            {self.seller: 1, self.colleague: 1, self.env["res.users"]: 2},
        )

    def test_mine_is_said_of_each_line(self):
        lines = self.Today.with_user(self.seller).browse(self.acme.ids + self.free.ids)
        self.assertEqual(lines.mapped("is_mine"), [True, False])

    def test_others_have_no_list(self):
        for role in ("none", "portal"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.Today.with_user(self._user(role)).search([])

    def test_other_company_is_not_listed(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.seller.company_ids |= other
        lines = self.Today.with_user(self.seller).with_context(
            allowed_company_ids=other.ids
        )
        self.assertFalse(lines.search([]))

    def test_card_of_a_colleague_is_neither_done_nor_snoozed(self):
        done = self.env["customer.lifecycle.today.done"].with_user(self.seller)
        with self.assertRaises(AccessError):
            done.create({"lifecycle_id": self.foreign.id}).action_done()
        snoozing = self.env["customer.lifecycle.today.snoozing"].with_user(self.seller)
        with self.assertRaises(AccessError):
            snoozing.create(
                {"lifecycle_ids": [(6, 0, self.foreign.ids)]}
            ).action_tomorrow()
        lines = self.Today.with_user(self.seller).browse(self.foreign.id)
        with self.assertRaises(AccessError):
            lines.action_unsnooze()
        self.assertFalse(self.foreign.snoozed_until)
        self.assertFalse(self.foreign.message_ids.mail_activity_type_id)

    def test_lines_cannot_be_written(self):
        with self.assertRaises(AccessError):
            self.Today.with_user(self.leader).browse(self.acme.id).write(
                {"urgency": 100}
            )

    # --------------------------------------------------------------------- the screen

    def test_app_opens_on_today_where_something_waits(self):
        def screen(user):
            action = self.env.ref("customer_lifecycle.customer_lifecycle_action_app")
            return action.with_user(user).run()["res_model"]

        self.assertEqual(screen(self.seller), "customer.lifecycle.today")
        self.acme._snooze(TODAY + timedelta(days=2), {self.acme.id: 100})
        self.assertEqual(screen(self.seller), "customer.lifecycle")

    def test_empty_list_says_why(self):
        def explained(user):
            return self.Today.with_user(user).get_empty_list_help("Nothing waits")

        self.assertIn("Nothing waits", explained(self.seller))
        self.assertIn("No customer is yours yet", explained(self._user("own", "Newt")))
