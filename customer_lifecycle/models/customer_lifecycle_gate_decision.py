from odoo import api, fields, models
from odoo.tools import format_date


class CustomerLifecycleGateDecision(models.AbstractModel):
    """The reasons of the gate in a word or two, and what people have decided."""

    _name = "customer.lifecycle.gate.decision"
    _description = "Names of Reasons"

    def _say_by_hand(self, values: dict) -> str:
        """Say who cancelled it, and when."""
        return self.env._(
            "Cancelled by %(name)s on %(date)s.",
            name=values.get("name", ""),
            date=format_date(self.env, fields.Date.to_date(values.get("date"))),
        )

    def _say_rule_off(self, values: dict) -> str:
        """Say who switched the rule off, and when."""
        return self.env._(
            "%(name)s switched the rule off on %(date)s.",
            name=values.get("name", ""),
            date=format_date(self.env, fields.Date.to_date(values.get("date"))),
        )

    @api.model
    def _reason_names(self) -> list[tuple[str, str]]:
        """Return ``(code, name)`` of every reason that the gate can say.

        A companion that adds a sentence names it in ``_reason_labels``; without a name
        it is listed by its code.
        """
        codes = {
            name.removeprefix("_say_")
            for name in dir(type(self))
            if name.startswith("_say_")
        }
        labels = self._reason_labels()
        return sorted(
            (
                (code, labels.get(code) or code.replace("_", " ").capitalize())
                for code in codes
            ),
            key=lambda option: option[1],
        )

    def _reason_labels(self) -> dict[str, str]:
        """Return what reasons are called where many are counted, by code."""
        return (
            self._labels_of_people()
            | self._labels_of_permission()
            | self._labels_of_time()
            | self._labels_of_offers()
            | self._labels_of_faults()
        )

    def _labels_of_people(self):
        return {
            "bought": self.env._("Has bought"),
            "bought_again": self.env._("Has bought again"),
            "by_hand": self.env._("Cancelled by hand"),
            "complaint": self.env._("Open complaint"),
            "disputed": self.env._("Invoice in dispute"),
            "merged": self.env._("Contacts merged"),
            "overdue": self.env._("Invoice overdue"),
            "promise_broken": self.env._("Promise not kept"),
            "recommend_again": self.env._("Asked for a recommendation not long ago"),
            "recommend_level": self.env._("Level too low for a recommendation"),
            "recommend_nobody": self.env._("No level to ask for a recommendation from"),
            "recommend_rating": self.env._("Last rating too low for a recommendation"),
            "recommend_setback": self.env._("Something to make good first"),
            "recommend_unrated": self.env._("Has not rated us yet"),
            "rule_off": self.env._("Rule switched off"),
            "rated": self.env._("Has answered"),
            "replied": self.env._("Has written"),
            "undelivered": self.env._("Delivery overdue"),
        }

    def _labels_of_permission(self):
        return {
            "archived": self.env._("Archived"),
            "bad_address": self.env._("Address not valid"),
            "blacklisted": self.env._("On the blacklist"),
            "left_out": self.env._("Left out by hand"),
            "no_address": self.env._("No e-mail address"),
            "no_care": self.env._("Wants no messages"),
            "no_mail": self.env._("Wants no e-mails"),
            "no_offers": self.env._("Wants no offers"),
            "own": self.env._("Own company or user"),
            "same_person": self.env._("Same person, other contact"),
        }

    def _labels_of_time(self):
        return {
            "cap_message": self.env._("Message not long ago"),
            "cap_now": self.env._("Another message now"),
            "cap_offer": self.env._("Offer not long ago"),
            "late_approved": self.env._("Too late to send"),
            "late_planned": self.env._("Not approved in time"),
            "late_waiting": self.env._("Waited too long"),
            "occasion_over": self.env._("Occasion over"),
            "open_activity": self.env._("Activity still open"),
            "quiet_hours": self.env._("Outside working hours"),
        }

    def _labels_of_offers(self):
        return {
            "control": self.env._("Control group"),
            "margin_gift_unknown": self.env._("Cost of the gift unknown"),
            "margin_low": self.env._("Margin too low"),
            "margin_no_purchase": self.env._("Margin unknown: no purchase yet"),
            "margin_unknown": self.env._("Margin unknown: costs missing"),
            "no_program": self.env._("No program"),
            "offer_expired": self.env._("Not used in time"),
            "offer_not_usable": self.env._("Offer cannot be used"),
            "offer_over": self.env._("Offer no longer open"),
            "offer_redeemed": self.env._("Redeemed"),
            "offer_returned": self.env._("Order cancelled, code free again"),
            "offer_used_up": self.env._("Used elsewhere"),
            "offer_withdrawn": self.env._("Taken back"),
            "open_offer": self.env._("Offer still open"),
            "program_archived": self.env._("Program archived"),
            "program_company": self.env._("Program of another company"),
            "program_early": self.env._("Program not started"),
            "program_no_sale": self.env._("Program not for sales orders"),
            "program_over": self.env._("Program ended"),
        }

    def _labels_of_faults(self):
        return {
            "error": self.env._("Error"),
            "mail_bounced": self.env._("Mail came back"),
            "mail_failed": self.env._("Mail failed"),
            "mail_refused": self.env._("Refused by mass mailing"),
            "mail_stopped": self.env._("Mail taken out of the queue"),
            "no_message": self.env._("Step without message"),
            "step_gone": self.env._("Step deleted"),
        }
