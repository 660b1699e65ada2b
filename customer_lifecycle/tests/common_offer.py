from .common import TODAY
from .common_outreach import OutreachCommon


class OfferCommon(OutreachCommon):
    """Offers that were sent today, and orders that use their codes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outcome = cls.env["customer.lifecycle.outcome"]
        cls.gate = cls.env["customer.lifecycle.gate"]

    def _offer_step(self, **values):
        """Return the step of a new rule; what the editor warns of is written later."""
        [step] = self._steps({"state": "lifecycle_offer"}, mode="auto")
        step.write(values)
        return step

    def _sent_offer(self, name="Ana", step=None, **values):
        """Return an offer that a customer has got today."""
        step = step or self._offer_step(**values)
        offer = self.planner._plan(step, self._buyer(name))
        self.sender._send(offer, self.env.cr.now())
        self.assertEqual(offer.state, "sent")
        return offer

    def _redeeming(self, offer, partner=None, on=TODAY):
        """Return a quotation with the code of an offer."""
        order = self._quotation(partner or offer.partner_id, 200, on)
        [(coupon, reward)] = order._try_apply_code(offer.coupon_code).items()
        self.assertEqual(coupon, offer.coupon_id)
        order._apply_program_reward(reward, coupon)
        return order

    def _verdict(self, outreach):
        """Return state and code of what the gate says of one outreach."""
        verdict = self.gate._judge(outreach, self.env.cr.now()).get(outreach.id)
        return verdict and (verdict.state, verdict.code)

    def _said(self, outreach):
        """Return the sentence with which the gate holds one outreach back."""
        verdict = self.gate._judge(outreach, self.env.cr.now())[outreach.id]
        return self.gate._sentence(verdict.code, verdict.values)

    def _reminder(self, offer):
        return self.Outreach.search([("offer_id", "=", offer.id)])
