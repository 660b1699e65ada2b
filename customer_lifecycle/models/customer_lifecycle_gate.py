from datetime import datetime
from typing import NamedTuple

from odoo import api, models


class Verdict(NamedTuple):
    """Why an outreach does not go out now.

    :param state: ``waiting`` (it will be tried again), ``held`` (a person can try
        again), ``cancelled`` (it is over) or ``control``
    :param code: the sentence, ``_say_<code>`` of the gate
    :param values: figures of the sentence, JSON-safe (dates in ISO form)
    :param until: when to try again (UTC), for ``waiting``
    """

    state: str
    code: str
    values: dict = {}
    until: datetime | None = None


class CustomerLifecycleGate(models.AbstractModel):
    """The one gate that every contact with a customer passes, when it is to be sent.

    One method for each check, in the order of ``_checks``. A check takes outreach and
    returns verdicts on those that it stops; whoever it stops meets no further check. A
    companion adds a check with its sentence by extending ``_checks``.
    """

    _name = "customer.lifecycle.gate"
    _description = "Gate of Outreach"
    _inherit = [
        "customer.lifecycle.gate.decision",
        "customer.lifecycle.gate.delivery",
    ]

    def _checks(self) -> list[str]:
        """Return the names of the checks in their order: those that end it first."""
        return []

    @api.model
    def _judge(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Return the verdicts on what does not go out now, by id of the outreach.

        Reads only. Some queries for each check, for any number of outreach.

        :param at: the moment of sending (UTC, naive)
        """
        verdicts = {}
        for name in self._checks():
            left = outreach.browse(id_ for id_ in outreach._ids if id_ not in verdicts)
            if not left:
                break
            verdicts |= getattr(self, name)(left, at)
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
        return self.env._(
            "Not sent: Odoo's mass mailing left this address out (%(failure)s).",
            failure=values.get("failure"),
        )
