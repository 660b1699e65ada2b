from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, tagged

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQuotationOffer(OfferCommon):
    """A quotation names the open offer of its customer."""

    def test_hint_names_meaning_code_and_last_day(self):
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id)
        self.assertEqual(
            order.lifecycle_offer_hint,
            "This customer has an open offer until 04/15/2026: “10% off your order”, "
            f"code {offer.coupon_code}.",
        )
        self.assertFalse(order.lifecycle_offer_applied)

    def test_no_hint_without_an_open_offer(self):
        order = self._quotation(self._buyer().partner_id)
        self.assertFalse(order.lifecycle_offer_hint)
        planned = self.planner._plan(self._offer_step(), self._buyer("Planned"))
        self.assertFalse(self._quotation(planned.partner_id).lifecycle_offer_hint)
        withdrawn = self._sent_offer("Withdrawn")
        withdrawn.action_withdraw()
        self.assertFalse(self._quotation(withdrawn.partner_id).lifecycle_offer_hint)
        past = self._sent_offer("Past")
        with freeze_time(TODAY + timedelta(days=31)):
            self.assertFalse(self._quotation(past.partner_id).lifecycle_offer_hint)

    def test_no_hint_on_an_order_nor_in_another_company(self):
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id)
        order.action_confirm()
        self.assertFalse(order.lifecycle_offer_hint)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        foreign = self._quotation(offer.partner_id, company_id=other.id)
        self.assertFalse(foreign.lifecycle_offer_hint)

    def test_contact_person_of_the_customer_has_its_offer(self):
        offer = self._sent_offer()
        person = self._customer("Person", parent_id=offer.partner_id.id)
        self.assertIn(offer.coupon_code, self._quotation(person).lifecycle_offer_hint)

    def test_of_two_offers_the_one_that_ends_first(self):
        offer = self._sent_offer()
        sooner = self._offer_step(lifecycle_validity_days=5)
        second = self.planner._plan(sooner, offer.lifecycle_id)
        second._put("sent", offer_expiry_date=TODAY + timedelta(days=5))
        second._make_coupons()
        order = self._quotation(offer.partner_id)
        self.assertIn(second.coupon_code, order.lifecycle_offer_hint)

    def test_apply_puts_the_discount_on_the_quotation(self):
        offer = self._sent_offer()
        salesperson = self._user("own")
        order = self._quotation(offer.partner_id, 200, user_id=salesperson.id)
        order.with_user(salesperson).action_apply_lifecycle_offer()
        self.assertEqual(order.amount_untaxed, 180)
        self.assertTrue(order.lifecycle_offer_applied)
        self.assertIn("is on this quotation", order.lifecycle_offer_hint)
        order.action_confirm()
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "redeemed")

    def test_apply_lets_choose_among_rewards(self):
        self.program.reward_ids = [
            Command.create({"discount": 5, "discount_applicability": "cheapest"})
        ]
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id, 200)
        action = order.action_apply_lifecycle_offer()
        self.assertEqual(action["res_model"], "sale.loyalty.reward.wizard")
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({})
        self.assertEqual(wizard.reward_ids, self.program.reward_ids)
        wizard.selected_reward_id = self.program.reward_ids[0]
        wizard.action_apply()
        self.assertTrue(order.lifecycle_offer_applied)

    def test_apply_says_what_speaks_against_it(self):
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id, 0)
        with self.assertRaisesRegex(UserError, "nothing on the quotation yet"):
            order.action_apply_lifecycle_offer()
        self.program.rule_ids = [Command.create({"minimum_amount": 500})]
        order = self._quotation(offer.partner_id, 200)
        with self.assertRaisesRegex(UserError, "A minimum of 500"):
            order.action_apply_lifecycle_offer()
        with self.assertRaisesRegex(UserError, "no open offer"):
            self._quotation(self._customer()).action_apply_lifecycle_offer()

    def test_printed_quotation_tells_the_customer(self):
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id, 200)
        words = f"For you: 10% off your order, with the code {offer.coupon_code} until"
        self.assertIn(words, self._printed(order))
        order.action_apply_lifecycle_offer()
        self.assertIn(
            f"Your code {offer.coupon_code} is part of this quotation",
            self._printed(order),
        )
        order.action_confirm()
        self.assertNotIn(offer.coupon_code, self._printed(order))

    def _printed(self, order):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        return html.decode()

    def test_code_used_by_another_customer_redeems_the_offer(self):
        offer = self._sent_offer()
        order = self._redeeming(offer, self._customer("A friend"))
        changes = self.env["customer.lifecycle.change"]
        mine = [("partner_ref", "=", offer.partner_id.id)]
        for action, state in (
            ("action_confirm", "redeemed"),
            ("_action_cancel", "sent"),
        ):
            with self.subTest(state):
                changes.search([]).unlink()
                getattr(order, action)()
                self.env.flush_all()
                self.assertTrue(changes.search(mine))
                self.refresh(offer.partner_id)
                self.assertEqual(offer.state, state)

    def test_form_shows_the_hint(self):
        offer = self._sent_offer()
        with Form(self.env["sale.order"].with_user(self._user("all"))) as form:
            form.partner_id = offer.partner_id
            self.assertIn(offer.coupon_code, form.lifecycle_offer_hint)

    def test_hints_of_many_quotations_take_no_more_queries(self):
        step = self._offer_step()
        orders = self.env["sale.order"]
        for number in range(6):
            offer = self._sent_offer(f"Customer {number}", step)
            orders |= self._quotation(offer.partner_id)
        counts = []
        for some in (orders[:2], orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(some.mapped("lifecycle_offer_hint")))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPortalOffer(HttpCase, OfferCommon):
    def test_portal_shows_the_code_to_whoever_has_the_link(self):
        offer = self._sent_offer()
        order = self._quotation(offer.partner_id, 200)
        order._portal_ensure_token()
        url = order.get_portal_url()
        self.assertIn(offer.coupon_code, self.url_open(url).text)
        offer.action_withdraw()
        self.assertNotIn(offer.coupon_code, self.url_open(url).text)
