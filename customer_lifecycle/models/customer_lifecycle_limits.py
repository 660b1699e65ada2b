from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools import rhythm
from ..tools.forecast import Forecaster, Limits
from ..tools.model import Summary
from .customer_lifecycle_transition import HEALTH_STATES

#: Customers whose forecast is made anew to see what other limits would move.
MOVING_SAMPLE = 5000
#: What a company's limits may be, as its constraints say.
BOUNDS = {
    "horizon_days": (7, 730),
    "slipping_share": (0.01, 0.49),
    "lapsed_chance": (0.01, 0.90),
}
#: Where on the screen a limit stands.
PARTS = {
    "horizon_days": "horizon",
    "slipping_share": "slipping",
    "lapsed_chance": "lapsed",
}
#: What other limits change on a card, with its type in the database.
FORECAST_COLUMNS = {
    "due_date": "date",
    "slipping_date": "date",
    "lapsed_date": "date",
    "return_chance": "float8",
    "health": "varchar",
}


class CardSums(NamedTuple):
    """What a card keeps of its purchases, enough to forecast it anew."""

    card_id: int
    repeats: int
    span: float | None
    log_sum: float | None
    first: date
    last: date
    expected_again: date | None
    health: str

    def summary(self) -> Summary:
        """Return the sums as the maths takes them."""
        return Summary(
            self.repeats,
            self.span or 0.0,
            self.log_sum or 0.0,
            self.first.toordinal(),
            self.last.toordinal(),
        )

    def planned(self) -> int | None:
        """Return the day set by hand; it is over once the customer has bought."""
        if self.expected_again and self.expected_again > self.last:
            return self.expected_again.toordinal()
        return None


class CustomerLifecycleLimits(models.AbstractModel):
    """Whom other limits of the company at hand would move.

    The forecast of the customers whom the user may see is made anew from the sums
    that their cards keep, and the rules judge the cards as they would then be. Nothing
    is written. Of very many customers a sample is drawn by a hash of the card's
    number: the same one each time.
    """

    _name = "customer.lifecycle.limits"
    _description = "Preview of Limits"
    _inherit = ["customer.lifecycle.preview"]

    @api.model
    @api.readonly
    def limits_moves(self, limits: dict) -> dict:
        """Return whom other limits would move now, from where to where.

        :param limits: the fields of ``Limits``
        :return: as ``_as_table``
        """
        limits, wrong = self._checked_limits(limits)
        if wrong:
            return next(iter(wrong.values()))
        company = self.env.company
        if limits == self.env["customer.lifecycle.forecast"].sudo()._limits(company):
            return self._as_sentence(self.env._("These limits are in use."))
        return self._moves_table(company, limits)

    def _checked_limits(self, limits: dict) -> tuple[Limits | None, dict]:
        """Return the limits, or why nothing can be said about them.

        :return: the second is what is shown, by part of the screen
        :raises ValidationError: for what is no number
        """
        if not self.env["customer.lifecycle"].has_access("read"):
            reason = self.env._("Shown to whoever may see the customers.")
            return None, {"slipping": self._as_wrong(reason)}
        try:
            found = Limits(
                int(limits["horizon_days"]),
                # the browser has more digits than people type
                round(float(limits["slipping_share"]), 4),
                round(float(limits["lapsed_chance"]), 4),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(self.env._("A limit is a number.")) from error
        wrong = {
            PARTS[name]: self._as_wrong(self._bound_sentence(name, least, most))
            for name, (least, most) in BOUNDS.items()
            if not least <= getattr(found, name) <= most
        }
        return (None, wrong) if wrong else (found, {})

    def _bound_sentence(self, name: str, least, most) -> str:
        """Say between what a limit lies."""
        if name == "horizon_days":
            return self.env._(
                "The days ahead lie between %(least)s and %(most)s.",
                least=least,
                most=most,
            )
        return self.env._(
            "A share or a chance lies between %(least)s and %(most)s.",
            least=self._percent(least),
            most=self._percent(most),
        )

    # ---------------------------------------------------------------- who would move

    def _moves_table(self, company, limits: Limits) -> dict:
        """Return whom limits would move: health first, then stage and level."""
        total, rows = self._card_rows(company)
        today = company._lifecycle_today()
        forecasts = self._reforecast(company, limits, rows, today)
        moves = self._health_moves(rows, forecasts) + self._place_moves(
            company, forecasts
        )
        sample = len(rows)
        factor = total / sample if sample else 1
        moved = {card_id for *_words, ids in moves for card_id in ids}
        count = round(len(moved) * factor)
        table = {
            "sentence": self._sentence(count),
            "count": count,
            "notes": [],
            "header": [
                self.env._("What"),
                self.env._("From"),
                self.env._("To"),
                self.env._("Customers"),
            ],
            "rows": [
                [
                    {"text": kind},
                    {"text": start},
                    {"text": end},
                    self._cell(
                        self._digits(round(len(ids) * factor)),
                        f"{start} → {end}",
                        ids,
                    ),
                ]
                for kind, start, end, ids in moves
            ],
        }
        if sample < total:
            table["notes"].append(self._sampled_sentence(sample, total))
        return table

    def _reforecast(self, company, limits: Limits, rows, today: date) -> list[tuple]:
        """Return what the cards would be under other limits.

        From the sums that the cards keep: no order is read.

        :return: ``(card id, due, slipping, lapsed, chance to return, health)``
        """
        # sudo: customer.lifecycle.forecast - how all customers buy, read for the
        # forecast of those whom the user may see
        forecasts = self.env["customer.lifecycle.forecast"].sudo()
        forecaster = Forecaster(forecasts._population(company), limits)
        found = []
        for row in rows:
            forecast = forecaster.forecast(
                row.summary(), today.toordinal(), row.planned()
            )
            dates = [
                day and date.fromordinal(min(day, date.max.toordinal()))
                for day in (forecast.due, forecast.slipping, forecast.lapsed)
            ]
            health = rhythm.health(today, *dates)
            found.append((row.card_id, *dates, forecast.return_chance, health))
        return found

    def _health_moves(self, rows, forecasts) -> list[tuple]:
        """Return ``(kind, from, to, card ids)`` of the changes of health."""
        moves = {}
        for row, forecast in zip(rows, forecasts, strict=True):
            if row.health != forecast[-1]:
                moves.setdefault((row.health, forecast[-1]), []).append(row.card_id)
        field = self.env["customer.lifecycle"]._fields["health"]
        names = dict(field._description_selection(self.env))
        order = [state for state, _label in HEALTH_STATES]
        return [
            (self.env._("Health"), names[start], names[end], ids)
            for (start, end), ids in sorted(
                moves.items(),
                key=lambda move: (order.index(move[0][0]), order.index(move[0][1])),
            )
        ]

    def _place_moves(self, company, forecasts) -> list[tuple]:
        """Return ``(kind, from, to, card ids)`` of the changes of stage and level."""
        moves = []
        stage, level = self.env._("Stage"), self.env._("Level")
        for field, kind in (("stage_id", stage), ("level_id", level)):
            places = self._saved(field).search([])
            names = {place.id: place.name for place in places}
            found = {}
            in_use = places.filtered("active")._as_places()
            for card_id, start, end in self.with_company(company).env.execute_query(
                SQL(
                    """
                    %(overlay)s
                    SELECT id, from_id, to_id
                      FROM (%(cards)s) AS cards
                     WHERE from_id IS DISTINCT FROM to_id
                  ORDER BY from_id, to_id, id
                    """,
                    overlay=self._overlay_sql(forecasts),
                    cards=self._judged_sql(field, in_use, company),
                )
            ):
                found.setdefault((start, end), []).append(card_id)
            moves += [
                (kind, names.get(start, "–"), names.get(end, "–"), ids)
                for (start, end), ids in found.items()
            ]
        return moves

    def _overlay_sql(self, forecasts: list[tuple], types: dict | None = None) -> SQL:
        """Return a WITH that lets a query see the cards as they would be.

        What it names like the table stands in for it: only these cards, with the
        columns of ``forecasts`` in place of their own.

        :param forecasts: ``(card id, value of each column)``
        :param types: the columns, with their types in the database (default:
            ``FORECAST_COLUMNS``)
        """
        types = types or FORECAST_COLUMNS
        cards = self.env["customer.lifecycle"]
        cards.flush_model()
        columns = [
            SQL.identifier("forecasts" if name in types else "card", name)
            for name, field in cards._fields.items()
            if field.store and field.column_type
        ]
        return SQL(
            """
              WITH forecasts AS (
                   SELECT *
                     FROM UNNEST(%(values)s)
                       AS forecasts (card_id, %(names)s)),
                   customer_lifecycle AS (
                   SELECT %(columns)s
                     FROM customer_lifecycle AS card
                     JOIN forecasts
                       ON forecasts.card_id = card.id)
            """,
            values=SQL(", ").join(
                SQL("%s::%s[]", list(column), SQL(kind))
                for column, kind in zip(
                    zip(*forecasts, strict=True)
                    if forecasts
                    else [()] * (len(types) + 1),
                    ("integer", *types.values()),
                    strict=True,
                )
            ),
            names=SQL(", ").join(map(SQL.identifier, types)),
            columns=SQL(", ").join(columns),
        )

    # --------------------------------------------------------------------- the cards

    def _visible(self, company):
        """Return the query of the buyers of a company whom the user may see."""
        cards = self.env["customer.lifecycle"].with_company(company)
        return cards._search(
            [("company_id", "=", company.id), ("purchase_count", ">", 0)]
        )

    def _sampled_sentence(self, sample: int, total: int) -> str:
        """Say that not everybody was looked at."""
        return self.env._(
            "Estimated from %(sample)s of %(total)s customers.",
            sample=self._digits(sample),
            total=self._digits(total),
        )

    def _card_rows(self, company) -> tuple[int, list[CardSums]]:
        """Return how many buyers there are, and what is kept of those drawn.

        :return: rows as of ``CardSums``
        """
        query = self._visible(company)
        total = self._count(query)
        query.order = SQL("HASHINT4(%s)", SQL.identifier(query.table, "id"))
        query.limit = MOVING_SAMPLE
        names = (
            "rhythm_span",
            "rhythm_log_sum",
            "first_purchase_date",
            "last_purchase_date",
            "expected_again_date",
            "health",
        )
        cards = self.env["customer.lifecycle"]
        cards.flush_model(["purchase_count", *names])
        rows = self.env.execute_query(
            query.select(
                SQL.identifier(query.table, "id"),
                SQL("%s - 1", SQL.identifier(query.table, "purchase_count")),
                *(SQL.identifier(query.table, name) for name in names),
            )
        )
        return total, [CardSums(*row) for row in rows]

    def _count(self, query) -> int:
        """Return the number of cards of a query."""
        [(count,)] = self.env.execute_query(query.select(SQL("COUNT(*)")))
        return count

    # ------------------------------------------------------------------------ numbers

    def _as_sentence(self, sentence: str) -> dict:
        """Return a table without lines."""
        return {"sentence": sentence, "header": [], "rows": []}

    def _as_wrong(self, sentence: str) -> dict:
        """Return what is wrong in place of a table."""
        return self._as_sentence(sentence) | {"is_wrong": True}

    def _cell(self, text: str, title: str, customers) -> dict:
        """Return a cell that opens the customers behind it."""
        ids = sorted(set(customers))
        cell = {"text": text, "number": len(ids)}
        return cell | ({"title": title, "open": {"ids": ids}} if ids else {})

    def _digits(self, number: int) -> str:
        """Return a number as the user's language writes it."""
        return self._number(number)["text"]

    def _percent(self, part: float, whole: float = 1, is_exact: bool = False) -> str:
        """Return a share in percent, with a digit where it says something.

        :param is_exact: as a person chose it, and not as it was counted
        """
        share = 100 * part / whole if whole else 0
        is_fine = round(share, 1) != round(share)
        digits = 1 if is_fine and (is_exact or share < 10) else 0
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        return lang.format(f"%.{digits}f", share) + "%"
