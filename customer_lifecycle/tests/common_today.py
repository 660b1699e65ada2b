from datetime import timedelta

from .common import TODAY
from .common_promises import PromisesCommon


def ago(days):
    return TODAY - timedelta(days=days)


class TodayCommon(PromisesCommon):
    """Acme, a customer of Sally's, with whom she has spoken: nothing waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Today = cls.env["customer.lifecycle.today"]
        cls._spoken(cls.acme, TODAY)

    @classmethod
    def _spoken(cls, cards, on):
        """Note the last contact of both sides; its evidence is tested elsewhere."""
        cards.sudo().write(
            {
                "last_contact_date": on,
                "last_heard_date": on,
                "last_reached_date": on,
            }
        )

    @classmethod
    def _another(cls, name, *days_ago, user=None, **facts):
        """Return the card of another customer, with facts written on it.

        :param user: its salesperson (default: Sally; False: nobody)
        """
        partner = cls._customer(name)
        cls._purchases(partner, *(days_ago or (40,)))
        card = cls.refresher._refresh(
            cls.company, partner.ids, as_of=TODAY, is_silent=True
        )
        card.user_id = cls.seller if user is None else user
        cls._spoken(card, TODAY)
        card.sudo().write(facts)
        return card

    def line(self, card=None, user=None):
        """Return the line of a card (default: Acme's), as a user sees it."""
        card = card or self.acme
        today = self.Today.with_user(user or self.seller)
        today.invalidate_model()
        return today.search([("id", "=", card.id)])

    def kind(self, card=None):
        """Return what waits with a customer; False where nothing does."""
        line = self.line(card)
        return line.kind if not line.is_snoozed else False

    def assertWaits(self, kind, reason, card=None):
        self.assertEqual(self.kind(card), kind)
        self.assertEqual(self.line(card).reason, reason)

    def _plan(self, on, record=None, user=None, summary="The catalogue"):
        return (record or self.acme).activity_schedule(
            "mail.mail_activity_data_call",
            on,
            summary,
            user_id=(user or self.seller).id,
        )

    def _snooze(self, cards=None, days=7, user=None):
        dialog = self.env["customer.lifecycle.today.snoozing"]
        dialog = dialog.with_user(user or self.seller).create(
            {
                "lifecycle_ids": [(6, 0, (cards or self.acme).ids)],
                "until": TODAY + timedelta(days=days),
            }
        )
        return dialog.action_until()
