from odoo import api, fields, models
from odoo.exceptions import UserError

HEALTH_STATES = [
    ("on_rhythm", "On rhythm"),
    ("due", "Due"),
    ("slipping", "Slipping"),
    ("lapsed", "Lapsed"),
    ("unknown", "Not known yet"),
]
CAUSES = [
    ("facts", "What happened"),
    ("time", "Time passed"),
    ("manual", "Moved by hand"),
    ("rule", "A rule or setting changed"),
    ("arrival", "First reading of the history"),
    ("merge", "Contacts merged"),
]


class CustomerLifecycleTransition(models.Model):
    """One move of one card between stages, levels or health states.

    Append-only: written by ``customer.lifecycle._move``, never edited, deleted only
    with its card. The facts of the day are kept as a snapshot, so that the sentence
    can be read in any language at any time.
    """

    _name = "customer.lifecycle.transition"
    _description = "Lifecycle Transition"
    _order = "date desc, id desc"
    _check_company_auto = True

    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        required=True, readonly=True, help="Day of the move in the company's time zone."
    )
    kind = fields.Selection(
        [("stage", "Stage"), ("level", "Level"), ("health", "Health")],
        required=True,
        readonly=True,
    )
    from_stage_id = fields.Many2one(
        "customer.lifecycle.stage", readonly=True, ondelete="restrict"
    )
    to_stage_id = fields.Many2one(
        "customer.lifecycle.stage",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    from_level_id = fields.Many2one(
        "customer.lifecycle.level", readonly=True, ondelete="restrict"
    )
    to_level_id = fields.Many2one(
        "customer.lifecycle.level",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    from_health = fields.Selection(HEALTH_STATES, readonly=True)
    to_health = fields.Selection(HEALTH_STATES, readonly=True)
    cause = fields.Selection(CAUSES, required=True, readonly=True)
    is_silent = fields.Boolean(
        string="Silent",
        readonly=True,
        help="A silent move starts no automation and sends nothing.",
    )
    note = fields.Text(readonly=True, help="The reason given by whoever moved it.")
    snapshot = fields.Json(readonly=True, help="The facts of the day of the move.")
    move = fields.Char(compute="_compute_move")
    reason = fields.Text(compute="_compute_reason")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_move(self):
        """Say from where to where, in the reader's language."""
        health = dict(self._fields["to_health"]._description_selection(self.env))
        for transition in self:
            if transition.kind == "health":
                ends = health.get(transition.from_health), health[transition.to_health]
            elif transition.kind == "stage":
                ends = transition.from_stage_id.name, transition.to_stage_id.name
            else:
                ends = transition.from_level_id.name, transition.to_level_id.name
            # once where a hand only said until when it stays
            transition.move = " → ".join(dict.fromkeys(end for end in ends if end))

    @api.depends("snapshot", "note")
    @api.depends_context("lang")
    def _compute_reason(self):
        reasons = self.env["customer.lifecycle.reason"]
        for transition in self:
            transition.reason = reasons._transition_sentence(transition)

    @api.depends("move")
    def _compute_display_name(self):
        for transition in self:
            transition.display_name = transition.move

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: what happened stays as it was written.

        :raises UserError: always
        """
        raise UserError(self.env._("The history of a customer cannot be edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_card(self):
        """Refuse: history goes with its card only, by a cascade of the database.

        :raises UserError: always
        """
        raise UserError(self.env._("The history of a customer cannot be deleted."))
