from odoo.fields import Datetime
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tests.common import TODAY
from odoo.addons.customer_lifecycle.tests.common_outreach import OutreachCommon
from odoo.addons.sms.tests.common import MockSMS

NUMBER = "+34600111222"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSms(OutreachCommon, MockSMS):
    """Follow-ups by SMS."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # no quiet hours
        cls.company.resource_calendar_id = False
        cls.text = cls.env["sms.template"].create(
            {
                "name": "Hello",
                "model_id": cls.env["ir.model"]._get("customer.lifecycle.outreach").id,
                "body": "Hello {{ object.partner_id.name }}, how are things?",
            }
        )

    def _plan_sms(self, *cards):
        """Return outreach by SMS to some customers, approved."""
        [step] = self._steps(
            {
                "lifecycle_channel": "sms",
                "lifecycle_template_id": False,
                "lifecycle_sms_template_id": self.text.id,
            },
            mode="auto",
        )
        return self.planner._plan(step, self.Card.union(*cards))

    def _send_sms(self, *cards):
        outreach = self._plan_sms(*cards)
        self.sender._send(outreach, Datetime.now())
        return outreach

    def _texts(self, outreach):
        return self.env["sms.sms"].search(
            [("lifecycle_outreach_id", "in", outreach.ids)]
        )

    def test_text_goes_to_the_queue_and_stands_on_the_card(self):
        # who has a number needs no e-mail address
        card = self._buyer("Ana", phone=NUMBER, email=False)
        outreach = self._send_sms(card)
        self.assertRecordValues(outreach, [{"kind": "sms", "state": "sent"}])
        text = self._texts(outreach)
        self.assertEqual(text.number, NUMBER)
        self.assertEqual(text.body, "Hello Ana, how are things?")
        self.assertIn("how are things?", card.message_ids[0].body)
        self.assertEqual(outreach.message_id, card.message_ids[0])

    def test_text_goes_to_the_person_who_has_a_number(self):
        card = self._buyer("Company", phone=False, email=False, is_company=True)
        self._customer("Mail", parent_id=card.partner_id.id, email="m@example.com")
        person = self._customer("Phone", parent_id=card.partner_id.id, phone=NUMBER)
        outreach = self._send_sms(card)
        self.assertEqual(outreach.state, "sent")
        self.assertEqual(outreach.partner_id, person)
        self.assertEqual(self._texts(outreach).number, NUMBER)

    def test_preview_shows_the_text(self):
        outreach = self._plan_sms(self._buyer("Ana", phone=NUMBER))
        self.assertEqual(
            outreach._rendered()[outreach.id]["body"], "Hello Ana, how are things?"
        )
        self.assertFalse(self._texts(outreach))

    def test_without_number_or_permission_nothing_is_sent(self):
        self.env["phone.blacklist"].add("+34600333444")
        cards = {
            "no_number": self._buyer("None", phone=False),
            "bad_number": self._buyer("Bad", phone="ask at the desk"),
            "number_blacklisted": self._buyer("Listed", phone="+34600333444"),
            "no_care": self._buyer("No", phone=NUMBER, lifecycle_no_care=True),
        }
        # as Odoo has it where the Python package that judges numbers is installed
        cards["bad_number"].partner_id.phone_sanitized = False
        outreach = self._send_sms(*cards.values())
        self.assertEqual(
            {each.lifecycle_id: each.reason_code for each in outreach},
            {card: code for code, card in cards.items()},
        )
        self.assertTrue(all(outreach.mapped("reason")))
        self.assertFalse(self._texts(outreach))

    def test_text_counts_for_the_cap(self):
        self.company.lifecycle_message_gap_days = 7
        card = self._buyer("Ana", phone=NUMBER)
        self._send_sms(card)
        [step] = self._steps({}, mode="auto")
        mail = self.planner._plan(step, card)
        self.sender._send(mail, Datetime.now())
        self.assertEqual((mail.state, mail.reason_code), ("waiting", "cap_message"))

    def test_failed_text_holds_back_and_is_sent_once_on_trying_again(self):
        outreach = self._send_sms(self._buyer("Ana", phone=NUMBER))
        with self.mockSMSGateway(sms_allow_unlink=True, sim_error="credit"):
            self._texts(outreach).send()
        self.assertEqual((outreach.state, outreach.reason_code), ("held", "sms_failed"))
        self.assertIn("Insufficient Credit", outreach.reason)
        self.assertFalse(outreach.sent_at)
        outreach.action_try_again()
        self.sender._send(outreach, Datetime.now())
        self.assertEqual(outreach.state, "sent")
        self.assertEqual(len(self._texts(outreach)), 1)
        with self.mockSMSGateway(sms_allow_unlink=True):
            self._texts(outreach).send()
        self.assertEqual(outreach.state, "sent")

    def test_retried_text_gives_its_outreach_back(self):
        outreach = self._send_sms(self._buyer("Ana", phone=NUMBER))
        text = self._texts(outreach)
        with self.mockSMSGateway(sms_allow_unlink=True, sim_error="credit"):
            text.send()
        with self.mockSMSGateway(sms_allow_unlink=True):
            text.resend_failed()
        self.assertEqual(outreach.state, "sent")

    def test_step_without_text_says_so(self):
        outreach = self._plan_sms(self._buyer("Ana", phone=NUMBER))
        outreach.step_id.lifecycle_sms_template_id = False
        self.sender._send(outreach, Datetime.now())
        self.assertEqual((outreach.state, outreach.reason_code), ("held", "no_message"))
