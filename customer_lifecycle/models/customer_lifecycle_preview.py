from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

#: What decides, of a stage or level, which customers stand there.
DECIDING = ("rule_domain", "sequence", "active")
#: The pin that keeps a card where a person put it.
PINS = {"stage_id": "stage_pinned_until", "level_id": "level_pinned_until"}


class CustomerLifecyclePreview(models.AbstractModel):
    """Who would move, and from where to where, if a change were saved.

    Stages and levels are taken as they would be; the cards are judged by them as the
    refresh would: archived cards too, pinned ones not. Nothing is written. Counted is
    what the user may see, in the companies at hand.
    """

    _name = "customer.lifecycle.preview"
    _description = "Preview of Who Would Move"

    @api.model
    def _of_places(self, field: str, changes: list[dict]) -> dict:
        """Return who would move if stages or levels were changed, as a table.

        :param field: ``stage_id`` or ``level_id``
        :param changes: for each changed place its ``id`` (0: a new one), ``name`` and
            any of ``DECIDING``
        :return: as ``_as_table``; for a rule that cannot be used, with the reason as
            sentence and ``is_wrong``
        """
        self.env.flush_all()
        try:
            # one that flushes would take back what is edited in a form, too
            with self.env.cr.savepoint(flush=False):
                places = self._places(field, changes)
                moves = self._moves(field, places._as_places())
        except ValidationError as error:
            return {"sentence": error.args[0], "is_wrong": True, "rows": []}
        names = {place._origin.id or 0: place.name for place in places}
        names |= {
            place.id: place.name
            for place in self._saved(field).browse(
                [start for start, _end, _count in moves if start]
            )
        }
        return self._as_table(
            [
                (
                    names.get(start) or self.env._("Nowhere yet"),
                    names.get(end) or self.env._("Here"),
                    count,
                    {
                        "model": self._name,
                        "method": "moving_card_ids",
                        "args": [field, changes, start, end],
                    },
                )
                for start, end, count in moves
            ],
        )

    def _as_table(self, moves: list[tuple]) -> dict:
        """Return a table of moves with its sentence, as the screen shows it.

        :param moves: name of the place left, of the one entered, number, and the call
            that returns the customers behind the number
        """
        count = sum(number for _start, _end, number, _call in moves)
        return {
            "sentence": self._sentence(count),
            "count": count,
            "header": [
                self.env._("From"),
                self.env._("To"),
                self.env._("Customers"),
            ],
            "rows": [
                [
                    {"text": start},
                    {"text": end},
                    self._number(number, title=f"{start} → {end}", open=call),
                ]
                for start, end, number, call in moves
            ],
        }

    def _sentence(self, count: int) -> str:
        """Say how many customers would move."""
        if not count:
            return self.env._("No customer would move.")
        if count == 1:
            return self.env._("1 customer would move. Nothing is sent by this.")
        return self.env._(
            "%(count)s customers would move. Nothing is sent by this.",
            count=self._number(count)["text"],
        )

    def _number(self, number: int, **more) -> dict:
        """Return a cell with a number as the user's language writes it."""
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        text = lang.format("%d", number, grouping=True) if lang else str(number)
        return {"text": text, "number": number, **more}

    @api.model
    @api.readonly
    def moving_card_ids(self, field, changes, start, end) -> list[int]:
        """Return the cards that would move from one place to another.

        The parameters are those of a line of ``_of_places``.

        :raises ValidationError: for a rule that cannot be used, or another field
        """
        if field not in PINS:
            raise ValidationError(self.env._("Only stages and levels have rules."))
        places = self._places(field, changes)._as_places()
        return [
            card_id
            for (card_id,) in self.env.execute_query(
                SQL(
                    """
                    SELECT id
                      FROM (%(cards)s) AS cards
                     WHERE from_id IS NOT DISTINCT FROM %(start)s::integer
                       AND to_id = %(end)s
                       AND from_id IS DISTINCT FROM to_id
                  ORDER BY id
                    """,
                    cards=self._judged_sql(field, places),
                    start=start or None,
                    end=end,
                )
            )
        ]

    def _saved(self, field: str):
        """Return the model of the places of a kind, the archived ones included."""
        comodel = self.env["customer.lifecycle"]._fields[field].comodel_name
        return self.env[comodel].with_context(active_test=False)

    def _places(self, field: str, changes: list[dict]):
        """Return the places as they would be, in use and with rules that were checked.

        :raises ValidationError: naming what is wrong with a rule
        """
        model = self._saved(field)
        changed = model.union(
            *[
                model.new(
                    {
                        name: change[name]
                        for name in ("name", *DECIDING)
                        if name in change
                    },
                    origin=model.browse(change.get("id")),
                )
                for change in changes
            ]
        )
        for place in changed:
            place._check_rule()
        places = (model.search([]) - changed._origin) | changed
        return places.filtered("active")

    def _moves(self, field: str, places) -> list[tuple]:
        """Return ``(id left, id entered, number of cards)``, the largest first."""
        return self.env.execute_query(
            SQL(
                """
                SELECT from_id, to_id, COUNT(*)
                  FROM (%(cards)s) AS cards
                 WHERE from_id IS DISTINCT FROM to_id
              GROUP BY from_id, to_id
              ORDER BY COUNT(*) DESC, from_id, to_id
                """,
                cards=self._judged_sql(field, places),
            )
        )

    def _judged_sql(self, field: str, places, companies=None) -> SQL:
        """Return the cards that the rules move: ``id, from_id, to_id``.

        The user's own record rules say which; the rules themselves see everything.

        :param companies: of which companies (default: those at hand)
        """
        cards = self.env["customer.lifecycle"].with_context(active_test=False)
        query = cards._search(self._free_domain(field, companies or self.env.companies))
        place = self.env["customer.lifecycle.rules"]._place_sql(field, places, query)
        return query.select(
            SQL.identifier(query.table, "id"),
            SQL("%s AS from_id", SQL.identifier(query.table, field)),
            SQL("%s AS to_id", place),
        )

    def _free_domain(self, field: str, companies) -> Domain:
        """Return the domain of the cards of companies without a pin."""
        pin = PINS[field]
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & (Domain(pin, "=", False) | Domain(pin, "<", company._lifecycle_today()))
            for company in companies
        )
