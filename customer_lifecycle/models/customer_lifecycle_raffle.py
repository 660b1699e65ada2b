import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import draw

#: Written by the raffle itself, never by people.
RECORDED = {"state", "seed", "frozen_on", "drawn_on", "drawn_by_id", "participant_ids"}
#: What can still be changed once the participants are fixed.
FREE = {"name"}
#: Causes of a move to another stage that are the customer's own doing.
OWN_CAUSES = ("facts", "time")


class CustomerLifecycleRaffle(models.Model):
    """A draw among the customers who came back in some days; the winners get an offer.

    Draft → participants fixed → drawn, and never back. The seed is made at the draw,
    when nobody can choose participants to fit it any more, and is kept: seed and
    participants give the winners again, for whoever wants to check (``tools/draw.py``).
    """

    _name = "customer.lifecycle.raffle"
    _description = "Raffle among Customers Who Came Back"
    _inherit = ["mail.thread"]
    _order = "date_to DESC, id DESC"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    date_from = fields.Date(
        string="Came Back From", required=True, help="The first day that counts."
    )
    date_to = fields.Date(
        string="Came Back Until",
        required=True,
        default=lambda self: self.env.company._lifecycle_today(),
        help="The last day that counts.",
    )
    step_id = fields.Many2one(
        "ir.actions.server",
        string="Step of the Prize",
        ondelete="restrict",
        domain="[('state', '=', 'lifecycle_offer')]",
    )
    # by choice and not by record: managers may not read the actions of the system
    prize = fields.Selection(
        selection="_selection_prize",
        compute="_compute_prize",
        inverse="_inverse_prize",
        help="The offer that the winners get, through the same checks as any other, "
        "whether they buy or write in the meantime. There is no control group among "
        "winners.",
    )
    winner_count = fields.Integer(string="Winners", default=1, required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("frozen", "Participants Fixed"),
            ("drawn", "Drawn"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    frozen_on = fields.Datetime(string="Fixed On", readonly=True, copy=False)
    seed = fields.Char(
        readonly=True,
        copy=False,
        help="Made by chance at the moment of the draw. With the numbers of the "
        "participants it gives the same winners again.",
    )
    drawn_on = fields.Datetime(readonly=True, copy=False)
    drawn_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    participant_ids = fields.One2many(
        "customer.lifecycle.raffle.participant",
        "raffle_id",
        readonly=True,
        copy=False,
    )
    participant_count = fields.Integer(
        string="Came Back",
        compute="_compute_participant_count",
        help="Customers who take part; before they are fixed, those who would.",
    )

    _days_in_order = models.Constraint(
        "CHECK (date_from <= date_to)", "The first day comes after the last one."
    )
    _winner_count_positive = models.Constraint(
        "CHECK (winner_count > 0)", "A raffle needs at least one winner."
    )

    @api.model
    def _selection_prize(self) -> list[tuple[str, str]]:
        """Return the steps that send an offer, with the rule that they belong to."""
        # sudo: ir.actions.server - managers choose one by its name
        steps = (
            self.env["ir.actions.server"]
            .sudo()
            .search([("state", "=", "lifecycle_offer")])
        )
        return [
            (
                str(step.id),
                ": ".join(filter(None, (step.base_automation_id.name, step.name))),
            )
            for step in steps
        ]

    @api.depends("step_id")
    def _compute_prize(self):
        for raffle in self:
            raffle.prize = str(raffle.step_id.id) if raffle.step_id else False

    def _inverse_prize(self):
        for raffle in self:
            raffle.step_id = int(raffle.prize) if raffle.prize else False

    @api.depends("participant_ids", "state", "date_from", "date_to", "company_id")
    def _compute_participant_count(self):
        for raffle in self:
            raffle.participant_count = (
                len(raffle._came_back())
                if raffle.state == "draft"
                else len(raffle.participant_ids)
            )

    # ------------------------------------------------------------------------- records

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_recorded(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_recorded(vals)
        is_fixed = any(raffle.state != "draft" for raffle in self)
        if is_fixed and not self.env.su and not self._free_values(vals):
            raise UserError(
                self.env._("The participants are fixed: the raffle stays as it is.")
            )
        return super().write(vals)

    def _free_values(self, vals: dict) -> bool:
        """Say whether values may be written at any time: the name, and the chatter."""
        thread = self.env["mail.thread"]._fields
        return all(name in FREE or name in thread for name in vals)

    def _check_recorded(self, vals: dict):
        """Refuse what only the draw itself may write.

        :raises UserError: for anybody
        """
        if not self.env.su and not RECORDED.isdisjoint(vals):
            raise UserError(
                self.env._("The record of a draw is written by the draw itself.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        if any(raffle.state != "draft" for raffle in self):
            raise UserError(
                self.env._(
                    "A raffle whose participants are fixed is kept: it is the record "
                    "of the draw."
                )
            )

    # ---------------------------------------------------------------------- the draw

    def action_freeze(self):
        """Fix the participants: who takes part does not change any more."""
        for raffle in self._in_state("draft"):
            cards = raffle._came_back()
            if not raffle.step_id:
                raise UserError(self.env._("Choose what there is to win."))
            if not cards:
                raise UserError(
                    self.env._("Nobody came back in these days: there is no raffle.")
                )
            # sudo: customer.lifecycle.raffle - the record is written by the raffle
            raffle.sudo().write(
                {
                    "state": "frozen",
                    "frozen_on": fields.Datetime.now(),
                    "participant_ids": [
                        fields.Command.create(
                            {
                                "lifecycle_id": card.id,
                                "number": card.id,
                                "name": card.partner_id.display_name,
                            }
                        )
                        for card in cards.sorted("id")
                    ],
                }
            )

    def action_draw(self):
        """Draw the winners, once, and plan their offers."""
        for raffle in self._in_state("frozen"):
            # one of two who press at once waits, and then meets a drawn raffle
            raffle.lock_for_update()
            # sudo: customer.lifecycle.raffle - the record is written by the raffle
            raffle.sudo()._draw(secrets.token_hex(16))

    def _draw(self, seed: str):
        """Draw by a seed, write everything down, and plan the winners' offers."""
        self.ensure_one()
        places = {
            number: place for place, number in enumerate(self._winners(seed), start=1)
        }
        self.write(
            {
                "state": "drawn",
                "seed": seed,
                "drawn_on": fields.Datetime.now(),
                "drawn_by_id": self.env.uid,
            }
        )
        for participant in self.participant_ids:
            if participant.number in places:
                participant.place = places[participant.number]
        self._plan_prizes()

    def _winners(self, seed: str) -> list[int]:
        """Return the numbers that a seed draws, the first one first."""
        return draw.draw(seed, self.participant_ids.mapped("number"), self.winner_count)

    def _plan_prizes(self):
        """Plan the offers of the winners; the gate judges them when they are sent."""
        winners = self.participant_ids.filtered("place")
        planned = self.env["customer.lifecycle.planner"]._plan(
            self.step_id, winners.lifecycle_id, occasion=f"raffle:{self.id}"
        )
        # a prize does not wait as the step does on its ladder
        today = self.company_id._lifecycle_today()
        days = timedelta(days=max(self.step_id.lifecycle_expiry_days, 0))
        planned.write({"planned_date": today, "expiry_date": today + days})
        by_card = {each.lifecycle_id: each for each in planned}
        for winner in winners:
            winner.outreach_id = by_card.get(winner.lifecycle_id)

    def action_check(self):
        """Repeat the draw from its seed, and say whether it gives the same winners."""
        self.ensure_one()
        won = self.participant_ids.filtered("place").sorted("place").mapped("number")
        is_same = self._winners(self.seed or "") == won
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_same else "danger",
                "message": self.env._("Drawn again: the same winners.")
                if is_same
                else self.env._("Drawn again: other winners. The record was changed."),
            },
        }

    def _in_state(self, state: str):
        """Return these raffles, which must be in a state.

        :raises UserError: one of them is not
        """
        if any(raffle.state != state for raffle in self):
            raise UserError(
                self.env._("The participants are fixed once, and then drawn once.")
            )
        return self

    # -------------------------------------------------------------------- participants

    def _came_back(self):
        """Return the cards of who left Reactivation by a purchase in these days.

        Not those that a person moved; each once, however often it came back.
        """
        self.ensure_one()
        if not (self.date_from and self.date_to and self.company_id):
            return self.env["customer.lifecycle"]
        moves = self.env["customer.lifecycle.transition"]._search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("kind", "=", "stage")
            & Domain("from_stage_id.code", "=", "reactivation")
            & Domain("to_stage_id.code", "!=", "reactivation")
            & Domain("cause", "in", OWN_CAUSES)
            & Domain("date", ">=", self.date_from)
            & Domain("date", "<=", self.date_to)
        )
        return self.env["customer.lifecycle"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("transition_ids", "in", moves)
            & Domain("last_purchase_date", ">=", self.date_from),
            order="id",
        )


class CustomerLifecycleRaffleParticipant(models.Model):
    """One customer in one raffle: as fixed, whatever becomes of the customer since.

    Written by the raffle. ``number`` is the ticket that the draw takes.
    """

    _name = "customer.lifecycle.raffle.participant"
    _description = "Participant of a Raffle"
    _order = "raffle_id, place NULLS LAST, number"

    raffle_id = fields.Many2one(
        "customer.lifecycle.raffle", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="raffle_id.company_id", store=True)
    number = fields.Integer(required=True, aggregator=False)
    name = fields.Char(string="Customer", required=True)
    lifecycle_id = fields.Many2one(
        "customer.lifecycle", string="Card", index="btree_not_null", ondelete="set null"
    )
    place = fields.Integer(aggregator=False, help="1 for who was drawn first.")
    outreach_id = fields.Many2one(
        "customer.lifecycle.outreach",
        string="Offer",
        index="btree_not_null",
        ondelete="set null",
    )
    outreach_state = fields.Selection(related="outreach_id.state", string="State")
    prize = fields.Char(string="What Became of It", compute="_compute_prize")

    _number_uniq = models.UniqueIndex(
        "(raffle_id, number)", "A customer takes part in a raffle once."
    )

    @api.depends("place", "outreach_id")
    @api.depends_context("lang")
    def _compute_prize(self):
        """Say why a winner has no offer, or why the offer is where it is."""
        for participant in self:
            # sudo: customer.lifecycle.outreach - a manager reads of every winner
            offer = participant.sudo().outreach_id
            if participant.place and not offer:
                participant.prize = self.env._("No offer was planned for this winner.")
            else:
                participant.prize = offer.reason or ""


class CustomerLifecycleAbsorb(models.AbstractModel):
    """Merged customers stay in the raffles in which they take part."""

    _inherit = "customer.lifecycle.absorb"

    def _absorb(self, cards, kept):
        """Let participants be the card that stays; their numbers stay."""
        # sudo: customer.lifecycle.raffle.participant - as the cards, for whoever merges
        self.env["customer.lifecycle.raffle.participant"].sudo().search(
            [("lifecycle_id", "in", cards.ids)]
        ).write({"lifecycle_id": kept.id})
        return super()._absorb(cards, kept)
