from datetime import date

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

NEED_STATES = [
    ("open", "Not Answered Yet"),
    ("solved", "Solved"),
    ("unsolved", "Not Solved"),
]


class SaleOrder(models.Model):
    """The need behind an order, and whether what was bought solved it.

    The need comes from the opportunity or is written on the order. Once the order is
    confirmed, somebody says whether it was solved: the customer, by one click, or one
    of us. A need that was not solved is followed up by the salesperson.
    """

    _name = "sale.order"
    _inherit = ["sale.order"]

    lifecycle_need = fields.Text(
        string="Customer's Need",
        groups="base.group_user",
        compute="_compute_lifecycle_need",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="What the customer wants to achieve with it, in the customer's words.",
    )
    lifecycle_need_state = fields.Selection(
        NEED_STATES,
        string="Was It Solved?",
        groups="base.group_user",
        compute="_compute_lifecycle_need_state",
        store=True,
        precompute=True,
        copy=False,
        tracking=True,
        help="Whether what was bought solved the customer's need.",
    )
    lifecycle_need_answer_date = fields.Date(
        string="Need Answered On",
        groups="base.group_user",
        readonly=True,
        copy=False,
    )
    lifecycle_need_answer_by_id = fields.Many2one(
        "res.partner",
        string="Need Answered By",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who said whether the need was solved: the customer, or one of us.",
    )

    # the facts of a customer look for needs that were not solved: few, of many orders
    _lifecycle_unsolved_idx = models.Index(
        "(partner_id) WHERE lifecycle_need_state = 'unsolved'"
    )

    def _auto_init(self):
        """Make the computed columns by hand: of years of orders few have a need."""
        is_new = not column_exists(self.env.cr, "sale_order", "lifecycle_need_state")
        if is_new:
            create_column(self.env.cr, "sale_order", "lifecycle_need_state", "varchar")
        if not column_exists(self.env.cr, "sale_order", "lifecycle_need"):
            create_column(self.env.cr, "sale_order", "lifecycle_need", "text")
        elif is_new:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET lifecycle_need_state = 'open'"
                    " WHERE lifecycle_need != ''"
                )
            )
        return super()._auto_init()

    @api.depends("opportunity_id.lifecycle_need")
    def _compute_lifecycle_need(self):
        """Take the need over from the opportunity where the order has none."""
        for order in self:
            order.lifecycle_need = (
                order.lifecycle_need or order.opportunity_id.lifecycle_need
            )

    @api.depends("lifecycle_need")
    def _compute_lifecycle_need_state(self):
        for order in self:
            has_need = bool((order.lifecycle_need or "").strip())
            state = order.lifecycle_need_state or "open"
            order.lifecycle_need_state = state if has_need else False

    def write(self, vals):
        result = super().write(vals)
        if "lifecycle_need" in vals:
            self.filtered(
                lambda order: (
                    order.lifecycle_need_answer_date and not order.lifecycle_need_state
                )
            )._forget_need_answer()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.filtered("lifecycle_need_state")._drop_need_follow_up()
        return result

    # ------------------------------------------------------------------------ answering

    def action_need_solved(self):
        """Say that what was bought solved the need."""
        self.check_access("write")
        self._answer_need(True)

    def action_need_unsolved(self):
        """Say that what was bought did not solve the need."""
        self.check_access("write")
        self._answer_need(False)

    def action_need_reopen(self):
        """Take an answer back."""
        self.check_access("write")
        answered = self.filtered(lambda order: order.lifecycle_need_state)
        answered.lifecycle_need_state = "open"
        answered._forget_need_answer()

    def _answer_need(
        self, is_solved: bool, by=None, on: date | None = None, words: str = ""
    ):
        """Write down whether what was bought solved the need.

        Orders that are not confirmed or have no need are left alone, and so are those
        to which the same was answered already. The caller has checked who may.

        :param by: the contact who says so (default: the user at hand)
        :param on: the day of the answer (default: today in the company's time zone)
        :param words: what the customer wrote with it
        :return: the orders whose answer this changed
        """
        state = "solved" if is_solved else "unsolved"
        news = self.filtered(
            lambda order: (
                order.state == "sale"
                and order.lifecycle_need_state not in (False, state)
            )
        )
        for company, orders in news.grouped("company_id").items():
            orders._write_need_answer(
                state,
                on or company._lifecycle_today(),
                by or self.env.user.partner_id,
            )
        if not is_solved:
            news._follow_up_need(words)
        return news

    def _forget_need_answer(self):
        """Take back who answered and when: nobody has to see to it any more."""
        self._drop_need_follow_up()
        self.write(
            {"lifecycle_need_answer_date": False, "lifecycle_need_answer_by_id": False}
        )

    def _write_need_answer(self, state: str, day, by):
        self._drop_need_follow_up()
        self.write(
            {
                "lifecycle_need_state": state,
                "lifecycle_need_answer_date": day,
                "lifecycle_need_answer_by_id": by.id,
            }
        )

    # ------------------------------------------------------------------- following up

    def _follow_up_need(self, words: str = ""):
        """Give the salesperson one activity for each customer who is not served.

        :param words: what the customer wrote about it
        """
        kind = self.env.ref(
            "customer_lifecycle.mail_activity_type_need", raise_if_not_found=False
        )
        # sudo: mail.activity - the customer's click may be what brings it
        activities = self.env["mail.activity"].sudo()
        customers = self.sudo().grouped(
            lambda order: (order.partner_id.commercial_partner_id, order.company_id)
        )
        activities.with_context(mail_activity_quick_update=True).create(
            [orders._need_follow_up_vals(kind, words) for orders in customers.values()]
        )

    def _need_follow_up_vals(self, kind, words: str) -> dict:
        """Return the values of the activity, on the latest of a customer's orders."""
        latest = max(self, key=lambda order: (order.date_order, order.id))
        user = latest._who_follows_up()
        company = latest.company_id
        here = self.with_context(lang=user.lang or company.partner_id.lang)
        needs = dict.fromkeys(self.mapped("lifecycle_need"))
        lines = [here.env._("The need was: %(need)s", need=need) for need in needs]
        return {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": latest.id,
            "activity_type_id": kind.id if kind else False,
            "automated": True,
            "summary": here.env._(
                "Not solved yet: ask %(customer)s what is missing",
                customer=latest.partner_id.display_name,
            ),
            # Markup: what people wrote is text, whatever it looks like
            "note": Markup().join(
                Markup("<p>%s</p>") % line for line in (*lines, words) if line
            ),
            "user_id": user.id,
            "date_deadline": company._lifecycle_today(),
        }

    def _who_follows_up(self):
        """Return who sees to an unsolved need: the seller, the owner, the leader."""
        card = self.lifecycle_id
        people = [self.user_id, card.user_id, self.team_id.user_id]
        return next(
            (user for user in people if user.active and not user.share),
            self.env["res.users"],
        )

    def _drop_need_follow_up(self):
        """Remove the activities that follow up these needs: another answer came."""
        kind = self.env.ref(
            "customer_lifecycle.mail_activity_type_need", raise_if_not_found=False
        )
        if kind:
            # sudo: mail.activity - the addon's own, whoever got it
            self.env["mail.activity"].sudo().search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", kind.id),
                    ("automated", "=", True),
                ]
            ).unlink()

    # -------------------------------------------------------------- a source of facts

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "lifecycle_need_answer_date",
            "lifecycle_need_state",
        }
