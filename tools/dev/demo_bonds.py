"""Invent how deep each relationship of the demo company is, and what it rests on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from demo_data import NEEDS, Customer

DEPTHS = ("product", "solution", "relationship", "trust")
#: Share of the customers with two purchases or more whose relationship is that deep.
SHARES = (0.42, 0.26, 0.18, 0.14)
#: Days as a customer before anybody relies on anybody.
TRUSTED_DAYS = 380
#: What a customer wrote, and what was answered.
LETTERS = (
    ("Could we move the delivery to Tuesday morning?", "Of course. Tuesday at nine."),
    (
        "The last bag tasted a little flat. Is it us or the coffee?",
        "Let us look at the grinder together on Thursday.",
    ),
    (
        "Two guests asked where our coffee is from.",
        "We will bring cards that tell it, for the tables.",
    ),
    ("We close for two weeks in August.", "Noted: nothing will arrive before."),
)
CALLS = (
    "Called: all well, the terrace opens next month.",
    "Called to hear how the new roast goes. They like it.",
    "Dropped in for a coffee. Met the new barista.",
)
IDEAS = (
    "Serve the decaf as an iced drink after lunch",
    "Grind finer on humid days: one step is enough",
    "Offer the filter coffee by the can at breakfast",
    "Swap the afternoon blend with the café next door for a week",
)
CARES = ("Steady quality, no surprises", "Fair trade with the growers", "Being on time")
TIMES = ("Mondays before nine", "After lunch", "Any day but Friday")
HOBBIES = (
    "Two children at the conservatory, plays the cello himself",
    "Climbs on Sundays; the dog is called Moka",
    "Grandson was born in spring",
)
#: What we promised: words, and how it ended.
PROMISES = (
    ("Bring a second grinder while theirs is repaired", "kept"),
    ("Send the tasting notes of the new harvest", "kept"),
    ("Deliver before the weekend of the fair", "kept"),
    ("Hold the price until the end of the quarter", "kept"),
)
#: What we promised, or the customer did, and is still to come.
OPEN_PROMISES = (
    ("Call with the price of the new harvest", "ours"),
    ("Come by and set the grinder", "ours"),
    ("Send two samples of the decaf", "ours"),
    ("Say which coffee the terrace gets", "theirs"),
    ("Return the borrowed grinder", "theirs"),
)
COMPLAINTS = ("Twice the wrong grind, and nobody called back.", "The coffee came late.")
BROKEN = "Be there for the opening of the terrace"
#: The story customer to whom it was not kept.
BROKEN_STORY = "word broken"
WORDS_OF_PRAISE = ("Always on time.", "They think along with us.", "")


@dataclass
class Contact:
    """Something said or written, ``days_ago`` days ago.

    ``kind`` is heard (by mail), answered (by mail) or call.
    """

    days_ago: int
    kind: str
    text: str


@dataclass
class Promise:
    """A promise; ``state`` is open, kept or broken, ``side`` ours or theirs.

    What is due later has a negative ``due_ago``.
    """

    name: str
    made_ago: int
    due_ago: int
    state: str
    side: str = "ours"


@dataclass
class Bond:
    """What the relationship with one customer rests on.

    Beside what was invented for it by its depth, there are open promises, and customers
    who are not content.
    """

    depth: str = DEPTHS[0]
    known: dict[str, str] = field(default_factory=dict)
    second_person: str = ""
    contacts: list[Contact] = field(default_factory=list)
    ideas: list[tuple[int, str]] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    rating: tuple[int, int, str] | None = None
    """Days ago, 1 to 5, and what was said to it."""

    @property
    def is_at_least(self) -> set[str]:
        """The rungs that are held."""
        return set(DEPTHS[: DEPTHS.index(self.depth) + 1])


def bind(customers: list[Customer], seed: int) -> dict[int, Bond]:
    """Return what binds each customer, by key; needs are written into their orders.

    Story customers are as deep as their name says.
    """
    return {
        customer.key: _bond(customer, random.Random(f"{seed} bond {customer.key}"))
        for customer in customers
    }


def _bond(customer: Customer, rng: random.Random) -> Bond:
    bond = Bond(_depth(customer, rng))
    held = bond.is_at_least
    if "solution" in held:
        _solve(customer, rng)
    elif customer.purchase_days and rng.random() < 0.1:
        _ask_in_vain(customer, rng)
    if "relationship" in held:
        _talk(customer, bond, rng)
    elif customer.salesperson and rng.random() < 0.3:
        bond.contacts = [Contact(rng.randint(3, 80), "call", rng.choice(CALLS))]
    if "trust" in held:
        _prove(bond, rng)
    if held & {"relationship"} and rng.random() < 0.3:
        name, side = rng.choice(OPEN_PROMISES)
        bond.promises.append(Promise(name, 6, rng.randint(-12, 2), "open", side))
    if bond.depth == "solution" and not customer.shows and rng.random() < 0.1:
        bond.rating = (rng.randint(1, 20), 1, rng.choice(COMPLAINTS))
    if customer.shows == BROKEN_STORY:
        bond.promises.append(Promise(BROKEN, 20, 6, "broken"))
    return bond


def _depth(customer: Customer, rng: random.Random) -> str:
    if customer.shows:
        told = customer.shows.lower()
        depth = {"advocacy": "trust", BROKEN_STORY: "relationship"}.get(told, told)
        return depth if depth in DEPTHS else DEPTHS[0]
    if len(customer.purchase_days) < 2:
        return DEPTHS[0]
    [depth] = rng.choices(DEPTHS, SHARES)
    if depth == "trust" and max(customer.purchase_days) < TRUSTED_DAYS:
        depth = "relationship"
    return depth


def _bought(customer: Customer) -> list:
    """Return the orders that are purchases, the oldest first."""
    orders = [
        order
        for order in customer.orders
        if order.state == "sale" and order.lines[0].quantity > 0
    ]
    return sorted(orders, key=lambda order: (-order.days_ago, order.minute))


def _solve(customer: Customer, rng: random.Random) -> None:
    """Have the need of one order written down, and answered."""
    orders = _bought(customer)
    noted = [order for order in orders if order.need] or orders[:1]
    for order in noted:
        order.need = order.need or rng.choice(NEEDS)
        order.need_state = "solved"


def _ask_in_vain(customer: Customer, rng: random.Random) -> None:
    """Have the need of the last order written down; it was not solved, or not asked."""
    last = _bought(customer)[-1]
    last.need = last.need or rng.choice(NEEDS)
    last.need_state = rng.choice(("open", "open", "open", "unsolved"))


def _talk(customer: Customer, bond: Bond, rng: random.Random) -> None:
    """Let both sides talk, and know each other."""
    person = customer.person.split()[0]
    bond.known = {
        "cares": rng.choice(CARES),
        "decider": customer.person,
        "time": rng.choice(TIMES),
    }
    if rng.random() < 0.5:
        bond.known["family"] = rng.choice(HOBBIES)
    if customer.segment.is_company:
        bond.second_person = f"{person}'s colleague at the bar"
    heard = rng.randint(4, 60)
    question, answer = rng.choice(LETTERS)
    bond.contacts = [
        Contact(heard + rng.randint(10, 50), "call", rng.choice(CALLS)),
        Contact(heard, "heard", question),
        Contact(max(1, heard - 1), "answered", answer),
    ]
    bond.ideas = [(rng.randint(10, 200), rng.choice(IDEAS))]


def _prove(bond: Bond, rng: random.Random) -> None:
    """Let promises be kept, and the customer say that it is content."""
    for number, (name, state) in enumerate(rng.sample(PROMISES, k=3)):
        due = 30 + 60 * number + rng.randint(0, 30)
        bond.promises.append(Promise(name, due + rng.randint(5, 20), due, state))
    bond.rating = (rng.randint(10, 150), 5, rng.choice(WORDS_OF_PRAISE))
