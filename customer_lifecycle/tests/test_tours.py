from ast import literal_eval
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestTours(HttpCase, CustomerLifecycleCommon):
    """The screens in a browser, as people use them.

    The browser has no other clock than the machine's: the days of these customers
    are counted back from the day of the test.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        today = fields.Date.today()
        cls.seller = cls._user("all", "Sally")
        cls.manager = cls._user("manager", "Mark")
        cls.growth = cls._customer("Tour Growth", is_company=True)
        cls.once = cls._customer("Tour Once")
        cls.fresh = cls._customer("Tour Fresh")
        for partner, days in ((cls.growth, 20), (cls.growth, 10), (cls.once, 5)):
            cls._purchase(partner, today - timedelta(days=days))
        cls.cards = cls.refresher._refresh(cls.company, (cls.growth | cls.once).ids)

    def test_kanban_by_stage_and_level(self):
        self.start_tour("/odoo", "customer_lifecycle_kanban", login=self.seller.login)
        self.assertRecordValues(
            self.card(self.growth),
            [
                {
                    "stage_id": self.stages["retention"].id,
                    "level_id": self.levels["product"].id,
                }
            ],
        )
        self.assertEqual(
            self.transitions(self.card(self.growth))[-1].create_uid, self.seller
        )
        self.assertRecordValues(
            self.card(self.fresh),
            [
                {
                    "inclusion": "added",
                    "stage_id": self.stages["conversion"].id,
                    "level_id": self.levels["product"].id,
                }
            ],
        )

    def test_empty_screen_explains(self):
        self.cards.unlink()
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self.start_tour("/odoo", "customer_lifecycle_empty", login=self.seller.login)

    def test_form_of_a_customer(self):
        self.start_tour("/odoo", "customer_lifecycle_form", login=self.seller.login)
        moves = self.transitions(self.card(self.growth))
        self.assertEqual(
            moves.mapped("move"), ["Growth", "Growth → Advocacy", "Advocacy → Growth"]
        )
        self.assertEqual(moves[1].note, "brought two colleagues")

    def test_manager_raises_a_level_with_a_reason(self):
        self.start_tour("/odoo", "customer_lifecycle_manager", login=self.manager.login)
        self.assertEqual(self.card(self.growth).level_id, self.levels["trust"])

    def test_every_view_opens(self):
        self.start_tour("/odoo", "customer_lifecycle_views", login=self.seller.login)

    def test_promises_are_made_and_decided(self):
        card = self.card(self.growth)
        card.message_post(body="They want a catalogue", message_type="comment")
        today = fields.Date.today()
        late = self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": card.id,
                "name": "Call back",
                "made_date": today - timedelta(days=9),
                "due_date": today - timedelta(days=2),
                "user_id": self.seller.id,
            }
        )
        self.start_tour("/odoo", "customer_lifecycle_promises", login=self.seller.login)
        self.assertRecordValues(
            late, [{"state": "kept", "closed_by_id": self.seller.id}]
        )
        self.assertEqual(
            set((card.promise_ids - late).mapped("name")),
            {"Send the samples", "Send the catalogue"},
        )

    def test_what_we_know_is_written_down_and_read_before_a_call(self):
        card = self.card(self.growth)
        script = "<img src=x onerror='window.lifecyclePwned=1'>"
        card.properties = {"cares": script}
        order = self._purchase(
            self.growth,
            fields.Date.today() - timedelta(days=4),
            lifecycle_need="Quiet machines",
            user_id=self.seller.id,
        )
        self.start_tour(
            "/odoo", "customer_lifecycle_knowledge", login=self.seller.login
        )
        self.assertEqual(card.properties["decider"], "Ana decides")
        self.assertEqual(card.properties["cares"], script)
        self.assertRecordValues(
            card.idea_ids, [{"name": "Order in October", "user_id": self.seller.id}]
        )
        self.assertEqual(order.lifecycle_need_state, "solved")

    def test_configuration_opens(self):
        self.start_tour(
            "/odoo", "customer_lifecycle_configuration", login=self.manager.login
        )

    def test_contact_is_logged(self):
        card = self.card(self.once)
        self.start_tour(
            "/odoo", "customer_lifecycle_contact_log", login=self.seller.login
        )
        self.assertEqual(card.last_contact_date, fields.Date.today())
        self.assertIn("They build a second hall", card.message_ids[:1].body)


@tagged("post_install", "-at_install")
class TestRelativeDaysTour(HttpCase, CustomerLifecycleCommon):
    """The editor of rules knows days relative to today."""

    def test_relative_day_is_edited(self):
        level = self.levels["relationship"]
        level.rule_domain = (
            "[('last_heard_date', '>=', 'today -120d'), ('setback_date', '=', False)]"
        )
        manager = self._user("manager", "Mark")
        self.start_tour(
            "/odoo", "customer_lifecycle_relative_days", login=manager.login
        )
        self.assertEqual(
            literal_eval(level.rule_domain),
            [
                "&",
                ("last_heard_date", ">=", "today -90d"),
                ("setback_date", "=", False),
            ],
        )
