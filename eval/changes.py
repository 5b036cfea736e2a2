"""What changed from one session to another, beyond what chance changes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np

from keras_tvscm.errors import InputError

from .comparison import Comparison
from .latency import Windows
from .measurement import Measurement
from .statistics import Interval, change_interval, drawn_ratios

Key = tuple[str, str]  # model, runtime


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
        bytes: of the file, after less before; None of a forest's C, which is no file.

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
    bytes: int | None

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
        agreeing: of the ratios to the dense int8 network, how many are the same in both sessions
            but for chance.
        ratios: how many there are.
        machine: by runtime, how much longer a fixed piece of work took in the second session.
    """

    changes: list[Change]
    agreeing: int
    ratios: int
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
    agree = _agreement(before, after, common)
    if not common:
        raise InputError("the sessions have no model and runtime in common; compare others")
    return Changes(
        [_change(before, old[key], after, new[key]) for key in common],
        sum(agree),
        len(agree),
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
    sizes = before.model(old.model)["bytes"], after.model(new.model)["bytes"]
    return Change(
        new.model,
        new.runtime,
        "ns" if new.latency else "instructions",
        old.cost or 0.0,
        new.cost or 0.0,
        *_ratio(before, old, after, new),
        100 * (new.accuracy - old.accuracy) if judged else None,
        None if None in sizes else sizes[1] - sizes[0],
    )


def _ratio(
    before: Comparison, old: Measurement, after: Comparison, new: Measurement
) -> tuple[float, Interval | None]:
    if not (old.latency and new.latency and old.latency.windows and new.latency.windows):
        return (new.cost or 0.0) / (old.cost or 1.0), None
    earlier = old.latency.windows, _speed(before, old)
    later = new.latency.windows, _speed(after, new)
    change = change_interval(drawn_ratios(*earlier, seed=0), drawn_ratios(*later, seed=1))
    return _ratio_of_medians(*later) / _ratio_of_medians(*earlier), change


def _speed(comparison: Comparison, m: Measurement) -> Windows:
    """What a fixed piece of work took in the same windows; one where that is not known."""
    windows = m.latency.windows if m.latency else []
    return comparison.spins.get(m.runtime) or [[1.0] * len(window) for window in windows]


def _agreement(before: Comparison, after: Comparison, common: Sequence[Key]) -> list[bool]:
    """Of each ratio to the dense int8 network, whether it is the same in both but for chance."""
    agree = []
    for key in common:
        ratios = []
        for seed, comparison in enumerate((before, after)):
            m = next(m for m in _measured(comparison) if (m.model, m.runtime) == key)
            dense = comparison.baseline(m.runtime, "int8")
            if dense and dense.latency and m.latency and dense.model != m.model:
                ratios.append(drawn_ratios(dense.latency.windows, m.latency.windows, seed))
        change = change_interval(*ratios) if len(ratios) == 2 else None
        if change:
            agree.append(change.holds(1))
    return agree


def _ratio_of_medians(numerator: Windows, denominator: Windows) -> float:
    return _median(numerator) / _median(denominator)


def _median(windows: Windows) -> float:
    return float(np.median(list(chain(*windows))))
