from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from ..models.res_partner import CARD_FIELDS
from .common import TODAY
from .test_partner_fields import PartnerFieldsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPartnerAccess(PartnerFieldsCommon):
    """Contacts show no more of a card than the reader may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.colleague = cls._user("own", "Sally"), cls._user("own", "Colin")
        cls.card(cls, cls.often).user_id = cls.colleague
        cls.card(cls, cls.once).user_id = cls.seller

    def _groups(self, user, field="lifecycle_stage_id"):
        """Return the number of contacts by group, as a user counts them."""
        groups = (
            self.env["res.partner"]
            .with_user(user)
            ._read_group([("id", "in", self.mine.ids)], [field], ["__count"])
        )
        return {place.code: count for place, count in groups}

    def test_own_documents_show_own_and_unassigned_cards(self):
        contacts = self.mine.with_user(self.seller)
        self.assertEqual(
            [contact.lifecycle_stage_id.code for contact in contacts],
            ["acquisition", "conversion", False, False, False],
        )

    def test_own_documents_do_not_find_foreign_cards(self):
        partners = self.env["res.partner"].with_user(self.seller)
        domain = [("id", "in", self.mine.ids)]
        found = partners.search([*domain, ("lifecycle_stage_id", "!=", False)])
        self.assertEqual(found, self.new | self.once)
        found = partners.search([*domain, ("lifecycle_stage_id", "=", False)])
        self.assertEqual(found, self.often | self.person | self.stranger)
        self.assertFalse(
            partners.search([*domain, ("lifecycle_stage_id.code", "=", "retention")])
        )

    def test_own_documents_do_not_group_or_sort_by_foreign_cards(self):
        self.assertEqual(
            self._groups(self.seller), {"acquisition": 1, "conversion": 1, False: 3}
        )
        ordered = (
            self.env["res.partner"]
            .with_user(self.seller)
            .search(
                [("id", "in", (self.often | self.stranger | self.once).ids)],
                order="lifecycle_due_date, name desc",
            )
        )
        # a date that is not seen sorts as no date
        self.assertEqual(ordered, self.once | self.stranger | self.often)

    def test_all_documents_see_every_card(self):
        self.assertEqual(
            self._groups(self._user("all")),
            {"acquisition": 1, "conversion": 1, "retention": 2, False: 1},
        )

    def test_own_documents_cannot_move_foreign_cards(self):
        with self.assertRaises(Exception) as refused, self.env.cr.savepoint():
            self.often.with_user(self.seller).lifecycle_stage_id = self.stages["growth"]
        self.assertIn("already has a card", str(refused.exception))
        self.assertEqual(
            self.card(self.often).stage_id, self.stages["retention"], "It stays"
        )

    def test_without_sales_rights_contacts_are_read_without_the_fields(self):
        user = self._user("none")
        contacts = self.mine.with_user(user)
        self.assertEqual(contacts.mapped("name"), self.mine.mapped("name"))
        self.assertEqual(contacts.read(["name", "phone"])[0]["name"], "A new")
        described = self.env["res.partner"].with_user(user).fields_get()
        self.assertFalse(set(CARD_FIELDS) & set(described))
        for name in CARD_FIELDS:
            with self.subTest(field=name), self.assertRaises(AccessError):
                contacts.read([name])

    def test_without_sales_rights_the_form_opens_and_saves(self):
        user = self._user("none")
        with Form(self.once.with_user(user)) as form:
            form.phone = "123"
        self.assertEqual(self.once.phone, "123")
        for view_type in ("form", "list", "kanban", "search"):
            arch = self.env["res.partner"].with_user(user).get_view(None, view_type)
            self.assertNotIn("lifecycle_stage_id", arch["arch"])

    def test_without_sales_rights_nothing_is_found_or_grouped(self):
        partners = self.env["res.partner"].with_user(self._user("none"))
        with self.assertRaises(AccessError):
            partners.search([("lifecycle_stage_id", "!=", False)])
        with self.assertRaises(AccessError):
            partners.search([], order="lifecycle_due_date")
        with self.assertRaises(AccessError):
            partners._read_group([], ["lifecycle_stage_id"], ["__count"])

    def test_without_sales_rights_contacts_are_created_archived_and_deleted(self):
        user = self._user("none")
        contact = self.env["res.partner"].with_user(user).create({"name": "Fresh"})
        self.refresh(contact)
        contact.action_archive()
        self._quotation(self.stranger)
        self.new.with_user(user).write({"name": "A newer"})
        card = self.Card.create({"partner_id": contact.id})
        contact.with_user(user).unlink()
        self.assertFalse(card.exists())

    def test_seller_reads_the_views_of_contacts(self):
        for view_type in ("form", "list", "kanban", "search"):
            arch = self.env["res.partner"].with_user(self.seller)
            self.assertIn(
                "lifecycle_stage_id", arch.get_view(None, view_type)["arch"], view_type
            )

    def test_smart_button_opens_the_card(self):
        action = self.once.with_user(self.seller).action_open_lifecycle()
        self.assertEqual(action["res_id"], self.card(self.once).id)

    # ------------------------------------------------------------------- companies

    def test_each_company_shows_its_own_card(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.env.user.company_ids |= other
        there = self.env["sale.order"].with_company(other)
        order = there.create(
            {
                "partner_id": self.often.id,
                "company_id": other.id,
                "order_line": [
                    Command.create(
                        {
                            "name": "Thing",
                            "product_id": self.product.id,
                            "price_unit": 10,
                        }
                    )
                ],
            }
        )
        self.refresher._refresh(other, self.often.ids, as_of=TODAY)
        self.assertEqual(order.company_id, other)
        both = [self.company.id, other.id]
        here = self.often.with_context(allowed_company_ids=both)
        there = self.often.with_context(allowed_company_ids=both[::-1])
        self.assertEqual(here.lifecycle_stage_id.code, "retention")
        self.assertEqual(there.lifecycle_stage_id.code, "acquisition")
        self.assertEqual(
            here.search_count([("lifecycle_id.company_id", "=", other.id)]), 0
        )
        found = there.search([("lifecycle_stage_id.code", "=", "acquisition")])
        self.assertIn(self.often, found)
        self.assertNotIn(self.new, found)
        groups = there._read_group(
            [("id", "in", self.mine.ids)], ["lifecycle_stage_id"], ["__count"]
        )
        self.assertEqual(
            {stage.code: count for stage, count in groups}, {"acquisition": 2, False: 3}
        )
