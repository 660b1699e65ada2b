from datetime import datetime

from odoo import api, models

from .customer_lifecycle_gate_mixin import Verdict


class CustomerLifecycleGate(models.AbstractModel):
    """The one gate that every contact with a customer passes, when it is to be sent.

    One method for each check, in the order of ``_checks``. A check takes outreach and
    returns verdicts on those that it stops; whoever it stops meets no further check. A
    companion adds a check with its sentence by extending ``_checks``.
    """

    _name = "customer.lifecycle.gate"
    _description = "Gate of Outreach"
    _inherit = [
        "customer.lifecycle.gate.occasion",
        "customer.lifecycle.gate.permission",
        "customer.lifecycle.gate.problems",
        "customer.lifecycle.gate.promise",
        "customer.lifecycle.gate.recommendation",
        "customer.lifecycle.gate.repetition",
        "customer.lifecycle.gate.pace",
        "customer.lifecycle.gate.offer",
        "customer.lifecycle.gate.decision",
        "customer.lifecycle.gate.delivery",
    ]

    def _checks(self) -> list[str]:
        """Return the names of the checks in their order.

        First what ends it, then what holds it back, then what lets it wait: nothing
        waits that would never go out. The draw of the control group is last of all:
        only who would have got an offer can be compared with who got one.
        """
        return [
            "_check_step",
            "_check_customer",
            "_check_occasion",
            "_check_reminder",
            "_check_bought",
            "_check_replied",
            "_check_opt_out",
            "_check_own",
            "_check_address",
            "_check_blacklist",
            "_check_problem",
            "_check_promise",
            "_check_recommendation",
            "_check_same_person",
            "_check_open_offer",
            "_check_open_activity",
            "_check_program",
            "_check_margin",
            "_check_quiet_hours",
            "_check_cap",
            "_check_control",
        ]

    def _checks_leaving(self) -> list[str]:
        """Return the checks that a mail passes again when it leaves the queue.

        It may have been there for hours, or for days where the mail server failed.
        """
        return [
            "_check_customer",
            "_check_bought",
            "_check_opt_out",
            "_check_blacklist",
        ]

    @api.model
    def _judge(self, outreach, at: datetime, names=None) -> dict[int, Verdict]:
        """Return the verdicts on what does not go out now, by id of the outreach.

        Reads only. Some queries for each check, for any number of outreach.

        :param at: the moment of sending (UTC, naive)
        :param names: the checks to make; default: all of them
        """
        # the checks read the tables of orders, invoices, ratings and messages
        self.env.flush_all()
        # sudo: customer.lifecycle.gate - all that is known of a customer counts, also
        # what whoever looks at the preview may not read
        gate, outreach = self.sudo(), outreach.sudo()
        verdicts = {}
        for name in self._checks() if names is None else names:
            left = outreach.browse(id_ for id_ in outreach._ids if id_ not in verdicts)
            if not left:
                break
            verdicts |= getattr(gate, name)(left, at)
        return verdicts

    # ----------------------------------------------------------------------- sentences

    @api.model
    def _sentence(self, code: str | None, values: dict) -> str:
        """Return a reason in the reader's words; empty without a reason."""
        say = getattr(self, f"_say_{code}", None) if code else None
        return say(values) if say else ""

    def _say_merged(self, values):
        return self.env._("The same was planned for a contact merged with this one.")

    def _say_late_planned(self, values):
        return self.env._("Nobody approved it in time.")

    def _say_late_approved(self, values):
        return self.env._("It could not be sent in time.")

    def _say_late_waiting(self, values):
        return self.env._("It had to wait for too long.")

    def _say_error(self, values):
        return self.env._(
            "Could not be sent: %(error)s. Correct the message or the customer and try "
            "again.",
            error=values.get("error"),
        )

    def _say_mail_refused(self, values):
        field = self.env["mail.mail"]._fields["failure_type"]
        failures = dict(field._description_selection(self.env))
        failure = values.get("failure")
        return self.env._(
            "Not sent: Odoo's mass mailing left this address out (%(failure)s).",
            failure=failures.get(failure, failure),
        )
