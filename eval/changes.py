"""What changed from one session to another, beyond what chance changes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np

from keras_tvscm.errors import InputError

from .compare import Comparison
from .latency import Windows
from .measurement import Measurement
from .statistics import Interval, change_interval


@dataclass(frozen=True)
class Change:
    """A model on a runtime or a core, in two sessions.

    Attributes:
        model, runtime: names.
        unit: "ns" of an inference, or "instructions".
        before, after: medians, or counts.
        ratio: `after` over `before`; of times by the machine's own speed in each session, which a
            fixed piece of work tells.
        interval: of `ratio`, 95 %; None where it cannot be drawn, or nothing is left to chance.
        accuracy: in points, after less before; None without both.
        bytes: of the file, after less before.

    Examples:

        >>> from keras_tvscm.eval.changes import changes
        >>> change = changes(comparison, comparison).changes[0]
        >>> change.ratio, change.bytes, change.sure
        (1.0, 0, False)
    """

    model: str
    runtime: str
    unit: str
    before: float
    after: float
    ratio: float
    interval: Interval | None
    accuracy: float | None
    bytes: int

    @property
    def sure(self) -> bool:
        """Whether chance does not explain it."""
        if self.unit == "instructions":
            return self.ratio != 1
        return self.interval is not None and not self.interval.holds(1)

    @property
    def verdict(self) -> str:
        """In a word."""
        if not self.sure:
            return "no change beyond noise"
        if self.unit == "instructions":
            return "more" if self.ratio > 1 else "fewer"
        return "slower" if self.ratio > 1 else "faster"

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict}


@dataclass(frozen=True)
class Changes:
    """`changes` of what both sessions measured; `before` and `after` name what only one did.

    Attributes:
        machine: by runtime, how much longer a fixed piece of work took in the second session.
    """

    changes: list[Change]
    machine: dict[str, float]
    before: list[str]
    after: list[str]

    def slower_than(self, share: float) -> list[Change]:
        """Those that are surely slower, or surely take more instructions, by more than a share."""
        return [change for change in self.changes if change.sure and change.ratio > 1 + share]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"changes": [change.to_json() for change in self.changes]}


def changes(before: Comparison, after: Comparison) -> Changes:
    """Compare two sessions, model by model and runtime by runtime, by name.

    Args:
        before, after: of one data set.

    Raises:
        InputError: of two data sets, or they have nothing in common.

    Examples:

        >>> from keras_tvscm.eval.changes import changes
        >>> [change.verdict for change in changes(comparison, comparison).changes]
        ['no change beyond noise']
    """
    if before.dataset["name"] != after.dataset["name"]:
        raise InputError(
            f"the sessions are of two data sets, {before.dataset['name']} and "
            f"{after.dataset['name']}; compare two of one"
        )
    old, new = ({(m.model, m.runtime): m for m in _measured(c)} for c in (before, after))
    common = [key for key in old if key in new]
    if not common:
        raise InputError("the sessions have no model and runtime in common; compare others")
    return Changes(
        [_change(before, old[key], after, new[key]) for key in common],
        {
            runtime: _median(after.spins[runtime]) / _median(before.spins[runtime])
            for runtime in before.spins
            if runtime in after.spins
        },
        [" on ".join(key) for key in old if key not in new],
        [" on ".join(key) for key in new if key not in old],
    )


def _measured(comparison: Comparison) -> Iterator[Measurement]:
    return (m for m in comparison.measurements if m.cost)


def _change(before: Comparison, old: Measurement, after: Comparison, new: Measurement) -> Change:
    judged = old.score and new.score
    return Change(
        new.model,
        new.runtime,
        "ns" if new.latency else "instructions",
        old.cost or 0.0,
        new.cost or 0.0,
        *_ratio(before, old, after, new),
        100 * (new.accuracy - old.accuracy) if judged else None,
        after.model(new.model)["bytes"] - before.model(old.model)["bytes"],
    )


def _ratio(
    before: Comparison, old: Measurement, after: Comparison, new: Measurement
) -> tuple[float, Interval | None]:
    if not (old.latency and new.latency and old.latency.windows and new.latency.windows):
        return (new.cost or 0.0) / (old.cost or 1.0), None
    earlier = _by_speed(old.latency.windows, before.spins.get(old.runtime))
    later = _by_speed(new.latency.windows, after.spins.get(new.runtime))
    return _median(later) / _median(earlier), change_interval(earlier, later)


def _by_speed(windows: Windows, spins: Windows | None) -> Windows:
    """Each window's figures over the median that a fixed piece of work took in it."""
    if not spins:
        return windows
    return [
        [value / float(np.median(spin)) for value in window]
        for window, spin in zip(windows, spins, strict=True)
    ]


def _median(windows: Windows) -> float:
    return float(np.median(list(chain(*windows))))
