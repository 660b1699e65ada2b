from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestTodayTour(HttpCase, CustomerLifecycleCommon):
    """Today in a browser, whose clock is the machine's: the days count from now."""

    def test_today_is_worked_off(self):
        today = fields.Date.today()
        seller = self._user("own", "Sally")
        promises = self.env["customer.lifecycle.commitment"]
        for name, amount in (("Tour Growth", 5000), ("Tour Once", 50)):
            partner = self._customer(name, user_id=seller.id)
            self._purchase(partner, today - timedelta(days=40), amount)
            card = self.refresher._refresh(self.company, partner.ids, is_silent=True)
            promises |= promises.create(
                {
                    "lifecycle_id": card.id,
                    "name": "Send the samples",
                    "made_date": today - timedelta(days=9),
                    "due_date": today - timedelta(days=1),
                    "user_id": seller.id,
                }
            )
        self.start_tour("/odoo", "customer_lifecycle_today", login=seller.login)
        self.assertEqual(promises.mapped("state"), ["kept", "open"])
        done, taken_back = promises.lifecycle_id
        self.assertIn(
            "They have the samples",
            done.message_ids.filtered("mail_activity_type_id").body,
        )
        self.assertEqual(done.snoozed_until, today + timedelta(days=1))
        self.assertFalse(taken_back.snoozed_until)
