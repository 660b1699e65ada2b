from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from math import isfinite
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..tools import backtest, rhythm
from ..tools.forecast import Forecaster, Limits, summarize
from ..tools.model import Population
from .customer_lifecycle_purchase import Scope

#: Customers whose purchases are fetched at once when all of a company are read.
PAGE_CUSTOMERS = 5000
#: Digits of chances and of the sums of a rhythm, as stored, and of purchases to come,
#: which amounts are made of: reading the same again writes nothing.
DIGITS, FINE_DIGITS = 4, 8


class ForecastRow(NamedTuple):
    """What is forecast of one customer, as it is stored; dates None: never."""

    partner_id: int
    due_date: date | None
    slipping_date: date | None
    lapsed_date: date | None
    regularity: str
    return_chance: float
    expected_purchases: float
    at_stake_purchases: float
    rhythm_span: float
    rhythm_log_sum: float


class CustomerLifecycleForecast(models.AbstractModel):
    """From purchase days to dates and chances: the maths of ``tools`` on the orders.

    Days go into the maths as proleptic ordinals, ascending and each once: a
    *history*.
    """

    _name = "customer.lifecycle.forecast"
    _description = "Forecast of Purchases"

    # ------------------------------------------------------------- one batch of cards

    def _forecast(self, scope: Scope) -> Scope:
        """Return a scope with the forecast of its customers. One query."""
        forecaster = self._forecaster(scope.company)
        rows = self.env.execute_query(self._history_sql(scope))
        forecasts = tuple(
            self._forecast_row(forecaster, scope.as_of, *row) for row in rows
        )
        return replace(scope, forecasts=forecasts)

    def _forecaster(self, company) -> Forecaster:
        """Return the forecaster of a company: its fit in use and its limits."""
        return Forecaster(self._population(company), self._limits(company))

    def _population(self, company) -> Population:
        """Return how the customers of a company buy; the default before a fit."""
        # sudo: customer.lifecycle.fit - a salesperson who adds a customer, or lets the
        # rules decide, has its card read; the fit itself is for managers
        fit = company.sudo().lifecycle_fit_id
        return Population.from_dict(fit.parameters) if fit else Population.default()

    def _limits(self, company) -> Limits:
        return Limits(
            horizon_days=company.lifecycle_horizon_days,
            slipping_share=company.lifecycle_slipping_share,
            lapsed_chance=company.lifecycle_lapsed_chance,
        )

    def _forecast_row(
        self,
        forecaster: Forecaster,
        as_of: date,
        partner_id: int,
        history: list[int],
        expected_again: int | None = None,
    ) -> ForecastRow:
        """Return what is forecast of one customer.

        :param expected_again: the day set by hand; over once the customer has bought
            on it or later
        """
        summary = summarize(history, forecaster.population.season)
        if expected_again and expected_again <= history[-1]:
            expected_again = None
        forecast = forecaster.forecast(summary, as_of.toordinal(), expected_again)
        return ForecastRow(
            partner_id,
            _day(forecast.due),
            _day(forecast.slipping),
            _day(forecast.lapsed),
            forecast.regularity,
            _number(forecast.return_chance),
            _number(forecast.expected_purchases, FINE_DIGITS),
            _number(forecast.at_stake_purchases, FINE_DIGITS),
            _number(summary.span),
            _number(summary.log_sum),
        )

    # ------------------------------------------------------ the cards after a new fit

    def _spread(self, company, partner_ids: list[int], as_of: date):
        """Write the forecast of cards, and of nothing else.

        Facts stay as they are; whoever moves by it is queued, silently.
        """
        scope = self._forecast(Scope(company, tuple(partner_ids), as_of))
        cards = self.env["customer.lifecycle"].with_context(active_test=False)
        rows = self.env.execute_query(self._spread_sql(scope))
        cards.invalidate_model(flush=False)
        self._queue_moving(cards.browse(card_id for (card_id,) in rows), as_of)

    def _outcomes(self, company, as_of: date) -> dict:
        """Return what became of the company's customers, for the sentences.

        By the fit in use and the limits as they are: field values of the fit.
        """
        histories = (history for _id, history in self._histories(company, as_of))
        found = backtest.summary(
            histories,
            self._population(company),
            self._limits(company),
            as_of.toordinal(),
        )
        return asdict(found)

    def _next_partners(self, company, after: int) -> list[int]:
        """Return the contacts of the next page of cards, in their order."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id
                  FROM customer_lifecycle
                 WHERE company_id = %s AND partner_id > %s AND purchase_count > 0
              ORDER BY partner_id
                 LIMIT %s
                """,
                company.id,
                after,
                PAGE_CUSTOMERS,
            )
        )
        return [partner_id for (partner_id,) in rows]

    def _spread_sql(self, scope: Scope) -> SQL:
        """Build the statement that writes the forecast of the cards of a scope.

        The purchases behind the amounts are those on the card.

        :return: UPDATE … RETURNING id; no row where nothing differs
        """
        facts = self.env["customer.lifecycle.facts"]
        columns = facts._forecast_columns(scope) | {
            # a day that was due to the old dates wakes the card once, for nothing
            "next_change_date": SQL(
                "(SELECT MIN(day) FROM (VALUES (card.next_change_date),"
                " (forecasts.due), (forecasts.slipping), (forecasts.lapsed))"
                " AS dates (day) WHERE day > %s)",
                scope.as_of,
            )
        }
        names = SQL(", ").join(map(SQL.identifier, columns))
        return SQL(
            """
            UPDATE customer_lifecycle AS card
               SET (%(names)s, write_uid, write_date)
                 = ROW(%(new)s, %(uid)s, %(now)s)
              FROM (SELECT card.id, %(columns)s
                      FROM (%(forecasts)s) AS forecasts
                      JOIN customer_lifecycle AS card
                        ON card.partner_id = forecasts.partner_id
                       AND card.company_id = %(company)s
                CROSS JOIN LATERAL (SELECT card.purchase_count,
                                           card.amount_total) AS purchases) AS facts
             WHERE card.id = facts.id
               AND (%(old)s) IS DISTINCT FROM (%(new)s)
         RETURNING card.id
            """,
            names=names,
            columns=SQL(", ").join(
                SQL("%s AS %s", value, SQL.identifier(name))
                for name, value in columns.items()
            ),
            new=SQL(", ").join(SQL.identifier("facts", name) for name in columns),
            old=SQL(", ").join(SQL.identifier("card", name) for name in columns),
            forecasts=facts._forecasts_sql(scope),
            company=scope.company.id,
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    def _queue_moving(self, cards, as_of: date):
        """Queue, silently, the cards that do not stand where dates and rules see them.

        A handful of queries, however many cards.
        """
        if not cards:
            return
        rules = self.env["customer.lifecycle.rules"]
        days = dict.fromkeys(cards.company_id, as_of)
        stages, seen = (
            rules._ruled(cards, name, days) for name in ("stage_id", "level_id")
        )
        levels = self.env["customer.lifecycle.pace"]._targets(cards, seen, as_of)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, partner_id, health, due_date, slipping_date, lapsed_date,
                       CASE WHEN stage_pinned_until IS NULL THEN stage_id END,
                       CASE WHEN level_pinned_until IS NULL THEN level_id END
                  FROM customer_lifecycle
                 WHERE id IN %s
                """,
                tuple(cards.ids),
            )
        )
        moving = [
            partner_id
            for card_id, partner_id, health, *dates, stage_id, level_id in rows
            if health != rhythm.health(as_of, *dates)
            or stage_id not in (None, stages[card_id])
            or level_id not in (None, levels[card_id])
        ]
        changes = self.env["customer.lifecycle.change"]
        changes._mark_silently(cards.company_id, moving, "rule")

    # --------------------------------------------------------------- all of a company

    def _histories(self, company, as_of: date) -> Iterator[tuple[int, list[int]]]:
        """Yield the contact and history of each buyer of a company, page by page.

        One statement read through a cursor of the database: the memory is that of a
        page, however many customers there are.
        """
        for page in self._pages(self._all_histories_sql(company, as_of)):
            yield from page

    def _pages(self, query: SQL) -> Iterator[list[tuple]]:
        """Yield the rows of a query in pages."""
        cr = self.env.cr
        # the plan for all rows, not the one whose first rows come soonest
        cr.execute("SET LOCAL cursor_tuple_fraction = 1.0")
        cr.execute(SQL("DECLARE lifecycle_pages NO SCROLL CURSOR FOR %s", query))
        while True:
            cr.execute(SQL("FETCH %s FROM lifecycle_pages", PAGE_CUSTOMERS))
            page = cr.fetchall()
            if not page:
                break
            yield page
        cr.execute("CLOSE lifecycle_pages")

    # ------------------------------------------------------------------------ queries

    def _history_sql(self, scope: Scope) -> SQL:
        """Return the histories of the customers of a scope, and what is planned.

        Columns: ``partner_id, history, expected_again``; one row per buyer.
        """
        facts = self.env["customer.lifecycle.facts"]
        return SQL(
            """
            SELECT histories.*, %(expected_again)s AS expected_again
              FROM (%(histories)s) AS histories
         LEFT JOIN customer_lifecycle AS card
                ON card.partner_id = histories.partner_id
               AND card.company_id = %(company)s
            """,
            histories=self._grouped_sql(facts._scope_sql(scope), scope.as_of),
            expected_again=_ordinal_sql(SQL("card.expected_again_date")),
            company=scope.company.id,
        )

    def _all_histories_sql(self, company, as_of: date) -> SQL:
        """Return the history of each buyer of a company. Columns as below."""
        return self._grouped_sql(SQL("company_id = %s", company.id), as_of)

    def _grouped_sql(self, where: SQL, as_of: date) -> SQL:
        """Return the histories of customers up to a day.

        Grain: one row per customer with a purchase. Columns: ``partner_id``,
        ``history`` (proleptic ordinals, ascending).

        :param where: condition on ``partner_id`` and ``company_id``
        """
        return SQL(
            """
            SELECT partner_id, ARRAY_AGG(%(ordinal)s ORDER BY day) AS history
              FROM (%(days)s) AS days
             WHERE is_purchase AND day <= %(as_of)s
          GROUP BY partner_id
            """,
            ordinal=_ordinal_sql(SQL("day")),
            days=self.env["customer.lifecycle.facts"]._purchase_day_query(where),
            as_of=as_of,
        )


def _ordinal_sql(day: SQL) -> SQL:
    """Return a date as ``date.toordinal`` counts it."""
    return SQL("%s - DATE '0001-01-01' + 1", day)


def _day(ordinal: int | None) -> date | None:
    """Return the date of an ordinal; one beyond the calendar is its last day."""
    if ordinal is None:
        return None
    return date.fromordinal(min(ordinal, date.max.toordinal()))


def _number(value: float, digits: int = DIGITS) -> float:
    """Return a number as it is stored: rounded, and 0 in place of what is none."""
    return round(value, digits) if isfinite(value) else 0.0
