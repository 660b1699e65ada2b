"""Invent the demo company: a coffee roaster, its customers and two years of orders.

No Odoo and no clock here: from a seed and a day it makes plain records, the same ones
every time. All days are counted back from that day, so the company always lives now.
All people and companies are made up, and all addresses are at example.com.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from demo_data import (
    ACTIVITIES,
    BUSINESS_WORDS,
    CUSTOMERS,
    FATES,
    FIRST_TOUCHES,
    FOREIGN_CITIES,
    FOREIGN_PEOPLE,
    GIVEN_NAMES,
    HISTORY_DAYS,
    NEEDS,
    SALESPEOPLE,
    SEED,
    SEGMENTS,
    SINGLES,
    SPANISH_CITIES,
    SURNAMES,
    Activity,
    Customer,
    Lead,
    Line,
    Order,
    Segment,
)
from demo_stories import STORIES


def invent(today: date, seed: int = SEED) -> list[Customer]:
    """Return the customers of the demo company, story customers first."""
    world = World(today, seed)
    customers = list(world.stories())
    while len(customers) < CUSTOMERS:
        customers.append(world.customer(len(customers)))
    world.refer(customers)
    world.plan(customers)
    return customers


class World:
    """Makes customers one by one.

    Each has a source of chance of its own, so that who they are does not hang on how
    many orders the others have, which differs with the season of ``today``.
    """

    def __init__(self, today: date, seed: int):
        self.today = today
        self.seed = seed
        self.rng = random.Random(seed)
        self._names: set[str] = set()

    def _begin(self, key: int | str) -> None:
        """Take up the source of chance of one customer or one task."""
        self.rng = random.Random(f"{self.seed} {key}")

    # Who

    def customer(self, key: int) -> Customer:
        """Make a customer with a fate of its own."""
        self._begin(key)
        segment = self.rng.choices(SEGMENTS, [item.share for item in SEGMENTS])[0]
        customer = self._anybody(key, segment)
        [fate] = self.rng.choices(list(FATES), list(FATES.values()))
        self._live(customer, fate)
        return customer

    def _anybody(self, key: int, segment: Segment, name: str = "") -> Customer:
        cities = SPANISH_CITIES if self.rng.random() < 0.88 else FOREIGN_CITIES
        city = self.rng.choice(cities)
        person = self._person(city[1])
        customer = Customer(
            key=key,
            segment=segment,
            name=name or self._name(segment, person),
            city=city,
            person=person,
            salesperson=self._salesperson(segment),
        )
        if self.rng.random() < 0.3:
            customer.tags = [self.rng.choice(segment.tags)]
        return customer

    def _name(self, segment: Segment, person: str) -> str:
        """Return a name that nobody has yet."""
        while True:
            name = person
            if segment.is_company:
                title = self.rng.choice(segment.titles)
                name = f"{title} {self.rng.choice(BUSINESS_WORDS)}"
            if name not in self._names:
                self._names.add(name)
                return name
            person = self._person("ES")

    def _person(self, country: str) -> str:
        if country in FOREIGN_PEOPLE and self.rng.random() < 0.7:
            return self.rng.choice(FOREIGN_PEOPLE[country])
        given, surname = self.rng.choice(GIVEN_NAMES), self.rng.choice(SURNAMES)
        return f"{given} {surname}"

    def _salesperson(self, segment: Segment) -> str | None:
        """Return who looks after it; many home drinkers belong to nobody."""
        if not segment.is_company and self.rng.random() < 0.5:
            return None
        logins = [
            login
            for login, (_name, team, _all) in SALESPEOPLE.items()
            if team == segment.team
        ]
        return self.rng.choice(logins)

    # What happened

    def _live(self, customer: Customer, fate: str) -> None:
        """Give the customer the orders, leads and quotations of its fate."""
        usual = self.rng.randint(*customer.segment.days)
        days = self._purchase_days(fate, usual, customer.segment)
        favourites = self.rng.sample(customer.segment.products, k=3)
        customer.orders = [self._order(customer, day, favourites) for day in days]
        self._meet(customer, days[0] if days else self.rng.randint(2, 60))
        if not days:
            self._court(customer)
        elif self.rng.random() < 0.12:
            customer.orders.append(self._quotation(customer))
        elif customer.segment.is_company and self.rng.random() < 0.12:
            customer.leads.append(self._idea(customer))
        if days and self.rng.random() < 0.08:
            self._mishap(customer)

    def _purchase_days(self, fate: str, usual: int, segment: Segment) -> list[int]:
        """Return the days of purchase, in days ago, from the first to the last.

        :param usual: days between the purchases
        """
        rng = self.rng
        if fate == "prospect":
            return []
        if fate == "once":
            # most came lately, some long ago and never again
            return [2 + round(500 * rng.random() ** 3)]
        if fate == "few":
            last, count = rng.randint(1, max(2, usual)), rng.randint(2, 3)
            return [last + usual * step for step in reversed(range(count))]
        pauses = {
            "steady": (0.02, 0.9),
            "due": (1.05, 1.5),
            "slipping": (2.1, 2.8),
            "lapsed": (3.4, 9.0),
        }
        last = max(1, round(usual * rng.uniform(*pauses[fate])))
        # Most were customers before the two years began.
        latest_first = max(last + 4 * usual, 120)
        first = HISTORY_DAYS - rng.randint(0, usual)
        if rng.random() < 0.55 and latest_first < first:
            first = rng.randint(latest_first, first)
        return list(self._rhythm(first, last, usual, segment))

    def _rhythm(
        self, first: int, last: int, usual: int, segment: Segment
    ) -> Iterator[int]:
        """Yield days of purchase from ``first`` to ``last`` days ago.

        Pauses vary around the usual one, of some customers little and of others much,
        and are shorter in a busy month.
        """
        regularity = self.rng.choice((1.5, 2, 3, 5, 12))
        ago = float(first)
        while ago > last + usual * 0.4:
            yield round(ago)
            month = (self.today - timedelta(days=round(ago))).month
            pace = segment.months.get(month, 1.0)
            pause = self.rng.gammavariate(regularity, usual / regularity) / pace
            ago -= max(pause, 1.0)
        yield last

    def _order(self, customer: Customer, days_ago: int, favourites: list[str]) -> Order:
        rng, units = self.rng, customer.segment.units
        count = rng.choices((1, 2, 3), (5, 4, 1))[0]
        lines = [
            Line(product, 1 if product in SINGLES else rng.randint(*units))
            for product in favourites[:count]
        ]
        need = ""
        if rng.random() < (0.05 if customer.segment.is_company else 0.01):
            need = rng.choice(NEEDS)
        return Order(days_ago, rng.randint(8 * 60, 19 * 60), lines, need=need)

    def _quotation(self, customer: Customer) -> Order:
        """Make an open quotation of the last weeks."""
        favourites = self.rng.sample(customer.segment.products, k=2)
        order = self._order(customer, self.rng.randint(1, 40), favourites)
        return replace(order, state=self.rng.choice(("draft", "sent", "sent")), need="")

    def _meet(self, customer: Customer, first_day: int) -> None:
        """Remember how the customer was met, before the first purchase."""
        if not customer.segment.is_company and self.rng.random() < 0.6:
            return
        status = "won" if customer.orders else "open"
        customer.leads.append(
            Lead(
                days_ago=first_day + self.rng.randint(3, 25),
                title=f"{customer.name}: {self.rng.choice(('tasting', 'first order'))}",
                amount=50.0 * self.rng.randint(2, 40),
                status=status,
                stage=self.rng.randint(0, 2),
                touch=self.rng.choice(FIRST_TOUCHES),
            )
        )

    def _idea(self, customer: Customer) -> Lead:
        """Make an open opportunity with somebody who buys already."""
        what = self.rng.choice(
            ("a second grinder", "coffee for the terrace", "courses")
        )
        return Lead(
            days_ago=self.rng.randint(1, 45),
            title=f"{customer.name}: {what}",
            amount=100.0 * self.rng.randint(2, 25),
            status="open",
            stage=self.rng.randint(0, 2),
        )

    def _court(self, customer: Customer) -> None:
        """Give somebody who has not bought a reason to have a card."""
        roll = self.rng.random()
        if not customer.leads or roll < 0.4:
            customer.orders.append(self._quotation(customer))
        elif roll < 0.6:
            customer.leads[0].status = "lead"
        elif roll < 0.75:
            customer.leads[0].status = "lost"

    def _mishap(self, customer: Customer) -> None:
        """Cancel an order, take goods back, or have two orders on one day."""
        model = self.rng.choice(customer.orders)
        kind = self.rng.choice(("cancelled", "returned", "twice"))
        if kind == "cancelled":
            customer.orders.append(replace(model, state="cancel", need=""))
        elif kind == "twice" and model.state == "sale":
            later = min(model.minute + 90, 20 * 60)
            customer.orders.append(replace(model, minute=later, need=""))
        elif model.state == "sale" and model.days_ago > 3:
            back = [Line(line.product, -1) for line in model.lines[:1]]
            customer.orders.append(
                Order(model.days_ago - self.rng.randint(1, 3), model.minute, back)
            )

    # Stories

    def stories(self) -> Iterator[Customer]:
        """Yield one customer for each stage and level, each easy to find and tell."""
        keys = {story.shows: key for key, story in enumerate(STORIES)}
        for key, story in enumerate(STORIES):
            self._begin(key)
            segment = next(item for item in SEGMENTS if item.name == story.segment)
            name = f"{story.name} (story: {story.shows})"
            self._names.add(story.name)
            customer = self._anybody(key, segment, name)
            customer.salesperson = story.salesperson
            customer.comment = story.tale
            customer.shows = story.shows
            favourites = list(segment.products[:3])
            customer.orders = [
                self._order(customer, day, favourites) for day in story.days
            ]
            for order in customer.orders:
                order.need = ""
            if story.need:
                customer.orders[0].need = story.need
            customer.leads = list(story.leads)
            customer.activities = list(story.activities)
            customer.put_by_hand = story.put_by_hand
            if story.quotation is not None:
                order = self._order(customer, story.quotation, favourites)
                customer.orders.append(replace(order, state="sent", need=""))
            if story.brought_by:
                customer.referred_by = keys[story.brought_by]
            yield customer

    # What ties them together

    def refer(self, customers: list[Customer]) -> None:
        """Let some loyal customers bring others, who came later."""
        self._begin("referrals")
        stories = len(STORIES)
        loyal = [c for c in customers[stories:] if len(c.purchase_days) >= 6]
        buyers = [c for c in customers[stories:] if c.purchase_days]
        for referrer in self.rng.sample(loyal, k=18):
            since = max(referrer.purchase_days)
            friends = [
                friend
                for friend in buyers
                if friend.referred_by is None and max(friend.purchase_days) < since
            ]
            for friend in self.rng.sample(friends, k=min(len(friends), 2)):
                if friend is not referrer and self.rng.random() < 0.8:
                    friend.referred_by = referrer.key

    def plan(self, customers: list[Customer]) -> None:
        """Plan a few activities: some overdue, some for today, some to come."""
        self._begin("activities")
        looked_after = [c for c in customers[len(STORIES) :] if c.salesperson]
        for customer in self.rng.sample(looked_after, k=36):
            kind, summary = self.rng.choice(ACTIVITIES)
            in_days = self.rng.choice((-6, -2, -1, 0, 0, 0, 1, 2, 4, 7, 12))
            customer.activities.append(Activity(in_days, kind, summary))
