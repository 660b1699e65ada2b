from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError


class CustomerLifecycleMove(models.TransientModel):
    """Move customers by hand, with a reason and the day until which it holds."""

    _name = "customer.lifecycle.move"
    _description = "Move Customers"

    lifecycle_ids = fields.Many2many(
        "customer.lifecycle",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    stage_id = fields.Many2one("customer.lifecycle.stage", string="To Stage")
    level_id = fields.Many2one("customer.lifecycle.level", string="To Level")
    until = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(
            self.env.company._lifecycle_today(),
            days=self.env.company.lifecycle_pin_days,
        ),
        help="Up to and including this day; then the rules decide again.",
    )
    note = fields.Text(string="Why", help="Everybody who sees the customer reads it.")
    is_raise = fields.Boolean(
        compute="_compute_is_raise",
        help="Whether the level is beyond what speaks for it.",
    )

    @api.depends("lifecycle_ids", "level_id")
    def _compute_is_raise(self):
        # sudo: customer.lifecycle.rules - where the evidence sees these customers
        rules = self.env["customer.lifecycle.rules"].sudo()
        for move in self:
            cards = (
                move.lifecycle_ids._origin if move.level_id else move.lifecycle_ids[:0]
            )
            seen = rules._ruled(cards, "level_id")
            move.is_raise = bool(cards._raised_beyond(move.level_id._origin, seen))

    @api.constrains("until")
    def _check_until(self):
        for move in self:
            if move.until < self.env.company._lifecycle_today():
                raise ValidationError(
                    self.env._("The day until which it holds is in the past.")
                )

    def action_apply(self):
        """Move the customers.

        :raises ValidationError: without a place to move to, or a reason where one is
            needed
        """
        self.ensure_one()
        if not (self.stage_id or self.level_id):
            raise ValidationError(
                self.env._("Choose the stage or the level to move the customers to.")
            )
        try:
            for field in ("stage_id", "level_id"):
                if self[field]:
                    self.lifecycle_ids._move_by_hand(
                        field,
                        self[field].id,
                        note=(self.note or "").strip(),
                        until=self.until,
                    )
        except RedirectWarning as warning:
            # it would lead to this very dialog, where the reason can be given
            raise ValidationError(warning.args[0]) from warning
        # the cards behind the dialog show where they are now
        return {"type": "ir.actions.client", "tag": "soft_reload"}
