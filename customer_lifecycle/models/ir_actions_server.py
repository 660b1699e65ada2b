from odoo import api, fields, models
from odoo.exceptions import UserError

#: The types of server action that are steps of a playbook.
STEP_STATES = ("lifecycle_follow_up", "lifecycle_offer", "lifecycle_ask")
#: Numbers of days, none of which can be negative.
DAYS = (
    "lifecycle_wait_min_days",
    "lifecycle_wait_max_days",
    "lifecycle_cooling_days",
    "lifecycle_expiry_days",
    "lifecycle_deadline_days",
    "lifecycle_validity_days",
    "lifecycle_reminder_days",
)
#: Shares between 0 and 1.
SHARES = ("lifecycle_control_share", "lifecycle_minimum_margin")
#: The steps that bring a mail to the customer, whatever the channel says.
MAIL_STATES = ("lifecycle_offer", "lifecycle_ask")
OCCASIONS = [
    ("purchase", "The pause since the last purchase"),
    ("quotation", "The oldest open quotation"),
    ("delivery", "The last delivery"),
    ("stage", "The time in the stage"),
    ("level", "The time on the level"),
    ("year", "The year as a customer"),
    ("reward", "The last reward for a recommendation"),
    ("once", "Once for each customer"),
]


class IrActionsServer(models.Model):
    """Steps of a playbook: Follow up, Send an offer, Ask.

    Running a step sends nothing: it plans one outreach for each customer, which passes
    the gate when its day has come. The actions of one automation rule are one ladder:
    each waits after the one before it.
    """

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[
            ("lifecycle_follow_up", "Follow Up a Customer"),
            ("lifecycle_offer", "Send an Offer"),
            ("lifecycle_ask", "Ask a Customer"),
            ("code",),
        ],
        ondelete=dict.fromkeys(STEP_STATES, "cascade"),
    )

    # ---- when
    lifecycle_occasion = fields.Selection(
        OCCASIONS,
        string="Once For",
        default="purchase",
        help="What the step is for. For the same occasion it is never done twice.",
    )
    lifecycle_wait_share = fields.Float(
        string="Wait (Share of the Usual Pause)",
        help="How long to wait after the step before, or after the rule has fired, as "
        "a share of this customer's own usual pause between purchases.",
    )
    lifecycle_wait_min_days = fields.Integer(
        string="Wait at Least (days)", help="However short the usual pause is."
    )
    lifecycle_wait_max_days = fields.Integer(
        string="Wait at Most (days)",
        help="However long the usual pause is. 0: no limit.",
    )
    lifecycle_cooling_days = fields.Integer(
        string="Not Again Within (days)",
        default=90,
        help="Days after which the same step can be done for another occasion.",
    )
    lifecycle_expiry_days = fields.Integer(
        string="Too Late After (days)",
        default=14,
        help="Days after its day on which the step is dropped, if it was not approved "
        "or had to wait until then.",
    )
    lifecycle_stops_on_purchase = fields.Boolean(
        string="Stop When the Customer Buys",
        default=True,
        help="Whether a purchase makes this step pointless.",
    )

    # ---- follow-up
    lifecycle_channel = fields.Selection(
        [
            ("activity", "An activity for a person"),
            ("mail", "An e-mail to the customer"),
        ],
        string="Follow Up By",
        default="activity",
    )
    lifecycle_owner_role = fields.Selection(
        [
            ("salesperson", "Salesperson"),
            ("team_leader", "Team Leader"),
            ("person", "A certain person"),
        ],
        string="Who Acts",
        default="salesperson",
    )
    lifecycle_owner_id = fields.Many2one("res.users", string="Person")
    lifecycle_activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        ondelete="restrict",
        domain="[('res_model', 'in', [False, 'customer.lifecycle'])]",
    )
    lifecycle_summary = fields.Char(
        string="Subject of the Activity",
        translate=True,
        help="May hold placeholders such as {{ object.partner_id.name }}.",
    )
    lifecycle_note = fields.Html(
        string="Note of the Activity",
        translate=True,
        sanitize="email_outgoing",  # it keeps the placeholders
        help="What to say, with placeholders as in a mail template.",
    )
    lifecycle_deadline_days = fields.Integer(string="Due In (working days)", default=2)

    # ---- messages
    lifecycle_template_id = fields.Many2one(
        "mail.template",
        string="Message",
        ondelete="restrict",
        domain="[('model', '=', 'customer.lifecycle.outreach')]",
    )
    lifecycle_ask = fields.Selection(
        [
            ("rating", "How satisfied the customer is"),
            ("solved", "Whether it solved the need"),
            ("recommendation", "To be recommended"),
        ],
        string="Ask For",
        default="rating",
        help="What the customer answers by one click. Whether it solved the need is "
        "written on the orders that were delivered.",
    )

    # ---- offers
    lifecycle_program_id = fields.Many2one(
        "loyalty.program",
        string="Program",
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons')]",
        help="The discount or gift that the coupon stands for.",
    )
    lifecycle_validity_days = fields.Integer(
        string="Valid For (days)", default=30, help="Counted from the day it is sent."
    )
    lifecycle_reminder_days = fields.Integer(
        string="Remind Before It Ends (days)",
        default=7,
        help="Days before the offer ends on which an unused one is recalled. "
        "0: no reminder.",
    )
    lifecycle_reminder_template_id = fields.Many2one(
        "mail.template",
        string="Reminder",
        ondelete="restrict",
        domain="[('model', '=', 'customer.lifecycle.outreach')]",
    )
    lifecycle_control_share = fields.Float(
        string="Control Group",
        default=0.15,
        help="Share (0 to 1) of the customers who get no offer, so that its effect can "
        "be told. Drawn once for each customer and rule.",
    )
    lifecycle_control_trust = fields.Boolean(
        string="Also at the Level Trust",
        help="Whether customers at the level Trust can be in the control group.",
    )
    lifecycle_minimum_margin = fields.Float(
        string="Minimum Margin",
        default=0.1,
        help="Share (0 to 1) of the price that must remain after the discount, by what "
        "this customer buys. 0: not checked.",
    )

    # ------------------------------------------------------------------------ planning

    def _is_step(self) -> bool:
        """Say whether this action is a step of a playbook."""
        self.ensure_one()
        return self.state in STEP_STATES

    def _outreach_kind(self) -> str:
        """Return the kind of outreach that this step makes."""
        self.ensure_one()
        if self.state == "lifecycle_offer":
            return "offer"
        if self.state == "lifecycle_ask":
            return "ask"
        return "activity" if self.lifecycle_channel == "activity" else "message"

    def _ladder(self):
        """Return the steps of the same rule in their order, this one among them."""
        self.ensure_one()
        siblings = self.base_automation_id.action_server_ids or self
        return siblings.filtered(IrActionsServer._is_step).sorted(
            lambda step: (step.sequence, step.id)
        )

    def _run(self, records, eval_context):
        """Plan a step, also where it lacks something.

        Odoo would refuse to run it, and the reading of the customers who moved would
        fail by it. The gate holds back what was planned, and says what is missing.
        """
        self.ensure_one()
        if self._is_step():
            return self._plan_step(records)
        return super()._run(records, eval_context)

    def _plan_step(self, cards):
        """Plan this step for some customers, or note them for the rule.

        :param cards: those whom Odoo found for this action, and not any number that
            somebody puts into the context
        :raises AccessError: for a customer whose card the user may not write
        """
        if not cards:
            return False
        cards.check_access("write")
        noted = self.env.context.get("lifecycle_noted")
        if noted is not None:
            noted.setdefault(self.id, []).extend(cards.ids)
            return False
        # sudo: customer.lifecycle.outreach - planned by the action for whoever runs it;
        # nothing reaches a customer before the gate
        planner = self.env["customer.lifecycle.planner"].sudo()
        planner._plan(self, planner.env["customer.lifecycle"].browse(cards.ids))
        return False

    # -------------------------------------------------------------------------- editor

    @api.depends("state")
    def _compute_available_model_ids(self):
        """Offer only the customers to the steps."""
        steps = self.filtered(IrActionsServer._is_step)
        if steps:
            model = self.env["ir.model"]._get("customer.lifecycle")
            steps.available_model_ids = model.ids
        return super(IrActionsServer, self - steps)._compute_available_model_ids()

    def action_lifecycle_preview(self):
        """Show whom the step would reach, with what.

        :raises UserError: for a step that no rule starts
        """
        self.ensure_one()
        if not self.base_automation_id:
            raise UserError(
                self.env._("A step is previewed in its rule; this one has none.")
            )
        return self.env["customer.lifecycle.rule.preview"]._open(
            self.base_automation_id, self
        )

    @api.depends("model_id")
    def _compute_allowed_states(self):
        """Offer the steps for customers only."""
        result = super()._compute_allowed_states()
        for action in self:
            if action.model_id and action.model_id.model != "customer.lifecycle":
                action.allowed_states = [
                    state for state in action.allowed_states if state not in STEP_STATES
                ]
        return result

    def _name_depends(self):
        return [
            *super()._name_depends(),
            "lifecycle_channel",
            "lifecycle_activity_type_id",
            "lifecycle_template_id",
            "lifecycle_program_id",
        ]

    def _generate_action_name(self):
        """Name a step by what it brings."""
        self.ensure_one()
        if self._is_step():
            kind = self._outreach_kind()
            if kind == "activity" and self.lifecycle_activity_type_id:
                return self.env._("Do: %s", self.lifecycle_activity_type_id.name)
            if kind == "offer" and self.lifecycle_program_id:
                return self.env._("Offer: %s", self.lifecycle_program_id.name)
            if kind in ("message", "ask") and self.lifecycle_template_id:
                return self.env._("Send: %s", self.lifecycle_template_id.name)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [
            *super()._warning_depends(),
            *DAYS,
            *SHARES,
            "lifecycle_wait_share",
            "lifecycle_channel",
            "lifecycle_activity_type_id.res_model",
            "lifecycle_owner_role",
            "lifecycle_owner_id",
            "lifecycle_template_id.body_html",
            "lifecycle_template_id.model",
            "lifecycle_reminder_template_id.body_html",
            "lifecycle_reminder_template_id.model",
            "lifecycle_program_id.active",
            "lifecycle_program_id.program_type",
            "lifecycle_program_id.company_id",
        ]

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if not self._is_step():
            return warnings
        if self.model_id and self.model_id.model != "customer.lifecycle":
            warnings.append(self.env._("This step is for customers only."))
        kind = self._outreach_kind()
        return [
            *warnings,
            *self._number_warnings(),
            *(self._activity_warnings() if kind == "activity" else []),
            *(self._message_warnings() if kind != "activity" else []),
            *(self._offer_warnings() if kind == "offer" else []),
        ]

    def _number_warnings(self) -> list[str]:
        """Say which numbers cannot be."""
        warnings = [
            self.env._("“%s” cannot be negative.", self._label(name))
            for name in (*DAYS, "lifecycle_wait_share")
            if self[name] < 0
        ]
        warnings += [
            self.env._("“%s” is a share between 0 %% and 100 %%.", self._label(name))
            for name in SHARES
            if not 0 <= self[name] <= 1
        ]
        least, most = self.lifecycle_wait_min_days, self.lifecycle_wait_max_days
        if 0 < most < least:
            warnings.append(
                self.env._(
                    "The wait is at least %(least)s days, but at most %(most)s.",
                    least=least,
                    most=most,
                )
            )
        return warnings

    def _activity_warnings(self) -> list[str]:
        """Say what an activity for a person lacks."""
        warnings = []
        activity = self.lifecycle_activity_type_id
        if not activity:
            warnings.append(self.env._("Choose the activity."))
        elif activity.res_model and activity.res_model != "customer.lifecycle":
            warnings.append(
                self.env._("The activity “%s” is not for customers.", activity.name)
            )
        if self.lifecycle_owner_role == "person" and not self.lifecycle_owner_id:
            warnings.append(self.env._("Choose the person who acts."))
        return warnings

    def _message_warnings(self) -> list[str]:
        """Say what a message to the customer lacks."""
        if not self.lifecycle_template_id:
            return [self.env._("Choose the message.")]
        is_offer = self._outreach_kind() == "offer"
        templates = self.lifecycle_template_id
        if is_offer:
            templates |= self.lifecycle_reminder_template_id
        foreign = templates.filtered(
            lambda template: template.model != "customer.lifecycle.outreach"
        )
        without_code = (templates - foreign).filtered(
            lambda template: is_offer and "coupon_" not in (template.body_html or "")
        )
        return [
            self.env._(
                "The message “%s” is written for another kind of record: choose one "
                "that applies to Outreach.",
                template.name,
            )
            for template in foreign
        ] + [
            self.env._(
                "The message “%s” does not tell the code: put the placeholder "
                "object.coupon_code into it.",
                template.name,
            )
            for template in without_code
        ]

    def _offer_warnings(self) -> list[str]:
        """Say what an offer lacks."""
        program = self.lifecycle_program_id
        if not program:
            return [self.env._("Choose the program that the coupon is of.")]
        warnings = []
        if program.program_type != "coupons":
            warnings.append(
                self.env._("The program “%s” has no coupons.", program.name)
            )
        if not program.active:
            warnings.append(
                self.env._(
                    "The program “%s” is archived: its coupons cannot be used.",
                    program.name,
                )
            )
        if program.company_id and program.company_id not in self.env.companies:
            warnings.append(
                self.env._(
                    "The program “%(program)s” belongs to %(company)s: customers of "
                    "other companies cannot use its coupons.",
                    program=program.name,
                    company=program.company_id.name,
                )
            )
        if self.lifecycle_validity_days == 0:
            warnings.append(self.env._("An offer is valid for at least one day."))
        if 0 < self.lifecycle_validity_days <= self.lifecycle_reminder_days:
            warnings.append(
                self.env._("The reminder would go out before the offer itself.")
            )
        return warnings

    def _label(self, name: str) -> str:
        """Return the label of a field in the user's language."""
        return self._fields[name]._description_string(self.env)
