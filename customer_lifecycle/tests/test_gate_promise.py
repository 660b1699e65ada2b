from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_gate import AT, GateCommon


@tagged("post_install", "-at_install")
@freeze_time(AT)
class TestGatePromise(GateCommon):
    """Whoever was promised something in vain gets no mail that ignores it."""

    def setUp(self):
        super().setUp()
        self.card = self._buyer("Ana")
        self.mail = self.message(self.card)

    def _promise(self, state="broken", days_ago=3, card=None, **values):
        """Note a promise that ended so many days ago."""
        day = TODAY - timedelta(days=days_ago)
        promise = self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": (card or self.card).id,
                "name": "Send the samples",
                "made_date": day - timedelta(days=10),
                "due_date": day,
                **values,
            }
        )
        if state != "open":
            promise._close(state, on=day)
        return promise

    def test_broken_promise_holds_every_mail_and_no_activity(self):
        self._promise()
        offer, activity = self.offer(self.card), self.activity(self.card)
        held = ("held", "promise_broken")
        self.assertEqual(
            self.judge(self.mail | offer | activity), {self.mail: held, offer: held}
        )
        self.assertEqual(
            self.say(self.mail),
            "Not sent: the promise “Send the samples” for 03/13/2026 was not kept.",
        )

    def test_what_is_no_broken_promise_of_ours_holds_nothing(self):
        self._promise("kept")
        self._promise("waived")
        self._promise("open", days_ago=-3)
        self._promise(side="theirs")
        self._promise(card=self._buyer("Eva"))
        self.assertEqual(self.judge(self.mail), {})

    def test_long_past_it_holds_nothing(self):
        promise = self._promise(days_ago=60)
        self.assertEqual(self.judge(self.mail), {})
        promise._close("broken", on=TODAY - timedelta(days=59))
        self.assertTrue(self.judge(self.mail))

    def test_kept_after_all_it_holds_nothing(self):
        promise = self._promise()
        promise.action_reopen()
        self.assertEqual(self.judge(self.mail), {})
        promise.action_keep()
        self.assertEqual(self.judge(self.mail), {})
