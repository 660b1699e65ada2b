from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_evidence_rating import PROBLEM_DAYS
from .customer_lifecycle_gate_mixin import Verdict


class CustomerLifecycleGatePromise(models.AbstractModel):
    """Check for promises that we did not keep: first they are put right.

    One that was reopened, or kept after all, holds nothing back any more.
    """

    _name = "customer.lifecycle.gate.promise"
    _description = "Gate: Promises Not Kept"
    _inherit = ["customer.lifecycle.gate.mixin"]

    def _check_promise(self, outreach, at: datetime) -> dict[int, Verdict]:
        """No mail while a promise of ours is broken that is not long past."""
        verdicts = {}
        for company, mails in self._mails(outreach).grouped("company_id").items():
            broken = self._broken_promises(company, mails.lifecycle_id, at)
            for each in mails:
                values = broken.get(each.lifecycle_id.id)
                if values:
                    verdicts[each.id] = Verdict("held", "promise_broken", values)
        return verdicts

    def _broken_promises(self, company, cards, at: datetime) -> dict[int, dict]:
        """Return the latest promise that we broke to each customer, by card."""
        day = self._day(company, at)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (lifecycle_id) lifecycle_id, name, due_date
                  FROM customer_lifecycle_commitment
                 WHERE lifecycle_id = ANY(%(cards)s)
                   AND side = 'ours'
                   AND state = 'broken'
                   AND closed_date > %(since)s
              ORDER BY lifecycle_id, closed_date DESC, id DESC
                """,
                cards=cards.ids,
                since=day - timedelta(days=PROBLEM_DAYS),
            )
        )
        return {
            card_id: {"promise": name, "date": due.isoformat()}
            for card_id, name, due in rows
        }

    def _say_promise_broken(self, values):
        return self.env._(
            "Not sent: the promise “%(promise)s” for %(date)s was not kept.",
            promise=values.get("promise"),
            date=self._date_in_words(values),
        )
