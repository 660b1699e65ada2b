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
