"""The result in a few plain sentences."""

import math
from dataclasses import dataclass

from keras_tvscm.models.networks import BASELINES

from ..comparison import Comparison
from ..markdown import DASH, MINUS, SPACE, times
from ..measurement import Measurement
from .tables import on, percent, runtimes

# A model without a record is nobody's.
NOT_OURS = (None, *BASELINES)


@dataclass(frozen=True)
class Headline:
    """`sentences` say it; `figures` are (number, what it is) pairs of the first of them."""

    sentences: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()


def headline(comparison: Comparison) -> Headline:
    """What TVSCM gains and loses against dense, on the first runtime that measured both."""
    for runtime in runtimes(comparison):
        dense = comparison.baseline(runtime, "int8") or comparison.baseline(runtime, "float32")
        rivals = [
            m
            for m in on(comparison, runtime)
            if m.cost and comparison.model(m.model)["network"] not in NOT_OURS
        ]
        if dense and rivals:
            return _against(comparison, dense, rivals)
    return Headline((_without_baseline(comparison), *_floors(comparison, runtimes(comparison)[0])))


def _against(comparison: Comparison, dense: Measurement, rivals: list[Measurement]) -> Headline:
    """First the smallest that is no less accurate than dense, then the fastest, then a CNN."""
    as_good = [m for m in rivals if m.accuracy >= dense.accuracy]
    fastest = min(rivals, key=lambda m: m.cost or math.inf)
    chosen = min(as_good, key=lambda m: _bytes(comparison, m)) if as_good else fastest
    sentences = [_gain(comparison, chosen, dense)]
    others = {"The fastest": fastest, "The most accurate": rivals[0]}
    said = {chosen.model}
    for what, m in others.items():
        if m.model not in said:
            sentences.append(f"{what}: {_gain(comparison, m, dense)}")
            said.add(m.model)
    for cnn in _of(comparison, dense.runtime, "cnn-small")[:1]:
        sentences.append(f"The small CNN: {_gain(comparison, cnn, dense)}")
    sentences += _floors(comparison, dense.runtime)
    rows = comparison.dataset["rows"]
    points = 100 * (chosen.accuracy - dense.accuracy)
    size = _bytes(comparison, dense) / _bytes(comparison, chosen)
    figures = [(times(size), "smaller file" if size >= 1 else "of the file size saved")]
    figures += [
        (times(ratio), f"fewer instructions on {place}" if counted else f"the speed on {place}")
        for place, ratio, counted in _ratios(comparison, chosen, dense)
    ]
    digits = 2 if rows >= 5000 else 1
    figures.append((f"{points:+.{digits}f}".replace("-", MINUS), "points of accuracy"))
    return Headline(tuple(sentences), tuple(figures))


def _bytes(comparison: Comparison, m: Measurement) -> int:
    return int(comparison.model(m.model)["bytes"])


def _ratios(
    comparison: Comparison, m: Measurement, dense: Measurement
) -> list[tuple[str, float, bool]]:
    """Where both were measured: the place, how many times less it costs there, if counted."""
    dtype = str(comparison.model(dense.model)["dtype"])
    return [
        (other.runtime, ratio, other.runtime in comparison.cores)
        for other in comparison.measurements
        if other.model == m.model and (ratio := comparison.ratio(other, dtype))
    ]


def _gain(comparison: Comparison, m: Measurement, dense: Measurement) -> str:
    rows = comparison.dataset["rows"]
    size = _bytes(comparison, dense) / _bytes(comparison, m)
    costs = [
        _compared(ratio, "fewer instructions", "more instructions", "as many instructions")
        + f" on {place}"
        if counted
        else _compared(ratio, "faster", "slower", "as fast") + f" on {place}"
        for place, ratio, counted in _ratios(comparison, m, dense)
    ]
    return (
        f"{m.model} is {_compared(size, 'smaller than', 'larger than', 'as large as')} "
        f"{dense.model} at "
        f"{_points(m, rows)} accuracy ({dense.model} {_points(dense, rows)}): {', '.join(costs)}."
    )


def _points(m: Measurement, rows: int) -> str:
    return f"{percent(m.score.accuracy, rows) if m.score else DASH}{SPACE}%"


def _compared(ratio: float, more: str, less: str, alike: str) -> str:
    if 0.95 < ratio < 1.05:
        return f"about {alike}"
    return f"{times(ratio)} {more}" if ratio > 1 else f"{times(1 / ratio)} {less}"


def _floors(comparison: Comparison, runtime: str) -> list[str]:
    """What the head alone and the commonest class reach: the figures to beat."""
    rows = comparison.dataset["rows"]
    said = []
    layers = _of(comparison, runtime, "tvscm")
    for m in _of(comparison, runtime, "softmax")[:1]:
        said.append(
            f"The head alone ({m.model}: the same network without the TVSCM layer) "
            f"reaches {_points(m, rows)}"
            + (
                ", so the TVSCM layer adds no accuracy here."
                if layers and layers[0].accuracy <= m.accuracy
                else "."
            )
        )
    majority = comparison.majority
    said.append(
        f"Always answering “{majority['class']}” is right for "
        f"{percent(majority['accuracy'], rows)}{SPACE}% of the test rows."
    )
    return said


def _without_baseline(comparison: Comparison) -> str:
    for runtime in runtimes(comparison):
        measured = on(comparison, runtime)
        if measured:
            top = measured[0]
            fastest = min(measured, key=lambda m: m.latency.median if m.latency else 0)
            return (
                f"{len(measured)} of {len(comparison.models)} models ran on {runtime}: "
                f"{top.model} is the most accurate "
                f"({_points(top, comparison.dataset['rows'])}), "
                f"{fastest.model} the fastest."
            )
    return "No model could be run on any of the runtimes; the tables give the reasons."


def _of(comparison: Comparison, runtime: str, network: str) -> list[Measurement]:
    """Measured models of one kind, the most accurate first."""
    return [
        m
        for m in on(comparison, runtime)
        if m.cost and comparison.model(m.model)["network"] == network
    ]
