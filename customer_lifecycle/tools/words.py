"""Shares as people say them: "1 in 20", "4 in 10". Pure Python, without Odoo."""

from math import log

#: What stands for "1 in N" above ten or so; nobody says "1 in 37".
SAID = (*range(1, 11), 12, 15, 20, 25, 30, 40, 50, 100)


def one_in(share: float) -> int:
    """Return the N of "1 in N" that people would say for a share; at most 100.

    :param share: 0 to 1

    >>> [one_in(share) for share in (1, 0.5, 0.3, 0.1, 0.085, 0.055, 0.021, 0.0001, 0)]
    [1, 2, 3, 10, 12, 20, 50, 100, 100]
    """
    if share <= 1 / SAID[-1]:
        return SAID[-1]
    return min(SAID, key=lambda said: abs(log(said * share)))


def tenths(share: float) -> int:
    """Return the N of "N in 10" for a share; 0 means few, 10 means nearly all.

    >>> [tenths(share) for share in (0, 0.049, 0.051, 0.149, 0.37, 0.949, 0.951, 1)]
    [0, 0, 1, 1, 4, 9, 10, 10]
    """
    return int(share * 10 + 0.5)
