"""Chance that can be repeated: drawn from a key, not from a clock.

Pure Python, without Odoo.
"""

import hmac
from collections.abc import Hashable, Iterable
from typing import TypeVar

Ticket = TypeVar("Ticket", bound=Hashable)

#: The bits of a float's fraction: as fine as a share can be.
FRACTION_BITS = 53


def share(key: str, *parts: object) -> float:
    """Return a number in [0, 1) that a key gives to some parts.

    Evenly spread, the same each time, and not to be guessed without the key:
    HMAC-SHA256, of which the first bits are the fraction.

    >>> share("key", 7, 12) == share("key", 7, 12)
    True
    >>> share("key", 7, 12) == share("key", 71, 2)
    False
    >>> below = sum(share("key", 1, number) < 0.15 for number in range(10_000))
    >>> 1_400 < below < 1_600
    True
    """
    # the length of each part goes before it: (7, 12) and (71, 2) are not the same
    message = "".join(f"{len(str(part))}:{part}" for part in parts)
    digest = hmac.digest(key.encode(), message.encode(), "sha256")
    return (int.from_bytes(digest[:8]) >> (64 - FRACTION_BITS)) / 2**FRACTION_BITS


def draw(seed: str, tickets: Iterable[Ticket], count: int) -> list[Ticket]:
    """Return the winners of a draw, the first one first.

    Each ticket has the same chance, whatever the order in which they come. The same
    seed and tickets give the same winners, so that anybody can repeat the draw.

    >>> winners = draw("seed", range(100), 3)
    >>> winners == draw("seed", reversed(range(100)), 3)
    True
    >>> winners == draw("another seed", range(100), 3)
    False
    >>> draw("seed", [8, 8, 8], 2)
    [8]
    """
    return sorted(set(tickets), key=lambda ticket: (share(seed, ticket), ticket))[
        : max(count, 0)
    ]
