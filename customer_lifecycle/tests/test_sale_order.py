from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestSaleOrder(CustomerLifecycleCommon):
    """Orders keep where the customer stood when they were made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        cls.customer = cls._customer("Acme", is_company=True)

    def test_brand_new_customer_is_in_the_first_stage(self):
        order = self._quotation(self.customer)
        expected = {
            "lifecycle_stage_id": self.stages["acquisition"].id,
            "relationship_level_id": self.levels["product"].id,
        }
        self.assertRecordValues(order, [expected | {"lifecycle_purchase_number": 0}])
        order.action_confirm()
        self.assertRecordValues(order, [expected | {"lifecycle_purchase_number": 1}])

    def test_stage_and_level_at_confirmation_stay(self):
        self._purchases(self.customer, 20, 10)
        self.refresh(self.customer)
        order = self._purchase(self.customer, 0)
        expected = {
            "lifecycle_stage_id": self.stages["growth"].id,
            "relationship_level_id": self.levels["solution"].id,
            "lifecycle_purchase_number": 3,
        }
        self.assertRecordValues(order, [expected])
        self._purchase(self.customer, 1)
        card = self.refresh(self.customer)
        self.assertEqual(card.stage_id, self.stages["retention"])
        card.level_id = self.levels["product"]
        order.client_order_ref = "Changed later"
        self.assertRecordValues(order, [expected | {"lifecycle_purchase_number": 4}])

    def test_customer_does_not_read_how_it_is_classified(self):
        order = self._purchase(self.customer, 3)
        portal = self._user("portal", "Paula", partner_id=self.customer.id)
        order.message_subscribe(portal.partner_id.ids)
        order = order.with_user(portal)
        self.assertTrue(order.read(["name"]))
        for name in order.sudo()._fields:
            if name.startswith(("lifecycle_", "relationship_")):
                with self.assertRaises(AccessError):
                    order.read([name])
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).read(["lifecycle_referred_by_id"])

    def test_draft_takes_the_stage_of_its_confirmation(self):
        self._purchase(self.customer, 10)
        self.refresh(self.customer)
        draft = self._quotation(self.customer)
        self.assertEqual(draft.lifecycle_stage_id, self.stages["conversion"])
        self._purchase(self.customer, 5)
        self.refresh(self.customer)
        self.assertEqual(draft.lifecycle_stage_id, self.stages["conversion"])
        draft.action_confirm()
        self.assertEqual(draft.lifecycle_stage_id, self.stages["growth"])

    def test_draft_follows_the_change_of_its_customer(self):
        other = self._customer("Other")
        self._purchase(other, 10)
        self.refresh(other)
        draft = self._quotation(self.customer)
        draft.partner_id = other
        self.assertEqual(draft.lifecycle_stage_id, self.stages["conversion"])

    def test_confirmed_order_does_not_follow_another_customer(self):
        other = self._customer("Other")
        self._purchases(other, 20, 10)
        self.refresh(other)
        order = self._purchase(self.customer, 0)
        order.partner_id = other
        self.assertEqual(order.lifecycle_stage_id, self.stages["acquisition"])

    def test_order_of_a_contact_person_has_the_stage_of_the_company(self):
        person = self._customer("Ada", parent_id=self.customer.id)
        self._purchase(self.customer, 10)
        self.refresh(self.customer)
        order = self._purchase(person, 0)
        self.assertEqual(order.lifecycle_stage_id, self.stages["conversion"])
        self.assertEqual(order.lifecycle_purchase_number, 2)

    # ---------------------------------------------------------------- numbers

    def test_orders_of_one_day_share_a_number(self):
        self._purchase(self.customer, 10)
        one, two = self._purchase(self.customer, 0), self._purchase(self.customer, 0)
        self.assertEqual((one | two).mapped("lifecycle_purchase_number"), [2, 2])
        self.refresh(self.customer)
        self.assertEqual((one | two).mapped("lifecycle_purchase_number"), [2, 2])

    def test_older_order_that_comes_later_renumbers(self):
        orders = self._purchases(self.customer, 20, 10)
        self.refresh(self.customer)
        older = self._purchase(self.customer, 15)
        self.refresh(self.customer)
        self.assertEqual(
            (orders[0] | older | orders[1]).mapped("lifecycle_purchase_number"),
            [1, 2, 3],
        )

    def test_cancelled_order_gives_its_number_back(self):
        first, second = self._purchases(self.customer, 20, 10)
        self.refresh(self.customer)
        first._action_cancel()
        self.refresh(self.customer)
        self.assertEqual((first | second).mapped("lifecycle_purchase_number"), [0, 1])

    def test_order_worth_nothing_has_no_number(self):
        order = self._purchase(self.customer, 10, amount=0)
        self.refresh(self.customer)
        self.assertEqual(order.lifecycle_purchase_number, 0)

    def test_quotation_has_no_number(self):
        self._purchase(self.customer, 10)
        quotation = self._quotation(self.customer)
        self.refresh(self.customer)
        self.assertEqual(quotation.lifecycle_purchase_number, 0)

    def test_counting_is_not_an_edit(self):
        order = self._purchase(self.customer, 10)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = '2026-01-01' WHERE id = %s", order.ids
        )
        self._purchase(self.customer, 20)
        order.invalidate_recordset()
        self.refresh(self.customer)
        self.assertEqual(order.lifecycle_purchase_number, 2)
        self.assertEqual(str(order.write_date), "2026-01-01 00:00:00")

    def test_copy_starts_afresh(self):
        self._purchases(self.customer, 20, 10)
        self.refresh(self.customer)
        order = self._purchase(self.customer, 0, lifecycle_need="Quiet machines")
        card = self.card(self.customer)
        card.stage_id = self.stages["advocacy"]
        self.assertRecordValues(
            order.copy(),
            [
                {
                    "lifecycle_stage_id": self.stages["advocacy"].id,
                    "lifecycle_purchase_number": 0,
                    "lifecycle_need": False,
                }
            ],
        )

    def test_written_need_counts_as_evidence_once_confirmed(self):
        quotation = self._quotation(self.customer, lifecycle_need="Quiet machines")
        self.assertEqual(self.refresh(self.customer).need_count, 0)
        quotation.action_confirm()
        self.assertEqual(self.refresh(self.customer).need_count, 1)
        quotation.lifecycle_need = ""
        self.assertEqual(self.refresh(self.customer).need_count, 0)

    def test_imported_history_keeps_no_stage(self):
        self._purchase(self.customer, 10)
        self.refresh(self.customer)
        order = self._import("sale.order", ["partner_id"], [["Acme"]])
        self.assertFalse(order.lifecycle_stage_id)

    # --------------------------------------------------------------- the card

    def test_order_leads_to_the_card(self):
        order = self._purchase(self.customer, 10)
        card = self.refresh(self.customer)
        order.invalidate_recordset()
        self.assertEqual(order.lifecycle_id, card)
        self.assertEqual(order.action_open_lifecycle()["res_id"], card.id)

    def test_search_by_card(self):
        other = self._customer("Other")
        mine, foreign = self._purchase(self.customer, 10), self._purchase(other, 10)
        card = self.refresh(self.customer)
        both = [("id", "in", (mine | foreign).ids)]
        search = self.env["sale.order"].search
        cases = [
            ([("lifecycle_id", "=", card.id)], mine),
            ([("lifecycle_id", "in", card.ids)], mine),
            ([("lifecycle_id", "!=", card.id)], foreign),
            ([("lifecycle_id", "!=", False)], mine),
            ([("lifecycle_id", "=", False)], foreign),
            ([("lifecycle_id", "in", [False, card.id])], mine | foreign),
            ([("lifecycle_id.stage_id.code", "=", "conversion")], mine),
            ([("lifecycle_id.purchase_count", ">", 5)], mine.browse()),
            ([("lifecycle_id", "ilike", "Acme")], mine),
        ]
        for domain, expected in cases:
            with self.subTest(domain=domain):
                self.assertEqual(search(both + domain), expected)

    def test_search_by_a_card_that_is_not_seen_finds_nothing(self):
        seller, colleague = self._user("own", "Sally"), self._user("own", "Colin")
        order = self._purchase(self.customer, 10, user_id=seller.id)
        card = self.refresh(self.customer)
        card.user_id = colleague
        found = (
            self.env["sale.order"]
            .with_user(seller)
            .search([("id", "=", order.id), ("lifecycle_id", "=", card.id)])
        )
        self.assertFalse(found)
        self.assertFalse(order.with_user(seller).lifecycle_id)

    def test_analysis_has_stage_level_and_number(self):
        self._purchases(self.customer, 20, 10)
        self.refresh(self.customer)
        order = self._purchase(self.customer, 0, amount=70)
        self.refresh(self.customer)
        self.env.flush_all()
        groups = self.env["sale.report"]._read_group(
            [("partner_id", "=", self.customer.id)],
            [
                "lifecycle_stage_id",
                "relationship_level_id",
                "lifecycle_purchase_number",
            ],
            ["price_subtotal:sum"],
        )
        self.assertIn(
            (order.lifecycle_stage_id, order.relationship_level_id, 3, 70.0), groups
        )
        self.assertEqual(order.lifecycle_stage_id, self.stages["growth"])

    def test_orders_are_grouped_by_stage_and_number(self):
        self._purchases(self.customer, 20, 10)
        for field in (
            "lifecycle_stage_id",
            "relationship_level_id",
            "lifecycle_purchase_number",
        ):
            result = self.env["sale.order"].web_read_group(
                [("partner_id", "=", self.customer.id)], [field], ["__count"]
            )
            with self.subTest(field=field):
                self.assertEqual(sum(group["__count"] for group in result["groups"]), 2)

    def test_form_of_a_quotation_opens_and_keeps_the_need(self):
        seller = self._user("all", "Sally")
        form = Form(self.env["sale.order"].with_user(seller))
        form.partner_id = self.customer
        form.lifecycle_need = "Quiet machines"
        order = form.save()
        self.assertEqual(order.lifecycle_need, "Quiet machines")
        self.assertEqual(order.lifecycle_stage_id, self.stages["acquisition"])

    def test_cards_of_orders_are_read_in_a_fixed_number_of_queries(self):
        partners = [self._customer(f"Customer {n}") for n in range(20)]
        orders = self.env["sale.order"].union(
            *[self._quotation(partner) for partner in partners]
        )
        self.refresh(*partners)

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("lifecycle_id.stage_id.name")
            return self.env.cr.sql_log_count - before

        queries(orders)  # warms the caches up
        self.assertEqual(queries(orders), queries(orders[0]))

    def test_confirming_many_adds_a_fixed_number_of_queries(self):
        partners = [self._customer(f"Customer {n}") for n in range(20)]
        orders = self.env["sale.order"].union(
            *[self._quotation(partner) for partner in partners]
        )
        self.refresh(*partners)

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            records.mapped("partner_id.commercial_partner_id.name")
            before = self.env.cr.sql_log_count
            records._keep_lifecycle()
            records._number_purchases()
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[0]))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestConfirmingNeverFails(CustomerLifecycleCommon):
    """An order is confirmed whatever the state of the lifecycle is."""

    def _assert_confirms(self, order):
        order.action_confirm()
        self.env.flush_all()
        self.assertEqual(set(order.mapped("state")), {"sale"})

    def test_without_any_stage_or_level(self):
        self.env["customer.lifecycle.transition"].search([]).lifecycle_id.unlink()
        self.env["customer.lifecycle"].search([]).unlink()
        for places in (self.stages, self.levels):
            for place in places.values():
                place.unlink()
        order = self._quotation(self._customer())
        self._assert_confirms(order)
        self.assertFalse(order.lifecycle_stage_id)
        self.assertEqual(order.lifecycle_purchase_number, 1)
        self.refresh(order.partner_id)

    def test_with_archived_stages(self):
        for stage in self.stages.values():
            stage.active = False
        self._assert_confirms(self._quotation(self._customer()))

    def test_without_the_scheduled_action(self):
        cron = self.env.ref("customer_lifecycle.ir_cron_refresh")
        cron.unlink()
        order = self._quotation(self._customer())
        self._assert_confirms(order)
        self.assertTrue(
            self.env["customer.lifecycle.change"].search_count(
                [("partner_ref", "=", order.partner_id.id)]
            )
        )

    def test_without_a_card_or_with_an_archived_one(self):
        customer = self._customer()
        self._assert_confirms(self._quotation(customer))
        self.refresh(customer).action_archive()
        self._assert_confirms(self._quotation(customer))

    def test_by_a_customer_in_the_portal(self):
        portal = self._user("portal")
        order = self._quotation(portal.partner_id)
        self._assert_confirms(order.with_user(portal).sudo())
        self.assertEqual(order.lifecycle_stage_id, self.stages["acquisition"])
        self.assertEqual(order.lifecycle_purchase_number, 1)

    def test_by_the_public_user(self):
        public = self.env.ref("base.public_user")
        order = self._quotation(self._customer())
        self._assert_confirms(order.with_user(public).sudo())
        self.assertEqual(order.lifecycle_purchase_number, 1)

    def test_by_a_seller_of_own_documents_for_a_colleague_s_customer(self):
        seller, colleague = self._user("own", "Sally"), self._user("own", "Colin")
        customer = self._customer()
        self._purchases(customer, 20, 10)
        self.refresh(customer).user_id = colleague
        order = self._quotation(customer, user_id=seller.id)
        self._assert_confirms(order.with_user(seller))
        self.assertEqual(order.lifecycle_stage_id, self.stages["growth"])

    def test_with_dates_in_the_future(self):
        customer = self._customer()
        order = self._quotation(customer, at=TODAY + timedelta(days=400))
        self._assert_confirms(order)
        self.refresh(customer)

    def test_of_two_companies_at_once(self):
        other = self.env["res.company"].create({"name": "Other company"})
        customer = self._customer()
        here = self._quotation(customer)
        there = self.env["sale.order"].with_company(other)
        there = there.create(
            {
                "partner_id": customer.id,
                "company_id": other.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        orders = (here | there).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        self._assert_confirms(orders)
        self.assertEqual(orders.mapped("lifecycle_purchase_number"), [1, 1])

    def test_nothing_is_refreshed_while_confirming(self):
        order = self._quotation(self._customer())
        with patch.object(type(self.refresher), "_refresh") as refresh:
            self._assert_confirms(order)
        refresh.assert_not_called()
