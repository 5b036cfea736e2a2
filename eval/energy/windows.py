"""The windows of a recording, in which inferences ran."""

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .marking import Marked, Stretch
from .trace import Trace


def cells(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The n + 1 ends of the time that each sample stands for: half way to its neighbours.

    Power times these lengths is the trapezoid's rule, but where a window begins or ends: there,
    power steps instead of running up a slope.
    """
    middle = (seconds[1:] + seconds[:-1]) / 2
    return np.concatenate((seconds[:1], middle, seconds[-1:]))


def find(trace: Trace, window: Marked | list[Stretch]) -> tuple[list[Stretch], list[Stretch]]:
    """The windows that lie whole in a recording, and those that its ends cut, in order.

    Raises:
        InputError: none is whole; seconds outside of the recording; a start inside a window, or
            a stop outside.
    """
    if isinstance(window, list):
        first, last = trace.seconds[[0, -1]]
        if window[0][0] < first or window[-1][1] > last:
            raise InputError(
                f"{trace.name} lasts from {first:g} to {last:g} s; expected windows inside"
            )
        return window, []
    if window.stop:
        whole, cut = _between(trace, window)
        missing = f"holds no '{window.start}' with a '{window.stop}' after it"
    else:
        whole, cut = _while_high(trace)
        missing = f"is {'always' if cut else 'never'} {window.start or 'high'}"
    if not whole:
        raise InputError(
            f"{trace.name}: {window.column} {missing}; expected a window that starts and ends in "
            "the recording"
        )
    return whole, cut


def _while_high(trace: Trace) -> tuple[list[Stretch], list[Stretch]]:
    high = trace.marks == 1
    edges = np.flatnonzero(np.diff(np.concatenate(([False], high, [False])).astype(np.int8)))
    first_and_next = edges.reshape(-1, 2)
    inside = (first_and_next[:, 0] > 0) & (first_and_next[:, 1] < len(high))
    ends = cells(trace.seconds)[first_and_next]
    return _stretches(ends[inside]), _stretches(ends[~inside])


def _between(trace: Trace, window: Marked) -> tuple[list[Stretch], list[Stretch]]:
    at = np.flatnonzero(trace.marks)
    marks, seconds = trace.marks[at], trace.seconds[at]
    twice = np.flatnonzero(np.diff(marks) == 0)
    if twice.size:
        again = twice[0] + 1
        raise InputError(
            f"{trace.name}: two of '{window.start if marks[again] == 1 else window.stop}' in a row "
            f"in {window.column}, the second at {seconds[again]:g} s; expected '{window.start}' "
            f"and '{window.stop}' in turn"
        )
    cut: list[Stretch] = []
    if marks.size and marks[0] == 2:
        cut.append((float(trace.seconds[0]), float(seconds[0])))
        marks, seconds = marks[1:], seconds[1:]
    if marks.size and marks[-1] == 1:
        cut.append((float(seconds[-1]), float(trace.seconds[-1])))
        seconds = seconds[:-1]
    return _stretches(seconds.reshape(-1, 2)), cut


def _stretches(ends: NDArray[np.float64]) -> list[Stretch]:
    return [(start, stop) for start, stop in ends.tolist()]
