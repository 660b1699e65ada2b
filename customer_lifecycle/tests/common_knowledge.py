from freezegun import freeze_time

from .common import TODAY, CustomerLifecycleCommon

#: What the company of these tests wants to know.
DEFINITION = [
    {"name": "cares", "type": "text", "string": "Cares About"},
    {"name": "decider", "type": "char", "string": "Who Decides"},
    {"name": "birthday", "type": "date", "string": "Birthday"},
    {"name": "vip", "type": "boolean", "string": "Very Important"},
    {"name": "children", "type": "integer", "string": "Children"},
    {
        "name": "channel",
        "type": "selection",
        "string": "Channel",
        "selection": [["phone", "Phone"], ["visit", "Visit"]],
    },
    {
        "name": "sports",
        "type": "tags",
        "string": "Sports",
        "tags": [["ski", "Skiing", 1], ["run", "Running", 2]],
    },
    {"name": "story_html", "type": "html", "string": "Story"},
]


class KnowledgeCommon(CustomerLifecycleCommon):
    """Acme is Sally's customer, on the day TODAY; Colin is a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.seller = cls._user("own", "Sally")
        cls.colleague = cls._user("own", "Colin")
        cls.manager = cls._user("manager", "Lena")
        cls.company.lifecycle_properties_definition = DEFINITION
        cls.partner = cls._customer(
            "Acme", is_company=True, email="acme@example.com", user_id=cls.seller.id
        )
        cls._purchase(cls.partner, 20)
        cls.acme = cls.refresher._refresh(
            cls.company, cls.partner.ids, as_of=TODAY, is_silent=True
        )

    @classmethod
    def _person(cls, name, **values):
        """Create a person of Acme."""
        return cls._customer(name, **{"parent_id": cls.partner.id} | values)

    @classmethod
    def _idea(cls, on=TODAY, card=None, **values):
        """Write an idea of Sally's down."""
        return cls.env["customer.lifecycle.idea"].create(
            {
                "lifecycle_id": (card or cls.acme).id,
                "name": "Order in October",
                "date": on,
                "user_id": cls.seller.id,
                **values,
            }
        )

    def read_again(self, as_of=TODAY):
        """Refresh Acme as of a day and return its card."""
        return self.refresh(self.partner, as_of=as_of)

    def queued(self):
        """Return the contacts that wait for the refresh, and forget them."""
        self.env.flush_all()
        changes = self.env["customer.lifecycle.change"].search([])
        refs = set(changes.mapped("partner_ref"))
        changes.sudo().unlink()
        return refs
