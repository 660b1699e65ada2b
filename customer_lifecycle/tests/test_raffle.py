from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_lifecycle.tools import draw

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRaffle(OfferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(TODAY):
            cls.back = cls.Card.union(
                *[cls._comes_back(f"Back {number}") for number in range(5)]
            )
        [cls.step] = cls._steps(
            {"state": "lifecycle_offer", "lifecycle_control_share": 1}
        )
        cls.raffles = cls.env["customer.lifecycle.raffle"]

    @classmethod
    def _comes_back(cls, name, days_ago=0):
        """Return the card of somebody who was away and has bought again."""
        partner = cls._customer(name, email=f"{name.replace(' ', '')}@example.com")
        cls._purchases(partner, 900, 890, 880)
        day = TODAY - timedelta(days=days_ago)
        cls.refresher._refresh(
            cls.company, partner.ids, as_of=day - timedelta(days=1), is_silent=True
        )
        cls._purchase(partner, days_ago)
        return cls.refresher._refresh(
            cls.company, partner.ids, as_of=day, is_silent=True
        )

    def _raffle(self, **values):
        return self.raffles.create(
            {
                "name": "Spring",
                "date_from": TODAY - timedelta(days=10),
                "date_to": TODAY,
                "step_id": self.step.id,
                "winner_count": 2,
                **values,
            }
        )

    def _drawn(self, **values):
        raffle = self._raffle(**values)
        raffle.action_freeze()
        raffle.action_draw()
        return raffle

    def _winners(self, raffle):
        return raffle.participant_ids.filtered("place").sorted("place")

    # -------------------------------------------------------------------- participants

    def test_who_came_back_in_these_days_takes_part(self):
        on_the_first_day = self._comes_back("First", 10)
        self._comes_back("Too early", 11)
        self._buyer("Always here", (90, 60, 30, 1))
        raffle = self._raffle()
        self.assertEqual(raffle.participant_count, 6)
        raffle.action_freeze()
        self.assertEqual(
            raffle.participant_ids.lifecycle_id, self.back | on_the_first_day
        )

    def test_moved_by_hand_is_not_come_back(self):
        partner = self._customer("Moved", email="moved@example.com")
        self._purchases(partner, 900, 890, 880)
        card = self.refresh(partner)
        self.assertEqual(card.stage_id, self.stages["reactivation"])
        card.stage_id = self.stages["growth"]
        self.assertNotIn(card, self._raffle()._came_back())

    def test_participants_are_fixed_once_and_stay(self):
        raffle = self._raffle()
        raffle.action_freeze()
        self._comes_back("Too late")
        self.assertEqual(raffle.participant_count, 5)
        with self.assertRaises(UserError):
            raffle.action_freeze()
        manager = self._user("manager")
        for values in (
            {"winner_count": 5},
            {"date_from": TODAY},
            {"step_id": False},
            {"prize": False},
            {"participant_ids": [Command.clear()]},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                raffle.with_user(manager).write(values)
        raffle.with_user(manager).name = "Another name"

    def test_nobody_came_back_or_no_prize_is_no_raffle(self):
        with self.assertRaisesRegex(UserError, "Nobody came back"):
            self._raffle(
                date_from=TODAY - timedelta(days=800),
                date_to=TODAY - timedelta(days=700),
            ).action_freeze()
        with self.assertRaisesRegex(UserError, "what there is to win"):
            self._raffle(step_id=False).action_freeze()

    # ------------------------------------------------------------------------ the draw

    def test_draw_follows_from_its_seed(self):
        raffle = self._drawn()
        self.assertEqual(len(raffle.seed), 32)
        self.assertEqual(raffle.drawn_by_id, self.env.user)
        numbers = draw.draw(raffle.seed, self.back.ids, 2)
        self.assertEqual(self._winners(raffle).mapped("number"), numbers)
        self.assertEqual(self._winners(raffle).mapped("place"), [1, 2])
        self.assertEqual(raffle.action_check()["params"]["type"], "success")

    def test_changed_record_is_found_out(self):
        raffle = self._drawn()
        winner = self._winners(raffle)[0]
        loser = raffle.participant_ids.filtered(lambda one: not one.place)[0]
        winner.place, loser.place = 0, 1
        self.assertEqual(raffle.action_check()["params"]["type"], "danger")

    def test_draw_happens_once(self):
        raffle = self._drawn()
        seed = raffle.seed
        with self.assertRaises(UserError):
            raffle.action_draw()
        self.assertEqual(raffle.seed, seed)
        with self.assertRaises(UserError):
            self._raffle().action_draw()  # nobody fixed the participants

    def test_everybody_wins_where_there_are_more_prizes(self):
        raffle = self._drawn(winner_count=9)
        self.assertEqual(self._winners(raffle).mapped("place"), [1, 2, 3, 4, 5])

    def test_draw_can_be_repeated_after_a_winner_is_gone(self):
        raffle = self._drawn()
        self._winners(raffle)[0].lifecycle_id.unlink()
        self.assertFalse(self._winners(raffle)[0].lifecycle_id)
        self.assertTrue(self._winners(raffle)[0].name)
        self.assertEqual(raffle.action_check()["params"]["type"], "success")

    def test_merged_customer_keeps_its_ticket(self):
        raffle = self._raffle()
        raffle.action_freeze()
        gone, kept = self.back[0], self._buyer("Kept")
        ticket = raffle.participant_ids.filtered(lambda one: one.lifecycle_id == gone)
        self.env["customer.lifecycle.absorb"]._absorb(gone, kept)
        self.assertEqual(ticket.lifecycle_id, kept)

    # -------------------------------------------------------------------------- prizes

    def test_winners_get_the_offer_after_approval_and_without_control_group(self):
        raffle = self._drawn()
        offers = self._winners(raffle).outreach_id
        self.assertEqual(offers.mapped("state"), ["planned", "planned"])
        self.assertEqual(set(offers.mapped("occasion")), {f"raffle:{raffle.id}"})
        offers.action_approve()
        self.sender._send(offers, self.env.cr.now())
        self.assertEqual(offers.mapped("state"), ["sent", "sent"])
        self.assertEqual(len(offers.coupon_id), 2)

    def test_prize_passes_the_gate(self):
        self.program.active = False
        raffle = self._drawn()
        winners = self._winners(raffle)
        self.sender._send(winners.outreach_id, self.env.cr.now())
        self.assertEqual(set(winners.mapped("outreach_state")), {"held"})
        self.assertIn("is archived", winners[0].prize)

    def test_prize_does_not_wait_as_its_step_does_on_a_ladder(self):
        self.step.lifecycle_wait_min_days = 40
        offers = self._winners(self._drawn()).outreach_id
        self.assertEqual(set(offers.mapped("planned_date")), {TODAY})
        self.assertEqual(
            set(offers.mapped("expiry_date")), {TODAY + timedelta(days=14)}
        )

    def test_prize_outlives_a_purchase(self):
        offer = self._winners(self._drawn(winner_count=1)).outreach_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_lifecycle_outreach SET create_date = %s",
            [TODAY - timedelta(days=5)],
        )
        self.env.invalidate_all()
        self._purchase(offer.partner_id, TODAY)
        self.refresh(offer.partner_id)
        self.assertEqual(offer.state, "planned")
        self.assertFalse(self._verdict(offer))

    def test_winner_who_had_the_offer_lately_gets_the_prize(self):
        self.planner._plan(self.step, self.back)
        raffle = self._drawn()
        self.assertTrue(self._winners(raffle)[0].outreach_id)

    def test_winner_without_offer_is_told(self):
        raffle = self._drawn()
        winner = self._winners(raffle)[0]
        winner.sudo().outreach_id.unlink()
        self.assertIn("No offer was planned", winner.prize)

    # -------------------------------------------------------------------------- access

    def test_manager_runs_a_raffle_and_salespeople_do_not_see_it(self):
        manager, seller = self._user("manager"), self._user("all")
        form = Form(self.raffles.with_user(manager))
        form.name, form.winner_count = "Spring", 1
        form.date_from = TODAY - timedelta(days=3)
        form.prize = str(self.step.id)
        raffle = form.save()
        self.assertEqual(raffle.sudo().step_id, self.step)
        raffle.action_freeze()
        raffle.action_draw()
        self.assertEqual(raffle.drawn_by_id, manager)
        self.assertTrue(self._winners(raffle).sudo().outreach_id)
        self.assertFalse(self._winners(raffle)[0].prize)
        with self.assertRaises(AccessError):
            raffle.with_user(seller).read(["name"])
        with self.assertRaises(AccessError):
            self._winners(raffle).with_user(manager).write({"place": 3})

    def test_record_of_the_draw_cannot_be_written(self):
        manager = self._user("manager")
        raffles = self.raffles.with_user(manager)
        raffle = self._raffle()
        for values in ({"seed": "chosen"}, {"state": "drawn"}):
            with self.subTest(**values):
                with self.assertRaises(UserError):
                    raffle.with_user(manager).write(values)
                with self.assertRaises(UserError):
                    raffles.create(
                        {"name": "R", "date_from": TODAY, "date_to": TODAY, **values}
                    )

    def test_only_a_draft_can_be_deleted(self):
        raffle = self._raffle()
        raffle.action_freeze()
        with self.assertRaises(UserError):
            raffle.unlink()
        self._raffle().unlink()

    def test_other_companies_do_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user(
            "manager", "Stranger", company_id=other.id, company_ids=other.ids
        )
        raffle = self._drawn()
        there = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        raffles = self.raffles.with_env(there)
        self.assertFalse(raffles.search([("id", "=", raffle.id)]))
        tickets = raffle.participant_ids.with_env(there)
        self.assertFalse(tickets.search([("raffle_id", "=", raffle.id)]))
