from odoo.tests import tagged

from odoo.addons.customer_lifecycle.tests.common_knowledge import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestPrivacy(KnowledgeCommon):
    """Whoever asks what is known about somebody finds it, and can erase it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paul = cls._customer("Paul Privet", email="paul_p@example.com")
        cls.card = cls.Card.create({"partner_id": cls.paul.id})
        cls.card.properties = {"cares": "Sailing"}

    def lookup(self, name="Paul Privet", email="paul_p@example.com"):
        """Look somebody up; return ``{(model, id)}``."""
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": name, "email": email}
        )
        wizard.action_lookup()
        return wizard, [(line.res_model, line.res_id) for line in wizard.line_ids]

    def test_card_of_the_contact_is_found_once(self):
        _wizard, found = self.lookup()
        self.assertEqual(found.count(("customer.lifecycle", self.card.id)), 1)
        self.assertNotIn(("customer.lifecycle", self.acme.id), found)

    def test_archived_card_is_found(self):
        self.card.action_archive()
        wizard, _found = self.lookup()
        line = wizard.line_ids.filtered(
            lambda line: line.res_model == "customer.lifecycle"
        )
        self.assertRecordValues(line, [{"res_id": self.card.id, "is_active": False}])

    def test_ideas_and_promises_of_the_contact_are_found(self):
        idea = self._idea(card=self.card)
        promise = self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": self.card.id,
                "name": "Samples",
                "made_date": "2026-03-16",
                "due_date": "2026-03-20",
            }
        )
        _wizard, found = self.lookup()
        self.assertIn((idea._name, idea.id), found)
        self.assertIn((promise._name, promise.id), found)

    def test_card_of_a_company_that_names_the_person_is_found(self):
        self.acme.properties = {"decider": "Ask for Paul Privet"}
        idea = self._idea(note="Write to PAUL_P@example.com")
        other = self._idea(note="Write to paulxp@example.com")
        _wizard, found = self.lookup()
        self.assertIn(("customer.lifecycle", self.acme.id), found)
        self.assertIn((idea._name, idea.id), found)
        self.assertNotIn((other._name, other.id), found, "_ is no wildcard")

    def test_card_is_erased_with_the_contact(self):
        wizard, _found = self.lookup()
        contact = wizard.line_ids.filtered(lambda line: line.res_model == "res.partner")
        contact.action_unlink()
        self.assertFalse(self.card.exists())
        self.assertFalse(self.paul.exists())

    def test_card_can_be_erased_alone(self):
        wizard, _found = self.lookup()
        line = wizard.line_ids.filtered(
            lambda line: line.res_model == "customer.lifecycle"
        )
        line.action_unlink()
        self.assertFalse(self.card.exists())
        self.assertTrue(self.paul.exists())
