import logging
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools import rhythm
from .customer_lifecycle_change import MAX_FAILURES
from .customer_lifecycle_purchase import Scope

_logger = logging.getLogger(__name__)


class Claim(NamedTuple):
    """Customers of one company taken from the queue for one reason."""

    company_id: int
    cause: str
    is_silent: bool
    failure_count: int
    partner_ids: list[int]


class CustomerLifecycleRefresh(models.AbstractModel):
    """Brings cards up to date: facts, then dates, health, stage, level, owner.

    ``_refresh`` is ordinary code without commit or clock of its own; the scheduled
    action around it takes customers from the queue in committed batches.
    """

    _name = "customer.lifecycle.refresh"
    _description = "Refresh of the Customer Lifecycle"

    # -------------------------------------------------------------- scheduled action

    @api.model
    def _cron_refresh(self, batch_size: int = 1000):
        """Bring changed and due cards up to date. Killed, the next call finishes.

        :param batch_size: customers per transaction
        """
        companies = self.env["res.company"].search([])
        days = {company: company._lifecycle_today() for company in companies}
        commit_progress = self.env["ir.cron"]._commit_progress
        self.env["customer.lifecycle.fit"]._fit_if_due(days)
        commit_progress()  # a fit takes seconds: no card is locked meanwhile
        while self.env["customer.lifecycle.fit"]._spread_next(days):
            if not commit_progress():
                self.env["customer.lifecycle.change"]._wake()
                return  # no time left; Odoo calls again soon
        self._queue_due(days)
        total, until = self._pending()
        commit_progress(remaining=total)
        last_error = None
        # by number and not until the queue is empty: a batch of contacts that are
        # gone claims nobody
        for done in range(batch_size, total + batch_size, batch_size):
            claims = self._claim(batch_size, until)  # first after a commit
            try:
                self._work_off(claims, days)
            except Exception:
                last_error = self._work_off_singly(batch_size, until, days)
            _logger.info("Customer lifecycle: %s of %s read", min(done, total), total)
            if not commit_progress(min(batch_size, total)):
                self.env["customer.lifecycle.change"]._wake()
                break  # no time left; Odoo calls again soon
        if last_error:
            raise last_error

    def _pending(self) -> tuple[int, int]:
        """Return how many rows of the queue this run works off, and the last one."""
        [(count, until)] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*), COALESCE(MAX(id), 0)"
                "  FROM customer_lifecycle_change"
                " WHERE failure_count < %s",
                MAX_FAILURES,
            )
        )
        return count, until

    def _queue_due(self, days: dict):
        """Queue the cards whose day has come; each is queued once."""
        changes = self.env["customer.lifecycle.change"]
        self.env["customer.lifecycle"].flush_model()
        for company, today in days.items():
            due = self.env.execute_query(
                SQL(
                    """
                    UPDATE customer_lifecycle
                       SET next_change_date = NULL
                     WHERE company_id = %(company)s
                       AND next_change_date <= %(today)s
                 RETURNING partner_id
                    """,
                    company=company.id,
                    today=today,
                )
            )
            if due:
                partner_ids = [partner_id for (partner_id,) in due]
                changes._mark_partners(partner_ids, company.ids, "time")
        self.env["customer.lifecycle"].invalidate_model(["next_change_date"])

    def _claim(self, limit: int, until: int) -> list[Claim]:
        """Take customers out of the queue; a rollback gives them back.

        Rows of contacts stand for their commercial partner. Whoever brought one of
        the customers is taken along: it may have become an advocate.

        :param limit: rows of the queue
        :param until: last row of the queue to take
        """
        rows = self.env.execute_query(
            SQL(
                """
                  WITH claimed AS (
                       DELETE FROM customer_lifecycle_change
                             -- an array is read once; IN may be read again for
                             -- each row when the table's statistics are old
                             WHERE id = ANY(ARRAY(
                                   SELECT id
                                     FROM customer_lifecycle_change
                                    WHERE id <= %(until)s
                                      AND failure_count < %(max_failures)s
                                 -- all rows of a customer together: it is
                                 -- refreshed once
                                 ORDER BY partner_ref, id
                                    LIMIT %(limit)s
                               FOR UPDATE SKIP LOCKED))
                         RETURNING *),
                       partners AS (
                       SELECT partner.commercial_partner_id AS partner_id, claimed.*
                         FROM claimed
                         JOIN res_partner AS partner
                           ON partner.id = claimed.partner_ref
                        UNION ALL
                       -- a contact that was a customer of its own until now
                       SELECT card.partner_id, claimed.*
                         FROM claimed
                         JOIN customer_lifecycle AS card
                           ON card.partner_id = claimed.partner_ref
                        UNION ALL
                       SELECT referrer.commercial_partner_id, claimed.*
                         FROM claimed
                         JOIN res_partner AS person
                           ON person.id = claimed.partner_ref
                         JOIN res_partner AS friend
                           ON friend.commercial_partner_id
                              = person.commercial_partner_id
                         JOIN res_partner AS referrer
                           ON referrer.id = friend.lifecycle_referred_by_id),
                       -- whoever was set aside is tried anew: the old error is over
                       forgiven AS (
                       DELETE FROM customer_lifecycle_change AS aside
                             USING partners
                             WHERE aside.failure_count >= %(max_failures)s
                               AND aside.partner_ref = partners.partner_id
                               AND aside.company_ref =
                                   COALESCE(partners.company_ref, aside.company_ref)),
                       customers AS (
                       SELECT partners.partner_id, company.id AS company_id,
                              -- what is news for one reason is no history
                              BOOL_AND(is_silent) AS is_silent,
                              (ARRAY_AGG(cause ORDER BY is_silent,
                                                        partners.id DESC))[1] AS cause,
                              MAX(failure_count) AS failure_count
                         FROM partners
                         JOIN res_company AS company
                           ON company.id = COALESCE(partners.company_ref, company.id)
                     GROUP BY partners.partner_id, company.id)
                SELECT company_id, cause, is_silent, failure_count,
                       ARRAY_AGG(partner_id ORDER BY partner_id)
                  FROM customers
              GROUP BY company_id, cause, is_silent, failure_count
              ORDER BY company_id, cause, is_silent, failure_count
                """,
                until=until,
                max_failures=MAX_FAILURES,
                limit=limit,
            )
        )
        return [Claim(*row) for row in rows]

    def _work_off(self, claims: list[Claim], days: dict):
        """Refresh what was claimed."""
        for claim in claims:
            company = self.env["res.company"].browse(claim.company_id)
            self._refresh(
                company,
                claim.partner_ids,
                as_of=days.get(company),
                cause=claim.cause,
                is_silent=claim.is_silent,
            )

    def _work_off_singly(self, limit: int, until: int, days: dict) -> Exception | None:
        """Refresh customers one by one after their batch failed.

        The one that still fails is logged and put back with its failure counted, so
        that it blocks nobody.

        :return: the last error
        """
        self.env.cr.rollback()  # gives the rows back: they are claimed anew
        claims = self._claim(limit, until)
        last_error = None
        for claim in claims:
            for partner_id in claim.partner_ids:
                single = claim._replace(partner_ids=[partner_id])
                try:
                    with self.env.cr.savepoint():
                        self._work_off([single], days)
                except Exception as error:
                    last_error = error
                    _logger.exception(
                        "Customer lifecycle: contact %s of company %s failed",
                        partner_id,
                        claim.company_id,
                    )
                    self._put_back(single, error)
        return last_error

    def _put_back(self, claim: Claim, error: Exception):
        """Queue a customer again, with its failure counted and the error kept."""
        self.env["customer.lifecycle.change"].create(
            {
                "partner_ref": claim.partner_ids[0],
                "company_ref": claim.company_id,
                "cause": claim.cause,
                "is_silent": claim.is_silent,
                "failure_count": claim.failure_count + 1,
                "error": f"{type(error).__name__}: {error}",
            }
        )

    # ---------------------------------------------------------------------- the flow

    @api.model
    def _refresh(
        self,
        company,
        partner_ids: list[int],
        as_of: date | None = None,
        cause: str = "facts",
        is_silent: bool = False,
    ):
        """Bring the cards of some customers of one company up to date.

        :param partner_ids: contacts; those below a company count for it
        :param as_of: the day of reading in the company's time zone (default: today)
        :param cause: why, as in the transitions
        :param is_silent: start no automation
        :return: the cards
        """
        self = self.sudo().with_company(company)
        # sudo: reads all orders of the customers and writes their cards; what a user
        # may see of a card is decided when it is read
        as_of = as_of or company._lifecycle_today()
        self.env.flush_all()
        partner_ids = self.env["customer.lifecycle.absorb"]._absorb_contacts(
            partner_ids
        )
        if not partner_ids:
            return self.env["customer.lifecycle"]
        scope = Scope(company, tuple(partner_ids), as_of)
        self._write_facts(scope, is_silent)
        self.env["customer.lifecycle"].invalidate_model(flush=False)
        self.env["sale.order"].invalidate_model(
            ["lifecycle_purchase_number"], flush=False
        )
        cards = (
            self.env["customer.lifecycle"]
            .with_context(active_test=False)
            .search(
                [("company_id", "=", company.id), ("partner_id", "in", partner_ids)]
            )
        )
        self.env["customer.lifecycle.outcome"]._follow(cards, as_of)
        celebration = self.env["customer.lifecycle.celebration"]
        standing = celebration._standing(cards)
        self._decide(cards, date=as_of, cause=cause, is_silent=is_silent)
        self.env["customer.lifecycle.referring"]._follow(scope, is_silent)
        celebration._celebrate(cards, standing, as_of, is_silent)
        return cards

    def _write_facts(self, scope: Scope, is_silent: bool = False):
        """Write what follows from purchases and evidence: facts, forecast, numbers.

        Promises are made and ended in between, as they need the cards; the facts of
        the customers whose promises changed are then written once more.
        """
        facts = self.env["customer.lifecycle.facts"]
        # compiling the statement takes longer than running it for a batch
        self.env.cr.execute("SET LOCAL jit = off")
        scope = self.env["customer.lifecycle.forecast"]._forecast(scope)
        self.env.execute_query(facts._facts_upsert_sql(scope, self.env.uid))
        self.env["customer.lifecycle"].invalidate_model(flush=False)
        changed = self.env["customer.lifecycle.promising"]._follow(scope, is_silent)
        if changed:
            narrowed = replace(scope, partner_ids=changed)
            self.env.execute_query(facts._facts_upsert_sql(narrowed, self.env.uid))
        self.env.execute_query(facts._purchase_number_sql(scope))

    def _decide(self, cards, **transition):
        """Let dates and rules decide: health first, then stage, level and owner."""
        day = transition["date"]
        days = dict.fromkeys(cards.company_id, day)
        rules = self.env["customer.lifecycle.rules"]
        pace = self.env["customer.lifecycle.pace"]
        self._decide_health(cards, **transition)
        free = self._unpinned(cards, "stage_pinned_until", day)
        staged = free._move(
            "stage_id", rules._ruled(free, "stage_id", days), **transition
        )
        free = self._unpinned(cards, "level_pinned_until", day)
        seen = rules._ruled(free, "level_id", days)
        levelled = pace._follow(free, seen, **transition)
        if not transition["is_silent"]:
            self.env["customer.lifecycle.fall"]._alert(levelled)
        pace._note_days(cards, staged | levelled, seen, day)
        self._assign(cards)

    def _unpinned(self, cards, pin: str, day: date):
        """Return the cards that the rules may move; pins that are over go."""
        cards.filtered(lambda card: card[pin] and card[pin] < day).write({pin: False})
        return cards.filtered(lambda card: not card[pin])

    def _decide_health(self, cards, **transition):
        """Let the dates decide the health; a pause is announced as slipping once."""
        health = {
            card.id: rhythm.health(
                transition["date"],
                card.due_date or None,
                card.slipping_date or None,
                card.lapsed_date or None,
            )
            for card in cards
        }
        again = cards.filtered(
            lambda card: card.health != health[card.id] == "slipping"
        )._announced_slipping()
        again._move("health", health, **transition | {"is_silent": True})
        (cards - again)._move("health", health, **transition)

    def _assign(self, cards):
        """Give cards the salesperson and team that the facts suggest."""
        free = cards.filtered(lambda card: not card.owner_by_hand)
        owners = free.grouped(
            lambda card: (card.suggested_user_id.id, card.suggested_team_id.id)
        )
        for (user_id, team_id), owned in owners.items():
            moving = owned.filtered(
                lambda card, owner=(user_id, team_id): (
                    (card.user_id.id, card.team_id.id) != owner
                )
            )
            if moving:
                moving.with_context(lifecycle_suggested=True).write(
                    {"user_id": user_id, "team_id": team_id}
                )
