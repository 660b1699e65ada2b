from contextlib import suppress

from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon

CARD, STAGE, LEVEL = (
    "customer.lifecycle",
    "customer.lifecycle.stage",
    "customer.lifecycle.level",
)
HISTORY, WAITING, MOVE = (
    "customer.lifecycle.transition",
    "customer.lifecycle.change",
    "customer.lifecycle.move",
)
#: What each role may do: operations by model (read, write, create, unlink).
RIGHTS = {
    "own": {CARD: "rwc", STAGE: "r", LEVEL: "r", HISTORY: "r", MOVE: "rwcu"},
    "all": {CARD: "rwc", STAGE: "r", LEVEL: "r", HISTORY: "r", MOVE: "rwcu"},
    "manager": {CARD: "rwc", STAGE: "rwcu", LEVEL: "rwcu", HISTORY: "r", MOVE: "rwcu"},
    "none": {},
    "portal": {},
    "public": {},
}


class AccessCommon(CustomerLifecycleCommon):
    """A card of Sally, one of Colin and one of nobody; a user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            role: cls._user(role) for role in ("all", "manager", "none", "portal")
        }
        cls.people["own"] = cls.seller = cls._user("own", "Sally")
        cls.people["public"] = cls.env.ref("base.public_user")
        cls.manager = cls.people["manager"]
        cls.colleague = cls._user("own", "Colin")
        cls.mine, cls.foreign, cls.free = (
            cls._added(cls._customer(name)) for name in ("Mine", "Foreign", "Free")
        )
        cls.mine.user_id, cls.foreign.user_id = cls.seller, cls.colleague

    @classmethod
    def _added(cls, customer, *days_ago, company=None):
        """Return the card of a customer with purchases."""
        cls._purchases(customer, *(days_ago or (20, 10)))
        return cls.refresher._refresh(company or cls.company, customer.ids, as_of=TODAY)

    def cards_of(self, user):
        """Return the cards of this class that a user finds."""
        cards = self.mine | self.foreign | self.free
        return self.Card.with_user(user).search([("id", "in", cards.ids)])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestAccess(AccessCommon):
    """Who may see and do what within a company."""

    def test_rights_on_models_are_as_the_sales_ladder_says(self):
        operations = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
        for role, user in self.people.items():
            for model in (CARD, STAGE, LEVEL, HISTORY, WAITING, MOVE):
                allowed = RIGHTS[role].get(model, "")
                for letter, operation in operations.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            letter in allowed,
                        )

    def test_services_and_abstract_models_are_closed_to_everybody(self):
        for model in self.env["ir.model"].search(
            [("model", "=like", "customer.lifecycle%")]
        ):
            if not self.env[model.model]._abstract:
                continue
            with self.subTest(model=model.model):
                self.assertFalse(
                    self.env[model.model].with_user(self.manager).has_access("read")
                )

    def test_own_documents_are_own_and_unassigned_cards(self):
        self.assertEqual(self.cards_of(self.seller), self.mine | self.free)
        self.assertEqual(self.cards_of(self.colleague), self.foreign | self.free)

    def test_all_documents_are_all_cards(self):
        for role in ("all", "manager"):
            self.assertEqual(len(self.cards_of(self.people[role])), 3, role)

    def test_foreign_card_cannot_be_read_or_moved(self):
        foreign = self.foreign.with_user(self.seller)
        for attempt in (
            lambda: foreign.read(["stage_id"]),
            lambda: foreign.write({"color": 1}),
            lambda: foreign.write({"stage_id": self.stages["retention"].id}),
            lambda: foreign.action_unpin(),
            lambda: foreign.action_archive(),
            lambda: foreign.action_unarchive(),
            lambda: foreign.message_post(body="Hello"),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        self.foreign.invalidate_recordset()
        self.assertEqual(self.foreign.stage_id, self.stages["growth"])
        self.assertEqual(self.foreign.inclusion, "rule")

    def test_foreign_card_is_not_counted_or_summed(self):
        ids = (self.mine | self.foreign | self.free).ids
        for user, count in ((self.seller, 2), (self.people["all"], 3)):
            cards = self.Card.with_user(user)
            [(number, total)] = cards._read_group(
                [("id", "in", ids)], [], ["__count", "amount_total:sum"]
            )
            self.assertEqual((number, total), (count, count * 200))

    def test_history_of_a_foreign_card_is_not_seen(self):
        history = self.env[HISTORY].with_user(self.seller)
        ids = (self.mine | self.foreign | self.free).ids
        found = history.search([("lifecycle_id", "in", ids)])
        self.assertEqual(found.lifecycle_id, self.mine | self.free)
        with self.assertRaises(AccessError):
            self.foreign.transition_ids.with_user(self.seller).read(["reason"])

    def test_places_count_only_what_the_reader_sees(self):
        growth = self.stages["growth"]
        seen = growth.with_user(self.seller)
        self.assertEqual(seen.card_count, 2)
        self.assertEqual(
            seen.card_count,
            self.Card.with_user(self.seller).search_count(
                seen.action_open_cards()["domain"]
            ),
        )

    def test_card_is_deleted_by_nobody(self):
        for user in (self.seller, self.manager):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.mine.with_user(user).unlink()

    def test_seller_does_not_configure(self):
        for place in (self.stages["growth"], self.levels["trust"]):
            with self.assertRaises(AccessError):
                place.with_user(self.seller).name = "Other"
            with self.assertRaises(AccessError):
                place.with_user(self.seller).unlink()

    def test_manager_configures(self):
        for model in (STAGE, LEVEL):
            place = (
                self.env[model]
                .with_user(self.manager)
                .create(
                    {
                        "name": "Other",
                        "sequence": 99,
                        "rule_domain": "[('purchase_count', '>', 99)]",
                    }
                )
            )
            place.write({"name": "Another", "rule_domain": False, "active": False})
            place.unlink()

    def test_manager_sees_the_forms_of_configuration(self):
        for place in (self.stages["growth"], self.levels["trust"]):
            with Form(place.with_user(self.manager)) as form:
                form.description = "Something else"

    def test_settings_are_for_administrators(self):
        for user in (self.seller, self.manager):
            settings = self.env["res.config.settings"].with_user(user)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                settings.create({"lifecycle_pin_days": 1}).execute()
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.company.with_user(user).lifecycle_pin_days = 1
        admin = self.env.ref("base.group_system").all_user_ids[:1]
        admin.company_ids |= self.company
        settings = self.env["res.config.settings"].with_user(admin)
        settings.with_company(self.company).create({"lifecycle_pin_days": 7}).execute()
        self.assertEqual(self.company.lifecycle_pin_days, 7)

    def test_seller_works_with_own_cards(self):
        card = self.mine.with_user(self.seller)
        card.write({"color": 2, "stage_id": self.stages["retention"].id})
        card.message_post(body="Called them")
        card.activity_schedule("mail.mail_activity_data_call", user_id=self.seller.id)
        card.action_unpin()
        card.action_archive()
        card.action_unarchive()
        for name in (
            "action_open_orders",
            "action_open_quotations",
            "action_open_opportunities",
            "action_open_partner",
            "action_new_quotation",
            "action_move",
        ):
            self.assertTrue(getattr(card, name)()["res_model"])
        self.assertTrue(card.read())

    # ---------------------------------------------------------------------- forged

    def test_forged_context_does_not_raise_a_level(self):
        trust = self.levels["trust"].id
        for value in (True, 1, "x", [True], {"take": True}):
            card = self.mine.with_user(self.seller).with_context(
                lifecycle_permit=value, lifecycle_silent=True, lifecycle_suggested=True
            )
            with self.subTest(value=value), self.assertRaises(AccessError):
                card.write({"level_id": trust})
        manager = self.mine.with_user(self.manager).with_context(lifecycle_permit=True)
        with self.assertRaises(RedirectWarning):
            manager.write({"level_id": trust})

    def test_forged_context_does_not_write_health_or_skip_the_history(self):
        card = self.mine.with_user(self.seller).with_context(lifecycle_permit=True)
        with self.assertRaises(AccessError):
            card.write({"health": "lapsed"})
        before = self.mine.transition_ids
        card.write({"stage_id": self.stages["retention"].id})
        self.assertEqual(len(self.mine.transition_ids - before), 1)
        self.assertEqual(self.transitions(self.mine)[-1].cause, "manual")

    def test_evidence_and_pins_cannot_be_written(self):
        card = self.mine.with_user(self.manager)
        for name, value in {
            "purchase_count": 99,
            "purchase_span_days": 999,
            "referral_count": 3,
            "amount_total": 1e6,
            "last_purchase_date": TODAY,
            "lapsed_date": TODAY,
            "level_pinned_until": TODAY,
            "stage_since": TODAY,
            "inclusion": "excluded",
            "partner_id": self.foreign.partner_id.id,
            "company_id": self.env.ref("base.main_company").id,
        }.items():
            with self.subTest(field=name), self.assertRaises(AccessError):
                card.write({name: value})

    def test_evidence_and_pins_given_when_adding_do_not_stay(self):
        customer = self._customer("Forged")
        values = {
            "partner_id": customer.id,
            "purchase_count": 99,
            "purchase_span_days": 999,
            "referral_count": 3,
            "level_pinned_until": "2099-01-01",
            "stage_pinned_until": "2099-01-01",
            "level_id": self.levels["product"].id,
        }
        card = self.Card.with_user(self.seller).create(values)
        self.assertRecordValues(
            card,
            [
                {
                    "purchase_count": 0,
                    "referral_count": 0,
                    "stage_id": self.stages["acquisition"].id,
                    "level_id": self.levels["product"].id,
                    "stage_pinned_until": False,
                    "level_pinned_until": False,
                }
            ],
        )

    def test_wizard_does_not_reach_foreign_cards(self):
        wizard = self.env[MOVE].with_user(self.seller)
        values = {"stage_id": self.stages["retention"].id}
        both = wizard.with_context(active_ids=(self.mine | self.foreign).ids)
        # refusing both is as good as leaving the foreign one out
        with suppress(AccessError), self.env.cr.savepoint():
            both.create(values).action_apply()
        self.foreign.invalidate_recordset()
        self.assertEqual(self.foreign.stage_id, self.stages["growth"])
        self.assertFalse(self.foreign.stage_pinned_until)

    def test_services_cannot_be_called_from_outside(self):
        """Names with an underscore are refused by Odoo; no other writes."""
        for model in ("refresh", "facts", "rules", "absorb", "fit", "reason"):
            service = type(self.env[f"customer.lifecycle.{model}"])
            public = {
                name
                for cls in service.__mro__
                if cls.__module__.startswith("odoo.addons.customer_lifecycle")
                for name in vars(cls)
                if not name.startswith("_") and callable(getattr(cls, name, None))
            }
            self.assertFalse(public, model)
