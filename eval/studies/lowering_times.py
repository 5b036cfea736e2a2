"""Tables of costs for `convert`, measured; and how well they pick the fastest lowering.

Networks of one TVSCM layer and a head, and networks of filters with pooling between, are lowered
in every way that there is, and timed twice on each runtime. The table is fitted to the first
times; the second say what its choices cost.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.choose.costs import Costs, fit
from keras_tvscm.convert.lower.model import candidates, lower
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.runtimes import InProcess, Unavailable
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import networks
from keras_tvscm.models.freezing import freeze, trained_pattern_layers
from keras_tvscm.progress import Progress, announcing, silent

from ..latency import Timed, measure
from ..runtimes import OnDevice, Runtime, find

RUNTIMES = ("litert-xnnpack", "tflm")
WIDTHS = (64, 187, 784, 1000, 1024)
PATTERNS = (
    *("banded", "complete", "half:seed=3", "learned"),
    *("random:k=1,seed=15", "random:k=4,seed=1", "random:k=16,seed=1"),
)
NETWORKS = ("stack", "fast")
# Widths that are an image; others are signals.
IMAGES = {64: (8, 8), 784: (28, 28), 1024: (32, 32)}
DTYPES = ("int8", "float32")
CLASSES = 10
WITHIN = 1.1


@dataclass(frozen=True)
class Variant:
    """One way to compute one layer.

    Attributes:
        n, pattern, dtype: the case; in place of a pattern one of `NETWORKS`.
        lowering: the way; of a network of filters, that of its first layer.
        content: of the network as a `.tflite` file.
    """

    n: int
    pattern: str
    dtype: str
    lowering: str
    content: bytes


def variants(n: int, pattern: str, dtype: str) -> list[Variant]:
    """All that can be had of a layer and a head, or of a network, with drawn weights."""
    keras.utils.set_random_seed(0)
    if pattern in NETWORKS:
        model = networks.build(pattern, networks.Task(n, CLASSES, n, IMAGES.get(n)))
    else:
        layer = TVSCM(pattern, activation="relu")
        model = keras.Sequential([keras.Input((n,)), layer, keras.layers.Dense(CLASSES)])
    if trained_pattern_layers(model):
        model = freeze(model)
    # Of both signs: some unit fires, whatever the pattern.
    x = np.random.default_rng(0).normal(size=(20, n)).astype(np.float32)
    placement = placements(model)[0]
    known = []
    for name, reason in candidates(placement).items():
        if reason is not None:
            continue
        try:
            lowered = lower(model, {placement.name: name})
            content = to_float32(lowered) if dtype == "float32" else to_int8(lowered, x)
        except (InputError, CheckError):
            continue
        known.append(Variant(n, pattern, dtype, name, content))
    return known


def times(
    case: Sequence[Variant], runtime: str | Runtime, rounds: int, seed: int
) -> dict[str, float]:
    """Median nanoseconds by lowering, those of one case interleaved; without what cannot run.

    Args:
        case: ways to compute one layer.
        runtime: one of RUNTIMES, in this process; or one that is somewhere else.
        rounds: timed loops of each.
        seed: of the order.
    """
    sessions: dict[str, Timed] = {}
    with ExitStack() as stack:
        window = None if isinstance(runtime, str) else stack.enter_context(runtime.open())
        for variant in case:
            given = variant.content, _row(variant.n)
            try:
                sessions[variant.lowering] = (
                    window.load(*given) if window else InProcess(str(runtime), *given)
                )
            except Unavailable:
                continue
        latencies = measure(list(sessions.values()), rounds, seed)
    return {name: latency.median for name, latency in zip(sessions, latencies, strict=True)}


def _row(n: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(size=n).astype(np.float32)


def calibrate(
    *,
    runtimes: Sequence[str] = RUNTIMES,
    widths: Sequence[int] = WIDTHS,
    patterns: Sequence[str] = (*PATTERNS, *NETWORKS),
    dtypes: Sequence[str] = DTYPES,
    rounds: int = 30,
    progress: Progress = silent,
    command: str = "",
) -> tuple[list[Costs], dict[str, Any]]:
    """Measure every case, fit a table a runtime, and measure again what it would choose.

    Args:
        runtimes: of RUNTIMES, or such as `runtimes.find` takes: `android:SERIAL`. A table has the
            name before the colon.
        widths, patterns, dtypes: of the cases.
        rounds: timed loops of each lowering.
        progress: called before each case is lowered, and each time that it is timed.
        command: recorded beside the figures.

    Returns:
        The tables, and a JSON-ready record with machine and versions.

    Raises:
        InputError: networks of filters alone, and no runtime on which they have a choice.
    """
    asked = [(n, pattern, dtype) for dtype in dtypes for n in widths for pattern in patterns]
    on = {name: [case for case in asked if _has_choice(name, case[1])] for name in runtimes}
    on = {name: listed for name, listed in on.items() if listed}
    if not on:
        raise InputError(
            f"On {', '.join(runtimes)} nothing is chosen for {' and '.join(patterns)}; "
            "give another pattern or runtime"
        )
    announce = announcing(progress, len(asked) + 2 * sum(map(len, on.values())))
    elsewhere = {name: find(name) for name in on if name not in RUNTIMES}
    known = {}
    for n, pattern, dtype in asked:
        announce(f"lowering {pattern}, n = {n}, {dtype}")
        known[n, pattern, dtype] = variants(n, pattern, dtype)
    tables, rows = [], []
    for runtime in on:
        cases = [known[case] for case in on[runtime]]
        turns: list[list[dict[str, float]]] = []
        for turn in range(2):
            turns.append([])
            for case in cases:
                announce(f"{runtime}, turn {turn + 1} of 2")
                turns[turn].append(times(case, elsewhere.get(runtime, runtime), rounds, seed=turn))
        first, again = turns
        pairs = [
            (variant.content, measured[variant.lowering])
            for case, measured in zip(cases, first, strict=True)
            for variant in case
            if variant.lowering in measured
        ]
        kind = runtime.partition(":")[0]
        costs = fit(kind, [content for content, _ in pairs], [ns for _, ns in pairs])
        tables.append(costs)
        for case, measured in zip(cases, again, strict=True):
            rows.append(_case(costs, case, measured))
    return tables, {
        "command": command,
        "rounds": rounds,
        "rows": rows,
        "machine": machine(),
        "versions": versions(),
        "places": {name.partition(":")[0]: there.place for name, there in elsewhere.items()},
        "devices": {
            name: there.facts() for name, there in elsewhere.items() if isinstance(there, OnDevice)
        },
    }


def _has_choice(runtime: str, pattern: str) -> bool:
    """Whether `"auto"` chooses there; filters have one lowering for TFLite-Micro (see `plans`)."""
    return runtime != "tflm" or pattern not in NETWORKS


def _case(costs: Costs, case: list[Variant], measured: dict[str, float]) -> dict[str, Any]:
    ways = {
        variant.lowering: {
            "bytes": len(variant.content),
            "microseconds": measured[variant.lowering] / 1000,
            "predicted": costs.microseconds(variant.content),
        }
        for variant in case
        if variant.lowering in measured
    }
    chosen = min(ways, key=lambda name: ways[name]["predicted"] or float("inf"))
    best = min(ways, key=lambda name: ways[name]["microseconds"])
    return {
        "runtime": costs.runtime,
        "n": case[0].n,
        "pattern": case[0].pattern,
        "dtype": case[0].dtype,
        "lowerings": ways,
        "chosen": chosen,
        "best": best,
        "ratio": ways[chosen]["microseconds"] / ways[best]["microseconds"],
    }


def as_markdown(results: dict[str, Any]) -> str:
    """A table a runtime and arithmetic: what is chosen, beside the fastest and the matrix."""
    lines = [
        "# Which lowering is fastest, and which one `auto` takes",
        "",
        f"One TVSCM layer, ReLU and a head of {CLASSES} classes; or a network of filters "
        f"({', '.join(f'`{name}`' for name in NETWORKS)}), where lowerings are of its first "
        f"layer. Medians over {results['rounds']} rounds in which the lowerings of a case take "
        "turns, one thread, batch 1. The table of costs was fitted to an earlier turn of the "
        "same cases.",
    ]
    places = results.get("places", {})
    groups = dict.fromkeys((row["runtime"], row["dtype"]) for row in results["rows"])
    for runtime, dtype in groups:
        rows = [r for r in results["rows"] if (r["runtime"], r["dtype"]) == (runtime, dtype)]
        ratios = [row["ratio"] for row in rows]
        near = sum(ratio <= WITHIN for ratio in ratios)
        lines += [
            "",
            f"## {runtime}, {dtype}",
            "",
            *([f"Measured on {places[runtime]}.", ""] if runtime in places else []),
            f"`auto` is within 10 % of the fastest in {near} of {len(rows)} cases; its median "
            f"is {statistics.median(ratios):.2f} times the fastest's time, its worst "
            f"{max(ratios):.2f} times.",
            "",
            "| pattern | n | auto | µs | fastest | µs | ratio | matrix µs |",
            "| --- | ---: | --- | ---: | --- | ---: | ---: | ---: |",
        ]
        for row in rows:
            ways = row["lowerings"]
            matrix = f"{ways['dense']['microseconds']:.2f}" if "dense" in ways else ""
            lines.append(
                f"| {row['pattern']} | {row['n']} "
                f"| {row['chosen']} | {ways[row['chosen']]['microseconds']:.2f} "
                f"| {row['best']} | {ways[row['best']]['microseconds']:.2f} "
                f"| {row['ratio']:.2f} | {matrix} |"
            )
    return "\n".join([*lines, "", *provenance(results)]) + "\n"
