import doctest
from collections import Counter

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_lifecycle.tools import draw

from .. import hooks
from ..models.customer_lifecycle_gate_offer import CONTROL_KEY
from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
class TestDraw(OfferCommon):
    """The chance itself."""

    def test_doctests_of_the_draw_pass(self):
        result = doctest.testmod(draw)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def test_share_is_spread_evenly(self):
        tenths = Counter(int(10 * draw.share("key", 3, card)) for card in range(20_000))
        self.assertEqual(set(tenths), set(range(10)))
        # 2,000 expected in each, standard deviation 42
        self.assertLess(max(tenths.values()) - min(tenths.values()), 300)

    def test_rules_draw_independently(self):
        both = sum(
            draw.share("key", 1, card) < 0.5 and draw.share("key", 2, card) < 0.5
            for card in range(10_000)
        )
        self.assertAlmostEqual(both, 2_500, delta=200)

    def test_each_ticket_wins_as_often(self):
        wins = Counter(
            ticket
            for seed in range(3_000)
            for ticket in draw.draw(str(seed), range(10), 2)
        )
        self.assertEqual(set(wins), set(range(10)))
        # 600 expected for each, standard deviation 22
        self.assertLess(max(wins.values()) - min(wins.values()), 160)

    def test_more_prizes_than_tickets_and_none(self):
        self.assertEqual(sorted(draw.draw("seed", [3, 1, 2], 5)), [1, 2, 3])
        self.assertEqual(draw.draw("seed", [3, 1, 2], 0), [])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestControl(OfferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(CONTROL_KEY, "a known key")
        partners = cls.env["res.partner"].create(
            [
                {"name": f"One {number}", "email": f"one{number}@example.com"}
                for number in range(60)
            ]
        )
        cls.cards = cls.Card.create([{"partner_id": each.id} for each in partners])

    def _controls(self, offers):
        verdicts = self.gate._check_control(offers, self.env.cr.now())
        self.assertEqual({each.state for each in verdicts.values()}, {"control"})
        return offers.browse(verdicts).lifecycle_id

    def test_share_of_the_customers_gets_no_offer_and_always_the_same(self):
        step = self._offer_step(lifecycle_control_share=0.5)
        offers = self.planner._plan(step, self.cards)
        controls = self._controls(offers)
        self.assertTrue(15 < len(controls) < 45)
        again = self.planner._plan(step, self.cards, occasion="again")
        again |= offers
        self.assertEqual(self._controls(again), controls)

    def test_ladder_has_one_control_group_and_another_rule_another(self):
        first, second = self._steps(
            *[{"state": "lifecycle_offer", "lifecycle_control_share": 0.5}] * 2
        )
        other = self._offer_step(lifecycle_control_share=0.5)
        groups = [
            self._controls(self.planner._plan(step, self.cards))
            for step in (first, second, other)
        ]
        self.assertEqual(groups[0], groups[1])
        self.assertNotEqual(groups[0], groups[2])

    def test_control_has_no_coupon_no_mail_and_a_sentence(self):
        step = self._offer_step(lifecycle_control_share=1)
        offer = self.planner._plan(step, self._buyer())
        self.sender._send(offer, self.env.cr.now())
        self.assertEqual(offer.state, "control")
        self.assertFalse(offer.coupon_id)
        self.assertFalse(self._mails(offer))
        step.lifecycle_control_share = 0.15
        self.assertEqual(
            offer.reason,
            "Held out at random: 1 in 1 gets no offer, so that its effect can be told.",
        )

    def test_share_of_zero_has_no_control_group(self):
        step = self._offer_step(lifecycle_control_share=0)
        self.assertFalse(
            self.gate._check_control(
                self.planner._plan(step, self.cards), self.env.cr.now()
            )
        )

    def test_level_trust_is_never_in_it_unless_set(self):
        step = self._offer_step(lifecycle_control_share=1)
        offer = self.planner._plan(step, self._buyer())
        self.assertEqual(self._verdict(offer), ("control", "control"))
        offer.lifecycle_id._move(
            "level_id",
            {offer.lifecycle_id.id: self.levels["trust"].id},
            date=TODAY,
            cause="facts",
        )
        self.assertFalse(self._verdict(offer))
        step.lifecycle_control_trust = True
        self.assertEqual(self._verdict(offer), ("control", "control"))

    def test_messages_have_no_control_group(self):
        [step] = self._steps({"lifecycle_control_share": 1})
        self.assertFalse(self._verdict(self.planner._plan(step, self._buyer())))

    def test_whoever_is_held_back_anyway_is_no_control(self):
        step = self._offer_step(lifecycle_control_share=1, lifecycle_program_id=False)
        self.assertEqual(
            self._verdict(self.planner._plan(step, self._buyer())),
            ("held", "no_program"),
        )

    def test_key_is_made_once_and_is_long(self):
        parameters = self.env["ir.config_parameter"]
        parameters.search([("key", "=", CONTROL_KEY)]).unlink()
        key = self.gate._control_key()
        self.assertEqual(len(key), 64)
        self.assertEqual(self.gate._control_key(), key)

    def test_key_is_there_from_the_first_day(self):
        # made by the installation: else a preview would draw with one that is lost
        self.env["ir.config_parameter"].search([("key", "=", CONTROL_KEY)]).unlink()
        hooks.post_init_hook(self.env)
        self.assertTrue(self.env["ir.config_parameter"].get_param(CONTROL_KEY))
