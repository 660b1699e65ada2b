from datetime import datetime, time, timedelta

from .common import TODAY, CustomerLifecycleCommon

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


class PromisesCommon(CustomerLifecycleCommon):
    """A customer of Sally's team with a card, whose leader is Lena."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Promise = cls.env["customer.lifecycle.commitment"]
        cls.seller = cls._user("own", "Sally", email="sally@example.com")
        cls.leader = cls._user("manager", "Lena", email="lena@example.com")
        cls.team = cls.env["crm.team"].create(
            {"name": "Team", "user_id": cls.leader.id, "company_id": cls.company.id}
        )
        cls.partner = cls._customer(
            "Acme", email="acme@example.com", is_company=True, user_id=cls.seller.id
        )
        cls._purchase(cls.partner, 20)
        cls.acme = cls.refresher._refresh(
            cls.company, cls.partner.ids, as_of=TODAY, is_silent=True
        )
        cls.acme.team_id = cls.team
        cls.acme.owner_by_hand = True

    @classmethod
    def _promise(cls, due=TOMORROW, card=None, **values):
        """Note a promise by hand; the clock is not asked."""
        return cls.Promise.create(
            {
                "lifecycle_id": (card or cls.acme).id,
                "name": "Send the samples",
                "made_date": min(TODAY, due),
                "due_date": due,
                "user_id": cls.seller.id,
                **values,
            }
        )

    @classmethod
    def _ended(cls, state, due=YESTERDAY, on=YESTERDAY, **values):
        """Note a promise that ended so."""
        promise = cls._promise(due, **values)
        promise._close(state, on=on)
        return promise

    def _promised_order(self, due, on=0, **values):
        """Confirm an order that promises the delivery on a day.

        :param on: days before ``TODAY`` on which it was made
        """
        at = datetime.combine(due, time(12)) if due else False
        return self._purchase(self.partner, on, commitment_date=at, **values)

    def _sent(self, until, **values):
        """Send a quotation that is valid until a day."""
        order = self._quotation(self.partner, validity_date=until, **values)
        order.action_quotation_sent()
        return order

    def promises(self, *orders):
        """Return the promises of orders, the oldest first."""
        ids = [order.id for order in orders]
        return self.Promise.search([("order_id", "in", ids)], order="id")

    def questions(self, promise):
        """Return the open activities that ask about a promise."""
        return promise.activity_ids.filtered("automated")

    def follow(self, as_of=TODAY, **options):
        """Refresh the customer as of a day."""
        return self.refresh(self.partner, as_of=as_of, **options)
