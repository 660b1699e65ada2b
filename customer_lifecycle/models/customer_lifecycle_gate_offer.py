import secrets

from odoo import api, fields, models

from ..tools import draw, words
from .customer_lifecycle_gate_mixin import Verdict
from .customer_lifecycle_margin import KNOWN_SHARE
from .customer_lifecycle_offer import RUNNING_STATES

#: Where the key of the control groups is kept.
CONTROL_KEY = "customer_lifecycle.control_key"
#: The level whose customers get every offer, unless the step says otherwise.
TRUST = "trust"


class CustomerLifecycleGateOffer(models.AbstractModel):
    """The checks of offers: program, margin, control group; and of their reminders."""

    _name = "customer.lifecycle.gate.offer"
    _description = "Gate: Offers"
    _inherit = ["customer.lifecycle.gate.mixin"]

    # ----------------------------------------------------------------------- reminders

    def _check_reminder(self, outreach, at):
        """An offer that is used, over or taken back is not recalled."""
        verdicts = {}
        for each in outreach.filtered(lambda each: each.kind == "reminder"):
            coupon = each.offer_id.coupon_id
            is_usable = (
                each.offer_id.state in RUNNING_STATES
                and not each.offer_id._is_past()
                and coupon.active
                and coupon.points >= coupon.program_id._lifecycle_points()
                and not self._program_verdict(coupon.program_id, each.company_id)
            )
            if not is_usable:
                verdicts[each.id] = Verdict("cancelled", "offer_not_usable")
        return verdicts

    def _say_offer_not_usable(self, values):
        return self.env._("Not sent: the offer is no longer open.")

    # ------------------------------------------------------------------------- program

    def _check_program(self, outreach, at):
        """An offer needs a program whose coupons its customer can use."""
        offers = outreach.filtered(lambda each: each.kind == "offer")
        alike = offers.grouped(
            lambda each: (each.step_id.lifecycle_program_id, each.company_id)
        )
        return {
            each.id: verdict
            for (program, company), of_program in alike.items()
            if (verdict := self._program_verdict(program, company))
            for each in of_program
        }

    def _program_verdict(self, program, company) -> Verdict | None:
        """Return why the coupons of a program are no use in a company, if so."""
        if not program:
            return Verdict("held", "no_program")
        told = {"program": program.name}
        if not program.active or not program.reward_ids:
            return Verdict("held", "program_archived", told)
        of_company = program.company_id
        if of_company and of_company not in company.parent_ids:  # itself among them
            told |= {"company": of_company.name}
            return Verdict("held", "program_company", told)
        if not program.sale_ok:
            return Verdict("held", "program_no_sale", told)
        today = company._lifecycle_today()
        if program.date_to and program.date_to < today:
            told |= {"date": fields.Date.to_string(program.date_to)}
            return Verdict("held", "program_over", told)
        if program.date_from and program.date_from > today:
            told |= {"date": fields.Date.to_string(program.date_from)}
            return Verdict("held", "program_early", told)
        return None

    def _say_no_program(self, values):
        return self.env._("Not sent: the step has no program. Choose one there.")

    def _say_program_archived(self, values):
        return self.env._(
            "Not sent: the program “%(program)s” is archived or has no reward.",
            program=values["program"],
        )

    def _say_program_company(self, values):
        return self.env._(
            "Not sent: the program “%(program)s” belongs to another company, "
            "%(company)s.",
            program=values["program"],
            company=values["company"],
        )

    def _say_program_no_sale(self, values):
        return self.env._(
            "Not sent: the program “%(program)s” is not available on sales orders.",
            program=values["program"],
        )

    def _say_program_over(self, values):
        return self.env._(
            "Not sent: the program “%(program)s” ended on %(date)s.",
            program=values["program"],
            date=self._date_in_words(values),
        )

    def _say_program_early(self, values):
        return self.env._(
            "Not sent: the program “%(program)s” starts on %(date)s.",
            program=values["program"],
            date=self._date_in_words(values),
        )

    # -------------------------------------------------------------------------- margin

    def _check_margin(self, outreach, at):
        """An offer must leave the step's minimum, by what its customer buys."""
        margins = self.env["customer.lifecycle.margin"]
        offers = outreach.filtered(
            lambda each: (
                each.kind == "offer" and each.step_id.lifecycle_minimum_margin > 0
            )
        )
        verdicts = {}
        for step, of_step in offers.grouped("step_id").items():
            expected = margins._expected(
                of_step.lifecycle_id, step.lifecycle_program_id
            )
            for each in of_step:
                verdict = self._margin_verdict(
                    expected[each.lifecycle_id.id], step.lifecycle_minimum_margin
                )
                if verdict:
                    verdicts[each.id] = verdict
        return verdicts

    def _margin_verdict(self, margin, minimum: float) -> Verdict | None:
        """Return why a margin is not enough, if so."""
        if margin.known_share is None:
            return Verdict("held", "margin_no_purchase")
        if margin.known_share < KNOWN_SHARE:
            return Verdict("held", "margin_unknown", {"known": margin.known_share})
        if margin.rate is None:
            return Verdict("held", "margin_gift_unknown")
        if margin.rate < minimum:
            told = {"margin": round(margin.rate, 3), "minimum": minimum}
            return Verdict("held", "margin_low", told)
        return None

    def _say_margin_no_purchase(self, values):
        return self.env._(
            "Not sent: nothing bought yet, so nobody can tell what the offer would "
            "leave. With a minimum margin of 0 in the step it would be sent."
        )

    def _say_margin_unknown(self, values):
        return self.env._(
            "Not sent: the cost is known for only %(known)d%% of what this customer "
            "buys. Enter the cost of the products, or set the minimum margin of the "
            "step to 0.",
            known=int(100 * values["known"]),
        )

    def _say_margin_gift_unknown(self, values):
        return self.env._(
            "Not sent: the cost of the free product is not known. Enter it on the "
            "product, or set the minimum margin of the step to 0."
        )

    def _say_margin_low(self, values):
        return self.env._(
            "Not sent: by what this customer buys, the offer would leave %(margin)d%% "
            "of the price; the step asks for %(minimum)d%%.",
            margin=round(100 * values["margin"]),
            minimum=round(100 * values["minimum"]),
        )

    # ------------------------------------------------------------------- control group

    def _check_control(self, outreach, at):
        """Hold some customers out at random, the same ones each time.

        Drawn by a keyed hash of rule and card, so that nobody can choose who it is,
        and a ladder has one control group.
        """
        offers = outreach.filtered(self._can_be_control)
        if not offers:
            return {}
        key = self._control_key()
        return {
            each.id: Verdict(
                "control", "control", {"share": each.step_id.lifecycle_control_share}
            )
            for each in offers
            if draw.share(
                key,
                each.automation_id.id or f"step {each.step_id.id}",
                each.lifecycle_id.id,
            )
            < each.step_id.lifecycle_control_share
        }

    def _can_be_control(self, outreach) -> bool:
        """Say whether an outreach takes part in the draw: not what was won."""
        step = outreach.step_id
        return (
            outreach.kind == "offer"
            and step.lifecycle_control_share > 0
            and not outreach._is_prize()
            and (
                step.lifecycle_control_trust
                or outreach.lifecycle_id.level_id.code != TRUST
            )
        )

    @api.model
    def _control_key(self) -> str:
        """Return the secret key of the control groups; the first call makes it."""
        # sudo: ir.config_parameter - nobody who sends offers needs to see the key
        parameters = self.env["ir.config_parameter"].sudo()
        key = parameters.get_param(CONTROL_KEY)
        if not key:
            key = secrets.token_hex(32)
            parameters.set_param(CONTROL_KEY, key)
        return key

    def _say_control(self, values):
        return self.env._(
            "Held out at random: 1 in %(number)d gets no offer, so that its effect can "
            "be told.",
            number=words.one_in(values["share"]),
        )

    # ------------------------------------------------------------------------ outcomes

    def _say_bought_again(self, values):
        return self.env._(
            "No longer needed: bought again on %(date)s.",
            date=self._date_in_words(values),
        )

    def _say_offer_redeemed(self, values):
        return self.env._("Redeemed in %(order)s.", order=values["order"])

    def _say_offer_used_up(self, values):
        return self.env._("Used, but not on a sales order.")

    def _say_offer_returned(self, values):
        return self.env._(
            "%(order)s was cancelled: the code can be used again.",
            order=values["order"],
        )

    def _say_offer_expired(self, values):
        return self.env._("Not used until %(date)s.", date=self._date_in_words(values))

    def _say_offer_withdrawn(self, values):
        return self.env._(
            "Taken back by %(user)s on %(date)s.",
            user=values["user"],
            date=self._date_in_words(values),
        )
