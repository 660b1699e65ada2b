from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import Form, freeze_time, tagged

from ..models.res_partner import CARD_FIELDS
from .common import TODAY, CustomerLifecycleCommon
from .test_moves import PINNED_UNTIL


class PartnerFieldsCommon(CustomerLifecycleCommon):
    """Five contacts: in three stages, without a card, and a contact person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        cls.new = cls._customer("A new")
        cls.once = cls._customer("B once")
        cls.often = cls._customer("C often", is_company=True)
        cls.person = cls._customer("D person", parent_id=cls.often.id)
        cls.stranger = cls._customer("E stranger")
        cls.mine = cls.new | cls.once | cls.often | cls.person | cls.stranger
        cls._quotation(cls.new)
        cls._purchase(cls.once, 10)
        cls._purchases(cls.often, 93, 62, 31, 0)
        cls.refresher._refresh(cls.company, cls.mine.ids, as_of=TODAY)

    def found(self, *domain):
        """Return the names of the contacts of this class that a search finds."""
        partners = self.env["res.partner"].search(
            Domain("id", "in", self.mine.ids) & Domain(list(domain)), order="name"
        )
        return "".join(partner.name[0] for partner in partners)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPartnerFields(PartnerFieldsCommon):
    """Contacts show the card of the current company."""

    def test_contact_shows_its_card(self):
        card = self.card(self.often)
        self.assertRecordValues(
            self.often,
            [
                {
                    "lifecycle_id": card.id,
                    "lifecycle_stage_id": self.stages["retention"].id,
                    "relationship_level_id": self.levels["solution"].id,
                    "lifecycle_health": "on_rhythm",
                    "lifecycle_due_date": card.due_date,
                    "lifecycle_slipping_date": card.slipping_date,
                    "lifecycle_lapsed_date": card.lapsed_date,
                }
            ],
        )

    def test_contact_person_shows_the_card_of_its_company(self):
        for name in CARD_FIELDS:
            with self.subTest(field=name):
                self.assertEqual(self.person[name], self.often[name])

    def test_contact_without_a_card_shows_nothing(self):
        for name in CARD_FIELDS:
            with self.subTest(field=name):
                self.assertFalse(self.stranger[name])

    def test_new_contact_on_a_form_shows_nothing(self):
        form = Form(self.env["res.partner"])
        form.name = "Fresh"
        self.assertFalse(form.save().lifecycle_stage_id)

    def test_archived_card_is_not_shown(self):
        self.card(self.once).action_archive()
        self.mine.invalidate_recordset()
        self.assertFalse(self.once.lifecycle_stage_id)
        self.assertEqual(self.found(("lifecycle_stage_id", "=", False)), "BE")

    # -------------------------------------------------------------------- searching

    def test_search_by_stage(self):
        retention, conversion = self.stages["retention"], self.stages["conversion"]
        cases = [
            (("lifecycle_stage_id", "=", retention.id), "CD"),
            (("lifecycle_stage_id", "!=", retention.id), "ABE"),
            (("lifecycle_stage_id", "in", (retention | conversion).ids), "BCD"),
            (("lifecycle_stage_id", "not in", (retention | conversion).ids), "AE"),
            (("lifecycle_stage_id", "=", False), "E"),
            (("lifecycle_stage_id", "!=", False), "ABCD"),
            (("lifecycle_stage_id", "in", [False, conversion.id]), "BE"),
            (("lifecycle_stage_id", "not in", [False, conversion.id]), "ACD"),
            (("lifecycle_stage_id", "ilike", "reten"), "CD"),
            (("lifecycle_stage_id", "not ilike", "reten"), "ABE"),
            (("lifecycle_stage_id", "=", "Retention"), "CD"),
            (("lifecycle_stage_id.code", "=", "retention"), "CD"),
            (("lifecycle_stage_id", "any", [("code", "=", "conversion")]), "B"),
        ]
        for condition, expected in cases:
            with self.subTest(condition=condition):
                self.assertEqual(self.found(condition), expected)

    def test_search_by_level(self):
        solution = self.levels["solution"]
        cases = [
            (("relationship_level_id", "=", solution.id), "CD"),
            (("relationship_level_id", "!=", solution.id), "ABE"),
            (("relationship_level_id", "in", [False, solution.id]), "CDE"),
            (("relationship_level_id", "ilike", "prod"), "AB"),
        ]
        for condition, expected in cases:
            with self.subTest(condition=condition):
                self.assertEqual(self.found(condition), expected)

    def test_search_by_health(self):
        cases = [
            (("lifecycle_health", "=", "on_rhythm"), "BCD"),
            (("lifecycle_health", "!=", "on_rhythm"), "AE"),
            (("lifecycle_health", "in", ["unknown", "on_rhythm"]), "ABCD"),
            (("lifecycle_health", "=", False), "E"),
            (("lifecycle_health", "!=", False), "ABCD"),
            (("lifecycle_health", "not in", ["unknown", False]), "BCD"),
        ]
        for condition, expected in cases:
            with self.subTest(condition=condition):
                self.assertEqual(self.found(condition), expected)

    def test_search_by_date(self):
        often = self.card(self.often)
        due_once, due_often = self.card(self.once).due_date, often.due_date
        self.assertLess(TODAY, due_once)
        self.assertLess(due_once, due_often)
        # bought once: no rhythm that could break
        slipping = often.slipping_date
        cases = [
            (("lifecycle_due_date", "=", due_once), "B"),
            (("lifecycle_due_date", "<", due_often), "B"),
            (("lifecycle_due_date", "<=", due_often), "BCD"),
            (("lifecycle_due_date", ">=", due_often), "CD"),
            (("lifecycle_due_date", ">", due_often), ""),
            (("lifecycle_due_date", "!=", due_once), "ACDE"),
            (("lifecycle_due_date", "=", False), "AE"),
            (("lifecycle_due_date", "!=", False), "BCD"),
            (("lifecycle_lapsed_date", ">=", "today"), "BCD"),
            (("lifecycle_slipping_date", "<=", slipping), "CD"),
            (("lifecycle_slipping_date", "<", slipping), ""),
        ]
        for condition, expected in cases:
            with self.subTest(condition=condition):
                self.assertEqual(self.found(condition), expected)

    def test_search_by_card(self):
        card = self.card(self.often)
        cases = [
            (("lifecycle_id", "=", card.id), "CD"),
            (("lifecycle_id", "!=", card.id), "ABE"),
            (("lifecycle_id", "=", False), "E"),
            (("lifecycle_id", "!=", False), "ABCD"),
            (("lifecycle_id.purchase_count", ">", 3), "CD"),
            (("lifecycle_id", "ilike", "C often"), "CD"),
        ]
        for condition, expected in cases:
            with self.subTest(condition=condition):
                self.assertEqual(self.found(condition), expected)

    def test_search_negated_and_combined(self):
        retention = self.stages["retention"].id
        self.assertEqual(
            self.found(
                "&",
                "!",
                ("lifecycle_stage_id", "=", retention),
                ("lifecycle_health", "=", "on_rhythm"),
            ),
            "B",
        )
        self.assertEqual(
            self.found(
                "|",
                ("lifecycle_stage_id", "=", retention),
                ("lifecycle_stage_id", "=", False),
            ),
            "CDE",
        )

    def test_search_agrees_with_what_is_shown(self):
        for name in ("lifecycle_stage_id", "relationship_level_id"):
            for place in self.env[self.mine._fields[name].comodel_name].search([]):
                shown = self.mine.filtered(
                    lambda p, name=name, place=place: p[name] == place
                )
                with self.subTest(field=name, place=place.code):
                    self.assertEqual(
                        self.found((name, "=", place.id)),
                        "".join(partner.name[0] for partner in shown),
                    )

    # ------------------------------------------------------------ grouping, sorting

    def test_group_by_stage(self):
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.mine.ids)], ["lifecycle_stage_id"], ["__count"]
        )
        self.assertEqual(
            [(stage.code, count) for stage, count in groups],
            [("acquisition", 1), ("conversion", 1), ("retention", 2), (False, 1)],
        )

    def test_group_by_health_and_month_of_a_date(self):
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.mine.ids)],
            ["lifecycle_health", "lifecycle_due_date:month"],
            ["__count"],
        )
        self.assertEqual(sum(count for *_group, count in groups), 5)
        self.assertEqual(len(groups), 3)

    def test_kanban_groups_by_stage_with_every_column(self):
        partners = self.env["res.partner"].with_context(read_group_expand=True)
        result = partners.web_read_group(
            [("id", "in", self.mine.ids)], ["lifecycle_stage_id"], ["__count"]
        )
        counts = {
            group["lifecycle_stage_id"] and group["lifecycle_stage_id"][0]: group[
                "__count"
            ]
            for group in result["groups"]
        }
        for stage in self.stages.values():
            self.assertIn(stage.id, counts)
        self.assertEqual(counts[self.stages["retention"].id], 2)
        self.assertEqual(counts[self.stages["growth"].id], 0)
        self.assertEqual(counts[False], 1)

    def test_group_opens_the_contacts_it_counted(self):
        result = self.env["res.partner"].web_read_group(
            [("id", "in", self.mine.ids)], ["relationship_level_id"], ["__count"]
        )
        for group in result["groups"]:
            found = self.env["res.partner"].search_count(
                Domain("id", "in", self.mine.ids) & Domain(group["__extra_domain"])
            )
            self.assertEqual(found, group["__count"])

    def test_order_by_date_in_both_directions(self):
        search = self.env["res.partner"].search
        domain = [("id", "in", (self.once | self.often).ids)]
        self.assertEqual(
            search(domain, order="lifecycle_due_date"), self.once | self.often
        )
        self.assertEqual(
            search(domain, order="lifecycle_due_date desc"), self.often | self.once
        )

    def test_order_by_stage_follows_the_columns(self):
        search = self.env["res.partner"].search
        domain = [("id", "in", (self.new | self.once | self.often).ids)]
        order = self.new | self.once | self.often
        self.assertEqual(search(domain, order="lifecycle_stage_id, id"), order)
        self.assertEqual(
            search(domain, order="lifecycle_stage_id desc, id"), order[::-1]
        )
        self.stages["retention"].sequence = 1
        self.assertEqual(search(domain, order="lifecycle_stage_id")[0], self.often)

    def test_order_by_every_field_works(self):
        for name in CARD_FIELDS:
            for direction in ("", " desc"):
                with self.subTest(order=name + direction):
                    self.assertEqual(
                        set(
                            self.env["res.partner"].search(
                                [("id", "in", self.mine.ids)], order=name + direction
                            )
                        ),
                        set(self.mine),
                    )

    def test_export_has_the_values(self):
        rows = self.often.export_data(
            [
                "name",
                "lifecycle_stage_id",
                "relationship_level_id/name",
                "lifecycle_health",
                "lifecycle_due_date",
            ]
        )["datas"]
        self.assertEqual(
            rows,
            [
                [
                    "C often",
                    "Retention",
                    "Solution",
                    "On rhythm",
                    self.card(self.often).due_date,
                ]
            ],
        )

    # ------------------------------------------------------------------- writing

    def test_drag_and_drop_on_contacts_moves_the_card(self):
        self.once.lifecycle_stage_id = self.stages["retention"]
        card = self.card(self.once)
        self.assertEqual(card.stage_id, self.stages["retention"])
        self.assertEqual(card.stage_pinned_until, PINNED_UNTIL)
        self.assertEqual(self.transitions(card)[-1].cause, "manual")
        self.assertEqual(self.found(("lifecycle_stage_id.code", "=", "conversion")), "")

    def test_drag_and_drop_of_a_contact_person_moves_its_company(self):
        self.person.lifecycle_stage_id = self.stages["growth"]
        self.assertEqual(self.card(self.often).stage_id, self.stages["growth"])
        self.mine.invalidate_recordset()
        self.assertEqual(self.often.lifecycle_stage_id, self.stages["growth"])

    def test_drag_and_drop_of_a_contact_without_card_adds_it(self):
        self.stranger.lifecycle_stage_id = self.stages["growth"]
        self.assertRecordValues(
            self.card(self.stranger),
            [{"inclusion": "added", "stage_id": self.stages["growth"].id}],
        )
        self.mine.invalidate_recordset()
        self.assertEqual(self.stranger.lifecycle_stage_id, self.stages["growth"])

    def test_level_written_on_a_contact_follows_the_rules_of_levels(self):
        seller = self._user("all", "Sally")
        contact = self.often.with_user(seller)
        contact.relationship_level_id = self.levels["product"]
        self.assertEqual(self.card(self.often).level_id, self.levels["product"])
        with self.assertRaises(AccessError):
            contact.relationship_level_id = self.levels["trust"]

    def test_contact_can_be_created_in_a_stage(self):
        contact = self.env["res.partner"].create(
            {"name": "Fresh", "lifecycle_stage_id": self.stages["growth"].id}
        )
        self.assertEqual(self.card(contact).stage_id, self.stages["growth"])
