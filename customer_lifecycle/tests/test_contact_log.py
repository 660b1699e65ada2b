from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .test_contacts import NOON, ContactsCommon, days_ago


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestContactLog(ContactsCommon):
    """Noting what Odoo knows nothing of: a call, a visit, a chat message."""

    def setUp(self):
        super().setUp()
        self.card_ = self.refresh(self.customer)
        self.card_.user_id = self.seller

    def _log(self, user=None, **values):
        """Log a contact as the dialog does."""
        card = self.card_.with_user(user or self.seller)
        action = card.action_log_contact()
        dialog = self.env["customer.lifecycle.contact.log"].with_user(
            user or self.seller
        )
        with Form(dialog.with_context(**action["context"])) as form:
            for name, value in values.items():
                form[name] = value
        form.record.action_log()

    def test_nobody_learns_the_name_of_a_colleagues_customer(self):
        stranger = self._user("own", "Stranger")
        self.card_.user_id = self.seller
        with self.assertRaises(AccessError):
            self.env["customer.lifecycle.contact.log"].with_user(stranger).create(
                {"lifecycle_id": self.card_.id, "person_id": stranger.partner_id.id}
            )

    def assertLogged(self, heard=None, reached=None):
        expected = {
            "last_heard_date": days_ago(heard) if heard is not None else False,
            "last_reached_date": days_ago(reached) if reached is not None else False,
        }
        self.assertRecordValues(self.card_, [expected])

    def test_call_is_noted_on_the_card_on_its_day(self):
        self._log(at=NOON - timedelta(days=4), person_id=self.person, note="Flour")
        self.assertLogged(heard=4, reached=4)
        message = self.card_.message_ids[0]
        self.assertEqual(message.date, NOON - timedelta(days=4))
        self.assertEqual(message.author_id, self.seller.partner_id)
        self.assertIn("Called Jose", message.body)
        self.assertIn("Flour", message.body)
        self.assertFalse(self.card_.with_context(active_test=True).activity_ids)

    def test_message_is_of_who_began(self):
        self._log(kind="message", began="theirs", at=NOON - timedelta(days=2))
        self.assertLogged(heard=2)
        self._log(kind="message", began="ours")
        self.assertLogged(heard=2, reached=0)

    def test_every_kind_is_a_contact(self):
        for kind in ("call", "meeting", "visit", "coffee"):
            for began in ("ours", "theirs"):
                with self.subTest(kind=kind, began=began):
                    self._log(kind=kind, began=began)
                    self.assertLogged(heard=0, reached=0)
                    self.card_.message_ids[0].unlink()
                    self.refresh(self.customer)
                    self.assertLogged()

    def test_nothing_is_sent(self):
        self.card_.message_subscribe(self.customer.ids)
        before = self.env["mail.mail"].search_count([])
        self._log()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_note_with_script_is_text(self):
        self._log(note="<script>alert(1)</script>")
        self.assertNotIn("<script", self.card_.message_ids[0].body)

    def test_contact_to_come_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "still to come"):
            self._log(at=NOON + timedelta(days=1))
        self.assertLogged()

    def test_person_of_somebody_else_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            self.env["customer.lifecycle.contact.log"].create(
                {
                    "lifecycle_id": self.card_.id,
                    "person_id": self._customer("Stranger").id,
                }
            )

    def test_card_of_a_colleague_is_refused(self):
        own = self._user("own")
        dialog = self.env["customer.lifecycle.contact.log"].with_user(own)
        with self.assertRaises(AccessError):
            dialog.create({"lifecycle_id": self.card_.id}).action_log()
        self.assertLogged()

    def test_deleted_kind_of_activity_is_no_obstacle(self):
        self.env.ref("customer_lifecycle.mail_activity_type_visit").unlink()
        self._log(kind="visit")
        self.assertLogged(heard=0, reached=0)
        self.assertEqual(self.card_.last_contact_date, TODAY)
