from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_outreach import OutreachCommon


@tagged("post_install", "-at_install")
class TestOutreachTours(HttpCase, OutreachCommon):
    """From the preview of a rule to a message that was sent, in a browser.

    The browser has no other clock than the machine's: the days of the customer are
    counted back from the day of the test.
    """

    def test_rule_is_previewed_switched_on_approved_and_sent(self):
        self.company.lifecycle_in_working_hours = False  # at any hour of the test
        admin = self._user("manager", "Ada")
        admin.group_ids |= self.env.ref("base.group_system")
        partner = self._customer("Tour Lapsed", email="lapsed@example.com")
        today = fields.Date.today()
        for days in (900, 890, 880):
            self._purchase(partner, today - timedelta(days=days))
        card = self.refresher._refresh(self.company, partner.ids, is_silent=True)
        rule = self._rule({}, name="Tour Playbook", active=False)

        self.start_tour(
            "/odoo/automations", "customer_lifecycle_rule_preview", login=admin.login
        )
        self.assertTrue(rule.active)
        self.assertEqual(rule.lifecycle_mode, "approve")
        outreach = self.Outreach.search([("lifecycle_id", "=", card.id)])
        self.assertFalse(outreach)

        self.env["base.automation"]._plan_backlog()
        self.start_tour(
            "/odoo", "customer_lifecycle_outreach_approve", login=admin.login
        )
        outreach = self.Outreach.search([("lifecycle_id", "=", card.id)])
        self.assertEqual(outreach.state, "approved")
        self.assertEqual(outreach.approved_by_id, admin)

        self.sender._send(outreach, fields.Datetime.now())
        self.assertEqual(len(self._mails(outreach)), 1)
        self.start_tour("/odoo", "customer_lifecycle_outreach_sent", login=admin.login)
