from datetime import datetime, time, timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon

NOON = datetime.combine(TODAY, time(12))


def days_ago(days):
    """Return a day before the day of the tests."""
    return TODAY - timedelta(days=days)


class ContactsCommon(CustomerLifecycleCommon):
    """A company with a contact person, a salesperson, and ways to get in touch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("all", "Seller", email="seller@example.com")
        cls.customer = cls._customer(
            "Bakery", is_company=True, email="bakery@example.com"
        )
        cls.person = cls._customer(
            "Jose", parent_id=cls.customer.id, email="jose@example.com"
        )
        cls.order = cls._purchase(cls.customer, 300)
        cls.changes = cls.env["customer.lifecycle.change"]

    def _post(self, record, author, days, **values):
        """Post a message so many days ago.

        :param author: a contact
        """
        return record.message_post(
            **{
                "body": "Hello",
                "author_id": author.id,
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "date": NOON - timedelta(days=days),
                **values,
            }
        )

    def _meeting(self, days, people=None, **values):
        """Create a meeting of the salesperson so many days ago."""
        start = NOON - timedelta(days=days)
        people = self.person if people is None else people
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": self.seller.id,
                "partner_ids": [
                    Command.set((people | self.seller.partner_id).ids),
                ],
                **values,
            }
        )

    def _done(self, record, xmlid, days=0):
        """Have the salesperson do an activity so many days ago."""
        activity = record.with_user(self.seller).activity_schedule(
            xmlid, user_id=self.seller.id
        )
        with freeze_time(NOON - timedelta(days=days)):
            activity._action_done(feedback="Spoke about flour")

    def _begin(self):
        """Begin as after a commit: nothing is waiting, nothing was silent."""
        self.env.flush_all()
        self.changes.search([]).unlink()
        self.env.cr.precommit.clear()

    def _queued(self):
        self.env.flush_all()
        return self.changes.search([])

    def assertContact(self, heard=None, reached=None, as_of=TODAY):
        """Assert how many days before today each side was last in touch."""
        card = self.refresh(self.customer, as_of=as_of)
        expected = {
            "last_heard_date": days_ago(heard) if heard is not None else False,
            "last_reached_date": days_ago(reached) if reached is not None else False,
        }
        days = [day for day in expected.values() if day]
        expected["last_contact_date"] = max(days, default=False)
        self.assertRecordValues(card, [expected])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestContacts(ContactsCommon):
    """What counts as a contact with a customer, and when."""

    # ----------------------------------------------------------------------- messages

    def test_without_messages_nobody_was_in_touch(self):
        self.assertContact()

    def test_message_counts_for_its_side_wherever_it_is_written(self):
        lead = self._lead(self.person)
        card = self.refresh(self.customer)
        for days, record in enumerate(
            (card, lead, self.order, self.person, self.customer), 1
        ):
            with self.subTest(record=record), self.env.cr.savepoint() as savepoint:
                self._post(record, self.person, days)
                self._post(record, self.seller.partner_id, days + 10)
                self.assertContact(heard=days, reached=days + 10)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_last_message_of_many_counts(self):
        for days in (9, 3, 30):
            self._post(self.order, self.person, days)
        self.assertContact(heard=3)

    def test_mail_that_came_in_counts(self):
        self._post(self.customer, self.person, 2, message_type="email")
        self.assertContact(heard=2)

    def test_mail_from_an_unknown_address_counts_for_the_customer(self):
        self._post(
            self._lead(self.customer),
            self.env["res.partner"],
            2,
            message_type="email",
            author_id=False,
            email_from="jose.private@example.com",
        )
        self.assertContact(heard=2)

    def test_what_programs_write_is_no_contact(self):
        ours = self.seller.partner_id
        for values in (
            {"message_type": "notification"},
            {"message_type": "auto_comment"},
            {"message_type": "email_outgoing"},
            {"author_id": self.env.ref("base.partner_root").id},
        ):
            with self.subTest(values):
                self._post(self.order, ours, 1, **values)
                self.assertContact()

    def test_automatic_answer_is_no_contact(self):
        message = self._post(self.order, self.person, 1, message_type="email")
        self.assertContact(heard=1)
        message.lifecycle_is_automatic = True
        self.assertContact()

    def test_internal_note_is_no_contact(self):
        self._post(self.order, self.seller.partner_id, 1, subtype_xmlid="mail.mt_note")
        self._post(self.order, self.seller.partner_id, 1, is_internal=True)
        self.assertContact()

    def test_message_of_a_third_person_is_no_contact(self):
        self._post(self.order, self._customer("Carrier"), 1)
        self.assertContact()

    def test_message_of_who_has_left_us_stays_ours(self):
        self._post(self.order, self.seller.partner_id, 5)
        self.seller.active = False
        self.assertContact(reached=5)

    def test_day_is_that_of_the_company(self):
        self.company.lifecycle_tz = "America/Bogota"  # five hours behind
        self._post(self.order, self.person, 0, date=datetime(2026, 3, 10, 3))
        self.assertContact(heard=7)

    def test_later_message_does_not_count_yet(self):
        self._post(self.order, self.person, 4)
        self._post(self.order, self.person, 2)
        self.assertContact(heard=4, as_of=days_ago(3))

    def test_message_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._post(self.customer, self.seller.partner_id, 1, record_company_id=other.id)
        self.assertContact()
        self._post(self.customer, self.seller.partner_id, 4)
        self.assertContact(reached=4)

    # --------------------------------------------------------------------- activities

    def test_done_call_is_a_contact_of_both_sides(self):
        card = self.refresh(self.customer)
        self._done(card, "mail.mail_activity_data_call", 3)
        self.assertContact(heard=3, reached=3)

    def test_done_to_do_is_a_contact_of_ours(self):
        self._done(self.order, "mail.mail_activity_data_todo", 3)
        self.assertContact(reached=3)

    def test_done_paperwork_is_no_contact(self):
        self._done(self.order, "mail.mail_activity_data_upload_document")
        self._done(self.order, "mail.mail_activity_data_warning")
        self.assertContact()

    def test_kind_of_activity_says_what_done_means(self):
        kind = self.env.ref("mail.mail_activity_data_todo")
        self._done(self.order, "mail.mail_activity_data_todo", 3)
        self.assertContact(reached=3)
        self._begin()
        kind.lifecycle_contact = "none"
        self.assertIn(self.customer.id, self._queued().mapped("partner_ref"))
        self.assertContact()

    def test_open_activity_is_no_contact(self):
        self.order.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_call"
        )
        self.assertContact()

    # ----------------------------------------------------------------------- meetings

    def test_meeting_is_a_contact_of_both_sides(self):
        self._meeting(6)
        self.assertContact(heard=6, reached=6)

    def test_meeting_to_come_counts_from_its_day_on(self):
        self._meeting(6)
        self._meeting(-3)
        self.assertContact(heard=6, reached=6)
        day = TODAY + timedelta(days=3)
        card = self.refresh(self.customer, as_of=day - timedelta(days=1))
        self.assertEqual(card.next_change_date, day)
        self.assertContact(heard=-3, reached=-3, as_of=day)

    def test_meeting_that_was_cancelled_or_declined_is_none(self):
        self._meeting(6, active=False)
        declined = self._meeting(5)
        declined.attendee_ids.filtered(
            lambda each: each.partner_id == self.person
        ).state = "declined"
        self.assertContact()

    def test_meeting_without_the_customer_or_without_us_is_none(self):
        self._meeting(6, people=self._customer("Somebody else"))
        self._meeting(5, user_id=False, partner_ids=[Command.set(self.person.ids)])
        self.assertContact()

    # ------------------------------------------------------------------------ marking

    def assertMarked(self, silent=False):
        queued = self._queued()
        self.assertTrue(queued)
        self.assertLessEqual(
            set(queued.mapped("partner_ref")), {self.customer.id, self.person.id}
        )
        self.assertEqual(set(queued.mapped("is_silent")), {silent})
        self._begin()

    def test_each_contact_marks_the_customer(self):
        card = self.refresh(self.customer)
        self._begin()
        message = self._post(self.order, self.person, 0)
        self.assertMarked()
        message.sudo().is_internal = True
        self.assertMarked()
        self._done(card, "mail.mail_activity_data_call")
        self.assertMarked()
        meeting = self._meeting(0)
        self.assertMarked()
        meeting.attendee_ids.state = "declined"
        self.assertMarked()
        meeting.start = NOON - timedelta(days=1)
        self.assertMarked()
        meeting.unlink()
        self.assertMarked()
        self._post(self.person, self.person, 0)
        self.assertMarked()

    def test_what_is_no_contact_marks_nobody(self):
        self._begin()
        ours = self.seller.partner_id
        self._post(self.order, ours, 0, subtype_xmlid="mail.mt_note")
        self._post(self.order, ours, 0, message_type="notification")
        self._post(self.env["res.users"].browse(self.seller.id).partner_id, ours, 0)
        self._meeting(0, people=self.env["res.partner"])
        self.assertNotIn(self.customer.id, self._queued().mapped("partner_ref"))

    def test_history_that_is_entered_marks_silently(self):
        self._begin()
        self._post(self.order, self.person, 30)
        self.assertMarked(silent=True)
        self._meeting(30)
        self.assertMarked(silent=True)

    def test_second_reading_changes_nothing(self):
        self._post(self.order, self.person, 3)
        self._meeting(6)
        card = self.refresh(self.customer)
        written = card.write_date
        with freeze_time("2026-03-16 13:00:00"):
            self.refresh(self.customer)
        self.assertEqual(card.write_date, written)
