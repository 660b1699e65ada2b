import re
from ast import literal_eval
from datetime import datetime, time, timedelta

from odoo.tests import HttpCase, freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon

AT = datetime.combine(TODAY, time(12))


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestUnsubscribe(OutreachCommon, HttpCase):
    """The way out of every mail: by purpose, without login."""

    def setUp(self):
        super().setUp()
        self.card = self._buyer("Ana")
        self.partner = self.card.partner_id
        self.care = self.planner._plan(self._steps({}), self.card)
        step = self._steps({"state": "lifecycle_offer"})
        self.offer = self.planner._plan(step, self.card)
        self.task = self.planner._plan(
            self._steps({"lifecycle_channel": "activity"}), self.card
        )

    def get(self, outreach=None, url=None):
        """Open the page of an outreach as anybody."""
        return self.url_open(self._path(url or (outreach or self.offer)))

    def post(self, data, outreach=None):
        """Post a choice on the page of an outreach, by default of the offer."""
        response = self.url_open(self._path(outreach or self.offer), data=data)
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()
        return response.text

    def _path(self, target):
        url = target if isinstance(target, str) else target._unsubscribe_url()
        return "/lifecycle/" + url.split("/lifecycle/")[1]

    def assertRefused(self, offers, care):
        self.assertRecordValues(
            self.partner, [{"lifecycle_no_offers": offers, "lifecycle_no_care": care}]
        )

    def is_listed(self, email="ana@example.com"):
        return bool(self.env["mail.blacklist"].search_count([("email", "=", email)]))

    # ------------------------------------------------------------------------- the page

    def test_looking_changes_nothing(self):
        page = self.get()
        self.assertEqual(page.status_code, 200)
        self.assertIn("ana@example.com", page.text)
        self.assertIn("Lifecycle Test", page.text)
        self.assertEqual(
            re.findall(r'name="refuse"[^>]* value="(\w+)"', page.text),
            ["offers", "care", "all"],
        )
        self.env.invalidate_all()
        self.assertRefused(False, False)
        self.assertFalse(self.is_listed())
        self.assertEqual(self.offer.state, "planned")
        self.assertEqual(page.headers["X-Robots-Tag"], "noindex, nofollow")
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")

    def test_page_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.partner.lang = "es_ES"
        self.assertIn('lang="es-ES"', self.get().text)

    def test_forged_links_say_so_and_do_nothing(self):
        url = self.offer._unsubscribe_url()
        sign = self.offer._sign
        ticket = self.offer._read_ticket(url.rsplit("/", 1)[1])
        other = sign(ticket._replace(email="eva@example.com"))
        payload, _dot, signature = url.rsplit("/", 1)[1].partition(".")
        for token in (
            "nonsense",
            payload,
            f"{payload}.",
            f"{payload}.{signature[:-1]}",
            f"{other.partition('.')[0]}.{signature}",
            f"ñ.{signature}",
        ):
            with self.subTest(token=token):
                response = self.url_open(
                    f"/lifecycle/unsubscribe/{token}", data={"refuse": "all"}
                )
                self.assertEqual(response.status_code, 404)
                self.assertIn("This link is not complete", response.text)
        self.env.invalidate_all()
        self.assertFalse(self.env["mail.blacklist"].search_count([]))
        self.assertRefused(False, False)

    # ------------------------------------------------------------------------- choosing

    def test_no_offers_cancels_offers_at_once_and_can_be_undone(self):
        page = self.post({"refuse": "offers"})
        self.assertIn("You can undo it here", page)
        self.assertRefused(True, False)
        self.assertEqual(self.offer.state, "cancelled")
        self.assertEqual(self.offer.reason, "The customer wants no offers.")
        self.assertEqual((self.care | self.task).mapped("state"), ["planned"] * 2)
        self.assertIn('value="offers"', page)
        page = self.post({"allow": "offers"})
        self.assertIn("you get it again", page)
        self.assertRefused(False, False)
        self.assertEqual(self.offer.state, "planned")

    def test_what_is_too_late_is_not_planned_again(self):
        self.post({"refuse": "offers"})
        self.offer.expiry_date = TODAY - timedelta(days=1)
        self.post({"allow": "offers"})
        self.assertEqual(self.offer.state, "cancelled")

    def test_undo_leaves_what_a_colleague_cancelled(self):
        self.offer._put("cancelled", "by_hand")
        self.post({"refuse": "offers"})
        self.post({"allow": "offers"})
        self.assertEqual(self.offer.reason_code, "by_hand")

    def test_no_care_leaves_offers(self):
        self.post({"refuse": "care"})
        self.assertRefused(False, True)
        self.assertEqual(self.care.state, "cancelled")
        self.assertEqual(self.offer.state, "planned")

    def test_everything_is_odoos_blacklist(self):
        self.post({"refuse": "all"})
        self.assertTrue(self.is_listed())
        self.assertRefused(False, False)
        self.assertEqual(
            (self.care | self.offer).mapped("state"), ["cancelled", "cancelled"]
        )
        self.assertEqual(self.task.state, "planned")
        page = self.get().text
        self.assertNotIn('value="offers"', page)
        self.post({"allow": "all"})
        self.assertFalse(self.is_listed())
        self.assertEqual((self.care | self.offer).mapped("state"), ["planned"] * 2)

    def test_other_contacts_and_cards_of_the_address_are_heard_too(self):
        again = self._buyer("Ana again", email="ANA@example.com")
        offer = self.planner._plan(self.offer.step_id, again)
        self.post({"refuse": "offers"})
        self.assertTrue(again.partner_id.lifecycle_no_offers)
        self.assertEqual(offer.state, "cancelled")

    def test_contact_of_another_company_is_left_alone(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self._customer("Ana", email="ana@example.com", company_id=company.id)
        self.post({"refuse": "offers"})
        self.assertFalse(other.lifecycle_no_offers)

    def test_nonsense_changes_nothing(self):
        for data in ({"refuse": "nonsense"}, {"allow": ""}, {"something": "else"}):
            self.post(data)
        self.assertRefused(False, False)
        self.assertFalse(self.is_listed())

    def test_it_is_noted_on_the_contact_who_said_so(self):
        self.partner = self.partner.with_context(tracking_disable=False)
        self.post({"refuse": "offers"})
        body = " ".join(self.partner.message_ids.mapped("body"))
        self.assertIn("Chosen by the customer, by the link in an e-mail.", body)

    # ------------------------------------------------------------------------ one click

    def test_one_click_refuses_what_the_mail_was_for(self):
        self.post({"List-Unsubscribe": "One-Click"}, self.care)
        self.assertRefused(False, True)
        self.post({"List-Unsubscribe": "One-Click"}, self.offer)
        self.assertRefused(True, True)

    def test_link_outlives_the_outreach_and_the_address(self):
        url = self.offer._unsubscribe_url()
        other = self._customer("Ana at home", email="ana@example.com")
        self.partner.email = "new@example.com"
        self.offer.unlink()
        self.assertEqual(self.get(url=url).status_code, 200)
        self.url_open(self._path(url), data={"refuse": "offers"})
        self.env.invalidate_all()
        self.assertTrue(other.lifecycle_no_offers)

    def test_link_is_for_the_person_also_with_a_new_address(self):
        url = self.offer._unsubscribe_url()
        self.partner.email = "new@example.com"
        self.url_open(self._path(url), data={"refuse": "offers"})
        self.env.invalidate_all()
        self.assertRefused(True, False)

    # ------------------------------------------------------------------------- the mail

    def test_mail_has_the_way_out_and_the_chatter_has_not(self):
        self.offer._put("approved")
        self.sender._send(self.offer, AT)
        mail = self._mails(self.offer)
        url = self.offer._unsubscribe_url()
        self.assertIn(f'href="{url}"', mail.body_html)
        self.assertIn(
            "You get this e-mail as a customer of Lifecycle Test.", mail.body_html
        )
        self.assertNotIn(url, mail.mail_message_id.body)
        headers = literal_eval(mail.headers)
        self.assertEqual(headers["List-Unsubscribe"], f"<{url}>")
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")

    # ----------------------------------------------------------------- said to a person

    def test_refusal_noted_by_a_colleague_cancels_at_once(self):
        colleague = self._user("own")
        self.card.user_id = colleague
        colleague.group_ids += self.env.ref("base.group_partner_manager")
        self.partner.with_user(colleague).lifecycle_no_offers = True
        self.assertEqual(self.offer.state, "cancelled")
        self.assertEqual(self.care.state, "planned")

    def test_new_contact_who_refuses_speaks_for_the_address(self):
        self._customer("Ana", email="ana@example.com", lifecycle_no_care=True)
        self.assertEqual(self.care.state, "cancelled")
        self.assertEqual(self.offer.state, "planned")

    def test_merged_contacts_keep_a_refusal(self):
        other = self._customer("Ana too", email="ana@example.com")
        other.lifecycle_no_offers = True
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.partner | other).ids, self.partner
        )
        self.assertRefused(True, False)
