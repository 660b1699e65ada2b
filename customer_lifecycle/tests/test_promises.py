from datetime import timedelta

from psycopg2.errors import CheckViolation, NotNullViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY, PromisesCommon

SCRIPT = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPromises(PromisesCommon):
    """A promise: its terms, its course, its end."""

    def test_promise_begins_open_with_its_maker_and_day(self):
        promise = self.Promise.with_user(self.seller).create(
            {
                "lifecycle_id": self.acme.id,
                "name": "Send the samples",
                "due_date": TOMORROW,
            }
        )
        self.assertRecordValues(
            promise,
            [
                {
                    "state": "open",
                    "side": "ours",
                    "kind": "hand",
                    "made_date": TODAY,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "closed_date": False,
                }
            ],
        )

    @mute_logger("odoo.sql_db")
    def test_promise_without_a_date_is_refused(self):
        with self.assertRaises(NotNullViolation), self.env.cr.savepoint():
            self.Promise.create({"lifecycle_id": self.acme.id, "name": "Some day"})

    def test_promise_says_something_and_is_of_one_of_us(self):
        with self.assertRaisesRegex(ValidationError, "Say what was promised"):
            self._promise(TOMORROW, name="   ")
        portal = self._user("portal", "Paula")
        with self.assertRaisesRegex(ValidationError, "does not work here"):
            self._promise(TOMORROW, user_id=portal.id)

    def test_promise_cannot_lose_its_words(self):
        with self.assertRaisesRegex(ValidationError, "Say what was promised"):
            self._promise(TOMORROW).name = False

    def test_promise_is_of_the_company_of_its_customer(self):
        other = self.env["res.company"].create({"name": "Other"})
        promise = self._promise(TOMORROW, user_id=False)
        with self.assertRaisesRegex(ValidationError, "the customer's card"):
            promise.company_id = other
        promise = self._promise(TOMORROW, user_id=False, company_id=other.id)
        promise.flush_recordset()
        promise.invalidate_recordset()
        self.assertEqual(promise.company_id, self.company)

    def test_promise_of_tomorrow_is_not_made_yet(self):
        promise = self._promise(TOMORROW).with_user(self.seller)
        with self.assertRaisesRegex(ValidationError, "not before"):
            promise.made_date = TOMORROW
        with self.assertRaisesRegex(ValidationError, "not before"):
            promise.copy({"made_date": TOMORROW, "due_date": TOMORROW})
        promise.made_date = YESTERDAY

    def test_promise_never_ends_before_it_was_made(self):
        # written down in a time zone in which it is tomorrow already
        promise = self._promise(TOMORROW, made_date=TOMORROW)
        promise._close("kept")
        self.assertEqual(promise.closed_date, TOMORROW)

    def test_promised_again_there_is_as_much_time_again(self):
        promise = self._ended(
            "kept", due=TODAY - timedelta(days=30), made_date=TODAY - timedelta(days=40)
        )
        again = promise.copy()
        self.assertRecordValues(
            again,
            [
                {
                    "state": "open",
                    "made_date": TODAY,
                    "due_date": TODAY + timedelta(days=10),
                }
            ],
        )
        self.assertEqual(promise.copy({"due_date": TOMORROW}).due_date, TOMORROW)

    @mute_logger("odoo.sql_db")
    def test_due_before_it_was_made_is_refused(self):
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._promise(YESTERDAY, made_date=TODAY)
        self._promise(TODAY, made_date=TODAY)
        promise = self._promise(TOMORROW, made_date=TODAY)
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            promise.due_date = YESTERDAY
            promise.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_cannot_end_before_it_was_made(self):
        promise = self._promise(TOMORROW)
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            promise.write({"state": "kept", "closed_date": YESTERDAY})
            promise.flush_recordset()

    def test_overdue_is_the_day_after_it_was_due(self):
        late, today = self._promise(YESTERDAY), self._promise(TODAY)
        ended = self._ended("kept")
        self.assertEqual((late | today | ended).filtered("is_overdue"), late)
        found = self.Promise.search(
            [("is_overdue", "=", True), ("lifecycle_id", "=", self.acme.id)]
        )
        self.assertEqual(found, late)
        others = self.Promise.search(
            [("is_overdue", "=", False), ("lifecycle_id", "=", self.acme.id)]
        )
        self.assertEqual(others, today | ended)

    def test_buttons_end_it_with_day_and_person(self):
        for button, state in (
            ("action_keep", "kept"),
            ("action_break", "broken"),
            ("action_waive", "waived"),
        ):
            promise = self._promise().with_user(self.seller)
            getattr(promise, button)()
            self.assertRecordValues(
                promise,
                [
                    {
                        "state": state,
                        "closed_date": TODAY,
                        "closed_by_id": self.seller.id,
                    }
                ],
            )

    def test_end_is_said_once(self):
        promise = self._promise()
        promise.action_keep()
        promise.action_break()
        self.assertEqual(promise.state, "kept")

    def test_reopened_is_open_without_an_end(self):
        promise = self._ended("broken")
        promise.with_user(self.seller).action_reopen()
        self.assertRecordValues(
            promise,
            [
                {
                    "state": "open",
                    "closed_date": False,
                    "closed_by_id": False,
                    "asked_date": False,
                }
            ],
        )

    def test_course_is_not_written_by_hand(self):
        promise = self._promise().with_user(self.seller)
        for vals in (
            {"state": "kept"},
            {"closed_date": TODAY},
            {"asked_date": TODAY},
            {"kind": "vow"},
            {"is_alerted": True},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                promise.write(vals)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._made_by_seller(**vals)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._made_by_seller({"default_state": "kept"})
        self.assertEqual(promise.state, "open")

    def _made_by_seller(self, context=None, **vals):
        promises = self.Promise.with_user(self.seller).with_context(**context or {})
        return promises.create(
            {
                "lifecycle_id": self.acme.id,
                "name": "Send the samples",
                "due_date": TOMORROW,
                **vals,
            }
        )

    def test_terms_stay_as_they_were_at_the_end(self):
        promise = self._ended("broken").with_user(self.seller)
        for vals in ({"due_date": TOMORROW}, {"name": "Nothing"}, {"side": "theirs"}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                promise.write(vals)
        promise.proof = "The parcel was lost"
        self.assertEqual(promise.proof, "The parcel was lost")

    def test_script_in_the_text_stays_text(self):
        promise = self._promise(YESTERDAY, name=SCRIPT, proof=SCRIPT)
        promise._ask(TODAY)
        promise._close("broken")
        message = self.acme.message_ids[0]
        self.assertIn("&lt;script&gt;", message.body)
        self.assertNotIn("<script", message.body)
        self.assertEqual(promise.name, SCRIPT)

    def test_script_in_the_question_stays_text(self):
        promise = self._promise(YESTERDAY, name=SCRIPT)
        promise._ask(TODAY)
        question = self.questions(promise)
        self.assertNotIn("<script", question.note)
        self.assertIn(SCRIPT, question.summary)

    def test_only_a_manager_deletes_one(self):
        promise = self._promise()
        with self.assertRaises(AccessError):
            promise.with_user(self.seller).unlink()
        promise.with_user(self.leader).unlink()
        self.assertFalse(promise.exists())

    @mute_logger("odoo.sql_db")
    def test_one_open_promise_of_a_kind_for_an_order(self):
        order = self._quotation(self.partner)
        values = {"kind": "delivery", "order_id": order.id}
        self._promise(**values)._close("broken")
        self.Promise.flush_model()
        self._promise(**values)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self._promise(**values)

    def test_proof_of_a_person_is_kept(self):
        promise = self._promise(proof="Signed by Mr Smith")
        promise._close("kept", proof="Everything was delivered.")
        self.assertEqual(promise.proof, "Signed by Mr Smith")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPromiseFacts(PromisesCommon):
    """What promises say of a customer, on the card."""

    def assertFacts(self, as_of=TODAY, **values):
        self.follow(as_of)
        self.assertRecordValues(
            self.acme, [{f"promise_{name}": value for name, value in values.items()}]
        )

    def test_counts_are_of_our_promises(self):
        self._promise(TOMORROW)
        self._ended("kept")
        self._ended("kept")
        self._ended("broken", on=YESTERDAY)
        self._ended("waived")
        self._ended("broken", side="theirs", on=TODAY)
        self._promise(TOMORROW, side="theirs")
        self.assertFacts(
            open_count=1,
            overdue_count=0,
            kept_count=2,
            broken_count=1,
            broken_date=YESTERDAY,
            kept_share=0.6667,
        )

    def test_without_promises_there_is_no_share(self):
        self._ended("waived")
        self.assertFacts(
            open_count=0, overdue_count=0, kept_count=0, broken_count=0, kept_share=0
        )
        self.env.cr.execute(
            "SELECT promise_kept_share FROM customer_lifecycle WHERE id = %s",
            (self.acme.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), (None,), "0 would be a bad share")

    def test_overdue_from_the_day_after(self):
        self._promise(TODAY)
        self.assertFacts(open_count=1, overdue_count=0)
        self.assertEqual(self.acme.next_change_date, TOMORROW)
        self.assertFacts(TOMORROW, open_count=1, overdue_count=1)

    def test_card_wakes_on_the_day_to_ask_and_on_the_day_grace_ends(self):
        self.company.lifecycle_grace_days = 3
        self._promise(TODAY)
        self.follow()
        self.assertEqual(self.acme.next_change_date, TOMORROW)
        self.follow(TOMORROW)
        self.assertEqual(self.acme.next_change_date, TOMORROW + timedelta(days=3))

    def test_promise_of_the_customer_wakes_the_card_too(self):
        self._promise(TODAY, side="theirs")
        self.follow()
        self.assertEqual(self.acme.next_change_date, TOMORROW)

    def test_second_reading_changes_nothing(self):
        self._promise(YESTERDAY)
        self._ended("broken")
        self.follow()
        before = self.acme.read()[0], self.Promise.search([]).read()
        self.follow()
        self.env.invalidate_all()
        self.assertEqual((self.acme.read()[0], self.Promise.search([]).read()), before)

    def test_promises_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.Card.sudo().create(
            {"partner_id": self.partner.id, "company_id": other.id}
        )
        self._promise(TOMORROW, card=foreign, user_id=False)
        self._promise(TOMORROW)
        self.assertFacts(open_count=1)

    def test_change_of_a_promise_queues_its_customer(self):
        promise = self._promise()
        changes = self.env["customer.lifecycle.change"]
        for change in (
            lambda: promise._close("kept"),
            promise.action_reopen,
            lambda: promise.write({"due_date": TODAY}),
            lambda: promise.write({"side": "theirs"}),
            promise.unlink,
        ):
            self.env.flush_all()
            changes.search([]).unlink()
            change()
            self.env.flush_all()
            queued = changes.search([])
            self.assertEqual(set(queued.mapped("partner_ref")), {self.partner.id})

    def test_refresh_does_not_queue_whom_it_is_reading(self):
        self._promise(YESTERDAY)
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        self.follow()
        self.env.flush_all()
        self.assertFalse(changes.search([]))
        self.assertTrue(self.acme.promise_ids.asked_date)

    def test_facts_are_as_a_slow_twin_counts_them(self):
        cards = self.acme
        for number in range(4):
            partner = self._customer(f"Customer {number}")
            self._purchase(partner, 30)
            cards |= self.refresh(partner)
        states = ("open", "kept", "broken", "waived")
        for number in range(60):
            card = cards[number * 7 % len(cards)]
            due = TODAY + timedelta(days=number * 11 % 21 - 10)
            state = states[number % 4]
            promise = self._promise(
                due,
                card=card,
                side="theirs" if number % 5 == 0 else "ours",
                made_date=TODAY - timedelta(days=30),
                name=f"Promise {number}",
            )
            if state != "open":
                promise._close(state, on=min(due, TODAY))
        self.refresh(*cards.partner_id)
        for card in cards:
            ours = card.promise_ids.filtered(lambda promise: promise.side == "ours")
            count = {
                state: len(ours.filtered(lambda p, state=state: p.state == state))
                for state in states
            }
            said = count["kept"] + count["broken"]
            broken = ours.filtered(lambda promise: promise.state == "broken")
            self.assertRecordValues(
                card,
                [
                    {
                        "promise_open_count": count["open"],
                        "promise_overdue_count": len(
                            ours.filtered(
                                lambda p: p.state == "open" and p.due_date < TODAY
                            )
                        ),
                        "promise_kept_count": count["kept"],
                        "promise_broken_count": count["broken"],
                        "promise_broken_date": max(
                            broken.mapped("closed_date"), default=False
                        ),
                        "promise_kept_share": round(count["kept"] / said, 4)
                        if said
                        else 0,
                    }
                ],
            )

    def test_count_on_the_button_is_the_length_of_its_list(self):
        self._promise(TOMORROW)
        self._promise(YESTERDAY)
        self._promise(TOMORROW, side="theirs")
        self._ended("kept")
        self.follow()
        action = self.acme.action_open_promises()
        found = self.Promise.search(action["domain"])
        self.assertEqual(len(found), self.acme.promise_open_count)

    def test_report_tells_the_share_kept(self):
        self._ended("kept", user_id=self.seller.id)
        self._ended("kept", user_id=self.seller.id)
        self._ended("broken", user_id=self.seller.id)
        self._ended("waived", user_id=self.seller.id)
        self._ended("kept", user_id=self.leader.id, due=YESTERDAY, on=TODAY)
        self._promise(TOMORROW)
        report = self.env["customer.lifecycle.promise.report"]
        rows = report._read_group(
            [("lifecycle_id", "=", self.acme.id)],
            ["user_id"],
            ["kept_share:avg", "kept_count:sum", "broken_count:sum", "__count"],
        )
        found = {user: (round(share, 2), *counts) for user, share, *counts in rows}
        self.assertEqual(
            found, {self.seller: (0.67, 2, 1, 5), self.leader: (1, 1, 0, 1)}
        )
        ordered = self._ended("kept", kind="quotation", user_id=self.leader.id)
        self.env.flush_all()
        report.invalidate_model()
        self.assertRecordValues(
            report.browse(ordered.id),
            [{"state": "kept", "kept_count": 0, "kept_share": 0}],
        )
        ordered.unlink()
        late = report.search([("user_id", "=", self.leader.id)])
        self.assertEqual(late.late_days, 1)
        [(company, share)] = report._read_group(
            [("lifecycle_id", "=", self.acme.id)], ["company_id"], ["kept_share:avg"]
        )
        self.assertEqual((company, share), (self.company, 0.75))
