"""The model of buying and leaving: MBG/CNBD with a mixture of regularities.

Pure Python, without Odoo. Each customer buys at a pace of its own, more or less
regularly, and after each purchase it may leave without saying so. The population says
how paces, regularities and the chance to leave are spread over the customers of a
company; what one customer did tells where in it this customer is.

Sources: Fader, Hardie, Lee (2005), BG/NBD; Batislam, Denizel, Filiztekin (2007),
MBG/NBD; Reutterer, Platzer, Schröder (2021), MBG/CNBD-k. The mixture over the
regularities is an extension. All times are season time (``season.py``), in days unless
said otherwise.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise
from math import exp, inf, lgamma, log, log1p
from typing import NamedTuple

from .season import EVEN_SEASON, Season

#: Regularities: how many unseen steps lie between two purchases. 1 is as irregular as
#: chance, 8 is like clockwork.
REGULARITIES = (1, 2, 3, 5, 8)
#: A regularity that is less likely than this for a customer is left out of its sums.
NEGLIGIBLE = 1e-3


@dataclass(frozen=True)
class Population:
    """How the customers of a company are spread.

    ``r, alpha``: shape and rate (days) of the Gamma distribution of paces; ``a, b``:
    Beta distribution of the chance to leave after a purchase; ``weights``: share of
    each of ``REGULARITIES``; ``typical_days``: median over the customers of the mean
    pause, in days; ``fickleness``: mean of the function of that name over the pauses
    that ended well; ``leaves_at_first``: whether a customer may leave after the first
    purchase already (MBG/NBD); without it, and with all weight on 1, it is BG/NBD.
    """

    r: float
    alpha: float
    a: float
    b: float
    weights: tuple[float, ...]
    season: Season = EVEN_SEASON
    typical_days: float = 90.0
    fickleness: float = 0.4
    leaves_at_first: bool = True

    @classmethod
    def default(cls, typical_days: float = 90.0, season: Season = EVEN_SEASON):
        """Return what is assumed of a company with too little history to tell.

        :param typical_days: usual pause of its customers
        """
        return cls(
            DEFAULT_R,
            DEFAULT_ALPHA * typical_days,
            DEFAULT_A,
            DEFAULT_B,
            DEFAULT_WEIGHTS,
            season,
            typical_days,
            fickleness(DEFAULT_B, DEFAULT_REPEATS),
        )

    def to_dict(self) -> dict:
        """Return the population as values that JSON can hold."""
        values = asdict(self)
        values["weights"] = list(self.weights)
        values["season"] = list(self.season.factors)
        return values

    @classmethod
    def from_dict(cls, values: dict):
        """Return the population that ``to_dict`` wrote, maybe of an earlier version.

        What did not exist then has its default; what exists no more is left out.
        """
        names = cls.__dataclass_fields__.keys() & values.keys()
        known = {name: values[name] for name in names}
        known["weights"] = tuple(values["weights"])
        known["season"] = Season(tuple(values["season"]))
        return cls(**known)


#: Read off fits of two order histories, a CD shop's and a gift wholesaler's (see
#: BENCHMARKS.md): the middle of both, ``alpha`` in typical pauses.
DEFAULT_R, DEFAULT_ALPHA, DEFAULT_A, DEFAULT_B = 0.75, 1.0, 0.3, 2.0
DEFAULT_WEIGHTS = (0.6, 0.25, 0.1, 0.04, 0.01)
#: Purchases after the first of the customer who makes a usual pause.
DEFAULT_REPEATS = 5


class Summary(NamedTuple):
    """What the model needs to know of one customer, in season time.

    ``x``: purchases after the first; ``span``: from the first to the last; ``log_sum``:
    sum of the logarithms of the pauses between. ``first, last``: ordinals.
    """

    x: int
    span: float
    log_sum: float
    first: int
    last: int


class Pace(NamedTuple):
    """What is known of one customer's pace if it buys with regularity ``k``.

    ``share``: how likely that regularity is; ``shape`` and ``rate`` of the Gamma
    distribution of its pace.
    """

    share: float
    k: int
    shape: float
    rate: float


def survival(k: int, shape: float, rate: float, pause: float) -> float:
    """Return the chance that a normal pause is longer than ``pause``.

    >>> round(survival(1, 2.0, 10.0, 10.0), 6)
    0.25
    >>> survival(3, 2.0, 10.0, 0.0)
    1.0
    """
    z = k * pause / (rate + k * pause)
    if z >= 1.0:
        return 0.0
    term = total = 1.0
    for j in range(1, k):
        term *= z * (shape + j - 1) / j
        total += term
    return min(1.0, total * exp(shape * log1p(-z)))


def paces(population: Population, x: int, span: float, log_sum: float) -> list[Pace]:
    """Return what a customer's purchases tell of its regularity and pace.

    :param x, span, log_sum: as in ``Summary``
    """
    logs = []
    for k, weight in zip(REGULARITIES, population.weights, strict=True):
        if weight <= 0.0:
            continue
        shape = population.r + k * x
        rate = population.alpha + k * span
        likelihood = log(weight) + _pace_log(k, x, log_sum, shape, rate)
        logs.append((likelihood, k, shape, rate))
    best = max(likelihood for likelihood, *_pace in logs)
    shares = [exp(likelihood - best) for likelihood, *_pace in logs]
    least = NEGLIGIBLE * sum(shares)
    kept = [
        (share, pace[1:])
        for share, pace in zip(shares, logs, strict=True)
        if share >= least
    ]
    total = sum(share for share, _pace in kept)
    return [Pace(share / total, *pace) for share, pace in kept]


def _pace_log(k: int, x: int, log_sum: float, shape: float, rate: float) -> float:
    """Return the log-likelihood of the pauses between purchases, up to a constant."""
    steps = k * x * log(k) + (k - 1) * log_sum - x * lgamma(k)
    return steps + lgamma(shape) - shape * log(rate)


def stays(population: Population, x: int) -> tuple[float, float]:
    """Return the odds ``(leaves, stays)`` after the latest purchase.

    Their ratio, with the second times the chance of the pause, is the odds of a
    customer who has left.
    """
    if population.leaves_at_first:
        return population.a, population.b + x
    # BG/NBD: whoever bought once only cannot have left
    return (population.a, population.b + x - 1) if x else (0.0, 1.0)


def fickleness(b: float, x: int) -> float:
    """Return how easily a customer leaves after ``x`` purchases after the first.

    The square root of what the chance to leave is in proportion to: half-way between
    warning of all pauses alike and warning where most is lost for the fewest good
    pauses disturbed. Measured in BENCHMARKS.md.
    """
    return (b + x) ** -0.5


def log_parts(population: Population, x, span, log_sum, pause) -> list[float]:
    """Return the log-likelihood of one customer by regularity, its weight included.

    Regularities without weight are left out.
    """
    leaves, keeps = stays(population, x)
    parts = []
    for k, weight in zip(REGULARITIES, population.weights, strict=True):
        if weight <= 0.0:
            continue
        shape, rate = population.r + k * x, population.alpha + k * span
        odds = leaves + keeps * survival(k, shape, rate, pause)
        parts.append(
            log(weight) + _pace_log(k, x, log_sum, shape, rate) + log(odds)
            if odds > 0.0
            else -inf
        )
    common = _common_log(population, x) - log(leaves + keeps)
    return [part + common for part in parts]


def _common_log(population: Population, x: int) -> float:
    """Return what is common to all regularities: pace's constant, past decisions."""
    r, a, b = population.r, population.a, population.b
    past = x if population.leaves_at_first else max(x - 1, 0)
    pace = r * log(population.alpha) - lgamma(r)
    return pace + lgamma(b + past) - lgamma(a + b + past) - lgamma(b) + lgamma(a + b)


def log_sum_exp(logs: list[float]) -> float:
    """Return the logarithm of the sum of what ``logs`` are logarithms of.

    >>> round(exp(log_sum_exp([log(2), log(3)])), 9)
    5.0
    """
    best = max(logs)
    return best if best == -inf else best + log(sum(exp(one - best) for one in logs))


def log_likelihood(population: Population, x, span, log_sum, pause) -> float:
    """Return the log-likelihood of one customer's purchases and present pause.

    With all weight on regularity 1 and without leaving at first, it is that of the
    BG/NBD paper, table 1.
    """
    return log_sum_exp(log_parts(population, x, span, log_sum, pause))


def summarize(history, season: Season = EVEN_SEASON) -> Summary:
    """Return what the model needs to know of a customer: sums over its pauses.

    :param history: distinct days of purchase (ordinals), ascending, at least one

    >>> summarize([100, 101, 131])._replace(log_sum=None)
    Summary(x=2, span=31.0, log_sum=None, first=100, last=131)
    >>> round(summarize([100, 101, 131]).log_sum, 6) == round(log(30), 6)
    True
    """
    times = [season.time(day) for day in history]
    log_sum = sum(log(after - before) for before, after in pairwise(times))
    return Summary(
        len(history) - 1,
        float(times[-1] - times[0]),
        log_sum,
        history[0],
        history[-1],
    )
