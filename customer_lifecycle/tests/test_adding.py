from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerLifecycleCommon
from .test_moves import PINNED_UNTIL


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestAdding(CustomerLifecycleCommon):
    """Customers added by hand or from a file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        cls.seller = cls._user("own", "Sally")
        cls.customer = cls._customer("Acme", is_company=True)
        cls.growth, cls.retention = cls.stages["growth"], cls.stages["retention"]

    def _add(self, *partners, context=None, **values):
        """Add contacts as the salesperson."""
        cards = self.Card.with_user(self.seller).with_context(**(context or {}))
        return cards.create(
            [{"partner_id": partner.id, **values} for partner in partners]
        )

    def test_contact_without_history_is_in_the_first_stage(self):
        card = self._add(self.customer)
        self.assertRecordValues(
            card,
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "inclusion": "added",
                    "active": True,
                    "stage_id": self.stages["acquisition"].id,
                    "level_id": self.levels["product"].id,
                    "health": "unknown",
                    "pinned_until": False,
                }
            ],
        )

    def test_contact_with_history_is_where_the_rules_see_it(self):
        self._purchases(self.customer, 20, 10)
        card = self._add(self.customer)
        self.assertRecordValues(
            card,
            [
                {
                    "purchase_count": 2,
                    "stage_id": self.growth.id,
                    "level_id": self.levels["solution"].id,
                    "health": "on_rhythm",
                }
            ],
        )
        moves = self.transitions(card)
        self.assertEqual(moves.to_stage_id, self.growth)
        self.assertFalse(moves.is_silent)

    def test_contact_person_stands_for_its_company(self):
        person = self._customer("Ada", parent_id=self.customer.id)
        card = self._add(person)
        self.assertEqual(card.partner_id, self.customer)

    def test_added_supplier_stays_in(self):
        self.customer.supplier_rank = 1
        card = self._add(self.customer)
        self.refresh(self.customer)
        self.assertTrue(card.active)

    def test_chosen_stage_is_kept_for_the_days_in_settings(self):
        card = self._add(self.customer, stage_id=self.retention.id)
        self.assertEqual(card.stage_id, self.retention)
        self.assertEqual(card.stage_pinned_until, PINNED_UNTIL)
        self.assertEqual(
            self.transitions(card).mapped("move"),
            ["Acquisition", "Acquisition → Retention"],
        )
        self.assertEqual(self.transitions(card)[-1].cause, "manual")
        self.refresh(self.customer)
        self.assertEqual(card.stage_id, self.retention)

    def test_stage_of_the_kanban_column_is_kept(self):
        card = self._add(self.customer, context={"default_stage_id": self.retention.id})
        self.assertEqual(card.stage_id, self.retention)
        self.assertEqual(card.stage_pinned_until, PINNED_UNTIL)
        self.assertEqual(self.transitions(card)[-1].cause, "manual")

    def test_column_where_the_rules_see_it_anyway_pins_nothing(self):
        card = self._add(
            self.customer,
            context={"default_stage_id": self.stages["acquisition"].id},
        )
        self.assertEqual(card.stage_id, self.stages["acquisition"])
        self.assertFalse(card.stage_pinned_until)
        self.assertEqual(self.transitions(card).cause, "facts")

    def test_first_column_says_nothing_of_a_customer_with_history(self):
        customer = self._customer("From New")
        self._purchases(customer, 40, 10)
        card = self.Card.with_context(
            default_stage_id=self.stages["acquisition"].id
        ).create({"partner_id": customer.id})
        self.assertEqual(card.stage_id, self.stages["growth"])
        self.assertFalse(card.stage_pinned_until)

    def test_level_beyond_the_evidence_is_refused_when_adding_too(self):
        trust = self.levels["trust"].id
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._add(self.customer, level_id=trust)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._add(self.customer, context={"default_level_id": trust})

    def test_health_cannot_be_chosen(self):
        card = self._add(self.customer, health="lapsed")
        self.assertEqual(card.health, "unknown")
        other = self._customer("Other")
        card = self._add(other, context={"default_health": "lapsed"})
        self.assertEqual(card.health, "unknown")

    def test_chosen_salesperson_stays_over_refreshes(self):
        colleague = self._user("own", "Colin")
        card = self.Card.create(
            {"partner_id": self.customer.id, "user_id": colleague.id}
        )
        self.assertEqual(card.user_id, colleague)
        self._purchase(self.customer, 3, user_id=self.seller.id)
        self.refresh(self.customer)
        self.assertEqual(card.user_id, colleague)

    def test_salesperson_of_the_kanban_column_stays_over_refreshes(self):
        card = self._add(self.customer, context={"default_user_id": self.seller.id})
        self.refresh(self.customer)
        self.assertEqual(card.user_id, self.seller)

    def test_several_at_once_have_a_card_each(self):
        other, person = self._customer("Other"), self._customer("Person")
        self._purchase(other, 3)
        cards = self._add(self.customer, other, person)
        self.assertEqual(
            [card.stage_id.code for card in cards],
            ["acquisition", "conversion", "acquisition"],
        )
        self.assertEqual(cards.partner_id, self.customer | other | person)

    def test_same_customer_twice_at_once_is_refused(self):
        person = self._customer("Ada", parent_id=self.customer.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._add(self.customer, person)

    def test_customer_with_a_card_leads_to_the_card(self):
        card = self._add(self.customer)
        person = self._customer("Ada", parent_id=self.customer.id)
        with self.assertRaises(RedirectWarning) as refused:
            self._add(person)
        message, action, *_rest = refused.exception.args
        self.assertEqual(message, "Acme already has a card.")
        self.assertEqual((action["res_model"], action["res_id"]), (card._name, card.id))

    def test_archived_card_is_said_to_be_archived(self):
        self._add(self.customer).action_archive()
        with self.assertRaises(RedirectWarning) as refused:
            self._add(self.customer)
        self.assertIn("archived", refused.exception.args[0])

    def test_card_of_a_colleague_is_only_named(self):
        colleague = self._user("own", "Colin")
        self.Card.create({"partner_id": self.customer.id, "user_id": colleague.id})
        with self.assertRaises(UserError) as refused:
            self._add(self.customer)
        self.assertNotIsInstance(refused.exception, RedirectWarning)
        self.assertEqual(str(refused.exception), "Acme already has a card.")

    def test_quick_create_form_needs_the_contact_only(self):
        form = Form(
            self.Card.with_user(self.seller),
            view="customer_lifecycle.customer_lifecycle_view_form_quick_create",
        )
        form.partner_id = self.customer
        card = form.save()
        self.assertEqual(card.partner_id, self.customer)
        self.assertEqual(card.stage_id, self.stages["acquisition"])

    def test_values_of_the_caller_are_left_alone(self):
        person = self._customer("Ada", parent_id=self.customer.id)
        values = {"partner_id": person.id, "stage_id": self.retention.id}
        self.Card.create(values)
        self.assertEqual(
            values, {"partner_id": person.id, "stage_id": self.retention.id}
        )

    # ------------------------------------------------------------------- from a file

    def test_imported_cards_arrive_silently(self):
        self._purchases(self.customer, 20, 10)
        card = self._import("customer.lifecycle", ["partner_id"], [["Acme"]])
        self.assertEqual(card.stage_id, self.growth)
        self.assertTrue(card.transition_ids)
        self.assertTrue(all(card.transition_ids.mapped("is_silent")))

    def test_imported_stage_is_kept_and_silent(self):
        card = self._import(
            "customer.lifecycle", ["partner_id", "stage_id"], [["Acme", "Retention"]]
        )
        self.assertEqual(card.stage_id, self.retention)
        self.assertEqual(card.stage_pinned_until, PINNED_UNTIL)
        self.assertTrue(all(card.transition_ids.mapped("is_silent")))

    def test_imported_update_moves_silently(self):
        card = self._add(self.customer)
        self._import(
            "customer.lifecycle", [".id", "stage_id"], [[str(card.id), "Retention"]]
        )
        self.assertEqual(card.stage_id, self.retention)
        self.assertTrue(self.transitions(card)[-1].is_silent)
        self.assertEqual(self.transitions(card)[-1].date, TODAY)
