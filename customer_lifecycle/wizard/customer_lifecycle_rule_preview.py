from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerLifecycleRulePreview(models.TransientModel):
    """Whom a rule on customers would reach, with what; then switch it on or off.

    What it shows is worked out once, when it is opened, and changes nothing.
    """

    _name = "customer.lifecycle.rule.preview"
    _description = "Preview of an Automation Rule"

    automation_id = fields.Many2one(
        "base.automation", string="Rule", readonly=True, ondelete="cascade"
    )
    step_id = fields.Many2one("ir.actions.server", readonly=True, ondelete="cascade")
    sentence = fields.Text(related="automation_id.lifecycle_sentence")
    is_on = fields.Boolean(related="automation_id.active")

    reach = fields.Json(string="Already There", readonly=True)
    stopped = fields.Json(string="Left Out", readonly=True)
    coming = fields.Json(string="Expected", readonly=True)
    cost = fields.Json(readonly=True)
    message = fields.Html(readonly=True, sanitize=False)
    message_for = fields.Char(readonly=True)

    mode = fields.Selection(
        [("approve", "Ask before sending"), ("auto", "Send by itself")],
        string="Sending",
        default="approve",
        required=True,
    )
    whom = fields.Selection(
        [
            ("new", "Only new cases"),
            ("all", "Also those already there, so many a day"),
        ],
        string="For",
        default="new",
        required=True,
    )
    per_day = fields.Integer(
        string="Customers a Day",
        default=20,
        help="Those with most at stake come first.",
    )
    unsent_count = fields.Integer(compute="_compute_unsent_count")
    unsent = fields.Selection(
        [
            ("cancel", "Cancel what has not been sent yet"),
            ("keep", "Let what is planned go on"),
        ],
        string="What Is Planned",
        default="cancel",
        required=True,
    )

    @api.depends("automation_id")
    def _compute_unsent_count(self):
        for preview in self:
            preview.unsent_count = len(preview.automation_id._lifecycle_unsent())

    # ------------------------------------------------------------------------- opening

    @api.model
    def _open(self, rule, step=None) -> dict:
        """Return the action that opens the preview of a rule, or of one step of it."""
        rule.check_access("read")
        steps = step or rule.action_server_ids.filtered(
            lambda action: action._is_step()
        ).sorted(lambda action: (action.sequence, action.id))
        rehearsal = self.env["customer.lifecycle.rehearsal"]
        preview = self.create(
            {
                "automation_id": rule.id,
                "step_id": step and step.id,
                "mode": rule.lifecycle_mode,
                **rehearsal._rehearse(rule, steps),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview: %s", (step or rule).name),
            "res_model": self._name,
            "res_id": preview.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # ------------------------------------------------------------------------ deciding

    def action_switch_on(self):
        """Switch the rule on, for whom and how it was chosen.

        :raises ValidationError: without a number of customers a day
        """
        self.ensure_one()
        per_day = self.per_day if self.whom == "all" else 0
        if self.whom == "all" and per_day < 1:
            raise ValidationError(
                self.env._("Say how many customers a day, at least 1.")
            )
        self.automation_id.lifecycle_mode = self.mode
        self.automation_id._switch_on(per_day)
        return self._close(self._on_sentence(per_day))

    def _on_sentence(self, per_day: int) -> str:
        """Say what happens now."""
        name = self.automation_id.name
        if not per_day:
            return self.env._(
                "“%s” is on. It waits for new cases; nothing was sent.", name
            )
        return self.env._(
            "“%(name)s” is on, also for those already there: %(count)s a day.",
            name=name,
            count=per_day,
        )

    def action_switch_off(self):
        """Switch the rule off, and do with what is planned as it was chosen."""
        self.ensure_one()
        rule = self.automation_id
        if self.unsent != "cancel":
            rule = rule.with_context(lifecycle_keep_planned=True)
        rule.active = False
        return self._close(self.env._("“%s” is off.", self.automation_id.name))

    def _close(self, message: str) -> dict:
        """Return the action that says what was done and closes the dialog."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
