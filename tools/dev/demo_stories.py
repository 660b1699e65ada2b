"""One customer for each stage and each level, easy to find and easy to tell."""

from __future__ import annotations

from dataclasses import dataclass

from demo_data import FIRST_TOUCHES, NEEDS, SALES, Activity, Lead


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
        "One order, for a reason that somebody wrote down: and it was solved.",
        days=(15,),
        need=NEEDS[2],
        salesperson="bruno",
    ),
    Story(
        "Relationship",
        "Hotel Vuelta a Casa",
        "restaurant",
        "Nine months of orders. Both sides know each other, and talk.",
        days=_every(30, 9, 280),
        need=NEEDS[3],
        salesperson="lucia",
    ),
    Story(
        "Trust",
        "Pastelería Mano a Mano",
        "café",
        "Two years in their rhythm, through a price rise and a late harvest, and "
        "every promise kept.",
        days=_every(21, 6, 720),
        need=NEEDS[4],
        salesperson="lucia",
    ),
    Story(
        "word broken",
        "Restaurante Mesa Coja",
        "restaurant",
        "Talked to us about everything, until nobody came to the opening of the "
        "terrace as promised.",
        days=_every(24, 7, 400),
        need=NEEDS[1],
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
