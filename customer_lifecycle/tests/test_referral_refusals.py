from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..models.customer_lifecycle_referral_refusal import Claim
from .common import TODAY
from .common_referrals import ReferralsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReferralRefusals(ReferralsCommon):
    """Whoever cannot have been brought is refused, with the reason, everywhere."""

    def refusal(self, friend=None, referrer=None, **known):
        return self.Referral._refusal(
            referrer or self.maria, friend, self.company, **known
        )

    def assertRefusedEverywhere(self, friend, sentence):
        """Assert that neither code nor hand brings a friend, and nothing changed."""
        self.assertEqual(self.refusal(friend), sentence)
        for attempt in (
            lambda: self._coded(friend),
            lambda: self._quotation(friend, lifecycle_referred_by_id=self.maria.id),
            lambda: self._lead(friend, lifecycle_referred_by_id=self.maria.id),
            lambda: friend.write({"lifecycle_referred_by_id": self.maria.id}),
        ):
            with self.assertRaisesRegex(ValidationError, sentence.replace("?", r"\?")):
                with self.env.cr.savepoint():
                    attempt()
        self.env.invalidate_all()
        self.assertFalse(friend.lifecycle_referred_by_id)
        self.assertFalse(self.referral(friend.commercial_partner_id))

    def test_stranger_is_not_refused(self):
        friend = self._customer(
            "Friend", email="friend@example.com", phone="+34 600 333 444", vat="ES1"
        )
        self.assertIsNone(self.refusal(friend))
        self.assertIsNone(self.refusal(email="new@example.com", phone="600 333 445"))

    def test_oneself(self):
        self.assertRefusedEverywhere(
            self.maria, "Maria Soto cannot have referred itself."
        )

    def test_own_people(self):
        person = self._customer("Paul", parent_id=self.maria.id)
        self.assertRefusedEverywhere(
            person, "Maria Soto cannot have been brought by its own people."
        )

    def test_same_address_also_of_a_person_and_written_otherwise(self):
        friend = self._customer("Friend", is_company=True)
        self._customer("Person", parent_id=friend.id, email="Maria@Example.com ")
        self.assertRefusedEverywhere(
            friend,
            "Friend has the same e-mail address as Maria Soto: nobody brings itself.",
        )

    def test_same_phone_with_and_without_country(self):
        friend = self._customer("Friend", phone="600 111 222")
        self.assertRefusedEverywhere(
            friend,
            "Friend has the same phone number as Maria Soto: nobody brings itself.",
        )

    def test_extension_shared_by_many_is_no_phone_number(self):
        self.maria.phone = "112"
        self.assertIsNone(self.refusal(self._customer("Friend", phone="112")))

    def test_same_tax_number_written_otherwise(self):
        self.maria.vat = "ES-B 1234"
        friend = self._customer("Friend", vat="esB1234")
        self.assertRefusedEverywhere(
            friend,
            "Friend has the same tax number as Maria Soto: nobody brings itself.",
        )

    def test_no_tax_number_is_not_the_same_number(self):
        self.maria.vat = "/"
        self.assertIsNone(self.refusal(self._customer("Friend", vat="/")))

    def test_circle_of_two_and_of_three(self):
        second = self._customer("Second", lifecycle_referred_by_id=self.maria.id)
        third = self._customer("Third", lifecycle_referred_by_id=second.id)
        mother = self._customer("Mother")
        self.maria.with_context(lifecycle_silent=True).lifecycle_referred_by_id = mother
        for last in (self.maria, second, third):
            with self.assertRaisesRegex(ValidationError, "cannot have brought it"):
                with self.env.cr.savepoint():
                    mother.lifecycle_referred_by_id = last
        self.assertEqual(
            self.refusal(mother, third),
            "Third came through Mother, and cannot have brought it.",
        )

    def test_customer_who_has_bought(self):
        friend = self._customer("Friend")
        self._purchase(friend, 3)
        self.env["customer.lifecycle.change"].search([]).unlink()
        self.assertRefusedEverywhere(
            friend,
            "Friend is a customer already: only who has not bought yet can be brought.",
        )

    def test_customer_who_bought_under_another_contact_with_the_address(self):
        known = self._customer("Known", email="friend@example.com")
        self._purchase(known, 3)
        friend = self._customer("Friend", email="friend@example.com")
        self.assertIn("is a customer already", self.refusal(friend))
        self.assertIn(
            "is a customer already", self.refusal(email="Friend@example.com ")
        )

    def test_customer_who_bought_under_another_contact_with_the_tax_number(self):
        known = self._customer("Known", vat="ESB1")
        self._purchase(known, 3)
        friend = self._customer("Friend", vat="ESB1")
        self.assertIn("is a customer already", self.refusal(friend))
        self.assertIn("is a customer already", self.refusal(vat="ESB1"))
        known.vat = friend.vat = "/"
        self.assertIsNone(self.refusal(friend))

    def test_quotation_or_order_elsewhere_is_not_bought_here(self):
        friend = self._customer("Friend")
        self._quotation(friend)
        self._purchase(friend, 3, amount=0)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        elsewhere = self._quotation(friend, company_id=other.id)
        elsewhere.action_confirm()
        self.assertIsNone(self.refusal(friend))

    def test_first_one_wins(self):
        other = self._customer("Other")
        friend = self._customer("Friend", lifecycle_referred_by_id=other.id)
        with self.assertRaisesRegex(ValidationError, "brought by Other already"):
            self._coded(friend)
        self.assertEqual(friend.lifecycle_referred_by_id, other)

    def test_imported_history_may_be_in_any_order(self):
        friend = self._customer("Friend", ref="F1")
        self._purchase(friend, 30)
        self._import(
            "res.partner",
            [".id", "lifecycle_referred_by_id/.id"],
            [[str(friend.id), str(self.maria.id)]],
        )
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)

    def test_imported_orders_may_say_who_brought_a_buyer(self):
        friend = self._customer("Friend")
        self._purchase(friend, 30)
        self._import(
            "sale.order",
            ["partner_id/.id", "lifecycle_referred_by_id/.id"],
            [[str(friend.id), str(self.maria.id)]],
        )
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)

    def test_brought_to_the_company_of_the_code_wherever_the_user_works(self):
        friend = self._customer("Friend")
        self._purchase(friend, 3)  # here, and not where the code is from
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        card = (
            self.Card.with_company(other)
            .create({"partner_id": self.maria.id, "company_id": other.id})
            .with_env(self.env)
        )
        card.action_make_referral_code()
        order = self._quotation(
            friend, company_id=other.id, lifecycle_referral_code=card.referral_code
        )
        self.assertEqual(order.lifecycle_referred_by_id, self.maria)
        self.assertEqual(friend.lifecycle_referred_by_id, self.maria)

    def test_unknown_code_is_refused_and_changes_nothing(self):
        friend = self._customer("Friend")
        for code in ("NOTHING", "  ", "'; DROP TABLE", "K" * 500):
            with self.assertRaisesRegex(ValidationError, "No customer has"):
                with self.env.cr.savepoint():
                    self._coded(friend, code)
        self.assertFalse(friend.lifecycle_referred_by_id)

    def test_code_of_another_company_is_unknown_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        order = self._quotation(self._customer("Friend"), company_id=other.id)
        with self.assertRaisesRegex(ValidationError, "No customer has"):
            order.lifecycle_referral_code = self.code

    def test_form_says_at_once_who_it_is_and_what_speaks_against_it(self):
        friend = self._customer("Friend", email="maria@example.com")
        form = Form(self._quotation(friend))
        form.lifecycle_referral_code = "nobody"
        self.assertIn("No customer has", form.lifecycle_referral_refusal)
        self.assertFalse(form.lifecycle_referred_by_id)
        form.lifecycle_referral_code = self.code.lower()
        self.assertEqual(form.lifecycle_referred_by_id, self.maria)
        self.assertIn("same e-mail address", form.lifecycle_referral_refusal)
        with self.assertRaises(ValidationError):
            form.save()

    def test_reasons_of_many_take_one_query(self):
        claims = [
            Claim(self.maria, self._customer(f"Friend {number}"), self.company)
            for number in range(20)
        ]
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(self.Referral._refusals(claims), [None] * 20)
        refusals = self.Referral._refusals(
            [*claims, Claim(self.maria, self.maria, self.company)]
        )
        self.assertEqual([bool(refusal) for refusal in refusals], [False] * 20 + [True])
