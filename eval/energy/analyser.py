"""Energy of an inference as a power analyser measured it, and the file that says so."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from keras_tvscm.errors import InputError
from keras_tvscm.files import read_json
from keras_tvscm.machine import versions

from .figure import Energy
from .marking import Stretch
from .net import LEAST, Samples, net
from .trace import Trace
from .windows import cells

# Counts up where a key changes its name or meaning.
SCHEMA = 1
# A step so many times the usual one is a gap, in which nothing was recorded.
GAP = 5
# Fewer samples leave the ends of a window unknown by more than a tenth of it.
LEAST_SAMPLES = 10
# Pieces that a few windows, and idle time, are cut into, to see how they differ.
BLOCKS = 20


@dataclass(frozen=True)
class Analysed:
    """One inference of one model, out of one recording.

    Attributes:
        energy: of kind "measured_external"; its bounds are those of the interval.
        estimate_microjoules: between them.
        interval: how the bounds were come by.
        average_milliwatts: in the windows, idle power included.
        idle_milliwatts: what was subtracted.
        seconds: of all windows together.
        windows: how many.
        inferences: in each of them.
        cut: windows that were left out, as the recording began or ended in them.
        synthetic: True if the recording was made up.
        model_sha256: of the `.tflite` file that ran, in hexadecimal; None if it was not given.
    """

    energy: Energy
    estimate_microjoules: float
    interval: str
    average_milliwatts: float
    idle_milliwatts: float
    seconds: float
    windows: int
    inferences: int
    cut: int
    synthetic: bool
    model_sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        own = {name: value for name, value in vars(self).items() if name != "energy"}
        return {"schema": SCHEMA} | self.energy.to_json() | own | {"versions": versions()}


def analyse(
    trace: Trace,
    windows: tuple[Sequence[Stretch], Sequence[Stretch]],
    inferences: int,
    *,
    idle: Sequence[Stretch] | None = None,
    board: str | None = None,
    model_sha256: str | None = None,
) -> Analysed:
    """Energy of an inference beyond idle power, in a recording of many.

    Args:
        trace: the recording.
        windows: in which inferences ran, and which of them its ends cut; see `windows.find`.
        inferences: in each window, at least 1.
        idle: stretches in which none ran; by default all time outside the windows.
        board: the name of what was measured. Only figures of one board are compared.
        model_sha256: of the model that ran.

    Raises:
        InputError: no samples for a while within a window or idle stretch; a window too short;
            no idle time, or some of it in a window or outside the recording; no more power in
            the windows than outside.
    """
    whole, cut = windows
    gaps = _gaps(trace)
    busy = sorted([*whole, *cut])
    if idle is None:
        idle = _outside(trace, sorted([*busy, *gaps]))
    else:
        _check_idle(trace, idle, busy)
        _check_recorded(trace, idle, gaps)
    _check_recorded(trace, whole, gaps)
    fewest, start = min((_number(trace, window), window[0]) for window in whole)
    at_rest = sum(_number(trace, stretch) for stretch in idle)
    for what, number in ((f"the window at {start:.9g} s", fewest), ("the idle time", at_rest)):
        if number < LEAST_SAMPLES:
            raise InputError(
                f"{trace.name}: {what} has {number} samples; expected {LEAST_SAMPLES} at least: "
                "record for longer, or faster"
            )
    # A block holds an inference, and two samples, or it would be like its neighbour.
    blocks = 1 if len(whole) >= LEAST else min(BLOCKS, inferences, fewest // 2)
    active = _samples(trace, whole, blocks)
    resting = _samples(trace, idle, max(1, min(BLOCKS, at_rest // 2) // len(idle)))
    estimate, bounds = net(active, resting, inferences / blocks)
    if estimate <= 0:
        raise InputError(
            f"{trace.name}: {1000 * active.watts:.4g} mW in the windows, "
            f"{1000 * resting.watts:.4g} mW of idle power; expected more in the windows: do "
            "inferences run there?"
        )
    return Analysed(
        Energy("measured_external", bounds, _method(trace, board), trace.name),
        estimate,
        _interval(len(whole), blocks),
        1000 * active.watts,
        1000 * resting.watts,
        float(active.seconds.sum()),
        len(whole),
        inferences,
        len(cut),
        trace.synthetic,
        model_sha256,
    )


def read_energy(path: str | Path) -> Analysed:
    """What `tvscm energy` wrote.

    Raises:
        InputError: unreadable, of another schema or something else, or damaged.
    """
    values = read_json(path)
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        raise InputError(
            f"{path} is no energy of schema {SCHEMA}; expected a file that tvscm energy wrote"
        )
    try:
        energy = Energy.from_json(values)
        own = [values[field.name] for field in fields(Analysed)[1:]]
        for field, value in zip(fields(Analysed)[1:], own, strict=True):
            # No annotation here is a string, which mypy cannot know.
            if not isinstance(value, field.type):  # type: ignore[arg-type]
                raise TypeError(f"{field.name} is {value!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}; write it with tvscm energy") from error
    return Analysed(energy, *own)


def _gaps(trace: Trace) -> list[Stretch]:
    steps = np.diff(trace.seconds)
    at = np.flatnonzero(steps > GAP * np.median(steps))
    return [(float(trace.seconds[i]), float(trace.seconds[i + 1])) for i in at]


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _outside(trace: Trace, busy: Sequence[Stretch]) -> list[Stretch]:
    """What is left of a recording; `busy` is in order, and may overlap."""
    left: list[Stretch] = []
    at = float(trace.seconds[0])
    for start, stop in (*busy, (float(trace.seconds[-1]), np.inf)):
        if at < start:
            left.append((at, start))
        at = max(at, stop)
    return left


def _check_idle(trace: Trace, idle: Sequence[Stretch], busy: Sequence[Stretch]) -> None:
    first, last = trace.seconds[[0, -1]]
    for stretch in idle:
        if not first <= stretch[0] < stretch[1] <= last:
            raise InputError(
                f"{trace.name} lasts from {first:g} to {last:g} s; expected idle time inside"
            )
        if any(_overlap(stretch, window) for window in busy):
            raise InputError(
                f"{trace.name}: inferences run in the idle time from {stretch[0]:g} to "
                f"{stretch[1]:g} s; choose another"
            )


def _check_recorded(trace: Trace, stretches: Sequence[Stretch], gaps: Sequence[Stretch]) -> None:
    for stretch in stretches:
        # The last gap that starts before the stretch ends; both may be many.
        before = bisect_left(gaps, (stretch[1],)) - 1
        if before >= 0 and _overlap(stretch, gaps[before]):
            left, right = gaps[before]
            raise InputError(
                f"{trace.name}: no samples from {left:.9g} to {right:.9g} s, in what is to be "
                "measured; record again, or choose other windows"
            )


def _number(trace: Trace, stretch: Stretch) -> int:
    """Samples in it."""
    start, stop = np.searchsorted(trace.seconds, stretch)
    return int(stop - start)


def _samples(trace: Trace, stretches: Sequence[Stretch], blocks: int) -> Samples:
    """Energy and time of stretches, each cut into equal blocks."""
    ends = cells(trace.seconds)
    until = np.concatenate(([0.0], np.cumsum(trace.watts * np.diff(ends))))
    starts, stops = np.array(stretches).T
    bounds = np.linspace(starts, stops, blocks + 1)
    joules = np.diff(np.interp(bounds, ends, until), axis=0)
    return Samples(joules.ravel(), np.diff(bounds, axis=0).ravel())


def _method(trace: Trace, board: str | None) -> str:
    """What two figures must have in common to be compared."""
    volts = "recorded voltage" if trace.volts is None else f"{trace.volts:g} V"
    made_up = "synthetic, nothing was measured: " if trace.synthetic else ""
    return f"{made_up}power analyser, {board or 'board not named'}, {volts}, less idle power"


def _interval(windows: int, blocks: int) -> str:
    if windows * blocks < LEAST:
        return f"none: fewer than {LEAST} windows or inferences"
    if blocks == 1:
        return f"95 %, bootstrap over {windows} windows"
    return f"95 %, bootstrap over {windows * blocks} blocks of {windows} window{'s'[: windows > 1]}"
