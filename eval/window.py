"""One window of the timing: every runtime is started afresh, and all models take turns."""

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.errors import CheckError

from .latency import Latency, Timed, Windows, calibrate, loops
from .runtimes import Loaded, Runtime, Window

# A model's bytes, and the row that it is timed on; zeros without one.
Input = tuple[bytes, NDArray[np.float32] | None]
CALL, SPIN = "(call)", "(spin)"


@dataclass(frozen=True)
class _Call:
    """The call into a runtime that does nothing, to be timed beside its inferences."""

    loaded: Loaded

    def time(self, times: int) -> float:
        return self.loaded.call(times) or 0.0


@dataclass(frozen=True)
class _Spin:
    """A fixed piece of work in a runtime's process."""

    window: Window

    def time(self, times: int) -> float:
        return sum(self.window.spin() or 0.0 for _ in range(times))


def measure(
    runtimes: Mapping[str, Runtime],
    models: Mapping[str, Mapping[str, Input]],
    rounds: int,
    seed: int,
    number: int,
) -> list[dict[str, Any]]:
    """Time every model on every runtime, in turns.

    Each window is a process's whole life: it loads the models, warms them up while it finds how
    many inferences take 2 ms, and times the rounds.

    Args:
        runtimes: by name.
        models: by runtime, by model.
        rounds: timed loops of each.
        seed, number: of the order in each round.

    Returns:
        A row for each model on each runtime, for a call into it (`CALL`) and a fixed piece of work
        (`SPIN`), JSON-ready: `runtime`, `model`, `inner` (inferences in a loop), `loops`
        (nanoseconds of an inference), `cold`.

    Raises:
        CheckError: a runtime that has run a model before does not any more.
    """
    models_loaded: dict[tuple[str, str], Loaded] = {}
    beside: dict[tuple[str, str], Timed] = {}
    with ExitStack() as stack:
        try:
            for name in (name for name in runtimes if models[name]):
                window = stack.enter_context(runtimes[name].open())
                loaded = {
                    model: window.load(content, row)
                    for model, (content, row) in models[name].items()
                }
                models_loaded |= {(name, model): timed for model, timed in loaded.items()}
                first = next(iter(loaded.values()))
                if first.call(1) is not None:
                    beside[name, CALL] = _Call(first)
                if window.spin() is not None:
                    beside[name, SPIN] = _Spin(window)
            turns = models_loaded | beside
            sessions = list(turns.values())
            inner = [calibrate(session) for session in sessions]
            draw = random.Random(1000 * seed + number)
            times = loops(sessions, inner, rounds, draw)
            cold = {key: timed.cold() for key, timed in models_loaded.items()}
        except Unavailable as error:
            raise CheckError(f"a runtime no longer runs what it ran before: {error}") from error
    return [
        {"runtime": name, "model": model, "inner": count, "loops": values}
        | {"cold": cold.get((name, model))}
        for (name, model), count, values in zip(turns, inner, times, strict=True)
    ]


def latency(taken: list[list[dict[str, Any]]], runtime: str, model: str) -> Latency | None:
    """What all windows say of a model on a runtime; None if it was not timed."""
    rows = [row for window in taken for row in window if _is(row, runtime, model)]
    if not rows:
        return None
    cold = [row["cold"] for row in rows if row["cold"] is not None]
    return Latency.of([row["loops"] for row in rows], rows[0]["inner"], cold)


def spins(taken: list[list[dict[str, Any]]], runtime: str) -> Windows:
    """Nanoseconds of the fixed piece of work, window by window."""
    return [row["loops"] for window in taken for row in window if _is(row, runtime, SPIN)]


def _is(row: dict[str, Any], runtime: str, model: str) -> bool:
    return (row["runtime"], row["model"]) == (runtime, model)
