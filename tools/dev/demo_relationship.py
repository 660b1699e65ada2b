"""What the demo company's relationships rest on: talks, people, ideas, promises."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from demo_bonds import Bond, Contact, Promise
from demo_data import MANAGER, Customer

from odoo.api import Environment
from odoo.fields import Command

#: How many of the customers who brought others have got their reward.
REWARDED = 2
#: Somebody who comes by a customer's link, and is nobody's customer yet.
STRANGER = {
    "name": "Obrador La Espiga",
    "email": "hola@laespiga.example.com",
    "phone": "+34 555 030 001",
}
#: What is written down first, by the name of the property.
PROPERTIES = {
    "cares": "cares",
    "decider": "decider",
    "time": "preferred_time",
    "family": "hobbies",
}


class DemoRelationship:
    """Writes what binds the customers on their cards; commits nothing.

    :param cards: the card by customer key
    """

    def __init__(self, env: Environment, today: date, cards: dict):
        self.env = env
        self.today = today
        self.cards = cards
        self.types = {
            name: env.ref(f"mail.{name}").id
            for name in ("mt_comment", "mt_activities", "mail_activity_data_call")
        }
        self.manager = env["res.users"].search([("login", "=", MANAGER)])

    def write(self, customers: list[Customer], bonds: dict[int, Bond]) -> None:
        """Write everything but what was broken."""
        pairs = [
            (self.cards[customer.key], bonds[customer.key], customer)
            for customer in customers
            if customer.key in self.cards
        ]
        self._write_people(pairs)
        self._write_knowledge(pairs)
        self._write_contacts(pairs)
        self._write_ideas(pairs)
        self._write_ratings(pairs)
        self.promise(bonds, "kept", "open")
        self._make_codes(customers)

    def promise(self, bonds: dict[int, Bond], *states: str) -> None:
        """Write the promises that ended in one of these ways."""
        self.env["customer.lifecycle.commitment"].create(
            [
                {
                    "lifecycle_id": self.cards[key].id,
                    "name": promise.name,
                    "side": promise.side,
                    "made_date": self._day(promise.made_ago),
                    "due_date": self._day(promise.due_ago),
                    "user_id": self._user(self.cards[key]).id,
                    "state": promise.state,
                    **self._end_vals(promise),
                }
                for key, bond in bonds.items()
                for promise in bond.promises
                if promise.state in states and key in self.cards
            ]
        )

    def _end_vals(self, promise: Promise) -> dict:
        """Return how a promise ended: long ago, so that nobody is told any more."""
        if promise.state == "open":
            return {}
        return {"closed_date": self._day(promise.due_ago), "is_alerted": True}

    def _make_codes(self, customers: list[Customer]) -> None:
        """Give those who bring others the code to do it with."""
        bringing = {customer.referred_by for customer in customers} - {None}
        cards = [self.cards[key] for key in bringing & self.cards.keys()]
        self.env["customer.lifecycle"].union(*cards)._make_referral_codes()

    def reward_friends(self, company) -> None:
        """Reward the latest who were brought, and let two strangers come by the link.

        One of them is known already: it does not count, and a note says why.
        """
        programs = self.env["loyalty.program"].create(
            [
                {
                    "name": name,
                    "program_type": "coupons",
                    "company_id": company.id,
                    "reward_ids": [
                        Command.create({"discount": 10, "discount_mode": "percent"})
                    ],
                }
                for name in ("Thank you for bringing a friend", "Welcome, friend")
            ]
        )
        company.write(
            {
                "lifecycle_referral_program_id": programs[0].id,
                "lifecycle_friend_program_id": programs[1].id,
            }
        )
        referrals = self.env["customer.lifecycle.referral"].search(
            [("company_id", "=", company.id), ("state", "=", "earned")]
        )
        for how, some in (("code", referrals[::3]), ("link", referrals[1::3])):
            some.write({"how": how})
        referrals[:REWARDED]._reward()
        bringing, known = referrals[0].lifecycle_id, referrals[-1].friend_id
        for given in (
            STRANGER,
            {"name": known.name, "email": known.email, "phone": ""},
        ):
            self.env["crm.lead"]._lifecycle_from_link(bringing, given, "es_ES")

    def _write_people(self, pairs) -> None:
        self.env["res.partner"].create(
            [
                {
                    "name": bond.second_person,
                    "parent_id": card.partner_id.id,
                    "phone": f"+34 555 020 {customer.key:03}",
                }
                for card, bond, customer in pairs
                if bond.second_person
            ]
        )

    def _write_knowledge(self, pairs) -> None:
        for card, bond, _customer in pairs:
            if bond.known:
                card.properties = {
                    PROPERTIES[name]: text for name, text in bond.known.items()
                }

    def _write_contacts(self, pairs) -> None:
        self.env["mail.message"].create(
            [
                self._message_vals(card, contact)
                for card, bond, _customer in pairs
                for contact in bond.contacts
            ]
        )

    def _message_vals(self, card, contact: Contact) -> dict:
        seller = self._user(card).partner_id
        vals = {
            "model": card._name,
            "res_id": card.id,
            "date": self._moment(contact.days_ago),
            "body": contact.text,
            "author_id": seller.id,
            "subtype_id": self.types["mt_comment"],
            "message_type": "comment",
        }
        if contact.kind == "heard":
            people = card.partner_id.child_ids or card.partner_id
            vals |= {"author_id": people[0].id, "message_type": "email"}
        elif contact.kind == "call":
            vals |= {
                "message_type": "notification",
                "subtype_id": self.types["mt_activities"],
                "mail_activity_type_id": self.types["mail_activity_data_call"],
            }
        return vals

    def _write_ideas(self, pairs) -> None:
        self.env["customer.lifecycle.idea"].create(
            [
                {
                    "lifecycle_id": card.id,
                    "name": idea,
                    "date": self._day(days_ago),
                    "user_id": self._user(card).id,
                    "outcome": "helped" if days_ago > 60 else "open",
                }
                for card, bond, _customer in pairs
                for days_ago, idea in bond.ideas
            ]
        )

    def _write_ratings(self, pairs) -> None:
        model = self.env["ir.model"]._get("customer.lifecycle")
        rated = [(card, bond.rating) for card, bond, _customer in pairs if bond.rating]
        ratings = self.env["rating.rating"].create(
            [
                {
                    "res_model_id": model.id,
                    "res_id": card.id,
                    "partner_id": card.partner_id.id,
                    "rated_partner_id": self._user(card).partner_id.id,
                    "rating": rate,
                    "feedback": words,
                    "consumed": True,
                }
                for card, (_days_ago, rate, words) in rated
            ]
        )
        for rating, (_card, (days_ago, _rate, _words)) in zip(
            ratings, rated, strict=True
        ):
            rating.rated_on = self._moment(days_ago)

    def _user(self, card):
        """Return who speaks with a customer; with nobody's, the manager does."""
        return card.user_id or self.manager

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _moment(self, days_ago: int) -> datetime:
        return datetime.combine(self._day(days_ago), time(10))


def forget_levels(env: Environment) -> None:
    """Have every card placed anew: what it rests on was written after its reading."""
    env.flush_all()
    env.cr.execute("UPDATE customer_lifecycle SET level_id = NULL, level_since = NULL")
    env.cr.execute("DELETE FROM customer_lifecycle_transition WHERE kind = 'level'")
    env.invalidate_all()
    env["customer.lifecycle.change"]._mark_cards("rule")
