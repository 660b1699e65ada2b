from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL, ormcache

#: Days in which "not kept" can be taken back as a mistake, and the level with it.
UNDO_DAYS = 7


class CustomerLifecyclePace(models.AbstractModel):
    """How fast cards follow the evidence: down at once, up one rung after the other.

    A card climbs once it has been on its rung for the days of that level. One that is
    read for the first time is placed where the evidence sees it.
    """

    _name = "customer.lifecycle.pace"
    _description = "Pace of Climbing"

    def _targets(self, cards, seen: dict[int, int], day: date) -> dict[int, int]:
        """Return on which level each card is to stand: level id by card id.

        :param seen: where the evidence sees the cards, of ``_ruled``
        """
        return {
            card.id: self._step(card.level_id.id, card.level_since, seen[card.id], day)[
                0
            ]
            for card in cards
        }

    @api.model
    @ormcache()
    def _rungs(self) -> dict[int, tuple[int, int]]:
        """Return the levels in use, from the lowest up: ``{id: (place, days)}``.

        Kept until a level changes.
        """
        # sudo: customer.lifecycle.level - how long a rung is held is no secret
        levels = self.env["customer.lifecycle.level"].sudo().search([])
        return {
            level.id: (place, level.minimum_days) for place, level in enumerate(levels)
        }

    def _step(self, level_id, since, seen: int, day: date) -> tuple:
        """Return the level a card is to stand on, and when it climbs if not today.

        :param level_id: the level it stands on, since the day ``since``; or False
        :param seen: where the evidence sees it
        :return: ``(level id, day or None)``
        """
        rungs = self._rungs()
        if level_id not in rungs or seen not in rungs:
            return seen, None
        place, days = rungs[level_id]
        if rungs[seen][0] <= place:
            return seen, None
        climbs = since and since + timedelta(days=days)
        if climbs and climbs > day:
            return level_id, climbs
        return list(rungs)[place + 1], None

    def _follow(self, cards, seen: dict[int, int], **transition):
        """Move cards towards where the evidence sees them, as far as they may go.

        :param seen: as in ``_targets``
        :return: the cards that moved
        """
        day = transition["date"]
        moving, moved = cards, self._return(cards, seen, **transition)
        while moving:  # a level without days is left the day it is reached
            targets = self._targets(moving, seen, day)
            stepped = moving._move("level_id", targets, **transition)
            moved |= stepped
            moving = stepped.filtered(lambda card: not card.level_id.minimum_days)
        return moved

    def _return(self, cards, seen: dict[int, int], **transition):
        """Put cards that a hand has put down back on what they had earned, silently.

        So, too, those taken down by a promise whose end was said by mistake. Without
        it whoever was put down for a month would climb for half a year.

        :param seen: as in ``_targets``
        :return: the cards that moved
        """
        rungs = self._rungs()
        below = cards.filtered(
            lambda card: (
                card.level_id.id in rungs
                and seen[card.id] in rungs
                and rungs[seen[card.id]][0] > rungs[card.level_id.id][0]
            )
        )
        targets = {
            card_id: min(level_id, seen[card_id], key=lambda each: rungs[each][0])
            for card_id, level_id in self._before_the_hand(
                below, transition["date"]
            ).items()
            if level_id in rungs
        }
        return below.filtered(lambda card: card.id in targets)._move(
            "level_id", targets, **transition | {"is_silent": True}
        )

    def _before_the_hand(self, cards, day: date) -> dict[int, int]:
        """Return where cards stood that a hand has put down, by card id. One query.

        Only where nothing has moved the card since. A setback that is gone so soon
        was taken back; one that is made good is earned rung by rung.
        """
        if not cards:
            return {}
        self.env["customer.lifecycle.transition"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT lifecycle_id, from_level_id
                      FROM (SELECT DISTINCT ON (move.lifecycle_id)
                                   move.lifecycle_id, move.from_level_id, move.cause,
                                   move.date, card.setback_date,
                                   move.snapshot #>> '{fall,kind}' AS fall,
                                   below.sequence < above.sequence AS is_down
                              FROM customer_lifecycle_transition AS move
                              JOIN customer_lifecycle AS card
                                ON card.id = move.lifecycle_id
                              JOIN customer_lifecycle_level AS below
                                ON below.id = move.to_level_id
                              JOIN customer_lifecycle_level AS above
                                ON above.id = move.from_level_id
                             WHERE move.lifecycle_id IN %s
                               AND move.kind = 'level'
                               -- not where a hand only said until when
                               AND move.from_level_id != move.to_level_id
                          ORDER BY move.lifecycle_id, move.id DESC) AS last
                     WHERE is_down
                       AND (cause = 'manual'
                            OR fall = 'promise' AND setback_date IS NULL
                               AND date >= %s)
                    """,
                    cards._ids,
                    day - timedelta(days=UNDO_DAYS),
                )
            )
        )

    def _note_days(self, cards, moved, seen: dict[int, int], day: date):
        """Note when cards climb, and when time alone changes what the rules see.

        The facts were written before the decisions that it rests on.

        :param seen: as in ``_targets``, of those without a pin
        :param moved: the cards whose stage or level is another one than before
        """
        climbs = dict.fromkeys(cards.ids) | {
            card.id: self._step(card.level_id.id, card.level_since, seen[card.id], day)[
                1
            ]
            for card in cards
            if card.id in seen
        }
        changed = moved | cards.filtered(
            lambda card: (card.level_climb_date or None) != climbs[card.id]
        )
        if changed:
            self._write_days({card_id: climbs[card_id] for card_id in changed.ids}, day)

    def _write_days(self, climbs: dict[int, date | None], day: date):
        """Write on which day each card climbs, and wake it in time.

        :param climbs: day or None by card id
        """
        cards = self.env["customer.lifecycle"]
        cards.flush_model()
        decided = {
            name: SQL.identifier("card", name)
            for name in ("stage_since", "level_since")
        }
        turns = self.env["customer.lifecycle.rules"]._turning_days(decided, day)
        self.env.execute_query(
            SQL(
                """
                UPDATE customer_lifecycle AS card
                   SET level_climb_date = climbs.day,
                       next_change_date = LEAST(card.next_change_date, %(next)s)
                  FROM UNNEST(%(cards)s::integer[], %(days)s::date[])
                       AS climbs (card_id, day)
                 WHERE card.id = climbs.card_id
             RETURNING card.id
                """,
                next=self.env["customer.lifecycle.facts"]._first_day_sql(
                    [SQL("climbs.day"), *turns], day
                ),
                cards=list(climbs),
                days=list(climbs.values()),
            )
        )
        cards.invalidate_model(["level_climb_date", "next_change_date"], flush=False)
