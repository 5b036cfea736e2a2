"""Which model to take: by each cost, the best of this library's against the best of the others."""

import math
from dataclasses import dataclass

from ..comparison import Comparison
from ..measurement import Measurement
from ..statistics import Interval, ratio_interval
from .kinds import is_ours
from .measured import first, on, runtimes

BYTES = "bytes"


@dataclass(frozen=True)
class Contender:
    """A model and what it takes: bytes, nanoseconds or instructions."""

    model: str
    accuracy: float
    cost: float


@dataclass(frozen=True)
class Contest:
    """The cheapest two of those that are accurate enough, by one cost.

    Attributes:
        place: a runtime or a core; `BYTES` for the size of the file.
        ours, theirs: one of this library's, and one of the others.
        interval: of `ratio`, where there is one.
    """

    place: str
    ours: Contender
    theirs: Contender
    interval: Interval | None = None

    @property
    def ratio(self) -> float:
        """What theirs takes over what ours takes."""
        return self.theirs.cost / self.ours.cost

    @property
    def alike(self) -> bool:
        """Whether neither is ahead: the interval holds 1, or without one it is near 1."""
        return alike(self.ratio, self.interval)

    @property
    def winners(self) -> tuple[Contender, ...]:
        """The one that is ahead, or both."""
        if self.alike:
            return self.ours, self.theirs
        return (self.ours if self.ratio > 1 else self.theirs,)


@dataclass(frozen=True)
class Beaten:
    """`model` of this library, and `by`, which is no less accurate and nowhere more costly."""

    model: str
    by: str


@dataclass(frozen=True)
class Decision:
    """What the report says first.

    Attributes:
        ours, theirs: the most accurate of each side; `cost` is its bytes.
        chance: a difference in accuracy which the test rows do not tell from none.
        bar: model whose accuracy a cheap one has to reach: the dense network, or the most
            accurate of this library's if that is worse.
        contests: by bytes, then runtime by runtime and core by core.
        beaten: models of this library that one of the others makes pointless, the most accurate
            first.
    """

    ours: Contender
    theirs: Contender
    chance: float
    bar: Contender
    contests: tuple[Contest, ...]
    beaten: tuple[Beaten, ...]

    @property
    def not_told_apart(self) -> bool:
        """Whether the two accuracies differ by no more than chance."""
        return abs(self.ours.accuracy - self.theirs.accuracy) <= self.chance

    @property
    def most_accurate(self) -> tuple[Contender, ...]:
        """The one to take, or both: the more accurate one, first."""
        if self.ours.model in (pair.model for pair in self.beaten):
            return (self.theirs,)
        both = tuple(sorted((self.ours, self.theirs), key=lambda side: -side.accuracy))
        return both if self.not_told_apart else both[:1]


def alike(ratio: float, interval: Interval | None = None) -> bool:
    """Whether a ratio is about 1."""
    return interval.holds(1) if interval else 0.95 < ratio < 1.05


def decide(comparison: Comparison) -> Decision | None:
    """The decision; None where not both sides were measured."""
    sides = {True: list[Contender](), False: list[Contender]()}
    for name, m in first(comparison).items():
        size = cost(comparison, BYTES, name) or math.inf
        sides[is_ours(comparison.model(name))].append(Contender(name, m.accuracy, size))
    if not all(sides.values()):
        return None
    ours, theirs = (max(sides[side], key=lambda c: (c.accuracy, -c.cost)) for side in (True, False))
    dense = [c for c in sides[False] if comparison.model(c.model)["network"] == "dense"]
    standard = next((c for c in dense if comparison.model(c.model)["dtype"] == "int8"), None)
    bar = min(ours, standard or (dense or [theirs])[0], key=lambda c: c.accuracy)
    enough = {
        side: [c for c in contenders if c.accuracy >= bar.accuracy]
        for side, contenders in sides.items()
    }
    found = [_contest(comparison, place, enough) for place in (BYTES, *runtimes(comparison))]
    contests = tuple(contest for contest in found if contest)
    ranked = sorted(sides[True], key=lambda c: -c.accuracy)
    beaten = [_beaten(comparison, contender, sides[False]) for contender in ranked]
    return Decision(
        ours,
        theirs,
        _chance(ours.accuracy, theirs.accuracy, comparison.dataset["rows"]),
        bar,
        contests,
        tuple(pair for pair in beaten if pair),
    )


def cost(comparison: Comparison, place: str, name: str) -> float | None:
    """What the model takes there, if that is known."""
    if place == BYTES:
        size: int | None = comparison.model(name)["bytes"]
        return size
    m = _there(comparison, place, name)
    return m.cost if m else None


def ratio_to(
    comparison: Comparison, place: str, name: str, other: str
) -> tuple[float, Interval | None] | None:
    """What `other` takes over what the model takes, with its interval; None if not known."""
    own, others = (cost(comparison, place, model) for model in (name, other))
    if not own or not others:
        return None
    ours, theirs = (_there(comparison, place, model) for model in (name, other))
    interval = None
    if ours and theirs and ours.latency and theirs.latency:
        interval = ratio_interval(theirs.latency.windows, ours.latency.windows)
    return others / own, interval


def _there(comparison: Comparison, place: str, name: str) -> Measurement | None:
    return next((m for m in on(comparison, place) if m.model == name), None)


def _contest(
    comparison: Comparison, place: str, enough: dict[bool, list[Contender]]
) -> Contest | None:
    cheapest = []
    for side in (True, False):
        priced = [
            Contender(c.model, c.accuracy, price)
            for c in enough[side]
            if (price := cost(comparison, place, c.model))
        ]
        if not priced:
            return None
        cheapest.append(min(priced, key=lambda c: c.cost))
    ours, theirs = cheapest
    ratio = ratio_to(comparison, place, ours.model, theirs.model)
    return Contest(place, ours, theirs, ratio and ratio[1])


def _beaten(comparison: Comparison, own: Contender, theirs: list[Contender]) -> Beaten | None:
    """By the smallest of the others that is ahead in bytes and somewhere else, behind nowhere."""
    rivals = [c for c in theirs if c.accuracy >= own.accuracy and c.cost < own.cost]
    for rival in sorted(rivals, key=lambda c: c.cost):
        gains = [
            gain
            for place in runtimes(comparison)
            if (gain := ratio_to(comparison, place, rival.model, own.model))
        ]
        apart = [ratio for ratio, interval in gains if not alike(ratio, interval)]
        if apart and min(apart) > 1:
            return Beaten(own.model, rival.model)
    return None


def _chance(first: float, second: float, rows: int) -> float:
    """Two standard errors of the difference of two fractions, as if of rows of their own."""
    return 1.96 * math.sqrt(sum(p * (1 - p) for p in (first, second)) / rows)
