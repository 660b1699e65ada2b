from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY, PromisesCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestOverduePromises(PromisesCommon):
    """Overdue promises are asked about before they count as broken."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lifecycle_grace_days = 3

    def after(self, days):
        return TODAY + timedelta(days=days)

    def test_nothing_is_asked_on_the_day_it_is_due(self):
        promise = self._promise(TODAY)
        self.follow()
        self.assertFalse(promise.asked_date)
        self.assertFalse(self.questions(promise))

    def test_the_responsible_is_asked_once(self):
        promise = self._promise(TODAY)
        self.follow(self.after(1))
        self.follow(self.after(2))
        question = self.questions(promise)
        self.assertRecordValues(
            question,
            [{"user_id": self.seller.id, "date_deadline": self.after(1)}],
        )
        self.assertEqual(question.summary, "Was it kept? Send the samples")
        self.assertEqual((promise.state, promise.asked_date), ("open", self.after(1)))

    def test_without_an_answer_it_is_broken_when_grace_is_over(self):
        promise = self._promise(TODAY)
        self.follow(self.after(1))
        self.follow(self.after(3))
        self.assertEqual(promise.state, "open")
        self.follow(self.after(4))
        self.assertRecordValues(
            promise,
            [
                {
                    "state": "broken",
                    "closed_date": self.after(4),
                    "closed_by_id": False,
                }
            ],
        )
        self.assertFalse(self.questions(promise))
        self.assertEqual(self.acme.promise_broken_count, 1)
        self.assertEqual(self.acme.promise_broken_date, self.after(4))

    def test_nobody_is_asked_about_an_archived_customer(self):
        promise = self._promise(TODAY)
        self.partner.active = False
        self.follow(self.after(1))
        self.assertFalse(self.questions(promise))
        promise.asked_date = self.after(1)
        self.follow(self.after(9))
        self.assertEqual(promise.state, "open")
        self.partner.active = True
        self.follow(self.after(9))
        self.assertEqual(promise.state, "broken")

    def test_days_of_grace_are_a_setting(self):
        self.company.lifecycle_grace_days = 1
        promise = self._promise(TODAY)
        self.follow(self.after(1))
        self.follow(self.after(2))
        self.assertEqual(promise.state, "broken")

    def test_other_grace_queues_customers_with_open_promises(self):
        self._promise(TODAY)
        self._added_customer("Without")
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"]
        changes.search([]).unlink()
        self.company.lifecycle_grace_days = 5
        queued = changes.search([])
        self.assertEqual(queued.mapped("partner_ref"), [self.partner.id])
        self.assertTrue(all(queued.mapped("is_silent")))

    def _added_customer(self, name):
        partner = self._customer(name)
        self._purchase(partner, 30)
        return self.refresh(partner)

    def test_never_read_for_weeks_it_is_asked_first(self):
        promise = self._promise(TODAY)
        self.follow(self.after(40))
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.asked_date, self.after(40))

    def test_answer_removes_the_question(self):
        for button in ("action_keep", "action_break", "action_waive"):
            promise = self._promise(YESTERDAY)
            self.follow()
            self.assertTrue(self.questions(promise))
            getattr(promise.with_user(self.seller), button)()
            self.assertFalse(self.questions(promise))

    def test_reopened_is_asked_about_again(self):
        promise = self._promise(YESTERDAY)
        self.follow()
        promise.action_keep()
        promise.action_reopen()
        self.follow()
        self.assertEqual(len(self.questions(promise)), 1)

    def test_promise_of_the_customer_is_asked_about_too(self):
        promise = self._promise(YESTERDAY, side="theirs")
        self.follow()
        self.assertTrue(self.questions(promise))

    def test_another_day_is_asked_about_anew(self):
        promise = self._promise(YESTERDAY)
        self.follow()
        promise.with_user(self.seller).due_date = TOMORROW
        self.assertFalse(self.questions(promise))
        self.follow(self.after(2))
        self.assertEqual(promise.asked_date, self.after(2))

    def test_whom_to_ask_when_the_responsible_is_gone(self):
        promise = self._promise(YESTERDAY, user_id=False)
        self.follow()
        self.assertEqual(self.questions(promise).user_id, self.seller)
        self.seller.active = False
        self.assertEqual(promise._whom_to_ask(), self.leader)

    def test_broken_alerts_owner_and_manager_once(self):
        promise = self._promise(YESTERDAY)
        promise._close("broken")
        message = self.acme.message_ids[0]
        self.assertIn("Send the samples", message.body)
        self.assertEqual(
            message.notified_partner_ids, (self.seller | self.leader).partner_id
        )
        count = len(self.acme.message_ids)
        promise.action_reopen()
        promise._close("broken")
        self.assertEqual(len(self.acme.message_ids), count)

    def test_another_owner_and_responsible_are_both_told(self):
        colleague = self._user("all", "Colin")
        promise = self._promise(YESTERDAY, user_id=colleague.id)
        people = promise._whom_to_alert(promise._sales_managers(self.company))
        self.assertEqual(people, self.seller | colleague | self.leader)

    def test_without_a_team_leader_the_sales_managers_are_told(self):
        self.team.user_id = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "manager",
            "Stranger",
            company_id=elsewhere.id,
            company_ids=elsewhere.ids,
        )
        promise = self._promise(YESTERDAY)
        people = promise._whom_to_alert(promise._sales_managers(self.company))
        self.assertIn(self.leader, people)
        self.assertNotIn(stranger, people)

    def test_sentence_names_who_promised(self):
        ours = self._promise(YESTERDAY)
        theirs = self._promise(YESTERDAY, side="theirs", name="Pay the bill")
        self.assertEqual(
            ours._broken_sentence(),
            "“Send the samples” was promised to Acme for 03/15/2026 and was not kept.",
        )
        self.assertEqual(
            theirs._broken_sentence(),
            "Acme promised “Pay the bill” for 03/15/2026 and did not keep it.",
        )

    def test_time_alone_queues_the_customer_on_the_day_to_ask(self):
        self._promise(TODAY)
        self.follow()
        changes = self.env["customer.lifecycle.change"]
        for day, queued in ((TODAY, 0), (TOMORROW, 1)):
            changes.search([]).unlink()
            self.refresher._queue_due({self.company: day})
            waiting = changes.search([("partner_ref", "=", self.partner.id)])
            self.assertEqual(waiting.mapped("cause"), ["time"] * queued)

    def test_batches_of_any_size_make_the_same_queries(self):
        few = [self._added_customer(f"Few {number}") for number in range(2)]
        many = [self._added_customer(f"Many {number}") for number in range(12)]
        for card in few + many:
            self._promise(YESTERDAY, card=card)
        counts = []
        for cards in (few, many):
            partners = self.Card.union(*cards).partner_id
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.refresh(*partners)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 12, "not one more for each customer")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestVows(PromisesCommon):
    """What the company promises to each new customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vow = cls.env["customer.lifecycle.vow"].create(
            {
                "name": "We call to thank",
                "company_id": cls.company.id,
                "due_days": 3,
                "since_date": TODAY - timedelta(days=5),
            }
        )

    def _vowed(self, *days_ago, name="New", **options):
        partner = self._customer(name, user_id=self.seller.id)
        self._purchases(partner, *days_ago)
        return self.refresh(partner, **options)

    def vowed(self, card):
        return card.promise_ids.filtered("vow_id")

    def test_first_purchase_gets_one_promise_of_each_vow(self):
        self.vow.copy({"name": "We ask whether it helped", "due_days": 30})
        card = self._vowed(2)
        self.assertRecordValues(
            self.vowed(card).sorted("due_date"),
            [
                {
                    "name": "We call to thank",
                    "kind": "vow",
                    "side": "ours",
                    "state": "open",
                    "made_date": TODAY - timedelta(days=2),
                    "due_date": TODAY + timedelta(days=1),
                    "user_id": self.seller.id,
                },
                {
                    "name": "We ask whether it helped",
                    "kind": "vow",
                    "side": "ours",
                    "state": "open",
                    "made_date": TODAY - timedelta(days=2),
                    "due_date": TODAY + timedelta(days=28),
                    "user_id": self.seller.id,
                },
            ],
        )

    def test_it_is_made_once(self):
        card = self._vowed(2)
        self.vowed(card).action_keep()
        self.refresh(card.partner_id)
        self.assertEqual(len(self.vowed(card)), 1)

    def test_who_bought_before_gets_none(self):
        self.assertFalse(self.vowed(self._vowed(2, 100)))

    def test_first_purchase_before_the_vow_gets_none(self):
        self.assertFalse(self.vowed(self._vowed(6)))
        self.assertTrue(self.vowed(self._vowed(5, name="On the day")))

    def test_history_that_is_entered_gets_none(self):
        self.vow.since_date = TODAY - timedelta(days=500)
        self.assertFalse(self.vowed(self._vowed(100)))
        self.assertFalse(self.vowed(self._vowed(2, name="Imported", is_silent=True)))

    def test_archived_vow_and_that_of_another_company_are_not_made(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.vow.copy({"company_id": other.id})
        self.vow.copy({"active": False})
        self.assertEqual(self.vowed(self._vowed(2)).vow_id, self.vow)

    def test_vow_of_every_company_is_made_in_each(self):
        self.vow.company_id = False
        self.assertEqual(self.vowed(self._vowed(2)).vow_id, self.vow)

    def test_purchase_that_is_taken_back_waives_it(self):
        card = self._vowed(2)
        self.env["sale.order"].search(
            [("partner_id", "=", card.partner_id.id)]
        )._action_cancel()
        self.refresh(card.partner_id)
        self.assertEqual(self.vowed(card).state, "waived")

    def test_words_are_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.vow.with_context(lang="es_ES").name = "Llamamos para dar las gracias"
        partner = self._customer("Nuevo", lang="es_ES")
        self._purchase(partner, 1)
        self.assertEqual(
            self.vowed(self.refresh(partner)).name, "Llamamos para dar las gracias"
        )

    def test_switched_on_it_begins_today(self):
        self.vow.write({"active": False, "since_date": "2020-01-01"})
        self.vow.active = True
        self.assertEqual(self.vow.since_date, TODAY)

    def test_shipped_vows_are_switched_off(self):
        shipped = self.env["customer.lifecycle.vow"].with_context(active_test=False)
        shipped = shipped.search([("company_id", "=", False)]) - self.vow
        self.assertFalse(shipped.filtered("active"))
