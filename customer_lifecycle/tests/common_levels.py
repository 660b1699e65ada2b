from datetime import timedelta

from .common import TODAY, CustomerLifecycleCommon

#: Facts that fulfil the shipped rule of each level, of a company.
EARNED = {
    "solution": {"need_count": 1, "solved_count": 1},
    "relationship": {
        "is_company": True,
        "last_heard_date": TODAY - timedelta(days=120),
        "last_reached_date": TODAY - timedelta(days=120),
        "known_count": 2,
        "is_decider_known": True,
        "contact_person_count": 2,
        "idea_count": 1,
        "setback_date": False,
    },
    "trust": {
        "promise_kept_count": 9,
        "promise_broken_count": 1,
        "promise_kept_share": 0.9,
        "satisfaction": 4,
        "paid_count": 5,
        "paid_late_share": 0.2,
        "first_purchase_date": TODAY - timedelta(days=365),
    },
}
LADDER = ["product", "solution", "relationship", "trust"]


class LevelsCommon(CustomerLifecycleCommon):
    """A customer with one purchase, and what it takes to climb."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("own", "Sally", email="sally@example.com")
        cls.manager = cls._user("manager", "Mark")
        cls.customer = cls._customer("Acme", user_id=cls.seller.id, is_company=True)
        cls._purchase(cls.customer, 10)
        cls.acme = cls.refresher._refresh(
            cls.company, cls.customer.ids, as_of=TODAY, is_silent=True
        )

    @classmethod
    def _have(cls, **facts):
        """Write facts on the card, as the next reading would if they were true."""
        cls.acme.sudo().write(facts)
        cls.env.flush_all()

    @classmethod
    def _earn(cls, code):
        """Write the facts that fulfil the rules up to a level."""
        for earned in LADDER[1 : LADDER.index(code) + 1]:
            cls._have(**EARNED[earned])

    @classmethod
    def _ask_purchases(cls, days=0, **needed):
        """Have each level ask for a number of purchases, and be held for some days.

        :param days: before the next level, on each
        :param needed: purchases by level (default: 2, 3 and 4)
        """
        for count, code in enumerate(LADDER, start=1):
            count = needed.get(code, count)
            rule = f"[('purchase_count', '>=', {count})]" if count > 1 else False
            cls.levels[code].write({"minimum_days": days, "rule_domain": rule})
        cls.env["customer.lifecycle.change"].search([]).unlink()

    def seen(self, day=TODAY):
        """Return the code of the level on which the rules see the card on a day."""
        self.env.flush_all()
        seen = self.env["customer.lifecycle.rules"]._ruled(
            self.acme, "level_id", {self.company: day}
        )
        return self.env["customer.lifecycle.level"].browse(seen[self.acme.id]).code

    def level_as_of(self, as_of=TODAY, **options):
        """Refresh the card as of a day, and return the code of its level."""
        self.refresh(self.customer, as_of=as_of, **options)
        return self.acme.level_id.code

    def moves(self):
        """Return the moves of the card between levels, the oldest first."""
        return self.transitions(self.acme, "level")
