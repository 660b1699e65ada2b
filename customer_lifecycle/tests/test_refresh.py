from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_lifecycle.models import (
    customer_lifecycle_change as change,
)

from .common import TODAY, CustomerLifecycleCommon

LOGGER = "odoo.addons.customer_lifecycle.models.customer_lifecycle_refresh"
NOON = "2026-03-16 12:00:00"


class Killed(BaseException):
    """Stands for a process that is killed."""


class RefreshCommon(CustomerLifecycleCommon):
    """The scheduled action on a queue that holds nothing but this test's customers."""

    freeze_time = freeze_time(NOON)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.changes = cls.env["customer.lifecycle.change"]
        cls.transitions = cls.env["customer.lifecycle.transition"]
        [cls.cron] = cls.env["ir.cron"].search(
            [("model_id.model", "=", "customer.lifecycle.refresh")]
        )
        for company in cls.env["res.company"].search([]):
            cls._use_population(company=company)
        cls._begin()

    @classmethod
    def _begin(cls):
        """Begin as after a commit, with an empty queue."""
        cls.env.flush_all()
        cls.changes.search([]).unlink()
        cls.env.cr.precommit.clear()

    def _run(self, batch_size=1000, on=TODAY):
        """Run the scheduled action once at noon of a day, with its commits."""
        with (
            freeze_time(f"{on} 12:00:00"),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            env = Environment(cr, SUPERUSER_ID, {})
            env["customer.lifecycle.refresh"]._cron_refresh(batch_size)

    def _run_into(self, error, **options):
        """Run into an error, and keep what was committed before it."""
        # Odoo's assertRaises would roll all of it back
        with self.assertRaisesRegex(error, "Poisoned"):
            self._run(**options)

    @contextmanager
    def _failing(self, *partners, error=UserError):
        """Have the decision about some customers fail."""
        model = self.registry["customer.lifecycle.refresh"]
        decide = model._decide

        def _decide(self, cards, **transition):
            if not set(partners).isdisjoint(cards.partner_id):
                raise error("Poisoned")
            return decide(self, cards, **transition)

        with patch.object(model, "_decide", _decide):
            yield

    def _buyers(self, number, days_ago=5):
        """Create customers with one purchase each, and queue them one by one."""
        customers = self.env["res.partner"].create(
            [{"name": f"Buyer {index}"} for index in range(number)]
        )
        for customer in customers:
            self._purchase(customer, days_ago)
        self._begin()
        for customer in customers:
            self.changes._mark_partners(customer.ids, self.company.ids)
        return customers

    def _cards(self, customers):
        """Return the cards of customers in their order."""
        cards = self.Card.search([("partner_id", "in", customers.ids)])
        return cards.sorted(lambda card: customers.ids.index(card.partner_id.id))


@tagged("post_install", "-at_install")
class TestRefresh(RefreshCommon):
    """The queue is worked off, whatever happens in between."""

    def test_scheduled_action_works_off_the_queue(self):
        customers = self._buyers(3)
        with self.enter_registry_test_mode():
            self.assertIs(self.cron.method_direct_trigger(), True)
        self.assertFalse(self.changes.search([]))
        codes = [card.stage_id.code for card in self._cards(customers)]
        self.assertEqual(codes, ["conversion"] * 3)

    def test_queue_longer_than_a_batch_is_worked_off(self):
        customers = self._buyers(5)
        self._run(batch_size=2)
        self.assertFalse(self.changes.search([]))
        self.assertEqual(len(self._cards(customers)), 5)

    def test_customer_queued_twice_is_read_once(self):
        [customer] = self._buyers(1)
        self.changes._mark_partners(customer.ids, self.company.ids)
        self._run()
        self.assertEqual(len(self._cards(customer).transition_ids), 3)
        self.assertFalse(self.changes.search([]))

    def test_customer_queued_for_every_company_is_read_in_each(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        customer = self._customer()
        for company in self.company + other:
            self._purchase(customer.with_company(company), 5, company_id=company.id)
        self._begin()
        self.changes._mark_partners(customer.ids)
        self._run()
        cards = self.Card.sudo().with_context(allowed_company_ids=[])
        cards = cards.search([("partner_id", "=", customer.id)])
        self.assertEqual(cards.company_id, self.company + other)

    def test_news_outweigh_history(self):
        [customer] = self._buyers(1)
        self._begin()
        self.changes.with_context(lifecycle_silent=True)._mark_partners(
            customer.ids, self.company.ids, "rule"
        )
        self.env.cr.precommit.clear()
        self.changes._mark_partners(customer.ids, self.company.ids)
        self._run()
        moves = self._cards(customer).transition_ids
        self.assertEqual(set(moves.mapped("is_silent")), {False})
        self.assertEqual(set(moves.mapped("cause")), {"facts"})

    def test_silent_rows_move_silently(self):
        [customer] = self._buyers(1)
        self._begin()
        self.changes._mark_everybody("arrival", self.company)
        self._run()
        moves = self._cards(customer).transition_ids
        self.assertEqual(set(moves.mapped("is_silent")), {True})
        self.assertEqual(set(moves.mapped("cause")), {"arrival"})

    def test_purchase_of_a_friend_reads_its_referrer_too(self):
        [referrer] = self._buyers(1)
        self._run()
        friend = self._customer(is_company=True, lifecycle_referred_by_id=referrer.id)
        clerk = self._customer("Clerk", parent_id=friend.id)
        self._run()
        self.assertEqual(self._cards(referrer).stage_id.code, "conversion")
        self._purchase(clerk, 1)
        self._run()
        self.assertEqual(self._cards(referrer).stage_id.code, "advocacy")

    def test_person_moved_takes_its_purchases_along(self):
        former, company = self._buyers(2)
        (former + company).is_company = True
        person = self._customer("Person", parent_id=former.id)
        self._purchase(person, 3)
        self._run()
        person.parent_id = company
        self._run()
        self.assertEqual(self._cards(former + company).mapped("purchase_count"), [1, 2])

    def test_rows_of_deleted_contacts_hold_up_nobody(self):
        customers = self._buyers(4)
        rows = self.changes.search([])
        rows[:2].partner_ref = 2**31 - 1  # a contact that is gone
        self._run(batch_size=1)
        self.assertFalse(self.changes.search([]))
        self.assertEqual(len(self._cards(customers)), 2)

    # ------------------------------------------------------------------- interruptions

    def test_without_time_left_the_rest_is_done_later(self):
        customers = self._buyers(3)
        cron = self.registry["ir.cron"]
        commit = cron._commit_progress

        def no_time(self, *args, **kwargs):
            commit(self, *args, **kwargs)
            return 0

        triggers = self.env["ir.cron.trigger"].search([])
        with patch.object(cron, "_commit_progress", no_time):
            self._run(batch_size=1)
            self.assertEqual(len(self._cards(customers)), 1)
            self.assertEqual(len(self.changes.search([])), 2)
            self.assertTrue(self.env["ir.cron.trigger"].search([]) - triggers)
            self._run(batch_size=1)
        self._run(batch_size=1)
        self.assertEqual(len(self._cards(customers)), 3)
        self.assertFalse(self.changes.search([]))

    def test_work_queued_while_it_runs_waits_for_the_next_run(self):
        [customer] = self._buyers(1)
        model = self.registry["customer.lifecycle.refresh"]
        decide, runs = model._decide, []

        def _decide(self, cards, **transition):
            runs.append(cards)
            self.env["customer.lifecycle.change"]._mark_partners(
                cards.partner_id.ids, cards.company_id.ids
            )
            return decide(self, cards, **transition)

        with patch.object(model, "_decide", _decide):
            self._run()
        self.assertEqual(len(runs), 1)
        self.assertEqual(self.changes.search([]).mapped("partner_ref"), customer.ids)

    def _state(self):
        """Return all that the refresh decided, without ids and times."""
        cards = self.Card.search([]).sorted(lambda card: card.partner_id.id)
        moves = self.transitions.search([]).sorted(
            lambda move: (move.lifecycle_id.partner_id.id, move.kind, move.id)
        )
        return (
            [
                (card.partner_id, card.stage_id, card.level_id, card.health,
                 card.purchase_count, card.next_change_date)
                for card in cards
            ],
            [
                (move.lifecycle_id.partner_id, move.kind, move.cause, move.is_silent,
                 move.to_stage_id, move.to_level_id, move.to_health)
                for move in moves
            ],
            self.changes.search([]).mapped("partner_ref"),
        )  # fmt: skip

    def test_killed_between_batches_ends_as_an_uninterrupted_run(self):
        customers = self._buyers(6)
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            self._run(batch_size=2)
            uninterrupted = self._state()
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(len(self.changes.search([])), 6)
        with self._failing(customers[3], error=Killed):
            self._run_into(Killed, batch_size=2)
        self.assertEqual(len(self._cards(customers)), 2)  # the first batch stays
        self.assertEqual(len(self.changes.search([])), 4)
        self._run(batch_size=2)
        self.assertEqual(self._state(), uninterrupted)
        self.assertEqual(len(uninterrupted[0]), 6)
        self.assertEqual(len(uninterrupted[1]), 18)

    # ----------------------------------------------------------------- poisoned records

    @mute_logger(LOGGER)
    def test_poisoned_customer_is_set_aside_and_the_others_are_done(self):
        customers = self._buyers(5)
        poisoned = customers[2]
        with self._failing(poisoned):
            for failures in range(1, change.MAX_FAILURES + 1):
                self._run_into(UserError, batch_size=3)
                self.assertRecordValues(
                    self.changes.search([]),
                    [
                        {
                            "partner_ref": poisoned.id,
                            "company_ref": self.company.id,
                            "failure_count": failures,
                            "error": "UserError: Poisoned",
                        }
                    ],
                )
            self._run(batch_size=3)  # raises no more
        self.assertEqual(len(self.changes.search([])), 1)
        self.assertEqual(self._cards(customers).partner_id, customers - poisoned)

    @mute_logger(LOGGER)
    def test_poisoned_customer_is_logged_with_its_id(self):
        [customer] = self._buyers(1)
        with (
            self._failing(customer),
            self.assertLogs(LOGGER, "ERROR") as logs,
        ):
            self._run_into(UserError)
        [record] = logs.records
        self.assertEqual(record.args, (customer.id, self.company.id))
        self.assertTrue(record.exc_info)

    @mute_logger(LOGGER)
    def test_customer_set_aside_comes_back_when_it_changes(self):
        [customer] = self._buyers(1)
        with self._failing(customer):
            for _failure in range(change.MAX_FAILURES):
                self._run_into(UserError)
        self._run()
        self.assertFalse(self._cards(customer))
        self._purchase(customer, 1)
        self._run()
        self.assertEqual(self._cards(customer).purchase_count, 2)
        self.assertFalse(self.changes.search([]))  # the old error is over

    @mute_logger(LOGGER)
    def test_customer_set_aside_can_be_tried_again(self):
        [customer] = self._buyers(1)
        with self._failing(customer):
            for _failure in range(change.MAX_FAILURES):
                self._run_into(UserError)
        self.changes.search([]).action_retry()
        self._run()
        self.assertTrue(self._cards(customer))
        self.assertFalse(self.changes.search([]))

    # ----------------------------------------------------------------------- time alone

    def test_day_that_comes_moves_a_card_once(self):
        [customer] = self._buyers(1)
        self._run()
        card = self._cards(customer)
        due = card.due_date
        before = card.transition_ids
        for day, health in ((-1, "on_rhythm"), (0, "due"), (0, "due"), (1, "due")):
            self._run(on=due + timedelta(days=day))
            self.assertEqual(card.health, health)
        moves = card.transition_ids - before
        self.assertRecordValues(
            moves,
            [
                {
                    "kind": "health",
                    "cause": "time",
                    "date": due,
                    "from_health": "on_rhythm",
                    "to_health": "due",
                    "is_silent": False,
                }
            ],
        )

    def test_day_that_comes_queues_a_card_once(self):
        customers = self._buyers(2)
        self._run()
        self._begin()
        due = self._cards(customers)[0].due_date
        self.refresher._queue_due({self.company: due - timedelta(days=1)})
        self.assertFalse(self.changes.search([]))
        for _run in range(2):  # the second without the first one's work being done
            self.refresher._queue_due({self.company: due})
            self.assertEqual(len(self.changes.search([])), 2)

    def test_lapse_moves_health_and_stage_once_each(self):
        [customer] = self._buyers(1)
        self._run()
        card = self._cards(customer)
        lapse = card.lapsed_date
        self._run(on=card.due_date)
        before = card.transition_ids
        for day in (lapse - timedelta(days=1), lapse, lapse):
            self._run(on=day)
        self.assertEqual((card.health, card.stage_id.code), ("lapsed", "reactivation"))
        self.assertRecordValues(
            (card.transition_ids - before).sorted("kind"),
            [
                {"kind": kind, "cause": "time", "date": lapse, "is_silent": False}
                for kind in ("health", "stage")
            ],
        )

    def test_nights_missed_are_made_up_for_with_one_move(self):
        [customer] = self._buyers(1)
        self._run()
        card = self._cards(customer)
        before = card.transition_ids
        self._run(on=TODAY + timedelta(days=1000))
        moves = card.transition_ids - before
        self.assertEqual(sorted(moves.mapped("kind")), ["health", "stage"])
        self.assertEqual(card.health, "lapsed")
        self.assertFalse(card.next_change_date)

    def test_night_without_changes_reads_and_ends(self):
        customers = self._buyers(2)
        self._run()
        state = self._state()
        few = self._night()
        self._buyers(20)
        self._run()
        self.assertEqual(self._night(), few)
        self.assertEqual(self._state()[0][:2], state[0])
        self.assertEqual(len(customers), 2)

    def _night(self):
        """Return the number of queries of a run that finds nothing to do."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            companies = env["res.company"].search_count([])
            refresh = env["customer.lifecycle.refresh"]
            with patch.object(type(refresh), "_refresh") as _refresh:
                before = self.env.cr.sql_log_count
                refresh._cron_refresh()
                count = self.env.cr.sql_log_count - before
                _refresh.assert_not_called()
        self.assertLess(count, 7 + 3 * companies)
        return count
