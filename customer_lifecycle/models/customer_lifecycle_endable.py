from datetime import date

from odoo import models


class CustomerLifecycleEndable(models.AbstractModel):
    """What ends once: a promise is kept, broken or waived, and the end taken back.

    The one place that says how: the day, who said so, and the proof.
    """

    _name = "customer.lifecycle.endable"
    _description = "How a Promise Ends"

    def action_keep(self):
        """Say that the promises were kept."""
        self._end_by_hand("kept")

    def action_break(self):
        """Say that the promises were not kept."""
        self._end_by_hand("broken")

    def action_waive(self):
        """Say that the promises are not expected any more."""
        self._end_by_hand("waived")

    def action_reopen(self):
        """Take an end back."""
        self.check_access("write")
        # sudo: customer.lifecycle.commitment - the course is written by the addon only
        ended = self.filtered(lambda promise: promise.state != "open").sudo()
        ended._forget_own_proof()
        ended.write(
            {
                "state": "open",
                "closed_date": False,
                "closed_by_id": False,
                "asked_date": False,
            }
        )

    def _forget_own_proof(self):
        """Take back the proof of ends that no person has said: they are taken back."""
        self.filtered(
            lambda promise: promise.state != "open" and not promise.closed_by_id
        ).proof = False

    def _end_by_hand(self, state: str):
        self.check_access("write")
        self.filtered(lambda promise: promise.state == "open")._close(
            state, by=self.env.user
        )

    def _close(self, state: str, by=None, on: date | None = None, proof: str = ""):
        """End promises: kept, broken or waived.

        :param by: who says so; None where it follows from what happened
        :param on: the day it ended (default: today in the company's time zone)
        :param proof: how it is known; a proof written by a person is kept
        """
        ends = self.grouped(
            # not before it was made: the company may have changed its time zone
            lambda promise: max(
                on or promise.company_id._lifecycle_today(), promise.made_date
            )
        )
        for day, promises in ends.items():
            # sudo: customer.lifecycle.commitment - the course is written here only
            promises = promises.sudo()
            promises.write(
                {
                    "state": state,
                    "closed_by_id": by.id if by else False,
                    "closed_date": day,
                }
            )
            if proof:
                promises.filtered(lambda promise: not promise.proof).proof = proof
            promises._drop_questions()
        if state == "broken":
            self.sudo()._alert_broken()
