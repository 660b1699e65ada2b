import logging

from odoo import api, fields, models

from odoo.addons.base_automation.models.base_automation import TIME_TRIGGERS

from .customer_lifecycle_outreach import OPEN_STATES

_logger = logging.getLogger(__name__)

#: What a rule counts its cases by; when one of them changes, it starts anew.
COUNTING_FIELDS = frozenset({"active", "model_id", "trigger"})


class Noted(dict):
    """Whom each step of one run of a rule concerns: ``{step id: [card id, …]}``.

    Compared by identity: Odoo shares an environment among equal contexts, and two
    runs that have noted nothing yet would be equal.
    """

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class BaseAutomation(models.Model):
    """Automation rules on customers.

    A rule on customers whose actions are steps is a playbook: its actions, in their
    order, are one ladder. It does not hear the silent moves of a card, and switched
    on in whatever way, it counts new cases only: those already there are started by
    ``_switch_on``, so many a day, when somebody asks for it.
    """

    _name = "base.automation"
    _inherit = ["base.automation", "customer.lifecycle.reach"]

    lifecycle_mode = fields.Selection(
        [("approve", "Ask before sending"), ("auto", "Send by itself")],
        string="Sending",
        default="approve",
        required=True,
        help="Whether what the steps of this rule plan waits for somebody's approval.",
    )
    lifecycle_is_playbook = fields.Boolean(
        string="About Customers",
        compute="_compute_lifecycle_is_playbook",
        store=True,
        help="Whether the rule is about customers of the lifecycle.",
    )
    lifecycle_sentence = fields.Text(
        string="What It Does",
        translate=True,
        help="One sentence that says what the rule does.",
    )
    lifecycle_stage_id = fields.Many2one(
        "customer.lifecycle.stage",
        string="Playbook of Stage",
        compute="_compute_lifecycle_stage_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        help="The stage whose playbook this rule belongs to.",
    )
    lifecycle_backlog_per_day = fields.Integer(
        string="Already There, per Day",
        readonly=True,
        copy=False,
        help="How many of the customers who were there when the rule was switched on "
        "are started each day. 0: none.",
    )
    lifecycle_backlog_date = fields.Date(
        string="Last Started On",
        readonly=True,
        copy=False,
        help="The last day on which some of those already there were started.",
    )
    lifecycle_backlog_count = fields.Integer(
        string="Still to Start", compute="_compute_lifecycle_backlog"
    )
    lifecycle_backlog_text = fields.Char(
        string="Those Already There", compute="_compute_lifecycle_backlog"
    )

    _lifecycle_backlog_not_negative = models.Constraint(
        "CHECK (lifecycle_backlog_per_day >= 0)",
        "The number of customers a day cannot be negative.",
    )

    @api.depends("model_id")
    def _compute_lifecycle_is_playbook(self):
        for rule in self:
            rule.lifecycle_is_playbook = rule.model_id.model == "customer.lifecycle"

    @api.depends("model_id", "trigger", "trg_field_ref")
    def _compute_lifecycle_stage_id(self):
        """Take the stage that the rule waits for; others are chosen by hand."""
        for rule in self:
            stage = rule.lifecycle_stage_id
            if not rule.lifecycle_is_playbook:
                stage = False
            elif rule.trigger == "on_stage_set":
                stage = stage.browse(rule.trg_field_ref or []).exists()
            rule.lifecycle_stage_id = stage

    @api.depends("lifecycle_backlog_per_day")
    @api.depends_context("lang")
    def _compute_lifecycle_backlog(self):
        counts = dict(
            # sudo: customer.lifecycle.backlog - a number, for who sees the rule
            self.env["customer.lifecycle.backlog"]
            .sudo()
            ._read_group(
                [("automation_id", "in", self.ids)], ["automation_id"], ["__count"]
            )
        )
        for rule in self:
            rule.lifecycle_backlog_count = counts.get(rule, 0)
            rule.lifecycle_backlog_text = self.env._(
                "Of the customers who were there when the rule was switched on, "
                "%(count)s are still to start, at most %(per_day)s a day.",
                count=rule.lifecycle_backlog_count,
                per_day=rule.lifecycle_backlog_per_day,
            )

    # ---------------------------------------------------------------------- new cases

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._count_from_now()
        return rules

    def write(self, vals):
        before = {}
        if not COUNTING_FIELDS.isdisjoint(vals):
            before = {rule: rule._counting() for rule in self}
        result = super().write(vals)
        if before:
            changed = self.filtered(lambda rule: rule._counting() != before[rule])
            changed._count_from_now()
            over = changed.filtered(lambda rule: not rule.active)
            over._forget_backlog()
            if not self.env.context.get("lifecycle_keep_planned"):
                over._cancel_planned()
        return result

    def _counting(self) -> tuple:
        """Return what the rule counts its cases by."""
        self.ensure_one()
        return tuple(self[name] for name in sorted(COUNTING_FIELDS))

    def _count_from_now(self):
        """Have rules on customers that follow a date begin today, not in 1970."""
        for_dates = self.filtered(
            lambda rule: (
                rule.active
                and rule.lifecycle_is_playbook
                and rule.trigger in TIME_TRIGGERS
            )
        )
        if for_dates:
            for_dates.last_run = self.env.cr.now()

    def _search_time_based_automation_records(self, *, until):
        """Find nobody on a first run: Odoo would look back to 1970."""
        if self.lifecycle_is_playbook and not self.last_run:
            return self.env[self.model_name]
        return super()._search_time_based_automation_records(until=until)

    def _get_actions(self, records, triggers):
        """Start nothing for a silent move: installing, importing, refitting."""
        automations = super()._get_actions(records, triggers)
        context = self.env.context
        silent = context.get("lifecycle_silent") or context.get("import_file")
        if silent and records._name == "customer.lifecycle":
            return automations.browse()
        return automations

    def _process(self, records, domain_post=None):
        """Plan the steps of a rule for all customers together.

        Odoo runs each action once for each record; the steps only note whom they
        concern, and are planned in one go after that.
        """
        if records._name != "customer.lifecycle":
            return super()._process(records, domain_post=domain_post)
        noted = Noted()
        result = super(
            BaseAutomation, self.with_context(lifecycle_noted=noted)
        )._process(records, domain_post=domain_post)
        # sudo: customer.lifecycle.outreach - planned by the rule for whoever moved the
        # card; nothing reaches a customer before the gate
        planner = self.env["customer.lifecycle.planner"].sudo()
        for step_id, card_ids in noted.items():
            step = planner.env["ir.actions.server"].browse(step_id)
            planner._plan(step, planner.env["customer.lifecycle"].browse(card_ids))
        return result

    # ------------------------------------------------------------- those already there

    def _switch_on(self, backlog_per_day: int = 0):
        """Switch a rule on, for new cases and, if wished, for those already there.

        :param backlog_per_day: how many of the customers whom the rule fits now are
            started each day, by what is at stake; 0: new cases only
        """
        self.ensure_one()
        self._forget_backlog()
        if backlog_per_day > 0:
            self.env["customer.lifecycle.backlog"].sudo()._fill(self)
            # sudo: customer.lifecycle.backlog - whoever may switch the rule on
            self.lifecycle_backlog_per_day = backlog_per_day
            self.env["customer.lifecycle.sender"]._wake()
        self.active = True

    def _lifecycle_unsent(self):
        """Return the outreach of these rules that has reached nobody yet."""
        # sudo: customer.lifecycle.outreach - of rules that the user may write
        outreach = self.env["customer.lifecycle.outreach"].sudo()
        return outreach.search(
            [
                ("automation_id", "in", self.ids),
                ("state", "in", [*OPEN_STATES, "held"]),
            ]
        )

    def _cancel_planned(self):
        """Cancel what these rules have planned and not sent."""
        for company, unsent in self._lifecycle_unsent().grouped("company_id").items():
            today = company._lifecycle_today().isoformat()
            values = {"name": self.env.user.name, "date": today}
            unsent._put("cancelled", "rule_off", values)

    def _forget_backlog(self):
        """Start nobody else of those who were there."""
        # sudo: customer.lifecycle.backlog - of rules that the user may write
        self.env["customer.lifecycle.backlog"].sudo().search(
            [("automation_id", "in", self.ids)]
        ).unlink()
        asked = self.filtered("lifecycle_backlog_per_day")
        if asked:
            asked.write(
                {"lifecycle_backlog_per_day": 0, "lifecycle_backlog_date": False}
            )

    def action_forget_backlog(self):
        """Go on with new cases only."""
        self.check_access("write")
        self._forget_backlog()

    @api.model
    def _plan_backlog(self):
        """Start today's share of those already there, of each rule.

        Called by the scheduled action; the second time on a day it does nothing. A
        rule that fails is tried again by the next run and stops no other.
        """
        today = fields.Date.today()
        rules = self.sudo().search(
            [
                ("lifecycle_backlog_per_day", ">", 0),
                ("lifecycle_backlog_date", "!=", today),
            ]
        )
        for rule in rules:
            try:
                with self.env.cr.savepoint():
                    rule._plan_backlog_share(today)
                    self.env.flush_all()
            except Exception:
                self.env.invalidate_all(flush=False)
                _logger.exception("Those already there of rule %s failed", rule.id)

    def _plan_backlog_share(self, today):
        """Start one day's share, and remember the day."""
        backlog = self.env["customer.lifecycle.backlog"]
        self._process(backlog._take(self, self.lifecycle_backlog_per_day))
        self.lifecycle_backlog_date = today
        if not backlog.search_count([("automation_id", "=", self.id)], limit=1):
            self._forget_backlog()

    # ------------------------------------------------------------------------- preview

    def action_lifecycle_preview(self):
        """Show whom the rule would reach, with what, before it is switched on."""
        self.ensure_one()
        return self.env["customer.lifecycle.rule.preview"]._open(self)
