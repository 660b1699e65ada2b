from datetime import datetime, time, timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY
from .common_today import TodayCommon, ago


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestToday(TodayCommon):
    """What waits, in one line for each customer, with its sentence."""

    def _stands(self, health, **dates):
        """Have Acme stand so since some days."""
        self.acme.sudo().write(dates)
        self.acme._move("health", {self.acme.id: health}, cause="time", date=YESTERDAY)

    # ------------------------------------------------------------------------ matters

    def test_statement_is_run_and_not_compiled(self):
        """PostgreSQL takes seconds to compile it, at every opening of the app."""
        self.env["customer.lifecycle.today"].search([])
        self.env.cr.execute("SHOW jit")
        self.assertEqual(self.env.cr.fetchone(), ("off",))

    def test_nothing_waits_nothing_is_listed(self):
        self.assertFalse(self.line())

    def test_setback_waits_until_somebody_reached_them(self):
        self._ended("broken", due=ago(4), on=ago(3))
        self.acme.sudo().write({"setback_date": ago(3), "setback_kind": "promise"})
        self._spoken(self.acme, ago(4))
        self.assertWaits(
            "setback",
            "“Send the samples” was promised and not kept (03/13/2026). It is not made "
            "good yet.",
        )
        self._spoken(self.acme, ago(2))
        self.assertFalse(self.kind())

    def test_setback_comes_back_after_a_week(self):
        self.acme.sudo().write(
            {"setback_date": ago(20), "setback_kind": "rating", "satisfaction": 2}
        )
        self._spoken(self.acme, ago(6))
        self.assertFalse(self.kind())
        self._spoken(self.acme, ago(7))
        self.assertWaits(
            "setback", "Gave us 2 of 5 on 02/24/2026. Nobody has made it good yet."
        )

    def test_unsolved_need_is_a_setback(self):
        self.acme.sudo().write({"setback_date": ago(1), "setback_kind": "need"})
        self._spoken(self.acme, ago(2))
        self.assertWaits(
            "setback",
            "Said on 03/15/2026 that the need was not solved. It is still open.",
        )

    def test_promise_waits_when_overdue_and_shortly_before(self):
        promise = self._promise(TODAY + timedelta(days=3))
        self.assertFalse(self.kind())
        promise.due_date = TODAY + timedelta(days=2)
        self.assertWaits("promise_soon", "“Send the samples” is due on 03/18/2026.")
        promise.due_date = TOMORROW
        self.assertWaits("promise_soon", "“Send the samples” is due tomorrow.")
        promise.due_date = TODAY
        self.assertWaits("promise_soon", "“Send the samples” is due today.")
        late = self._promise(YESTERDAY, name="Call back")
        self.assertWaits(
            "promise", "“Call back” was promised for 03/15/2026 and is still open."
        )
        late.action_keep()
        self.assertEqual(self.kind(), "promise_soon")

    def test_what_they_promised_is_not_our_task(self):
        self._promise(YESTERDAY, side="theirs")
        self.assertFalse(self.kind())

    def test_activity_waits_from_its_day_on(self):
        activity = self._plan(TOMORROW)
        self.assertFalse(self.kind())
        activity.date_deadline = TODAY
        self.assertWaits("activity_today", "Planned for today: Call (The catalogue).")
        activity.date_deadline = YESTERDAY
        self.assertWaits(
            "activity_late",
            "Planned for 03/15/2026 and not done: Call (The catalogue).",
        )
        activity.action_feedback()
        self.assertFalse(self.kind())

    def test_activity_on_what_is_theirs_counts(self):
        person = self._customer("Ann", parent_id=self.partner.id)
        for record in (
            person,
            self._quotation(person),
            self._lead(person),
            self._lead(person, company_id=False),
        ):
            with self.subTest(record=record):
                activity = self._plan(TODAY, record)
                self.assertEqual(self.kind(), "activity_today")
                activity.unlink()
                self.assertFalse(self.kind())

    def test_activity_of_a_colleague_is_the_colleagues(self):
        self._plan(TODAY, user=self.leader)
        self.assertFalse(self.kind())

    def test_leaving_customers_wait_until_somebody_spoke(self):
        self._stands("slipping", slipping_date=ago(5), lapsed_date=TOMORROW)
        self._spoken(self.acme, ago(5))
        self.assertFalse(self.kind())
        self._spoken(self.acme, ago(6))
        self.assertEqual(self.kind(), "slipping")
        reason = self.line().reason
        self.assertTrue(reason.startswith(self.acme.reason))
        self.assertTrue(reason.endswith("Nobody has spoken with the customer since."))

    def test_who_lapsed_long_ago_is_no_matter_for_today(self):
        self._spoken(self.acme, ago(300))
        self._stands("lapsed", lapsed_date=ago(59))
        self.assertEqual(self.kind(), "lapsed")
        self.acme.sudo().lapsed_date = ago(60)
        self.assertFalse(self.kind())

    def test_quotation_waits_for_its_answer(self):
        order = self._quotation(self.partner, amount=1200, at=ago(5))
        order.name = "Q1"
        self._spoken(self.acme, ago(7))
        self.assertWaits(
            "quotation",
            "The quotation Q1 of 1,200.00\xa0€ is from 03/11/2026 and was not "
            "sent yet.",
        )
        order.action_quotation_sent()
        order.date_order = ago(5)
        self.assertWaits(
            "quotation",
            "The quotation Q1 of 1,200.00\xa0€ is from 03/11/2026, and nobody has "
            "answered or asked since.",
        )
        self.assertEqual(self.line().amount, 1200)

    def test_quotation_does_not_wait(self):
        self._spoken(self.acme, ago(90))
        order = self._quotation(self.partner, at=ago(5))
        self.assertEqual(self.kind(), "quotation")
        for case, values in {
            "fresh": {"date_order": ago(4)},
            "of the past": {"date_order": ago(61)},
            "cancelled": {"state": "cancel"},
        }.items():
            with self.subTest(case):
                before = {name: order[name] for name in values}
                order.write(values)
                self.assertNotEqual(self.kind(), "quotation")
                order.write(before)
        self.acme.sudo().last_heard_date = ago(4)
        self.assertNotEqual(self.kind(), "quotation")
        self.acme.sudo().write({"last_heard_date": False, "last_contact_date": ago(6)})
        self.assertNotEqual(self.kind(), "quotation")

    def test_outreach_waits_for_approval(self):
        outreach = self.env["customer.lifecycle.outreach"].create(
            {
                "lifecycle_id": self.acme.id,
                "company_id": self.company.id,
                "kind": "message",
                "occasion": "x",
                "planned_date": TODAY,
                "expiry_date": TOMORROW,
            }
        )
        self.assertWaits("outreach", "A message is ready and waits to be approved.")
        outreach._put("approved")
        self.assertFalse(self.kind())

    def test_first_and_second_purchase_are_celebrated(self):
        card = self._another("Fresh", 7)
        self.assertWaits(
            "first_purchase",
            "Bought for the first time on 03/09/2026: say thank you.",
            card,
        )
        self._purchase(card.partner_id, 6)
        self.refresh(card.partner_id)
        self.assertWaits(
            "second_purchase",
            "Bought for the second time on 03/10/2026: a buyer has become a customer.",
            card,
        )

    def test_purchase_of_last_week_is_no_news(self):
        self.assertFalse(self.kind(self._another("Fresh", 8)))

    def test_who_brought_a_buyer_is_thanked(self):
        friend = self._customer("Ann", lifecycle_referred_by_id=self.partner.id)
        self._purchase(friend, 3)
        self.refresh(friend, self.partner)
        self._spoken(self.acme, TODAY)
        self.assertWaits(
            "referral",
            "Brought Ann, who bought for the first time on 03/13/2026: say thank you.",
        )

    def test_anniversary_is_celebrated(self):
        card = self._another("Old", 30, 60)
        card.sudo().first_purchase_date = TODAY.replace(year=2024)
        self.assertWaits("anniversary", "A customer for 2 years on 03/16/2026.", card)
        card.sudo().first_purchase_date = TOMORROW.replace(year=2024)
        self.assertFalse(self.kind(card))

    def test_climbed_level_is_celebrated_unless_silent(self):
        up = {self.acme.id: self.levels["trust"].id}
        self.acme._move("level_id", up, cause="facts", date=YESTERDAY)
        self.assertWaits(
            "climbed",
            "Climbed to the level Trust on 03/15/2026: a good day to say thank you.",
        )
        card = self._another("Quiet")
        up = {card.id: self.levels["trust"].id}
        card._move("level_id", up, cause="facts", date=YESTERDAY, is_silent=True)
        self.assertFalse(self.kind(card))

    def test_fall_is_not_celebrated(self):
        for level, on in (("trust", ago(30)), ("product", YESTERDAY)):
            moves = {self.acme.id: self.levels[level].id}
            self.acme._move("level_id", moves, cause="facts", date=on)
        self.assertFalse(self.kind())

    def test_a_thank_you_ends_the_celebration(self):
        card = self._another("Fresh", 3)
        self._plan(TODAY, card).action_feedback()
        self.assertFalse(self.kind(card))

    def test_thanks_are_told_by_the_day_of_the_company(self):
        self.company.lifecycle_tz = "America/Mexico_City"  # six hours behind
        card = self._another("Fresh", 3)
        self._plan(TODAY, card).action_feedback()
        thanks = card.message_ids.filtered("mail_activity_type_id")
        bought = ago(3)
        midnight = datetime.combine(bought, time(6))
        thanks.date = midnight - timedelta(minutes=1)
        self.assertEqual(self.kind(card), "first_purchase")
        thanks.date = midnight
        self.assertFalse(self.kind(card))

    def test_care_waits_after_the_days_of_the_level(self):
        self.acme.level_id.care_days = 45
        self._spoken(self.acme, ago(44))
        self.assertFalse(self.kind())
        self._spoken(self.acme, ago(45))
        self.assertWaits(
            "care", "Last spoken 45 days ago; every 45 days at this level."
        )
        self.acme.level_id.care_days = 0
        self.assertFalse(self.kind())

    def test_care_of_somebody_never_spoken_with(self):
        self.acme.level_id.care_days = 45
        self._spoken(self.acme, False)
        self.acme.sudo().first_touch_date = ago(45)
        self.assertWaits(
            "care",
            "Nobody has spoken with this customer yet; every 45 days at this level.",
        )

    def test_need_is_asked_about_a_week_after_the_delivery(self):
        self._spoken(self.acme, ago(7))
        self.acme.sudo().write({"need_count": 2, "last_delivery_date": ago(6)})
        self.assertFalse(self.kind())
        self.acme.sudo().last_delivery_date = ago(7)
        self.assertWaits(
            "need",
            "What was delivered on 03/09/2026 was to solve a need: ask whether it did.",
        )
        self.acme.sudo().write({"solved_count": 1, "unsolved_count": 1})
        self.assertFalse(self.kind())

    # ------------------------------------------------------------------------- ranking

    def test_one_line_with_the_most_urgent(self):
        self._plan(YESTERDAY)
        self._promise(YESTERDAY)
        self._quotation(self.partner, at=ago(30))
        self.assertEqual(len(self.line()), 1)
        self.assertEqual(self.kind(), "promise")

    def test_what_is_at_stake_ranks_before_urgency(self):
        small, large = self._another("Small"), self._another("Large")
        for card, amount in ((small, 100), (large, 10_000)):
            card.sudo().write({"amount_at_stake": amount, "expected_amount": 0})
        self._promise(YESTERDAY, small)
        self._plan(TODAY, large)
        lines = self.Today.search([("id", "in", (small | large).ids)])
        self.assertEqual(lines.lifecycle_id, small | large)
        self.assertEqual(lines[0].lifecycle_id, large)
        self.assertEqual(lines.mapped("amount"), [10_000, 100])

    def test_waiting_for_a_month_doubles_it(self):
        card = self._another("Large")
        card.sudo().write({"amount_at_stake": 1000, "expected_amount": 0})
        activity = self._plan(TODAY, card)
        self.assertAlmostEqual(self.line(card).score, 1000 * 0.55)
        activity.date_deadline = ago(30)
        self.assertAlmostEqual(self.line(card).score, 1000 * 0.8 * 2)
        activity.date_deadline = ago(90)
        self.assertAlmostEqual(self.line(card).score, 1000 * 0.8 * 2)

    def test_who_has_not_bought_ranks_as_a_first_purchase(self):
        prospect = self._customer("Prospect", user_id=self.seller.id)
        self._lead(prospect)
        card = self.refresh(prospect, is_silent=True)
        self._spoken(card, TODAY)
        self._plan(TODAY, card)
        average = sum(
            self.Card.search([("purchase_count", ">", 0)]).mapped("amount_average")
        ) / self.Card.search_count([("purchase_count", ">", 0)])
        self.assertAlmostEqual(self.line(card).score, average * 0.55)
        self.assertEqual(self.line(card).amount, 0)

    def test_archived_customer_is_not_listed(self):
        self._promise(YESTERDAY)
        self.acme.action_archive()
        self.assertFalse(self.line())

    # ----------------------------------------------------------------------- next steps

    def test_next_step_opens_what_is_to_be_done(self):
        self._spoken(self.acme, ago(90))
        order = self._quotation(self.partner, at=ago(30), user_id=self.seller.id)
        self.assertOpens(order)
        lead = self._lead(self.partner, user_id=self.seller.id)
        self._plan(TODAY, lead)
        self.env["mail.activity"].search([]).flush_recordset()
        self._snooze()  # the quotation, which is more urgent
        lead.activity_ids.date_deadline = YESTERDAY
        self.acme.sudo()._unsnooze()
        self.assertOpens(lead)
        self.assertOpens(self._promise(YESTERDAY))

    def test_what_one_may_not_see_opens_the_card(self):
        self._spoken(self.acme, ago(90))
        self._quotation(self.partner, at=ago(30), user_id=self.leader.id)
        self.assertOpens(self.acme)

    def assertOpens(self, record):
        action = self.line().action_next()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (record._name, record.id)
        )

    def test_talk_begins_with_the_card_for_the_call(self):
        self.acme.sudo().write({"setback_date": ago(3), "setback_kind": "need"})
        self._spoken(self.acme, ago(30))
        self.assertEqual(self.line().next_step, "call")
        self.assertEqual(self.line().action_next()["params"], {"card_id": self.acme.id})
        self.assertEqual(self.line().action_open_card()["res_id"], self.acme.id)

    def test_sentences_cost_the_same_for_ten_times_the_customers(self):
        def queries(number):
            cards = self.Card.union(
                *[self._another(f"{number} {index}") for index in range(number)]
            )
            for index, card in enumerate(cards):
                if index % 2:
                    self._promise(YESTERDAY, card)
                else:
                    self._plan(TODAY, card)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lines = self.Today.search([("id", "in", cards.ids)])
            self.assertEqual(len(lines.mapped("reason")), number)
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(20), queries(2))

    def test_reason_in_spanish_is_a_sentence(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self._promise(YESTERDAY)
        reason = self.line().with_context(lang="es_ES").reason
        self.assertIn("15/03/2026", reason)
