import re

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.res_users_referral import COOKIE
from .common import TODAY
from .common_referrals import ReferralsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReferralPage(HttpCase, ReferralsCommon):
    """The page behind a customer's link: no login, nothing told about anybody."""

    def page(self, code=None, status=200):
        response = self.url_open(f"/lifecycle/r/{code or self.code}")
        self.assertEqual(response.status_code, status)
        return response

    def leave(self, status=200, token=None, **given):
        """Fill in the form and send it."""
        token = (
            token
            or re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page().text)[1]
        )
        response = self.url_open(
            f"/lifecycle/r/{self.code}", data={"csrf_token": token, **given}
        )
        self.assertEqual(response.status_code, status)
        self.env.invalidate_all()
        return response.text

    def leads(self):
        return self.env["crm.lead"].search(
            [("lifecycle_referral_code", "=", self.code)]
        )

    def test_page_says_who_recommends_by_first_name_only(self):
        page = self.page(self.code.lower())
        self.assertIn("Maria", page.text)
        self.assertIn(self.code, page.text)
        self.assertIn("Lifecycle Test", page.text)
        for secret in ("Soto", "maria@example.com", "600"):
            self.assertNotIn(secret, page.text)
        self.assertEqual(page.headers["X-Robots-Tag"], "noindex, nofollow")
        self.assertEqual(self.opener.cookies.get(COOKIE), self.code)
        self.assertFalse(self.leads(), "To look at it changes nothing")

    @mute_logger("odoo.http")
    def test_unknown_codes_are_not_found_and_leave_no_cookie(self):
        for code in ("AAAAAAA", "%00", "..%2F..", "x" * 3000, "%3Cscript%3E"):
            self.page(code, 404)
        self.assertFalse(self.opener.cookies.get(COOKIE))

    def test_code_of_an_archived_customer_is_not_found(self):
        self.card_of_maria.active = False
        self.page(status=404)

    def test_whoever_leaves_an_address_becomes_a_lead_of_the_same_salesperson(self):
        self.card_of_maria.user_id = self._user("own", "Sally")
        page = self.leave(
            name="Fred <b>Friend</b>", email="fred@example.com", phone="600 999 888"
        )
        self.assertIn("Thank you", page)
        self.assertRecordValues(
            self.leads(),
            [
                {
                    "name": "Fred <b>Friend</b>, recommended by Maria Soto",
                    "contact_name": "Fred <b>Friend</b>",
                    "email_from": "fred@example.com",
                    "lifecycle_referred_by_id": self.maria.id,
                    "company_id": self.company.id,
                    "user_id": self.card_of_maria.user_id.id,
                    "partner_id": False,
                }
            ],
        )
        lead = self.leads()
        lead._handle_partner_assignment(create_missing=True)
        self.assertEqual(lead.partner_id.lifecycle_referred_by_id, self.maria)
        self.assertEqual(self.referral(lead.partner_id).how, "link")

    def test_sent_twice_it_is_one_lead(self):
        for _time in range(2):
            self.leave(name="Fred", email="Fred@example.com")
        self.assertEqual(len(self.leads()), 1)
        for phone in ("600 999 888", "600-999888", "600 999 887"):
            self.leave(name="Fay", phone=phone)
        self.assertEqual(len(self.leads()), 3)

    def test_sent_again_with_a_former_code_it_is_one_lead(self):
        self.leave(name="Fred", email="fred@example.com")
        lead = self.leads()
        lead.lifecycle_referral_code = "3456789"
        self.env["customer.lifecycle.referral.code"].create(
            {"code": "3456789", "lifecycle_id": self.card_of_maria.id}
        )
        self.leave(name="Fred", email="fred@example.com")
        self.assertFalse(self.leads())

    def test_what_is_missing_is_said_and_nothing_is_made(self):
        for given, text in (
            ({"email": "fred@example.com"}, "your name"),
            ({"name": "  ", "email": "fred@example.com"}, "your name"),
            ({"name": "Fred"}, "e-mail address or a phone"),
            ({"name": "Fred", "email": "nonsense"}, "not complete"),
            ({"name": "Fred", "email": "fred@example"}, "not complete"),
            ({"name": "Fred", "email": "a@b.com, c@d.com"}, "not complete"),
        ):
            self.assertIn(text, self.leave(422, **given))
        self.assertFalse(self.leads())

    def test_program_that_fills_in_everything_makes_nothing(self):
        page = self.leave(
            name="Robot", email="robot@example.com", website="http://spam.example"
        )
        self.assertIn("Thank you", page)
        self.assertFalse(self.leads())

    @mute_logger("odoo.http")
    def test_post_without_the_token_of_the_page_makes_nothing(self):
        self.leave(400, token="forged", name="Fred", email="fred@example.com")
        self.assertFalse(self.leads())

    def test_known_customer_is_not_told_and_not_brought(self):
        known = self._customer("Known", email="known@example.com")
        self._purchase(known, 5)
        page = self.leave(name="Known", email="known@example.com")
        self.assertIn("Thank you", page)
        self.assertNotIn("customer already", page)
        lead = self.leads()
        self.assertFalse(lead.lifecycle_referred_by_id)
        self.assertIn("is a customer already", lead.message_ids[0].body)

    def test_page_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.opener.cookies.set("frontend_lang", "es_ES")
        self.assertIn('lang="es-ES"', self.page().text)

    # ----------------------------------------------------------------------- signing up

    def _sign_up(self, email="new@example.com"):
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        page = self.url_open("/web/signup").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        self.url_open(
            "/web/signup",
            data={
                "csrf_token": token,
                "login": email,
                "name": "New",
                "password": "secret-secret",
                "confirm_password": "secret-secret",
            },
        )
        self.env.invalidate_all()
        user = self.env["res.users"].search([("login", "=", email)])
        self.assertTrue(user)
        return user.partner_id

    def test_whoever_signs_up_after_the_link_was_brought(self):
        self.page()
        partner = self._sign_up()
        self.assertEqual(partner.lifecycle_referred_by_id, self.maria)
        self.assertEqual(self.referral(partner).how, "link")

    def test_forged_cookie_and_oneself_keep_nobody_from_signing_up(self):
        self.opener.cookies.set(COOKIE, "'; DROP TABLE")
        self.assertFalse(self._sign_up().lifecycle_referred_by_id)

    def test_what_no_form_sends_is_no_text(self):
        self.leave(422, name="\0", email="zoe@example.com")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page().text)[1]
        forged = self.url_open(
            f"/lifecycle/r/{self.code}",
            data={"csrf_token": token, "email": "zoe@example.com"},
            files={"name": ("name.txt", b"Zoe")},
        )
        self.assertEqual(forged.status_code, 422)
        self.assertFalse(self.leads())
        self.leave(name="Zoe\0 \r\nSoto", phone="600\0 555 666")
        self.assertRecordValues(
            self.leads(), [{"contact_name": "Zoe Soto", "phone": "600 555 666"}]
        )
