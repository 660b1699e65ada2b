from datetime import date, timedelta
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import HttpCase, freeze_time, tagged

from .common import TODAY, CustomerLifecycleCommon
from .common_outreach import OutreachCommon

NOTIFICATION = "simple_notification"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestCelebration(OutreachCommon):
    """First and second purchase, a level climbed, an anniversary: told once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("all", "Seller")
        cls.customer = cls._customer("Bakery", user_id=cls.seller.id)

    def setUp(self):
        super().setUp()
        self.shown = []
        users = type(self.env["res.users"])

        def show(user, kind, message, **_more):
            if kind == NOTIFICATION:
                self.shown.append((user, message["message"]))

        self.patch(users, "_bus_send", show)
        self.patch(type(self.env["sale.order"]), "_is_on_screen", lambda _order: True)

    def _confirmed(self, user=None, partner=None):
        """Confirm a new quotation as a user, and return what the button gets."""
        order = self._quotation(partner or self.customer)
        return order.with_user(user or self.seller).action_confirm()

    def _message(self, result):
        return result["effect"]["message"] if isinstance(result, dict) else None

    def _notes(self, card):
        return [
            str(message.body)
            for message in card.message_ids.sorted("id")
            if message.subtype_id == self.env.ref("mail.mt_note")
        ]

    def _climb(self, card, code="solution"):
        """Have the rules put a card on a level in a refresh."""
        rules = type(self.env["customer.lifecycle.rules"])
        ruled = rules._ruled

        def as_wished(rules_, cards, field, *args, **more):
            found = ruled(rules_, cards, field, *args, **more)
            if field == "level_id":
                found |= dict.fromkeys(cards.ids, self.levels[code].id)
            return found

        with patch.object(rules, "_ruled", as_wished):
            return self.refresh(card.partner_id)

    # --------------------------------------------------------------------- rainbow man

    def test_first_and_second_purchase_are_cheered_on_confirming(self):
        self.assertEqual(
            self._message(self._confirmed()), "The first purchase of Bakery. Welcome!"
        )
        with freeze_time("2026-03-20 12:00:00"):
            self.assertEqual(
                self._message(self._confirmed()),
                "The second purchase of Bakery: a buyer has become a customer!",
            )
        with freeze_time("2026-03-25 12:00:00"):
            self.assertIs(self._confirmed(), True, "the third is everyday life")

    def test_second_order_of_a_day_is_not_cheered_again(self):
        self.assertTrue(self._message(self._confirmed()))
        self.assertIs(self._confirmed(), True)

    def test_confirming_many_at_once_is_as_ever(self):
        orders = self._quotation(self.customer) + self._quotation(self._customer("B"))
        self.assertIs(orders.with_user(self.seller).action_confirm(), True)

    def test_nobody_of_ours_no_rainbow(self):
        order = self._quotation(self.customer)
        self.assertIs(order.with_user(self.seller).sudo().action_confirm(), True)

    def test_code_that_confirms_gets_what_odoo_returns(self):
        self.patch(type(self.env["sale.order"]), "_is_on_screen", lambda _order: False)
        self.assertIs(self._confirmed(), True)
        self.refresh(self.customer)
        self.assertEqual(len(self.shown), 1, "nobody has seen it yet")

    def test_imported_history_is_not_cheered(self):
        order = self._quotation(self.customer).with_user(self.seller)
        self.assertIs(order.with_context(import_file=True).action_confirm(), True)

    # -------------------------------------------------------------------------- telling

    def test_purchase_from_elsewhere_is_noted_and_shown_once(self):
        self._purchase(self.customer, 0)
        card = self.refresh(self.customer)
        sentence = "Bakery has bought for the first time. A good day to say welcome."
        self.assertEqual(self.shown, [(self.seller, sentence)])
        [note] = self._notes(card)
        self.assertIn(sentence, note)
        self.assertRecordValues(
            card, [{"celebration": "first_purchase", "celebration_date": TODAY}]
        )
        self.refresh(self.customer)
        self.refresh(self.customer, as_of=TODAY + timedelta(days=1))
        self.assertEqual(len(self.shown), 1)
        self.assertEqual(len(self._notes(card)), 1)

    def test_purchase_confirmed_by_its_salesperson_is_noted_but_not_shown_again(self):
        self.assertTrue(self._message(self._confirmed()))
        card = self.refresh(self.customer)
        self.assertEqual(len(self._notes(card)), 1)
        self.assertFalse(self.shown)

    def test_purchase_confirmed_by_a_colleague_is_shown(self):
        self._confirmed(self._user("manager"))
        self.refresh(self.customer)
        self.assertEqual(len(self.shown), 1)

    def test_second_purchase_is_told(self):
        self._purchases(self.customer, 90, 0)
        self.refresh(self.customer)
        self.assertIn("a buyer has become a customer", self.shown[0][1])

    def test_cancelled_and_confirmed_again_is_told_once(self):
        order = self._purchase(self.customer, 0)
        self.refresh(self.customer)
        order._action_cancel()
        self.refresh(self.customer)
        order.action_draft()
        order.action_confirm()
        self.refresh(self.customer)
        self.assertEqual(len(self.shown), 1)

    def test_history_is_never_celebrated(self):
        self._purchase(self.customer, 0)
        card = self.refresh(self.customer, is_silent=True)
        self.refresh(self.customer)
        other = self._customer("Old friend", user_id=self.seller.id)
        self._purchases(other, 400, 200)
        old = self.refresh(other)
        self.assertFalse(self.shown)
        self.assertFalse(self._notes(card + old))
        self.assertFalse((card + old).mapped("celebration_date")[0])

    def test_climbed_level_is_told_and_a_fall_is_not(self):
        self._purchases(self.customer, 400, 200)
        card = self.refresh(self.customer)
        card = self._climb(card, "product")
        self.shown.clear()
        self.levels["product"].minimum_days = 0
        self._climb(card, "solution")
        self.assertEqual(card.level_id, self.levels["solution"])
        self.assertEqual(
            self.shown,
            [(self.seller, "Bakery has climbed to Solution. Say thank you for it.")],
        )
        self.assertEqual(card.celebration, "level")
        self._climb(card, "product")
        self.assertEqual(len(self.shown), 1)

    def test_anniversary_is_told_once_on_its_day(self):
        self._purchases(self.customer, 400, 200, 30)
        self._purchase(self.customer, date(2024, 3, 18))
        card = self.refresh(self.customer)
        self.assertEqual(card.next_change_date, date(2026, 3, 18))
        for day in (17, 18, 19, 30):
            self.refresh(self.customer, as_of=date(2026, 3, day))
        self.assertEqual(
            [message for _user, message in self.shown],
            ["Bakery has been a customer for 2 years."],
        )
        self.refresh(self.customer, as_of=date(2032, 3, 18))
        self.assertEqual(card.celebrated_years, 2, "gone by then: nothing to celebrate")

    def test_many_are_told_in_one_message(self):
        customers = [
            self._customer(f"Shop {number}", user_id=self.seller.id)
            for number in range(5)
        ]
        for customer in customers:
            self._purchase(customer, 0)
        self.refresh(*customers)
        [(user, message)] = self.shown
        self.assertEqual(user, self.seller)
        self.assertIn("5 customers give a reason to celebrate", message)

    def test_note_is_in_the_language_of_the_salesperson(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.seller.lang = "fr_FR"
        self._purchase(self.customer, 0)
        seen = []
        cards = type(self.env["customer.lifecycle"])
        sentence = cards._celebration_sentence

        def spy(card):
            seen.append(card.env.lang)
            return sentence(card)

        with patch.object(cards, "_celebration_sentence", spy):
            self.refresh(self.customer)
        self.assertEqual(set(seen), {"fr_FR"})

    # ---------------------------------------------------------------------------- rules

    def test_shipped_rules_are_off_and_plan_for_what_they_celebrate(self):
        rules = [
            self.env.ref(f"customer_lifecycle.{name}")
            for name in ("automation_second_thanks", "automation_climbed")
        ]
        for rule in rules:
            self.assertFalse(rule.active)
        rules[0].active = True
        self._purchases(self.customer, 90, 0)
        card = self.refresh(self.customer)
        [thanks] = self.Outreach.search([("lifecycle_id", "=", card.id)])
        self.assertEqual(thanks.automation_id, rules[0])
        self.assertEqual(thanks.state, "planned")

    def test_silent_reading_starts_no_rule(self):
        self.env.ref("customer_lifecycle.automation_second_thanks").active = True
        self._purchases(self.customer, 90, 0)
        card = self.refresh(self.customer, is_silent=True)
        self.refresh(self.customer)
        self.assertFalse(self.Outreach.search([("lifecycle_id", "=", card.id)]))


@tagged("post_install", "-at_install")
class TestCelebrationOnScreen(HttpCase, CustomerLifecycleCommon):
    """The effect is for whoever clicks on the button, and for nobody else."""

    def _call(self, how):
        """Confirm an order as the screen does, or as a connector."""
        order = self._quotation(self._customer(how), at=Datetime.now())
        self.env.flush_all()
        return self.make_jsonrpc_request(
            f"/web/dataset/{how}/sale.order/action_confirm",
            {
                "model": "sale.order",
                "method": "action_confirm",
                "args": [order.ids],
                "kwargs": {},
            },
        )

    def test_button_gets_the_effect_and_a_connector_does_not(self):
        user = self._user("manager", "Clara")
        self.authenticate(user.login, user.login)
        shown = self._call("call_button")
        self.assertEqual(shown["effect"]["type"], "rainbow_man")
        self.assertIs(self._call("call_kw"), True)
