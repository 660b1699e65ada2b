import secrets
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.customer_lifecycle_referrer import ALPHABET
from .common import TODAY
from .common_referrals import ReferralsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReferrals(ReferralsCommon):
    """Who brought whom: by code, by hand, by lead; and what it was worth."""

    def _cards(self, count):
        """Return the cards of so many customers without a code."""
        customers = [self._customer(f"Customer {number}") for number in range(count)]
        for customer in customers:
            self._quotation(customer)
        return self.refresh(*customers)

    # ---------------------------------------------------------------------------- code

    def test_code_is_short_unambiguous_unique_and_stays(self):
        self.assertEqual(len(self.code), 7)
        self.assertLessEqual(set(self.code), set(ALPHABET))
        self.assertFalse(set("01ILOU") & set(ALPHABET))
        self.card_of_maria.action_make_referral_code()
        self.assertEqual(self.card_of_maria.referral_code, self.code)
        self.assertTrue(
            self.card_of_maria.referral_url.endswith(f"/lifecycle/r/{self.code}")
        )
        other = self._customer("Other")
        self._quotation(other)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.refresh(other).referral_code = self.code

    def test_card_has_no_code_until_asked_for(self):
        other = self._customer("Other")
        self._quotation(other)
        card = self.refresh(other)
        self.assertFalse(card.referral_code)
        self.assertFalse(card.referral_url)

    def test_code_is_found_however_it_is_typed(self):
        find = self.Card._of_referral_code
        typed = f" {self.code[:3].lower()}-{self.code[3:]} "
        self.assertEqual(find(typed), self.card_of_maria)
        for nothing in (None, "", " - ", "\x00", self.code + "X"):
            self.assertFalse(find(nothing))
        self.card_of_maria.active = False
        self.assertFalse(find(self.code))

    def test_code_of_somebody_else_is_drawn_again(self):
        self.card_of_maria.active = False
        [card] = self._cards(1)
        letters = iter(self.code + "2345678")
        with patch.object(secrets, "choice", lambda alphabet: next(letters)):
            card.action_make_referral_code()
        self.assertEqual(card.referral_code, "2345678")

    def test_code_that_somebody_had_is_drawn_again(self):
        former = {"code": "3456789", "lifecycle_id": self.card_of_maria.id}
        self.env["customer.lifecycle.referral.code"].create(former)
        [card] = self._cards(1)
        letters = iter("34567892345678")
        with patch.object(secrets, "choice", lambda alphabet: next(letters)):
            card.action_make_referral_code()
        self.assertEqual(card.referral_code, "2345678")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.env["customer.lifecycle.referral.code"].create(former)

    def test_former_code_leads_to_its_customer_as_the_present_one_does(self):
        self.env["customer.lifecycle.referral.code"].create(
            {"code": "3456789", "lifecycle_id": self.card_of_maria.id}
        )
        find = self.Card._of_referral_code
        self.assertEqual(find(" 345-6789"), self.card_of_maria)
        self.assertEqual(find("3456789", self.company), self.card_of_maria)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(find("3456789", other))
        friend = self._customer("Friend", email="friend@example.com")
        order = self._coded(friend, code="3456789")
        self.assertEqual(order.lifecycle_referral_code, self.code)
        self.assertEqual(order.lifecycle_referred_by_id, self.maria)
        self.card_of_maria.active = False
        self.assertFalse(find("3456789"))

    def test_codes_of_many_are_made_together(self):
        cards = self._cards(9)
        with self.assertQueryCount(3):  # which are or were taken; the cards written
            cards.action_make_referral_code()
            cards.flush_recordset()
        self.assertEqual(len(set(cards.mapped("referral_code"))), 9)

    def test_salesperson_makes_codes_but_writes_none(self):
        seller = self._user("own", "Sally")
        other = self._customer("Other", user_id=seller.id)
        self._quotation(other)
        card = self.refresh(other).with_user(seller)
        card.action_make_referral_code()
        self.assertTrue(card.referral_code)
        with self.assertRaises(AccessError):
            card.referral_code = "MINE"
        foreign = self._customer("Foreign", user_id=self._user("own", "Colin").id)
        self._quotation(foreign)
        with self.assertRaises(AccessError):
            self.refresh(foreign).with_user(seller).action_make_referral_code()

    # ------------------------------------------------------------------------- by code

    def test_code_on_a_quotation_says_who_brought_the_customer(self):
        friend = self._customer("Friend", is_company=True)
        person = self._customer("Person", parent_id=friend.id)
        order = self._coded(person, self.code.lower())
        self.assertEqual(order.lifecycle_referral_code, self.code)
        self.assertEqual(order.lifecycle_referred_by_id, self.maria)
        self.assertFalse(order.lifecycle_referral_refusal)
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)
        self.assertRecordValues(
            self.referral(friend),
            [
                {
                    "lifecycle_id": self.card_of_maria.id,
                    "how": "code",
                    "state": "pending",
                    "brought_date": TODAY,
                }
            ],
        )

    def test_whose_first_order_is_entered_later_was_brought_by_then(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._purchase(friend, 30)
        self.refresh(friend)
        self.assertEqual(self.referral(friend).brought_date, TODAY - timedelta(days=30))

    def test_brought_by_is_set_by_hand_on_a_quotation(self):
        friend = self._customer("Friend")
        with Form(self._quotation(friend)) as form:
            form.lifecycle_referred_by_id = self.maria
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)

    def test_code_entered_by_a_salesperson_who_does_not_see_the_referrer(self):
        self.card_of_maria.user_id = self._user("own", "Colin")
        seller = self._user("own", "Sally")
        friend = self._customer("Friend")
        order = self._quotation(friend, user_id=seller.id).with_user(seller)
        with Form(order) as form:
            form.lifecycle_referral_code = self.code
            self.assertEqual(form.lifecycle_referred_by_id, self.maria)
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)

    def test_corrected_code_is_corrected_on_the_customer(self):
        other = self._customer("Other")
        self._quotation(other)
        card = self.refresh(other)
        card.action_make_referral_code()
        friend = self._customer("Friend")
        order = self._coded(friend)
        order.lifecycle_referral_code = card.referral_code
        self.assertEqual(friend.lifecycle_referred_by_id, other)
        self.assertEqual(self.referral(friend).lifecycle_id, card)
        order.lifecycle_referral_code = False
        self.assertFalse(order.lifecycle_referred_by_id)
        self.assertFalse(friend.lifecycle_referred_by_id)
        self.refresh(friend)
        self.assertFalse(self.referral(friend))

    def test_customer_of_the_quotation_is_changed(self):
        wrong, friend = self._customer("Wrong"), self._customer("Friend")
        order = self._coded(wrong)
        order.partner_id = friend
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)
        self.assertFalse(wrong.lifecycle_referred_by_id, "It was said by mistake")
        self.assertFalse(self.referral(wrong))

    def test_customer_who_is_none_to_be_brought_keeps_no_order_from_being_made(self):
        order = self._coded(self._customer("Wrong"))
        known = self._customer("Known")
        self._purchase(known, 3)
        order.partner_id = known
        self.assertFalse(known.lifecycle_referred_by_id)
        self.assertIn("customer already", order.lifecycle_referral_refusal)
        self.assertIn("customer already", order.message_ids[0].body)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_code_cannot_be_entered_once_the_customer_has_bought(self):
        friend = self._customer("Friend")
        order = self._purchase(friend, 0)
        with self.assertRaisesRegex(ValidationError, "customer already"):
            order.lifecycle_referral_code = self.code

    # ----------------------------------------------------------------- by hand, by lead

    def test_by_hand_on_the_contact(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._quotation(friend)
        self.refresh(friend)
        self.assertRecordValues(
            self.referral(friend), [{"how": "hand", "state": "pending"}]
        )
        friend.lifecycle_referred_by_id = False
        self.refresh(friend)
        self.assertFalse(self.referral(friend))

    def test_lead_hands_it_on_to_customer_and_quotation(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "New",
                "type": "opportunity",
                "contact_name": "Friend",
                "email_from": "friend@example.com",
                "company_id": self.company.id,
                "lifecycle_referred_by_id": self.maria.id,
            }
        )
        lead._handle_partner_assignment(create_missing=True)
        friend = lead.partner_id
        self.assertEqual(friend.name, "Friend")
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)
        context = lead._prepare_opportunity_quotation_context()
        self.assertEqual(context["default_lifecycle_referred_by_id"], self.maria.id)
        order = self._quotation(friend, opportunity_id=lead.id)
        order.action_confirm()
        order.date_order = TODAY
        self.refresh(friend, self.maria)
        self.assertEqual(self.card_of_maria.referral_count, 1)
        self.assertEqual(self.card_of_maria.referral_amount, 100)
        self.assertEqual(self.card_of_maria.stage_id, self.stages["advocacy"])

    def test_lead_that_becomes_a_known_customer_says_why_it_does_not_count(self):
        known = self._customer("Known")
        self._purchase(known, 3)
        lead = self.env["crm.lead"].create(
            {
                "name": "New",
                "contact_name": "Friend",
                "company_id": self.company.id,
                "lifecycle_referred_by_id": self.maria.id,
            }
        )
        lead.partner_id = known
        self.assertEqual(lead.partner_id, known)
        self.assertFalse(known.lifecycle_referred_by_id)
        self.assertIn("customer already", lead.message_ids[0].body)
        context = lead._prepare_opportunity_quotation_context()
        self.assertNotIn("default_lifecycle_referred_by_id", context)

    def test_lead_with_the_address_of_whoever_brings_it_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "same e-mail address"):
            self.env["crm.lead"].create(
                {
                    "name": "New",
                    "email_from": "Maria <maria@example.com>",
                    "lifecycle_referred_by_id": self.maria.id,
                }
            )

    def test_merged_leads_keep_who_brought_them(self):
        values = {"type": "opportunity", "company_id": self.company.id}
        leads = self.env["crm.lead"].create(
            [
                {"name": "A", "probability": 90, **values},
                {"name": "B", "lifecycle_referred_by_id": self.maria.id, **values},
            ]
        )
        self.assertEqual(leads.merge_opportunity().lifecycle_referred_by_id, self.maria)

    # ---------------------------------------------------------------- what it was worth

    def test_lead_merged_with_one_of_a_known_customer_says_why(self):
        known = self._customer("Known")
        self._purchase(known, 30)
        leads = self._lead(known) + self._lead(
            self.env["res.partner"], lifecycle_referred_by_id=self.maria.id
        )
        merged = leads.merge_opportunity()
        self.assertEqual(merged.partner_id, known)
        self.assertFalse(known.lifecycle_referred_by_id)
        merged.partner_id = known  # the same again is nothing to say again
        bodies = " ".join(merged.message_ids.mapped("body"))
        self.assertEqual(bodies.count("is a customer already"), 1)
        self.assertIn("Known is a customer already", bodies)

    def test_copies_were_brought_by_nobody(self):
        friend = self._customer("Friend", email="friend@example.com")
        lead = self._lead(friend, lifecycle_referred_by_id=self.maria.id)
        self._purchase(friend, 0)
        self.assertFalse(friend.copy().lifecycle_referred_by_id)
        self.assertFalse(lead.copy().lifecycle_referred_by_id)

    def test_both_cards_show_who_brought_whom_and_what_it_was_worth(self):
        friend = self._customer("Friend", is_company=True)
        self._customer(
            "Person", parent_id=friend.id, lifecycle_referred_by_id=self.maria.id
        )
        friend.lifecycle_referred_by_id = self.maria
        self._purchase(friend, 2, 300)
        self._purchase(friend, 0, 50)
        card = self.refresh(friend)
        mine = self.refresh(self.maria)
        self.assertEqual((mine.referral_count, mine.referral_amount), (1, 350))
        self.assertEqual(mine.referral_total, 1)
        self.assertEqual(mine.referral_ids.friend_id, friend)
        self.assertEqual(mine.referral_ids.amount, 350)
        self.assertEqual(card.brought_by_id, self.maria)
        for either in (card, mine):
            action = either.action_open_referrals()
            found = self.Referral.search(action["domain"])
            self.assertEqual(found, self.referral(friend))
        [(total,)] = self.Referral._read_group(
            [("lifecycle_id", "=", mine.id)], [], ["amount:sum"]
        )
        self.assertEqual(total, 350)

    def test_later_day_and_another_company_are_not_counted(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._purchase(friend, 2, 300)
        self._purchase(friend, -2, 50)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        self._quotation(friend, 1000, company_id=other.id).action_confirm()
        card = self.refresh(self.maria)
        self.assertEqual((card.referral_count, card.referral_amount), (1, 300))

    def test_friend_read_before_its_referrer_is_noted_with_the_referrer(self):
        self._use_rewards()
        new = self._customer("New")
        friend = self._customer("Friend", lifecycle_referred_by_id=new.id)
        self._purchase(friend, 2)
        self.refresh(friend)
        self.assertFalse(self.referral(friend))
        self._purchase(new, 5)
        self.refresh(new)
        self.assertRecordValues(
            self.referral(friend), [{"state": "earned", "is_news": False}]
        )

    def test_second_reading_changes_nothing(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._purchase(friend, 2)
        self.refresh(friend, self.maria)
        before = self.referral(friend).read()
        self.env.flush_all()
        self.refresh(friend, self.maria, as_of=TODAY + timedelta(days=1))
        self.assertEqual(self.referral(friend).read(), before)

    # -------------------------------------------------------------------- access, merge

    def test_referrals_are_read_only_and_seen_with_either_card(self):
        sally, colin = self._user("own", "Sally"), self._user("own", "Colin")
        self.card_of_maria.user_id = sally
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._quotation(friend)
        self.refresh(friend).user_id = colin
        referral = self.referral(friend)
        third = self._user("own", "Tim")
        for user, count in ((sally, 1), (colin, 1), (third, 0)):
            found = self.Referral.with_user(user).search([("id", "=", referral.id)])
            self.assertEqual(len(found), count, user.name)
        for operation in ("write", "create", "unlink"):
            manager = self._user("manager", f"Lena{operation}")
            self.assertFalse(referral.with_user(manager).has_access(operation))
        self.assertFalse(
            self.Referral.with_user(self._user("portal")).has_access("read")
        )
        self.assertEqual(self.card(friend).with_user(colin).brought_by_id, self.maria)

    def test_merged_customers_keep_code_and_referrals(self):
        double = self._customer("Maria S.", email="ms@example.com")
        self._quotation(double)
        friends = [
            self._customer(f"Friend {number}", lifecycle_referred_by_id=partner.id)
            for number, partner in enumerate((double, self.maria))
        ]
        for friend in friends:
            self._quotation(friend)
        self.refresh(double, *friends)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((double | self.maria).ids, double)
        card = self.refresh(double)
        self.assertEqual(card.referral_code, self.code)
        self.assertEqual(card.referral_total, 2)

    def test_friend_without_card_who_joins_a_company_is_brought_once(self):
        friend = self._customer("Friend")
        self._coded(friend)
        referral = self.referral(friend)
        firm = self._customer("Firm", is_company=True)
        friend.parent_id = firm
        self.refresh(friend)
        self.refresh(firm)
        self.assertEqual(self.card_of_maria.referral_ids, referral)
        self.assertEqual(referral.friend_id, firm)

    def test_friend_merged_with_whoever_brought_it_is_no_referral(self):
        friend = self._customer("Friend", lifecycle_referred_by_id=self.maria.id)
        self._quotation(friend)
        self.refresh(friend)
        self.assertTrue(self.referral(friend))
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((friend | self.maria).ids, self.maria)
        self.refresh(self.maria)
        self.assertFalse(self.card_of_maria.exists().referral_ids)
        self.assertFalse(self.maria.lifecycle_referred_by_id)
