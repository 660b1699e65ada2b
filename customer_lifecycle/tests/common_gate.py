from datetime import datetime, time, timedelta

from .common import TODAY
from .common_outreach import OutreachCommon

#: A Monday, at noon.
AT = datetime.combine(TODAY, time(12))
GATE = "customer.lifecycle.gate"


class GateCommon(OutreachCommon):
    """An open gate, and what closes it."""

    def judge(self, outreach, at=AT):
        """Return the verdicts by outreach: ``(state, code)``."""
        verdicts = self.env[GATE]._judge(outreach, at)
        return {
            each: (verdicts[each.id].state, verdicts[each.id].code)
            for each in outreach
            if each.id in verdicts
        }

    def verdict(self, outreach, at=AT):
        """Return the verdict on one outreach, or None."""
        return self.env[GATE]._judge(outreach, at).get(outreach.id)

    def say(self, outreach, at=AT, lang="en_US"):
        """Return why an outreach does not go out."""
        verdict = self.verdict(outreach, at)
        return (
            self.env[GATE]
            .with_context(lang=lang)
            ._sentence(verdict.code, verdict.values)
        )

    def sent(self, outreach, days_ago=0, **values):
        """Have an outreach sent some days before ``AT``."""
        outreach._put("sent", sent_at=AT - timedelta(days=days_ago), **values)
        return outreach

    def message(self, card, step=None):
        """Plan a message, by default of a step of a rule of its own."""
        step = step or self._steps({})
        outreach = self.planner._plan(step, card)
        self.assertTrue(outreach)
        return outreach

    def offer(self, card, step=None):
        """Plan an offer, by default of a step of a rule of its own."""
        return self.message(card, step or self._steps({"state": "lifecycle_offer"}))

    def activity(self, card, step=None):
        """Plan an activity, by default of a step of a rule of its own."""
        step = step or self._steps({"lifecycle_channel": "activity"})
        return self.message(card, step)
