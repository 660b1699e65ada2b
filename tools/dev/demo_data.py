"""The demo company's trade: names, products, kinds of customers, customers.

All people and companies are made up, and all addresses are at example.com.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

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
# Opportunities of this many euros are the manager's own.
MANAGER_AMOUNT = 1500.0
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
# What is bought one at a time.
SINGLES = ("Cold brew kit", "Grinder service", "Barista course, half a day")
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
# kind (of Odoo's own activity types) and summary
ACTIVITIES = (
    ("call", "Ask how the new lot is received"),
    ("call", "Agree on the order for next month"),
    ("email", "Send the tasting notes"),
    ("meeting", "Visit: adjust the grinder"),
    ("todo", "Prepare samples"),
)
LOST_REASONS = ("Too expensive", "Bought a coffee machine with capsules", "No answer")


@dataclass(frozen=True)
class Segment:
    """A kind of customer: how it is called, how often and what it buys.

    ``days`` is the range of the usual interval, ``units`` of the pieces per line,
    ``months`` the factor on the pace of a calendar month (1: as usual), ``tags`` those
    that fit.
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
    tags: tuple[str, ...]


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
        tags=TAGS[:4],
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
        tags=TAGS[1:4],
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
        tags=(TAGS[1], TAGS[2], TAGS[4]),
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
        tags=(TAGS[1], TAGS[2], TAGS[4]),
    ),
)

# What becomes of a customer, and how many in a hundred.
FATES = {
    "prospect": 16,
    "once": 15,
    "few": 13,
    "steady": 32,
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

    ``state`` is Odoo's: draft, sent, sale or cancel; ``need_state`` says whether it
    solved the need: open, solved or unsolved.
    """

    days_ago: int
    minute: int
    lines: list[Line]
    state: str = "sale"
    need: str = ""
    need_state: str = "open"


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
    shows: str = ""
    """What a story customer shows; see ``demo_stories.py``."""
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
