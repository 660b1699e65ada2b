from datetime import timedelta

from odoo import models
from odoo.exceptions import AccessError, RedirectWarning, ValidationError
from odoo.tools import SQL

#: The fields that only ``_move`` writes: kind of transition by field.
MOVED_FIELDS = {"stage_id": "stage", "level_id": "level", "health": "health"}


class MovePermit:
    """Lets exactly one write of a moved field through.

    Calls from outside cannot make one, and what an automation writes in answer to
    the move is judged on its own: as a move by hand.
    """

    def __init__(self):
        self._unused = True

    def take(self) -> bool:
        """Return whether this is the first use."""
        unused, self._unused = self._unused, False
        return unused


class CustomerLifecycleMovable(models.AbstractModel):
    """How a card moves: by the rules or by hand, and always with a transition."""

    _name = "customer.lifecycle.movable"
    _description = "Movable Card"

    def write(self, vals):
        moves = {field: vals[field] for field in MOVED_FIELDS if field in vals}
        permit = self.env.context.get("lifecycle_permit")
        if not (moves and isinstance(permit, MovePermit) and permit.take()):
            vals = {field: vals[field] for field in vals if field not in moves}
            self._check_written_by_people(vals)
            for field, value in moves.items():
                self._move_by_hand(field, value)
        if "user_id" in vals and not self.env.context.get("lifecycle_suggested"):
            vals = vals | {"owner_by_hand": bool(vals["user_id"])}
        result = super().write(vals) if vals else True
        if "expected_again_date" in vals:
            self._mark_changed()  # the dates follow from it
        return result

    def _check_written_by_people(self, vals):
        """Let people write what is theirs; facts, pins and days are the addon's.

        Otherwise a call from outside could write the evidence for a level.

        :raises AccessError: naming the field
        """
        if self.env.su:
            return
        for name in vals:
            field = self._fields.get(name)
            if field and field.store and field.readonly:
                raise AccessError(
                    self.env._(
                        "“%s” follows from what happened and cannot be written.",
                        field._description_string(self.env),
                    )
                )

    def _move(
        self,
        field: str,
        targets: dict[int, int | str],
        pinned_until=None,
        **transition,
    ):
        """Move cards, and write what happened; the one writer of moved fields.

        One ``create`` for the transitions and one ``write`` per new value.

        :param field: a key of ``MOVED_FIELDS``
        :param targets: new value by card id; cards that stand there already are left
        :param pinned_until: last day on which the rules leave the cards there; False
            takes the pin away, None leaves it as it is
        :param transition: further values of the transitions: ``cause``, ``date``,
            ``note``, ``is_silent``
        :return: the cards that moved
        """
        kind = MOVED_FIELDS[field]
        plain = {
            card: card[field] if kind == "health" else card[field].id for card in self
        }
        moving = self.filtered(lambda card: targets[card.id] != plain[card])
        reasons = moving.env["customer.lifecycle.reason"]
        details = {}
        if kind == "level" and transition["cause"] != "manual":
            details = reasons._level_details(moving, plain, targets, transition["date"])
        moving.env["customer.lifecycle.transition"].sudo().create(
            [
                reasons._transition_vals(
                    card,
                    kind,
                    plain[card],
                    targets[card.id],
                    details=details.get(card.id),
                    **transition,
                )
                for card in moving
            ]
        )
        along = {f"{kind}_since": transition["date"]}
        if pinned_until is not None:
            along[f"{kind}_pinned_until"] = pinned_until
        # what an automation did in answer to this write, it does not do again for the
        # create or write from outside that led to it
        context = {"__action_feedback": True}
        if transition.get("is_silent"):
            context["lifecycle_silent"] = True
        for value, cards in moving.grouped(lambda card: targets[card.id]).items():
            cards.with_context(**context, lifecycle_permit=MovePermit()).write(
                {field: value} | along
            )
        return moving

    def _announced_slipping(self):
        """Return the cards that were announced as slipping since their last purchase.

        A refit, a plan or a setting can move the dates, so that a card is due again
        and slips once more in the same pause: that is no news.
        """
        if not self:
            return self
        self.env["customer.lifecycle.transition"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card.id
                  FROM customer_lifecycle AS card
                 WHERE card.id IN %s
                   AND EXISTS (SELECT
                                 FROM customer_lifecycle_transition AS move
                                WHERE move.lifecycle_id = card.id
                                  AND move.to_health = 'slipping'
                                  AND move.is_silent IS NOT TRUE
                                  -- on the day of a purchase: the pause before it
                                  AND move.date > card.last_purchase_date)
                """,
                tuple(self.ids),
            )
        )
        return self.browse(card_id for (card_id,) in rows)

    def _move_by_hand(self, field: str, target, note: str = "", until=None):
        """Move cards as a person wishes: they stay there for the days in settings.

        Putting a card back where the rules see it takes the pin away.

        :param until: last day on which the rules leave it alone; a card that a hand
            has put there already stays until then
        :raises AccessError: for health, which follows the dates
        :raises ValidationError: for nowhere, and for a place that is not in use
        """
        if field == "health":
            raise AccessError(self.env._("Health follows from the customer's dates."))
        if not target:
            raise ValidationError(
                self.env._("A customer always stands in a stage and on a level.")
            )
        self.check_access("read")
        place = self[field].browse(target)
        self._check_in_use(field, place)
        seen = self.env["customer.lifecycle.rules"].sudo()._ruled(self, field)
        if field == "level_id":
            self._check_not_raised(place, seen, note, until)
        moving = self.filtered(lambda card: card[field] != place)
        for company, cards in moving.grouped("company_id").items():
            today = company._lifecycle_today()
            end = until or today + timedelta(days=company.lifecycle_pin_days)
            at_home = cards.filtered(
                lambda card: card._is_at_home(field, target, seen[card.id])
            )
            for pin, pinned in ((False, at_home), (end, cards - at_home)):
                pinned._as_mover(field, target)._move(
                    field,
                    dict.fromkeys(pinned.ids, target),
                    pinned_until=pin,
                    cause="manual",
                    date=today,
                    note=note,
                    is_silent=self.env["customer.lifecycle.change"]._is_silent(),
                )
        if until:
            (self - moving)._stay_by_hand(field, note, until)
        moving._mark_changed()

    def _stay_by_hand(self, field: str, note: str, until):
        """Leave cards where a hand has put them until another day, and say why."""
        kind = MOVED_FIELDS[field]
        pin = f"{kind}_pinned_until"
        staying = self.filtered(lambda card: card[pin] and (note or card[pin] != until))
        staying.check_access("write")
        reasons = self.env["customer.lifecycle.reason"]
        self.env["customer.lifecycle.transition"].sudo().create(
            [
                reasons._transition_vals(
                    card,
                    kind,
                    card[field].id,
                    card[field].id,
                    cause="manual",
                    date=card.company_id._lifecycle_today(),
                    note=note,
                    is_silent=True,
                )
                for card in staying
            ]
        )
        # sudo: customer.lifecycle - checked above; pins are the addon's
        staying.sudo().write({pin: until})

    def _is_at_home(self, field: str, target: int, seen: int) -> bool:
        """Say whether the rules would leave a card at a place it is moved to.

        On the way up to where the evidence sees it, they only take it further.
        """
        if field != "level_id":
            return target == seen
        order = list(self.env["customer.lifecycle.pace"]._rungs())
        places = [self.level_id.id, target, seen]
        if target == seen or not set(places) <= set(order):
            return target == seen
        now, there, evidence = map(order.index, places)
        return now < there <= evidence

    def _as_mover(self, field: str, target: int):
        """Return the cards as whoever sees them may move them: down, on the ladder.

        Anything else takes the right to write.
        """
        order = list(self.env["customer.lifecycle.pace"]._rungs())
        is_lowered = field == "level_id" and target in order
        for card in self if is_lowered else ():
            level_id = card.level_id.id
            if level_id in order and order.index(target) > order.index(level_id):
                is_lowered = False
        # sudo: customer.lifecycle - who may see a customer may say that trust is lost
        return self.sudo() if is_lowered else self

    def _check_in_use(self, field: str, place):
        """Let nobody be moved to an archived place: the rules know nothing of it.

        :raises ValidationError: naming it
        """
        # sudo: stages and levels are everybody's
        place = place.sudo()
        if not place.active and any(card[field] != place for card in self):
            raise ValidationError(
                self.env._(
                    "“%(place)s” is archived: no customer can be moved there.",
                    place=place.display_name,
                )
            )

    def _check_not_raised(self, level, seen: dict[int, int], note: str, until):
        """Let a level be raised beyond the evidence by a manager, with reason and end.

        :param seen: where the rules see the cards, of ``_ruled``
        :raises AccessError: for others
        :raises RedirectWarning: for a manager without a reason or the last day, with
            the way to give them
        """
        raised = self._raised_beyond(level, seen)
        if not raised:
            return
        values = {
            "customer": raised[0].partner_id.display_name,
            "level": level.name,
        }
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(
                self.env._(
                    "%(customer)s has not earned the level %(level)s yet. Only a sales "
                    "manager can raise it by hand, with a reason.",
                    **values,
                )
            )
        if not (note and until):
            raise RedirectWarning(
                self.env._(
                    "%(customer)s has not earned the level %(level)s yet. Raising it "
                    "by hand needs a reason, and the last day on which it holds.",
                    **values,
                ),
                raised._move_action(default_level_id=level.id),
                self.env._("Give a reason"),
            )

    def _raised_beyond(self, level, seen: dict[int, int]):
        """Return the cards for which a level is beyond what speaks for it."""
        order = list(self.env["customer.lifecycle.pace"]._rungs())
        if level.id not in order:
            return self.browse()
        return self.filtered(
            lambda card: order.index(level.id) > order.index(seen[card.id])
        )

    def _move_action(self, **defaults) -> dict:
        """Return the action that moves these cards with a reason and an end."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_move_action"
        )
        return action | {"context": {"active_ids": self.ids, **defaults}}

    def action_select_level(self, level_id):
        """Move a card to the rung that was clicked.

        :return: the action that asks for the reason, where one is needed; else False
        """
        self.ensure_one()
        try:
            self.write({"level_id": level_id})
        except RedirectWarning as warning:
            return warning.args[1]
        return False

    def action_move(self):
        """Ask where to, why and until when."""
        return self._move_action()

    def action_unpin(self):
        """Let the rules decide again, now."""
        self.check_access("write")
        # sudo: customer.lifecycle - pins are written by the addon only
        self.sudo().write({"stage_pinned_until": False, "level_pinned_until": False})
        refresh = self.env["customer.lifecycle.refresh"].sudo()
        for company, cards in self.grouped("company_id").items():
            refresh._refresh(company, cards.partner_id.ids, cause="rule")

    def _mark_changed(self):
        """Have the refresh look at these cards soon."""
        if self:
            self.env["customer.lifecycle.change"]._mark_partners(
                self.partner_id.ids, self.company_id.ids
            )
