from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon


class MergeCommon(CustomerLifecycleCommon):
    """Two customers that turn out to be one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls._customer("Acme", email="acme@example.com")
        cls.double = cls._customer("Acme Ltd", email="acme@example.com")

    def _merge(self, target, *sources):
        """Merge contacts with Odoo's wizard, and refresh whoever remains."""
        partners = target.union(*sources)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set(partners.ids)],
                "dst_partner_id": target.id,
                "state": "selection",
            }
        )
        wizard.action_merge()
        self.assertFalse(self.union_exists(*sources))
        return self.refresh(target, cause="merge")

    def _code(self, partner):
        """Have a customer buy and get a referral code."""
        self._purchase(partner, 3)
        card = self.refresh(partner)
        card.action_make_referral_code()
        return card.referral_code

    def union_exists(self, *partners):
        """Return the contacts that still exist."""
        return self.env["res.partner"].union(*partners).exists()

    def _cards_of(self, *partners):
        """Return the cards of contacts in every company, archived ones too."""
        cards = self.Card.sudo().with_context(active_test=False)
        return cards.search(
            [("partner_id", "in", [partner.id for partner in partners])]
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMerge(MergeCommon):
    """Contacts merged with Odoo's wizard: the cards become one."""

    def test_two_cards_become_one_with_the_figures_of_both(self):
        self._purchases(self.kept, 40, 20, amount=100)
        self._purchases(self.double, 30, 10, amount=50)
        card, lost = self.refresh(self.kept), self.refresh(self.double)
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged, card)
        self.assertFalse(lost.exists())
        self.assertRecordValues(
            merged,
            [
                {
                    "partner_id": self.kept.id,
                    "purchase_count": 4,
                    "amount_total": 300,
                    "first_purchase_date": TODAY - timedelta(days=40),
                    "last_purchase_date": TODAY - timedelta(days=10),
                    "stage_id": self.stages["retention"].id,
                }
            ],
        )

    def test_same_day_of_both_is_one_purchase(self):
        self._purchase(self.kept, 10)
        self._purchase(self.double, 10)
        self.refresh(self.kept, self.double)
        self.assertEqual(self._merge(self.kept, self.double).purchase_count, 1)

    def test_orders_are_numbered_anew(self):
        first, third = self._purchases(self.kept, 40, 20)
        second = self._purchase(self.double, 30)
        self.refresh(self.kept, self.double)
        self._merge(self.kept, self.double)
        self.assertEqual(
            (first | second | third).mapped("lifecycle_purchase_number"), [1, 2, 3]
        )

    def test_history_of_both_is_kept_in_order(self):
        self._purchase(self.kept, 40)
        self.refresh(self.kept, as_of=TODAY - timedelta(days=40))
        self._purchase(self.double, 30)
        self.refresh(self.double, as_of=TODAY - timedelta(days=30))
        self._purchases(self.kept, 20, 25)
        self.refresh(self.kept, as_of=TODAY - timedelta(days=20))
        before = self._cards_of(self.kept, self.double).transition_ids
        merged = self._merge(self.kept, self.double)
        self.assertEqual(before.exists(), before)
        self.assertEqual(before.lifecycle_id, merged)
        self.assertLess(before, merged.transition_ids)
        moves = self.env["customer.lifecycle.transition"].search(
            [("lifecycle_id", "=", merged.id)]
        )
        self.assertEqual(moves.mapped("date"), sorted(moves.mapped("date"))[::-1])
        self.assertEqual(
            (merged.transition_ids - before).mapped("cause"),
            ["merge"] * len(merged.transition_ids - before),
        )

    def test_chatter_activities_and_followers_are_kept(self):
        card, lost = self.refresh_both()
        message = lost.message_post(body="They want a visit")
        activity = lost.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.env.user.id
        )
        attachment = self.env["ir.attachment"].create(
            {"name": "Plan", "res_model": lost._name, "res_id": lost.id}
        )
        follower = self._customer("Follower")
        lost.message_subscribe(follower.ids)
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged, card)
        self.assertEqual(message.res_id, merged.id)
        self.assertIn(message, merged.message_ids)
        self.assertIn(activity, merged.activity_ids)
        self.assertEqual(attachment.res_id, merged.id)
        self.assertIn(follower, merged.message_partner_ids)

    def refresh_both(self):
        """Return the cards of both customers after a purchase each."""
        self._purchase(self.kept, 20)
        self._purchase(self.double, 10)
        return self.refresh(self.kept), self.refresh(self.double)

    def test_only_the_source_has_a_card(self):
        self._purchase(self.double, 10)
        card = self.refresh(self.double)
        history = card.transition_ids
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged, card)
        self.assertEqual(merged.partner_id, self.kept)
        self.assertEqual(merged.purchase_count, 1)
        self.assertLessEqual(history, merged.transition_ids)

    def test_only_the_target_has_a_card(self):
        self._purchase(self.kept, 10)
        card = self.refresh(self.kept)
        self.assertEqual(self._merge(self.kept, self.double), card)
        self.assertEqual(card.purchase_count, 1)

    def test_neither_has_a_card(self):
        self.assertFalse(self._merge(self.kept, self.double))

    def test_three_at_once(self):
        third = self._customer("Acme S.A.", email="acme@example.com")
        for days, partner in ((40, self.kept), (30, self.double), (20, third)):
            self._purchase(partner, days)
        cards = self.refresh(self.kept, self.double, third)
        self.assertEqual(len(cards), 3)
        merged = self._merge(self.kept, self.double, third)
        self.assertEqual(merged.purchase_count, 3)
        self.assertEqual(cards.exists(), merged)

    def test_two_sources_have_a_card_and_the_target_none(self):
        third = self._customer("Acme S.A.", email="acme@example.com")
        self._purchase(self.double, 30)
        self._purchase(third, 20)
        older = self.refresh(self.double)
        self.refresh(third)
        merged = self._merge(self.kept, self.double, third)
        self.assertEqual(merged, older)
        self.assertEqual(merged.purchase_count, 2)

    def test_each_company_keeps_one_card(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.env.user.company_ids |= other
        for company, partner in (
            (self.company, self.kept),
            (self.company, self.double),
            (other, self.double),
        ):
            self.Card.with_context(allowed_company_ids=company.ids).create(
                {"partner_id": partner.id, "company_id": company.id}
            )
        self._merge(self.kept, self.double)
        cards = self._cards_of(self.kept, self.double)
        self.assertEqual(cards.partner_id, self.kept)
        self.assertEqual(
            sorted(cards.company_id.ids), sorted((self.company | other).ids)
        )

    def test_added_by_hand_is_kept(self):
        self.Card.create({"partner_id": self.double.id})
        self._purchase(self.kept, 10)
        self.refresh(self.kept)
        self.assertEqual(self._merge(self.kept, self.double).inclusion, "added")

    def test_pin_of_the_card_that_stays_is_kept(self):
        card, _lost = self.refresh_both()
        card.stage_id = self.stages["advocacy"]
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged.stage_id, self.stages["advocacy"])
        self.assertTrue(merged.stage_pinned_until)

    def test_contact_persons_merged_leave_the_company_s_card(self):
        company = self._customer("Company", is_company=True)
        one = self._customer("Ada", parent_id=company.id, email="ada@example.com")
        two = self._customer("A. L.", parent_id=company.id, email="ada@example.com")
        self._purchase(one, 20)
        self._purchase(two, 10)
        card = self.refresh(company)
        self.assertEqual(card.purchase_count, 2)
        merged = self._merge(one, two)
        self.assertEqual(merged, card)
        self.assertEqual(merged.purchase_count, 2)

    def test_customer_merged_into_a_contact_person_goes_to_its_company(self):
        company = self._customer("Company", is_company=True)
        person = self._customer("Ada", parent_id=company.id)
        self._purchase(company, 20)
        self._purchase(self.double, 10)
        card, lost = self.refresh(company), self.refresh(self.double)
        history = card.transition_ids | lost.transition_ids
        merged = self._merge(person, self.double)
        self.assertEqual(merged, card)
        self.assertEqual(merged.purchase_count, 2)
        self.assertLessEqual(history, merged.transition_ids)
        self.assertEqual(self._cards_of(company, person), card)

    # ------------------------------------------------------------------- referrals

    def test_whom_the_source_brought_counts_for_the_target(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.double.id)
        self._purchase(friend, 5)
        self.refresh_both()
        merged = self._merge(self.kept, self.double)
        self.assertEqual(friend.lifecycle_referred_by_id, self.kept)
        self.assertEqual(merged.referral_count, 1)
        self.assertEqual(merged.stage_id, self.stages["advocacy"])

    def _bring(self, friend, referrer):
        """Say who brought whom, before it was known that they are the same."""
        friend.with_context(lifecycle_merging=True).lifecycle_referred_by_id = referrer

    def test_target_that_was_brought_by_the_source_has_no_referrer(self):
        self._bring(self.kept, self.double)
        self.refresh_both()
        merged = self._merge(self.kept, self.double)
        self.assertFalse(self.kept.lifecycle_referred_by_id)
        self.assertEqual(merged.referral_count, 0)

    def test_source_that_was_brought_by_the_target_has_no_referrer(self):
        self._bring(self.double, self.kept)
        self.refresh_both()
        merged = self._merge(self.kept, self.double)
        self.assertFalse(self.kept.lifecycle_referred_by_id)
        self.assertEqual(merged.referral_count, 0)

    def test_referrer_of_the_source_is_taken_over(self):
        referrer = self._customer("Referrer")
        self._bring(self.double, referrer)
        self.refresh_both()
        self._merge(self.kept, self.double)
        self.assertEqual(self.kept.lifecycle_referred_by_id, referrer)

    def test_referrer_of_the_source_whom_the_target_brought_is_not_taken_over(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.kept.id)
        self._bring(self.double, friend)
        self._merge(self.kept, self.double)
        self.assertFalse(self.kept.lifecycle_referred_by_id)
        self.assertEqual(friend.lifecycle_referred_by_id, self.kept)

    def test_codes_of_all_merged_lead_to_the_one_that_stays(self):
        third = self._customer("Third")
        codes = [self._code(each) for each in (self.kept, self.double, third)]
        self._merge(self.double, third)
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged.referral_code, codes[0])
        for code in codes:
            self.assertEqual(self.Card._of_referral_code(code), merged)

    def test_code_of_the_source_is_shown_where_the_target_has_none(self):
        self._purchase(self.kept, 3)
        self.refresh(self.kept)
        code = self._code(self.double)
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged.referral_code, code)
        self.assertFalse(self.env["customer.lifecycle.referral.code"].search([]))

    def test_merged_customer_waits_for_a_refresh(self):
        self.refresh_both()
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.kept | self.double).ids, self.kept)
        queued = self.env["customer.lifecycle.change"].search(
            [("partner_ref", "=", self.kept.id)]
        )
        self.assertIn("merge", queued.mapped("cause"))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestAbsorb(MergeCommon):
    """A customer that becomes the contact person of a company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls._customer("Firm", is_company=True)

    def test_person_put_below_a_customer_is_absorbed(self):
        self._purchase(self.firm, 20)
        self._purchase(self.kept, 10)
        card, person_card = self.refresh(self.firm), self.refresh(self.kept)
        history = card.transition_ids | person_card.transition_ids
        self.kept.parent_id = self.firm
        refreshed = self.refresh(self.kept)
        self.assertEqual(refreshed, card)
        self.assertFalse(person_card.exists())
        self.assertEqual(refreshed.purchase_count, 2)
        self.assertLessEqual(history, refreshed.transition_ids)

    def test_person_put_below_a_company_without_card_gives_it_its_card(self):
        self._purchase(self.kept, 10)
        card = self.refresh(self.kept)
        self.kept.parent_id = self.firm
        self.assertEqual(self.refresh(self.kept), card)
        self.assertEqual(card.partner_id, self.firm)
        self.assertEqual(card.purchase_count, 1)

    def test_code_of_a_person_put_below_a_company_leads_to_the_company(self):
        codes = [self._code(self.firm), self._code(self.kept)]
        self.kept.parent_id = self.firm
        card = self.refresh(self.kept)
        self.assertEqual(card.partner_id, self.firm)
        self.assertEqual(card.referral_code, codes[0])
        self.assertEqual(self.Card._of_referral_code(codes[1]), card)

    def test_purchases_afterwards_count_for_the_company(self):
        self._purchase(self.kept, 10)
        self.refresh(self.kept)
        self.kept.parent_id = self.firm
        self.refresh(self.kept)
        order = self._purchase(self.kept, 0)
        card = self.refresh(self.kept)
        self.assertEqual(card.partner_id, self.firm)
        self.assertEqual(card.purchase_count, 2)
        self.assertEqual(order.lifecycle_purchase_number, 2)

    def test_scheduled_action_takes_the_person_along(self):
        self._purchase(self.kept, 10)
        card = self.refresh(self.kept)
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self.kept.parent_id = self.firm
        self.env.flush_all()
        total, until = self.refresher._pending()
        self.refresher._work_off(
            self.refresher._claim(total, until), {self.company: TODAY}
        )
        self.assertEqual(card.partner_id, self.firm)

    def test_person_that_leaves_the_company_is_a_customer_of_its_own(self):
        self.kept.parent_id = self.firm
        self._purchase(self.kept, 10)
        self._purchase(self.firm, 20)
        card = self.refresh(self.firm)
        self.assertEqual(card.purchase_count, 2)
        self.kept.parent_id = False
        own = self.refresh(self.kept, self.firm) - card
        self.assertEqual(own.partner_id, self.kept)
        self.assertEqual((own.purchase_count, card.purchase_count), (1, 1))

    def test_absorbing_twice_changes_nothing(self):
        self._purchase(self.kept, 10)
        self.kept.parent_id = self.firm
        card = self.refresh(self.kept)
        history = card.transition_ids
        self.assertEqual(self.refresh(self.kept, self.firm), card)
        self.assertEqual(card.transition_ids, history)
