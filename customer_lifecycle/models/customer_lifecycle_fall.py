from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .customer_lifecycle_rungs import leaves, missing

#: Pieces of evidence that go without saying while they hold, or are said anyway.
UNSAID = ("setback_date", "is_company", "purchase_count", "purchase_span_days")
#: Evidence that the sentence about another field says too.
SAID_BY = {"promise_kept_count": "promise_kept_share"}


class CustomerLifecycleFall(models.AbstractModel):
    """Why a level was reached or lost, kept with the move and told in any language.

    The snapshot of a move up has ``evidence``: the tree of the rule of the new level.
    That of a move down has ``fall``: its ``kind`` (``promise``, ``rating``, ``need``
    for a setback, else ``evidence``), the condition that is ``missing``, and what
    belongs to it.
    """

    _name = "customer.lifecycle.fall"
    _description = "Levels Reached and Lost"
    _inherit = ["customer.lifecycle.rung.words"]

    # --------------------------------------------------------------------- snapshots

    @api.model
    def _level_details(self, cards, before: dict, after: dict, day) -> dict[int, dict]:
        """Return what snapshots keep of moves between levels, by card id. 3 queries.

        :param before: level id, or False, by card
        :param after: level id by card id
        """
        if not cards:
            return {}
        evidence = self.env["customer.lifecycle.rungs"]._evidence(cards, day)
        order = list(self.env["customer.lifecycle.pace"]._rungs())
        details = {}
        for card in cards:
            trees, level_id = evidence[card.id], after[card.id]
            if self._is_below(order, level_id, before[card]):
                details[card.id] = {"fall": self._fall(trees, order, level_id)}
            elif level_id in trees:
                details[card.id] = {"evidence": trees[level_id]}
        return self._with_promises(cards, details)

    def _is_below(self, order: list[int], level_id: int, other_id) -> bool:
        """Say whether a level is below another one that is in use."""
        known = level_id in order and other_id in order
        return known and order.index(level_id) < order.index(other_id)

    def _fall(self, trees: dict, order: list[int], level_id: int) -> dict:
        """Return why a card does not hold the rung above a level."""
        above = order[order.index(level_id) + 1]
        lost = list(missing(trees[above])) if above in trees else []
        setback = [each for each in lost if each["field"] == "setback_date"]
        found = next(iter(setback + lost), None)
        kind = found.get("setback_kind") if setback else None
        return {
            "kind": kind or "evidence",
            "date": found["actual"] if kind else None,
            "missing": found,
        }

    def _with_promises(self, cards, details: dict) -> dict:
        """Add the words of the promises that were not kept."""
        broken = {
            card_id: detail["fall"]
            for card_id, detail in details.items()
            if detail.get("fall", {}).get("kind") == "promise"
        }
        if not broken:
            return details
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (lifecycle_id) lifecycle_id, name
                  FROM customer_lifecycle_commitment
                 WHERE lifecycle_id = ANY(%s)
                   AND side = 'ours'
                   AND state = 'broken'
              ORDER BY lifecycle_id, closed_date DESC, id DESC
                """,
                list(broken),
            )
        )
        for card_id, name in rows:
            broken[card_id]["promise"] = name
        return details

    # --------------------------------------------------------------------- sentences

    @api.model
    def _fall_sentence(self, fall: dict, level) -> str:
        """Return what took a customer down to a level."""
        day = fields.Date.to_date(fall.get("date"))
        values = {
            "level": level.name,
            "promise": fall.get("promise"),
            "date": format_date(self.env, day) if day else "",
        }
        if fall["kind"] == "promise" and values["promise"]:
            return self.env._(
                "Back to %(level)s: the promise “%(promise)s” was not kept.", **values
            )
        if fall["kind"] == "rating":
            return self.env._(
                "Back to %(level)s: the customer rated us badly on %(date)s.", **values
            )
        if fall["kind"] == "need":
            return self.env._(
                "Back to %(level)s: a need was not solved (%(date)s).", **values
            )
        if fall.get("missing"):
            text, _step = self._words(fall["missing"])
            return self.env._(
                "Back to %(level)s: %(evidence)s", level=level.name, evidence=text
            )
        return self.env._("Back to %(level)s: the rules see it there.", **values)

    @api.model
    def _evidence_sentences(self, tree: dict) -> list[str]:
        """Return what is there of the evidence for a level, a sentence each."""
        held = [leaf for leaf in leaves(tree) if leaf["held"]]
        said = {leaf["field"] for leaf in held}
        return [
            self._words(leaf)[0]
            for leaf in held
            if leaf["field"] not in UNSAID and SAID_BY.get(leaf["field"]) not in said
        ]

    # ------------------------------------------------------------------------- alerts

    @api.model
    def _alert(self, cards):
        """Tell the salespeople which customers a setback took down, once for each.

        A note on the card: the customer does not see it.
        """
        for move in self._news_of_setbacks(cards):
            card = move.lifecycle_id
            people = (card.user_id or card.team_id.user_id).filtered("active")
            lang = people.lang or card.company_id.partner_id.lang
            card.message_post(
                body=move.with_context(lang=lang).reason,
                subtype_xmlid="mail.mt_note",
                partner_ids=people.partner_id.ids,
            )

    def _news_of_setbacks(self, cards):
        """Return the last moves of cards that a setback took down, told for once."""
        if not cards:
            return self.env["customer.lifecycle.transition"]
        moves = (
            self.env["customer.lifecycle.transition"]
            .sudo()
            # sudo: the history of cards that the refresh has just moved
            .search(
                [("lifecycle_id", "in", cards.ids), ("kind", "=", "level")], order="id"
            )
        )
        news = {}
        seen = set()
        for move in moves:
            fall = (move.snapshot or {}).get("fall") or {}
            key = (move.lifecycle_id.id, fall.get("kind"), fall.get("date"))
            news[move.lifecycle_id] = fall.get("date") and key not in seen and move
            if not move.is_silent:
                seen.add(key)
        return moves.browse().union(*filter(None, news.values()))
