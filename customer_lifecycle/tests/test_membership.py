from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestMembership(CustomerLifecycleCommon):
    """Who gets a card, who loses it, and who decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer()
        cls.tag = cls.env["res.partner.category"].create({"name": "Lifecycle VIP"})

    def assertCustomer(self, partner=None):
        self.assertTrue(self.refresh(partner or self.customer).active)

    def assertNoCustomer(self, partner=None):
        self.assertFalse(self.refresh(partner or self.customer).filtered("active"))

    # ------------------------------------------------------------------- who gets one

    def test_contact_alone_is_no_customer(self):
        self.assertFalse(self.refresh(self.customer))

    def test_quotation_makes_a_customer(self):
        self._quotation(self.customer)
        self.assertCustomer()

    def test_order_makes_a_customer(self):
        self._purchase(self.customer)
        self.assertCustomer()

    def test_cancelled_order_makes_a_customer(self):
        self._quotation(self.customer)._action_cancel()
        self.assertCustomer()

    def test_lead_makes_a_customer(self):
        self._lead(self.customer, type="lead")
        self.assertCustomer()

    def test_opportunity_makes_a_customer(self):
        self._lead(self.customer)
        self.assertCustomer()

    def test_lost_lead_makes_a_customer(self):
        self._lead(self.customer).action_set_lost()
        self.assertCustomer()

    def test_lead_of_another_company_makes_no_customer_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._lead(self.customer, company_id=other.id, user_id=False, team_id=False)
        self.assertFalse(self.refresh(self.customer))

    def test_lead_of_a_child_makes_its_company_a_customer(self):
        self.customer.is_company = True
        person = self._customer("Person", parent_id=self.customer.id)
        self._lead(person)
        self.assertCustomer()
        self.assertFalse(self.card(person))

    # ------------------------------------------------------------- who does not get one

    def test_supplier_is_no_customer(self):
        self.customer.supplier_rank = 1
        self._quotation(self.customer)
        self.assertFalse(self.refresh(self.customer))

    def test_supplier_who_is_invoiced_too_is_a_customer(self):
        self.customer.write({"supplier_rank": 1, "customer_rank": 1})
        self._quotation(self.customer)
        self.assertCustomer()

    def test_employee_is_no_customer(self):
        self.customer.employee = True
        self._quotation(self.customer)
        self.assertFalse(self.refresh(self.customer))

    def test_internal_user_is_no_customer(self):
        user = new_test_user(self.env, "lifecycle_inside", "base.group_user")
        self._quotation(user.partner_id)
        self.assertFalse(self.refresh(user.partner_id))

    def test_portal_user_is_a_customer(self):
        user = new_test_user(self.env, "lifecycle_outside", "base.group_portal")
        self._quotation(user.partner_id)
        self.assertCustomer(user.partner_id)

    def test_company_itself_is_no_customer(self):
        self._quotation(self.company.partner_id)
        self.assertFalse(self.refresh(self.company.partner_id))

    def test_sister_company_is_no_customer(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._quotation(other.partner_id)
        self.assertFalse(self.refresh(other.partner_id))

    # ------------------------------------------------------------------------- settings

    def _queued(self):
        self.env.flush_all()
        return self.env["customer.lifecycle.change"].search([])

    def test_rule_that_changes_leaves_out_and_takes_in(self):
        supplier = self._customer("Supplier", supplier_rank=1)
        self._quotation(self.customer)
        self._quotation(supplier)
        self.refresh(self.customer, supplier)
        self._queued().unlink()
        self.company.lifecycle_customer_domain = '[("supplier_rank", ">", 0)]'
        queued = self._queued()
        self.assertEqual(
            set(queued.mapped("partner_ref")), {self.customer.id, supplier.id}
        )
        self.assertEqual(set(queued.mapped("is_silent")), {True})
        self.assertEqual(set(queued.mapped("cause")), {"rule"})
        self.assertNoCustomer()
        self.assertCustomer(supplier)
        self.assertTrue(self.card(self.customer))  # archived, with its history

    def test_rule_that_takes_in_again_unarchives_the_same_card(self):
        self._quotation(self.customer)
        card = self.refresh(self.customer)
        before = self.company.lifecycle_customer_domain
        self.company.lifecycle_customer_domain = '[("supplier_rank", ">", 0)]'
        self.assertNoCustomer()
        self.company.lifecycle_customer_domain = before
        self.assertCustomer()
        self.assertEqual(self.card(self.customer), card)

    def test_rule_without_conditions_takes_in_everybody_with_business(self):
        self.customer.supplier_rank = 1
        self._quotation(self.customer)
        self.company.lifecycle_customer_domain = "[]"
        self.assertCustomer()
        self.assertFalse(self.refresh(self._customer("Nobody")))

    def test_rule_saved_unchanged_queues_nobody(self):
        self._quotation(self.customer)
        self.refresh(self.customer)
        self._queued().unlink()
        self.company.lifecycle_customer_domain = self.company.lifecycle_customer_domain
        self.assertFalse(self._queued())

    def test_rule_over_an_unknown_field_is_refused_with_its_name(self):
        with self.assertRaisesRegex(ValidationError, "suplier_rank"):
            self.company.lifecycle_customer_domain = '[("suplier_rank", "=", 0)]'

    def test_rule_over_an_unknown_field_behind_a_relation_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "colour"):
            self.company.lifecycle_customer_domain = '[("country_id.colour", "=", 0)]'

    def test_rule_with_an_unknown_operator_is_refused_with_its_name(self):
        with self.assertRaisesRegex(ValidationError, "about"):
            self.company.lifecycle_customer_domain = '[("name", "about", "x")]'

    def test_rule_that_is_no_filter_is_refused(self):
        for text in ("nothing", "[(", '[("name", "=")]', "3"):
            with self.subTest(rule=text), self.assertRaises(ValidationError):
                self.company.lifecycle_customer_domain = text

    def test_rule_that_leaves_nobody_is_refused(self):
        with self.assertRaises(ValidationError):
            self.company.lifecycle_customer_domain = "[(0, '=', 1)]"

    def test_rule_in_settings_is_that_of_the_company(self):
        settings = self.env["res.config.settings"].create({})
        settings.lifecycle_customer_domain = '[("supplier_rank", ">", 0)]'
        settings.execute()
        self.assertEqual(
            self.company.lifecycle_customer_domain, '[("supplier_rank", ">", 0)]'
        )

    # ----------------------------------------------------------------------------- tags

    def test_tag_of_the_settings_makes_a_customer(self):
        self.customer.category_id = self.tag
        self.assertFalse(self.refresh(self.customer))
        self._queued().unlink()
        self.company.lifecycle_customer_tag_ids = self.tag
        self.assertIn(self.customer.id, self._queued().mapped("partner_ref"))
        self.assertCustomer()
        self.assertEqual(self.card(self.customer).stage_id.code, "acquisition")

    def test_tag_on_a_child_makes_its_company_a_customer(self):
        self.company.lifecycle_customer_tag_ids = self.tag
        self.customer.is_company = True
        self._customer("P", parent_id=self.customer.id, category_id=self.tag.ids)
        self.assertCustomer()

    def test_tag_that_is_taken_away_leaves_no_customer(self):
        self.company.lifecycle_customer_tag_ids = self.tag
        self.customer.category_id = self.tag
        self.assertCustomer()
        self._queued().unlink()
        self.customer.category_id = False
        self.assertIn(self.customer.id, self._queued().mapped("partner_ref"))
        self.assertNoCustomer()

    def test_tagged_supplier_is_no_customer(self):
        self.company.lifecycle_customer_tag_ids = self.tag
        self.customer.write({"category_id": self.tag.ids, "supplier_rank": 1})
        self.assertFalse(self.refresh(self.customer))

    # -------------------------------------------------------------------------- by hand

    def test_added_by_hand_stays_whatever_the_rule_says(self):
        self.customer.supplier_rank = 1
        card = self.Card.create({"partner_id": self.customer.id})
        self.assertRecordValues(card, [{"inclusion": "added", "active": True}])
        self.assertCustomer()

    def test_archived_by_hand_stays_out(self):
        self._purchase(self.customer)
        card = self.refresh(self.customer)
        card.action_archive()
        self._purchase(self.customer, 3)
        self.assertNoCustomer()
        self.assertRecordValues(card, [{"inclusion": "excluded", "purchase_count": 2}])

    def test_unarchived_by_hand_is_back(self):
        self._purchase(self.customer)
        card = self.refresh(self.customer)
        card.action_archive()
        self.refresh(self.customer)
        card.action_unarchive()
        self.assertCustomer()
        self.assertEqual(card.inclusion, "added")

    # ---------------------------------------------------------------- archived, deleted

    def test_archived_contact_archives_its_card(self):
        self._purchase(self.customer)
        card = self.refresh(self.customer)
        history = card.transition_ids
        self.customer.active = False
        self.assertNoCustomer()
        self.assertEqual(card.transition_ids, history)
        self.customer.active = True
        self.assertCustomer()
        self.assertEqual(self.card(self.customer), card)

    def test_archived_contact_is_left_out_even_when_added_by_hand(self):
        self.Card.create({"partner_id": self.customer.id})
        self.customer.active = False
        self.assertNoCustomer()

    def test_deleted_contact_takes_its_card_along(self):
        card = self.Card.create({"partner_id": self.customer.id})
        self.assertTrue(card.transition_ids)
        self.customer.unlink()
        self.assertFalse(card.exists())
        self.assertFalse(self.refresh(self.customer))
