from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestAutomation(CustomerLifecycleCommon):
    """Odoo's own automation rules in answer to moves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("own", "Sally")
        cls.customer = cls._customer("Acme")
        cls._purchases(cls.customer, 20, 10)
        cls.moved = cls.refresher._refresh(
            cls.company, cls.customer.ids, is_silent=True
        )
        cls.growth, cls.retention = cls.stages["growth"], cls.stages["retention"]

    def _automate(self, stage, code, **values):
        """Run ``code`` whenever a card is set to a stage."""
        model = self.env["ir.model"]._get("customer.lifecycle")
        return self.env["base.automation"].create(
            {
                "name": f"Into {stage.name}",
                "model_id": model.id,
                "trigger": "on_stage_set",
                "trg_field_ref": stage.id,
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Code",
                            "model_id": model.id,
                            "state": "code",
                            "code": code,
                        }
                    )
                ],
                **values,
            }
        )

    def _count(self, stage):
        """Count in the card's color how often an automation ran."""
        return self._automate(stage, "record.write({'color': record.color + 1})")

    def test_move_by_hand_starts_it_once(self):
        self._count(self.retention)
        self.moved.with_user(self.seller).stage_id = self.retention
        self.assertEqual(self.moved.color, 1)

    def test_move_by_a_purchase_starts_it_once(self):
        self._count(self.retention)
        self._purchases(self.customer, 5, 0)
        self.refresh(self.customer)
        self.assertEqual(self.moved.stage_id, self.retention)
        self.assertEqual(self.moved.color, 1)
        self.refresh(self.customer)
        self.assertEqual(self.moved.color, 1)

    def test_silent_move_starts_nothing(self):
        self._count(self.retention)
        self._purchases(self.customer, 5, 0)
        self.refresh(self.customer, is_silent=True)
        self.assertEqual(self.moved.stage_id, self.retention)
        self.assertEqual(self.moved.color, 0)

    def test_imported_move_starts_nothing(self):
        self._count(self.retention)
        self._import(
            "customer.lifecycle",
            [".id", "stage_id"],
            [[str(self.moved.id), "Retention"]],
        )
        self.assertEqual(self.moved.stage_id, self.retention)
        self.assertEqual(self.moved.color, 0)

    def test_imported_card_starts_nothing(self):
        self._count(self.growth)
        other = self._customer("Other")
        self._purchases(other, 20, 10)
        card = self._import("customer.lifecycle", ["partner_id"], [["Other"]])
        self.assertEqual(card.stage_id, self.growth)
        self.assertEqual(card.color, 0)

    def test_added_card_starts_it_once(self):
        self._count(self.growth)
        other = self._customer("Other")
        self._purchases(other, 20, 10)
        card = self.Card.create({"partner_id": other.id})
        self.assertEqual(card.color, 1)

    def test_stage_it_writes_is_a_move_by_hand_with_a_transition(self):
        advocacy = self.stages["advocacy"]
        self._automate(self.retention, f"record.write({{'stage_id': {advocacy.id}}})")
        before = self.moved.transition_ids
        self.moved.with_user(self.seller).stage_id = self.retention
        self.assertEqual(self.moved.stage_id, advocacy)
        moves = (self.moved.transition_ids - before).sorted("id")
        self.assertEqual(
            moves.mapped("move"), ["Growth → Retention", "Retention → Advocacy"]
        )
        self.assertEqual(set(moves.mapped("cause")), {"manual"})
        self.assertTrue(self.moved.stage_pinned_until)
        self.refresh(self.customer)
        self.assertEqual(self.moved.stage_id, advocacy)

    def test_stage_it_writes_during_a_refresh_stays(self):
        advocacy = self.stages["advocacy"]
        self._automate(self.retention, f"record.write({{'stage_id': {advocacy.id}}})")
        before = self.moved.transition_ids
        self._purchases(self.customer, 5, 0)
        self.refresh(self.customer)
        self.refresh(self.customer)
        self.assertEqual(self.moved.stage_id, advocacy)
        moves = (self.moved.transition_ids - before).filtered("to_stage_id")
        self.assertEqual(
            moves.sorted("id").mapped("cause"),
            ["facts", "manual"],
            moves.mapped("move"),
        )

    def test_stage_it_writes_back_leaves_no_pin(self):
        self._automate(
            self.retention, f"record.write({{'stage_id': {self.growth.id}}})"
        )
        self.moved.with_user(self.seller).stage_id = self.retention
        self.assertEqual(self.moved.stage_id, self.growth)
        self.assertFalse(self.moved.stage_pinned_until)

    def test_two_that_answer_each_other_come_to_an_end(self):
        advocacy = self.stages["advocacy"]
        self._automate(self.retention, f"record.write({{'stage_id': {advocacy.id}}})")
        self._automate(advocacy, f"record.write({{'stage_id': {self.retention.id}}})")
        before = self.moved.transition_ids
        self.moved.with_user(self.seller).stage_id = self.retention
        moves = (self.moved.transition_ids - before).sorted("id")
        self.assertEqual(moves[-1].to_stage_id, self.moved.stage_id)
        for earlier, later in zip(moves, moves[1:], strict=False):
            self.assertEqual(later.from_stage_id, earlier.to_stage_id)

    def test_several_cards_start_it_once_each(self):
        self._count(self.retention)
        other = self._customer("Other")
        self._purchase(other, 3)
        cards = self.moved | self.refresh(other)
        cards.write({"stage_id": self.retention.id})
        self.assertEqual(cards.mapped("color"), [1, 1])

    def test_shipped_data_starts_nothing(self):
        model = self.env["ir.model"]._get("customer.lifecycle")
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "customer_lifecycle"), ("model", "=", "base.automation")]
        )
        rules = self.env["base.automation"].browse(shipped.mapped("res_id"))
        rules = rules.filtered(lambda rule: rule.model_id == model)
        self.assertTrue(rules)
        self.assertFalse(rules.filtered("active"))
