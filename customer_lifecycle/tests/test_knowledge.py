from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from .common import TODAY
from .common_knowledge import DEFINITION, KnowledgeCommon

SCRIPT = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestKnowledge(KnowledgeCommon):
    """What we know of customers: facts, people; who reads it, and when it goes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._user("none")
        cls._user("portal")

    # ------------------------------------------------------------------- the proposal

    def test_new_company_begins_with_proposals(self):
        company = self.env["res.company"].create({"name": "Another"})
        names = [fact["name"] for fact in company.lifecycle_properties_definition]
        self.assertIn("decider", names)
        self.assertIn("birthday", names)
        self.assertTrue(
            all(fact["string"] for fact in company.lifecycle_properties_definition)
        )

    def test_proposals_are_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("es_ES")
        spanish = self._customer("Ejemplo", lang="es_ES")
        with self._translated("Who Decides", "Quién decide"):
            company = self.env["res.company"].create(
                {"name": "Ejemplo", "partner_id": spanish.id}
            )
        labels = {
            fact["name"]: fact["string"]
            for fact in company.lifecycle_properties_definition
        }
        self.assertEqual(labels["decider"], "Quién decide")

    def _translated(self, source, target):
        """Have one text of the addon translated into Spanish."""
        key = "customer_lifecycle", "es_ES"
        return patch.dict(
            code_translations.python_translations,
            {key: {**code_translations.get_python_translations(*key), source: target}},
        )

    def test_what_a_company_has_chosen_is_not_proposed_over(self):
        self.company._propose_lifecycle_properties()
        self.assertEqual(
            [fact["name"] for fact in self.company.lifecycle_properties_definition],
            [fact["name"] for fact in DEFINITION],
        )

    # ----------------------------------------------------------------------- the facts

    def test_facts_written_down_are_counted(self):
        self.assertRecordValues(
            self.read_again(), [{"known_count": 0, "is_decider_known": False}]
        )
        self.acme.properties = {
            "cares": "Silence",
            "decider": "Ana",
            "birthday": "1980-05-03",
            "vip": True,
            "children": 0,
            "channel": "phone",
            "sports": ["ski"],
            "story_html": "<p>Sails</p>",
        }
        self.assertRecordValues(
            self.read_again(), [{"known_count": 8, "is_decider_known": True}]
        )

    def test_what_says_nothing_is_not_counted(self):
        self.acme.properties = {
            "cares": "  \n",
            "decider": "",
            "birthday": False,
            "vip": False,
            "channel": False,
            "sports": [],
            "story_html": "<p><br></p>",
        }
        self.assertRecordValues(
            self.read_again(), [{"known_count": 0, "is_decider_known": False}]
        )

    def test_fact_that_the_company_dropped_is_not_counted_any_more(self):
        self.acme.properties = {"cares": "Silence", "decider": "Ana"}
        self.assertEqual(self.read_again().known_count, 2)
        self.queued()
        self._drop("cares")
        self.assertEqual(self.queued(), {self.partner.id})
        self.assertEqual(self.read_again().known_count, 1)

    def _drop(self, name):
        """Have the company want to know a fact no longer."""
        self.company.lifecycle_properties_definition = [
            fact
            for fact in self.company.lifecycle_properties_definition
            if fact["name"] != name
        ]

    def test_nobody_lacks_who_decides_where_it_is_not_asked_for(self):
        self.assertFalse(self.read_again().is_decider_known)
        self.assertTrue(self.acme.is_decider_wanted)
        self.queued()
        self._drop("decider")
        self.assertIn(self.partner.id, self.queued(), "of whom nothing is known")
        self.assertTrue(self.read_again().is_decider_known)
        self.assertFalse(self.acme.is_decider_wanted)
        self.company.lifecycle_properties_definition = DEFINITION
        self.assertIn(self.partner.id, self.queued())
        self.assertFalse(self.read_again().is_decider_known)
        self.company.lifecycle_properties_definition = False
        self.assertRecordValues(
            self.read_again(),
            [{"known_count": 0, "is_decider_known": True, "wanted_fact_count": 0}],
        )

    def test_company_without_facts_knows_nothing(self):
        self.acme.properties = {"cares": "Silence"}
        self.company.lifecycle_properties_definition = False
        self.assertEqual(self.read_again().known_count, 0)

    def test_other_label_reads_nobody_again(self):
        self.acme.properties = {"cares": "Silence"}
        self.queued()
        self.company.lifecycle_properties_definition = [
            fact | {"string": "Another label"} for fact in DEFINITION
        ]
        self.assertFalse(self.queued())

    def test_writing_down_a_fact_marks_the_customer(self):
        self.queued()
        self.acme.properties = {"decider": "Ana"}
        self.assertIn(self.partner.id, self.queued())

    def test_facts_of_another_company_are_not_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        other.lifecycle_properties_definition = DEFINITION
        theirs = (
            self.Card.with_context(allowed_company_ids=other.ids)
            .with_company(other)
            .create({"partner_id": self.partner.id, "company_id": other.id})
        )
        theirs.properties = {"decider": "Ana"}
        self.assertFalse(self.read_again().is_decider_known)

    # ---------------------------------------------------------------------- the people

    def test_people_who_can_be_reached_are_counted_and_listed(self):
        ana = self._person("Ana", email="ana@example.com")
        ben = self._person("Ben", phone="123")
        self._person("Cora")
        self._person("Warehouse", type="delivery", phone="456")
        self._person("Dan", email="dan@example.com", active=False)
        self._person("Daughter Ltd", is_company=True, email="d@example.com")
        other = self.env["res.company"].create({"name": "Other"})
        self._person("Eva", email="eva@example.com", company_id=other.id)
        card = self.read_again()
        self.assertRecordValues(card, [{"is_company": True, "contact_person_count": 2}])
        self.assertEqual(card.contact_person_ids, ana | ben)

    def test_person_who_gets_a_phone_marks_the_customer(self):
        person = self._person("Ana")
        self.assertEqual(self.read_again().contact_person_count, 0)
        self.queued()
        person.phone = "123"
        self.assertIn(self.partner.id, self.queued())
        self.assertEqual(self.read_again().contact_person_count, 1)
        person.unlink()
        self.assertIn(self.partner.id, self.queued())
        self.assertEqual(self.read_again().contact_person_count, 0)

    def test_private_person_is_no_company(self):
        person = self._customer("Paul")
        self._purchase(person, 3)
        self.assertRecordValues(
            self.refresh(person), [{"is_company": False, "contact_person_count": 0}]
        )

    def test_person_is_added_below_the_customer(self):
        context = self.acme.action_add_person()["context"]
        form = Form(self.env["res.partner"].with_context(**context))
        form.name = "Ana"
        self.assertEqual(form.save().commercial_partner_id, self.partner)

    # ----------------------------------------------------------------------- the needs

    def test_needs_of_the_customer_are_listed(self):
        person = self._person("Ana")
        need = self._purchase(person, 3, lifecycle_need="Silence")
        self._purchase(self.partner, 2, lifecycle_need="Gone")._action_cancel()
        self.assertEqual(self.acme.need_order_ids, need)

    # ------------------------------------------------------------------------- reading

    def test_facts_can_be_searched_and_exported(self):
        self.acme.properties = {"decider": "Ana", "channel": "phone"}
        found = self.Card.search([("properties.decider", "ilike", "ana")])
        self.assertEqual(found, self.acme)
        rows = self.acme.export_data(["properties.decider", "properties.channel"])
        self.assertEqual(rows["datas"], [["Ana", "Phone"]])

    def test_script_is_text(self):
        self.acme.properties = {"cares": SCRIPT, "story_html": SCRIPT + "<p>Hi</p>"}
        [values] = self.acme.read(["properties"])
        facts = {fact["name"]: fact.get("value") for fact in values["properties"]}
        self.assertEqual(facts["cares"], SCRIPT, "kept: the screen shows it as text")
        self.assertNotIn("script", facts["story_html"], "what is shown as it is")
        self.assertIn("Hi", facts["story_html"])

    @users("lifecycle_none", "lifecycle_portal")
    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_nobody_else_reads_what_we_know(self):
        acme = self.acme.with_user(self.env.user)
        with self.assertRaises(AccessError):
            acme.read(["properties"])
        with self.assertRaises(AccessError):
            acme.search([("properties.decider", "=", "Ana")])
        with self.assertRaises(AccessError):
            acme.get_briefing()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_customer_in_the_portal_does_not_read_what_is_asked(self):
        portal = self._user("portal", "Paula")
        company = self.company.with_user(portal)
        self.assertTrue(company.name)
        with self.assertRaises(AccessError):
            company.read(["lifecycle_properties_definition"])

    @users("lifecycle_sally")
    def test_salesperson_writes_down_what_is_known(self):
        self.acme.with_user(self.env.user).properties = {"decider": "Ana"}
        self.assertEqual(self.acme.properties["decider"], "Ana")

    @users("lifecycle_colin")
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_customer_of_a_colleague_is_not_read(self):
        acme = self.acme.with_user(self.env.user)
        with self.assertRaises(AccessError):
            acme.read(["properties"])
        with self.assertRaises(AccessError):
            acme.properties = {"decider": "Ana"}

    # -------------------------------------------------------------------- end of a card

    def test_what_we_know_is_erased_with_the_contact(self):
        self.acme.properties = {"hobbies": "Sailing"}
        idea = self._idea()
        customer = self._customer("Paul")
        card = self.Card.create({"partner_id": customer.id})
        card.properties = {"decider": "Paul"}
        idea.lifecycle_id = card
        card.message_post(body="Likes sailing")
        messages = card.message_ids
        customer.unlink()
        self.assertFalse(card.exists())
        self.assertFalse(idea.exists())
        self.assertFalse(messages.exists())

    def test_merged_contacts_keep_what_is_known_of_both(self):
        twin = self._customer("Acme again", is_company=True)
        self._purchase(twin, 3)
        other = self.refresh(twin)
        other.properties = {"decider": "Ben", "cares": "Price", "children": 2}
        self.acme.properties = {"decider": "Ana", "cares": ""}
        idea = self._idea(card=other)
        self.env["customer.lifecycle.absorb"]._absorb_partners(twin, self.partner)
        self.assertEqual(idea.lifecycle_id, self.acme)
        self.assertEqual(self.acme.properties["decider"], "Ana", "the one that stays")
        self.assertEqual(self.acme.properties["cares"], "Price")
        self.assertEqual(self.acme.properties["children"], 2)

    def test_first_reading_does_not_disturb_what_is_known(self):
        self.acme.properties = {"decider": "Ana"}
        self.read_again()
        self.assertEqual(self.acme.properties["decider"], "Ana")
        self.assertEqual(self.read_again(TODAY).known_count, 1)
