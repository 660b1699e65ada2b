from odoo import api, fields, models
from odoo.tools import format_date

from .customer_lifecycle_rungs import missing


class CustomerLifecycleClimbing(models.AbstractModel):
    """What a card shows of the ladder: why its level is held, and what comes next."""

    _name = "customer.lifecycle.climbing"
    _description = "Ladder of a Customer"

    level_climb_date = fields.Date(
        string="Climbs On",
        readonly=True,
        help="The day on which the customer climbs to the next level, if everything "
        "that speaks for it stays so. Empty where something is missing.",
    )
    level_reason = fields.Text(
        compute="_compute_climbing", help="Why the customer holds its level."
    )
    level_next_step = fields.Text(
        string="Next Step",
        compute="_compute_climbing",
        help="What would bring the customer to the next level.",
    )
    level_evidence = fields.Json(
        string="Evidence",
        compute="_compute_climbing",
        help="What each level asks for, and what there is of it.",
    )

    @api.depends("level_id", "level_since", "level_pinned_until", "level_climb_date")
    @api.depends_context("lang", "uid")
    def _compute_climbing(self):
        reasons = self.env["customer.lifecycle.reason"]
        pins = reasons._pins(self)
        evidence = self.env["customer.lifecycle.rungs"]._evidence(self._origin)
        # sudo: customer.lifecycle.level - the ladder is the same for everybody
        levels = self.env["customer.lifecycle.level"].sudo().search([])
        for card in self:
            trees = evidence.get(card._origin.id, {})
            snapshot = reasons._facts_snapshot(card, card.today or fields.Date.today())
            snapshot["evidence"] = trees.get(card.level_id.id)
            card.level_reason = pins.get((card.id, "level")) or reasons._level_sentence(
                snapshot
            )
            card.level_next_step = card._next_step(levels, trees)
            card.level_evidence = card._rungs_in_words(levels, trees)

    def _next_step(self, levels, trees: dict) -> str:
        """Return what is missing first on the way up, in words.

        :param trees: of ``customer.lifecycle.rungs``, by level id
        """
        self.ensure_one()
        for level in levels[1:]:
            tree = trees.get(level.id)
            if tree is None:
                return self.env._("%(level)s is given by hand only.", level=level.name)
            if not tree["held"]:
                return self._step_to(level, tree)
            if level == self._rung_above(levels):
                if self.level_climb_date:
                    return self._wait_sentence(level)
                if self.level_pinned_until:
                    return self._pin_sentence(level)
        return self.env._("Nothing is missing: this is the highest level.")

    def _rung_above(self, levels):
        """Return the next level up; none at the top."""
        above = levels.ids.index(self.level_id.id) + 1 if self.level_id in levels else 0
        return levels[above : above + 1]

    def _step_to(self, level, tree: dict) -> str:
        """Return the first step to a level of which something is missing."""
        words = self.env["customer.lifecycle.fall"]
        # what went wrong is put right before anything else
        conditions = sorted(
            missing(tree), key=lambda condition: condition["field"] != "setback_date"
        )
        found = [words._words(condition) for condition in conditions]
        for _text, step in found:
            if step:
                return self.env._(
                    "Next step to %(level)s: %(step)s", level=level.name, step=step
                )
        if not found:
            return ""
        return self.env._(
            "Missing for %(level)s: %(evidence)s",
            level=level.name,
            evidence=found[0][0],
        )

    def _wait_sentence(self, level) -> str:
        """Return until when a card whose evidence is there waits for a level."""
        return self.env._(
            "Climbs to %(level)s on %(date)s if everything stays as it is.",
            level=level.name,
            date=format_date(self.env, self.level_climb_date),
        )

    def _pin_sentence(self, level) -> str:
        """Return until when a card with the evidence for a level stays below it."""
        return self.env._(
            "Everything for %(level)s is there; put here by hand until %(date)s.",
            level=level.name,
            date=format_date(self.env, self.level_pinned_until),
        )

    # ------------------------------------------------------------------- the widget

    def _rungs_in_words(self, levels, trees: dict) -> list[dict]:
        """Return the rungs with their evidence, for the ladder on the screen.

        :return: from the lowest up: ``id, note`` (waiting, by hand; or empty),
            ``can_raise`` (by the user, by hand) and ``items``: each ``{text, held,
            items}``
        """
        self.ensure_one()
        above = self._rung_above(levels)
        can_raise = True
        is_manager = self.env.user.has_group("sales_team.group_sale_manager")
        rungs = []
        for level in levels:
            tree, note = trees.get(level.id), ""
            is_earned = level == levels[0] or bool(tree and tree["held"])
            can_raise = can_raise and (is_manager or is_earned)
            if self.level_climb_date and level == above:
                note = self._wait_sentence(level)
            elif tree is None and level != levels[0]:
                note = self.env._("%(level)s is given by hand only.", level=level.name)
            rungs.append(
                {
                    "id": level.id,
                    "note": note,
                    "can_raise": can_raise,
                    # nobody has to earn the first one
                    "items": self._items(tree) if tree and level != levels[0] else [],
                }
            )
        return rungs

    def _items(self, tree: dict) -> list[dict]:
        """Return the evidence of a rule as a list, alternatives as lists in it."""
        items = tree["items"] if tree.get("op") == "and" else [tree]
        return [self._item(item) for item in items]

    def _item(self, tree: dict) -> dict:
        """Return one piece of evidence, or one list of them, in words."""
        if "op" not in tree:
            text, _step = self.env["customer.lifecycle.fall"]._words(tree)
            return {"text": text, "held": tree["held"], "items": []}
        titles = {
            "and": self.env._("All of these:"),
            "or": self.env._("One of these:"),
            "not": self.env._("Not:"),
        }
        return {
            "text": titles[tree["op"]],
            "held": tree["held"],
            "items": [self._item(item) for item in tree["items"]],
        }
