from odoo.modules.module import load_script
from odoo.tests import TransactionCase, tagged

PLAYBOOKS = "customer_lifecycle/migrations/19.0.1.1.0/post-playbooks.py"
RELATIONSHIP = "customer_lifecycle/migrations/19.0.1.2.0/post-relationship.py"


@tagged("post_install", "-at_install")
class TestMigrations(TransactionCase):
    def _migrate(self, path):
        load_script(path, "lifecycle_migration").migrate(self.env.cr, "19.0.1.0.0")

    def _rules(self):
        return (
            self.env["base.automation"]
            .with_context(active_test=False)
            .search([("model_name", "=", "customer.lifecycle")])
        )

    def test_older_database_gets_the_playbooks_once_and_switched_off(self):
        names = sorted(self._rules().mapped("name"))
        self.assertTrue(names)
        self._rules().unlink()
        for _time in range(2):
            self._migrate(PLAYBOOKS)
            self._migrate(RELATIONSHIP)
            self.assertEqual(sorted(self._rules().mapped("name")), names)
            self.assertFalse(self._rules().filtered("active"))
            self.assertTrue(all(rule.action_server_ids for rule in self._rules()))

    def test_question_after_a_delivery_answers_needs_where_nobody_uses_it_yet(self):
        step = self.env.ref("customer_lifecycle.step_delivery_1")
        old = self.env.ref("customer_lifecycle.mail_template_solved")
        new = self.env.ref("customer_lifecycle.mail_template_need")
        other = old.copy()
        for is_active, template, expected in (
            (False, old, ("solved", new)),
            (True, old, ("rating", old)),
            (False, other, ("rating", other)),
        ):
            with self.subTest(is_active=is_active, template=template.name):
                step.base_automation_id.active = is_active
                step.write(
                    {"lifecycle_ask": "rating", "lifecycle_template_id": template.id}
                )
                self._migrate(RELATIONSHIP)
                self.assertEqual(
                    (step.lifecycle_ask, step.lifecycle_template_id), expected
                )

    def test_older_cards_are_read_anew_silently(self):
        partner = self.env["res.partner"].create({"name": "Customer of old"})
        self.env["customer.lifecycle"].create({"partner_id": partner.id})
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        self._migrate(RELATIONSHIP)
        found = changes.search([("partner_ref", "=", partner.id)])
        self.assertTrue(found)
        self.assertEqual(set(found.mapped("is_silent")), {True})
