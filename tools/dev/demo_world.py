"""Invent the demo company: a coffee roaster, its customers and two years of orders.

No Odoo and no clock here: from a seed and a day it makes plain records, the same ones
every time. All days are counted back from that day, so the company always lives now.
All people and companies are made up, and all addresses are at example.com.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

SEED = 20
HISTORY_DAYS = 730
CUSTOMERS = 300
COMPANY_NAME = "Tostadero Brezal"
MANAGER = "manager"
SALES = "sales"
# login: name, sales team, sees all documents
SALESPEOPLE = {
    SALES: ("Mateo Ribas", "Cafés and Restaurants", False),
    "lucia": ("Lucía Arteaga", "Cafés and Restaurants", True),
    "bruno": ("Bruno Galdós", "Offices and Homes", True),
}
MANAGER_NAME = "Elena Quiroga"
TEAMS = ("Cafés and Restaurants", "Offices and Homes")

# name: list price in euros
PRODUCTS = {
    "House espresso, 1 kg": 19.50,
    "Breakfast blend, 1 kg": 17.90,
    "Ethiopia Guji, 1 kg": 27.00,
    "Colombia Huila, 1 kg": 24.50,
    "Decaf Honduras, 1 kg": 22.80,
    "Guatemala Antigua, 250 g": 9.20,
    "Ethiopia Guji, 250 g": 9.80,
    "House espresso, 250 g": 6.40,
    "Office box, 6 kg": 104.00,
    "Cold brew kit": 38.00,
    "Filter papers, 100": 5.60,
    "Grinder service": 75.00,
    "Barista course, half a day": 140.00,
    "Tasting box": 29.00,
}

# city, country code, zip code
SPANISH_CITIES = (
    ("Valencia", "ES", "46003"),
    ("Valencia", "ES", "46006"),
    ("Madrid", "ES", "28012"),
    ("Zaragoza", "ES", "50001"),
    ("Castellón", "ES", "12001"),
    ("Alicante", "ES", "03002"),
    ("Teruel", "ES", "44001"),
    ("Granada", "ES", "18009"),
    ("Bilbao", "ES", "48005"),
    ("Palma", "ES", "07001"),
)
FOREIGN_CITIES = (
    ("Porto", "PT", "4050-012"),
    ("Lisboa", "PT", "1200-192"),
    ("Toulouse", "FR", "31000"),
    ("Bordeaux", "FR", "33000"),
    ("Freiburg", "DE", "79098"),
    ("Utrecht", "NL", "3511"),
)
GIVEN_NAMES = tuple(
    "Adela Aitor Alba Álvaro Amaia Andrés Ariadna Beatriz Carlos Carmen Clara Darío "
    "Diego Elisa Enric Eva Fátima Gonzalo Helena Hugo Inés Irene Jimena Joan Julia "
    "Laia Leire Lola Marc Marta Mireia Nadia Nerea Noa Nuria Óscar Pablo Paula Rocío "
    "Rubén Sara Saúl Silvia Teo Tomás Vega Víctor Xavier Yago Zoe".split()
)
SURNAMES = tuple(
    "Abellán Aguirre Alcázar Aldana Amorós Barrera Bautista Belmonte Bernal Cabanes "
    "Calatayud Carmona Casals Cebrián Cordero Domènech Esteve Etxeberria Ferrer "
    "Gallardo Garrido Herráiz Ibáñez Izquierdo Lafuente Lizarra Llorens Maldonado "
    "Mendieta Miralles Montero Navajas Olmedo Otero Palacios Pascual Peral Quintana "
    "Robles Salinas Sanchis Segura Soler Tarín Urrutia Valero Vidal Yuste".split()
)
FOREIGN_PEOPLE = {
    "PT": ("Joana Almeida", "Rui Carvalho", "Inês Moura", "Tiago Sequeira"),
    "FR": ("Camille Roussel", "Antoine Mercier", "Léa Fontaine", "Hugo Delmas"),
    "DE": ("Katrin Vogel", "Jonas Lindner", "Miriam Sauer", "Felix Brandt"),
    "NL": ("Sanne Visser", "Daan Hoekstra", "Lotte Brouwer", "Bram Kuipers"),
}
BUSINESS_WORDS = tuple(
    "Azahar Alameda Almendro Arrecife Atalaya Brújula Buganvilla Candela Caracola "
    "Cereza Cometa Duna Encina Enredadera Espiga Estación Faro Farola Gaviota Glorieta "
    "Golondrina Granada Higuera Hoja Lagar Laurel Limonero Lirio Luciérnaga Madreselva "
    "Marea Mirador Molino Mosaico Naranjo Nube Olivo Palmera Patio Pérgola Plaza "
    "Quinta Romero Salina Sombra Tejado Terraza Tilo Trébol Veleta Viña Zarza".split()
)
TAGS = ("Specialty café", "Organic only", "Decaf", "Barista course", "Gift buyer")
NEEDS = (
    "A coffee that tastes the same whoever is at the machine.",
    "Guests ask for a decaf that is worth ordering.",
    "Nobody in the office wants to think about ordering coffee.",
    "A filter coffee for breakfast that can stand for an hour.",
    "Wants to bake with it: a dark roast without bitterness.",
    "A present for clients that is not one more bottle of wine.",
)
# source, medium, campaign
FIRST_TOUCHES = (
    ("Coffee fair", "Direct", "Autumn tasting"),
    ("Coffee fair", "Direct", "Spring tasting"),
    ("Recommendation", "Phone", ""),
    ("Search engine", "Website", ""),
    ("Newsletter", "Email", "Christmas boxes"),
    ("Newsletter", "Email", "Office coffee week"),
    ("Shop window", "Direct", ""),
)
LOST_REASONS = ("Too expensive", "Bought a coffee machine with capsules", "No answer")


@dataclass(frozen=True)
class Segment:
    """A kind of customer: how it is called, how often and what it buys.

    ``days`` is the range of the usual interval, ``units`` of the pieces per line,
    ``months`` the factor on the pace of a calendar month (1: as usual).
    """

    name: str
    share: float
    is_company: bool
    titles: tuple[str, ...]
    team: str
    days: tuple[int, int]
    products: tuple[str, ...]
    units: tuple[int, int]
    months: dict[int, float]


SEGMENTS = (
    Segment(
        name="café",
        share=0.17,
        is_company=True,
        titles=("Café", "Cafetería", "Pastelería", "Horno"),
        team=TEAMS[0],
        days=(7, 18),
        products=(
            "House espresso, 1 kg",
            "Ethiopia Guji, 1 kg",
            "Colombia Huila, 1 kg",
            "Decaf Honduras, 1 kg",
            "Cold brew kit",
            "Grinder service",
            "Barista course, half a day",
        ),
        units=(2, 8),
        months={7: 1.15, 8: 0.8, 12: 1.1},
    ),
    Segment(
        name="restaurant",
        share=0.15,
        is_company=True,
        titles=("Restaurante", "Taberna", "Hotel", "Casa"),
        team=TEAMS[0],
        days=(14, 32),
        products=(
            "House espresso, 1 kg",
            "Breakfast blend, 1 kg",
            "Decaf Honduras, 1 kg",
            "Filter papers, 100",
            "Grinder service",
        ),
        units=(2, 7),
        months={1: 0.75, 2: 0.8, 7: 1.25, 8: 1.35, 12: 1.2},
    ),
    Segment(
        name="office",
        share=0.18,
        is_company=True,
        titles=("Estudio", "Gestoría", "Clínica", "Taller"),
        team=TEAMS[1],
        days=(26, 45),
        products=(
            "Office box, 6 kg",
            "Breakfast blend, 1 kg",
            "Decaf Honduras, 1 kg",
            "Filter papers, 100",
        ),
        units=(1, 4),
        months={8: 0.35, 12: 0.8},
    ),
    Segment(
        name="home",
        share=0.50,
        is_company=False,
        titles=(),
        team=TEAMS[1],
        days=(24, 65),
        products=(
            "Ethiopia Guji, 250 g",
            "Guatemala Antigua, 250 g",
            "House espresso, 250 g",
            "House espresso, 1 kg",
            "Tasting box",
            "Filter papers, 100",
        ),
        units=(1, 3),
        months={8: 0.6, 11: 1.2, 12: 1.6},
    ),
)

# What becomes of a customer, and how many in a hundred.
FATES = {
    "prospect": 17,
    "once": 10,
    "few": 13,
    "steady": 36,
    "due": 6,
    "slipping": 6,
    "lapsed": 12,
}


@dataclass
class Line:
    """A product and how many of it; negative for a return."""

    product: str
    quantity: int


@dataclass
class Order:
    """An order or quotation, ``days_ago`` days before today at ``minute`` of the day.

    ``state`` is Odoo's: draft, sent, sale or cancel.
    """

    days_ago: int
    minute: int
    lines: list[Line]
    state: str = "sale"
    need: str = ""


@dataclass
class Lead:
    """How a customer was met, or what is being sold to it now.

    ``status`` is lead, open, won or lost; ``amount`` in euros.
    """

    days_ago: int
    title: str
    amount: float
    status: str
    stage: int = 0
    touch: tuple[str, str, str] = ("", "", "")


@dataclass
class Activity:
    """Something to do on the card: negative days are overdue."""

    in_days: int
    kind: str
    summary: str


@dataclass
class Customer:
    """A customer with everything that happened. ``key`` is its place in the list."""

    key: int
    segment: Segment
    name: str
    city: tuple[str, str, str]
    person: str
    orders: list[Order] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    salesperson: str | None = None
    referred_by: int | None = None
    comment: str = ""
    put_by_hand: str = ""
    """Code of the stage to which the manager moved the card."""

    @property
    def email(self) -> str:
        """A made-up address that belongs to nobody."""
        if self.segment.is_company:
            return f"hola@{ascii_name(self.name)}.example.com"
        return f"{ascii_name(self.name, '.')}@example.com"

    @property
    def purchase_days(self) -> set[int]:
        """Days ago on which it bought."""
        return {
            order.days_ago
            for order in self.orders
            if order.state == "sale" and order.lines[0].quantity > 0
        }


def ascii_name(name: str, joiner: str = "") -> str:
    """Return a name as it can stand in an address.

    >>> ascii_name("Inés Peral", "."), ascii_name("Café Azahar (story: Growth)")
    ('ines.peral', 'cafeazahar')
    """
    plain = unicodedata.normalize("NFKD", name.split("(")[0].lower())
    words = "".join(
        char for char in plain if char.isascii() and (char.isalnum() or char == " ")
    )
    return joiner.join(words.split())


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
            customer.tags = [self.rng.choice(TAGS)]
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
            return [rng.randint(2, 55)]
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

        Pauses vary around the usual one, and are shorter in a busy month.
        """
        regularity = self.rng.uniform(6, 30)
        ago = float(first)
        while ago > last + usual * 0.4:
            yield round(ago)
            month = (self.today - timedelta(days=round(ago))).month
            pace = segment.months.get(month, 1.0)
            pause = self.rng.gammavariate(regularity, usual / regularity) / pace
            ago -= max(pause, 1.0)
        yield last

    def _order(self, customer: Customer, days_ago: int, favourites: list[str]) -> Order:
        rng = self.rng
        count = rng.choices((1, 2, 3), (5, 4, 1))[0]
        lines = [
            Line(product, rng.randint(*customer.segment.units))
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


# kind (of Odoo's own activity types) and summary
ACTIVITIES = (
    ("call", "Ask how the new lot is received"),
    ("call", "Agree on the order for next month"),
    ("email", "Send the tasting notes"),
    ("meeting", "Visit: adjust the grinder"),
    ("todo", "Prepare samples"),
)


@dataclass(frozen=True)
class Story:
    """A customer that shows one thing.

    ``days`` are its purchases and ``quotation`` its open quotation, in days ago;
    ``brought_by`` is what the customer shows who referred it.
    """

    shows: str
    name: str
    segment: str
    tale: str
    days: tuple[int, ...] = ()
    salesperson: str = SALES
    need: str = ""
    quotation: int | None = None
    leads: tuple[Lead, ...] = ()
    activities: tuple[Activity, ...] = ()
    brought_by: str = ""
    put_by_hand: str = ""


def _every(days: int, last: int, first: int) -> tuple[int, ...]:
    """Return days ago from ``first`` to ``last`` in steps.

    >>> _every(10, 3, 30)
    (23, 13, 3)
    """
    return tuple(sorted(range(last, first + 1, days), reverse=True))


STORIES = (
    Story(
        "Acquisition",
        "Café Primer Sorbo",
        "café",
        "Met at the coffee fair, tasted three coffees, has a quotation and has not "
        "bought yet.",
        quotation=6,
        leads=(
            Lead(
                days_ago=16,
                title="Café Primer Sorbo: espresso for the new bar",
                amount=1800.0,
                status="open",
                stage=2,
                touch=FIRST_TOUCHES[0],
            ),
        ),
        activities=(Activity(0, "call", "Ask what they thought of the samples"),),
    ),
    Story(
        "Conversion",
        "Café Primera Taza",
        "café",
        "Bought for the first time last week. The second purchase decides.",
        days=(8,),
        leads=(
            Lead(
                days_ago=21,
                title="Café Primera Taza: first order",
                amount=400.0,
                status="won",
                touch=FIRST_TOUCHES[3],
            ),
        ),
        activities=(Activity(-1, "call", "Ask whether the first delivery was right"),),
        brought_by="Advocacy",
    ),
    Story(
        "Growth",
        "Taberna Segunda Ronda",
        "restaurant",
        "Came back twice, each time for one coffee more.",
        days=(47, 26, 5),
        activities=(Activity(3, "email", "Recipe for a cold brew on the terrace"),),
        brought_by="Advocacy",
    ),
    Story(
        "Retention",
        "Cafetería Cada Lunes",
        "café",
        "A kilo more each season, every fortnight, and never a day late.",
        days=_every(14, 4, 340),
        need=NEEDS[0],
    ),
    Story(
        "Advocacy",
        "Horno Boca a Boca",
        "café",
        "Buys every ten days and has sent two colleagues who buy as well.",
        days=_every(10, 2, 500),
        need=NEEDS[1],
    ),
    Story(
        "Reactivation",
        "Restaurante Hasta Luego",
        "restaurant",
        "Bought every three weeks for a year, and has not been back for months.",
        days=_every(21, 160, 560),
        activities=(Activity(-4, "call", "Ask what happened"),),
    ),
    Story(
        "Product",
        "Gestoría Solo Café",
        "office",
        "One order, chosen by price. Nobody has asked yet what it is for.",
        days=(12,),
        salesperson="bruno",
    ),
    Story(
        "Solution",
        "Clínica Buen Sabor",
        "office",
        "One order, but for a reason that somebody wrote down.",
        days=(15,),
        need=NEEDS[2],
        salesperson="bruno",
    ),
    Story(
        "Relationship",
        "Hotel Vuelta a Casa",
        "restaurant",
        "Nine months of orders, and they call before they run out.",
        days=_every(30, 9, 280),
        need=NEEDS[3],
        salesperson="lucia",
    ),
    Story(
        "Trust",
        "Pastelería Mano a Mano",
        "café",
        "Two years in their rhythm, through a price rise and a late harvest.",
        days=_every(21, 6, 720),
        need=NEEDS[4],
        salesperson="lucia",
    ),
    Story(
        "moved by hand",
        "Casa Palabra Dada",
        "restaurant",
        "Three purchases so far, but the plan for the year is signed: the manager put "
        "the card into Retention.",
        days=(50, 31, 10),
        need="A fixed price for the whole season.",
        put_by_hand="retention",
    ),
)
