"""The result in a few plain sentences."""

from dataclasses import dataclass

from ..compare import Comparison
from ..markdown import DASH, MINUS, SPACE, times
from ..measurement import Measurement
from .tables import on, percent, runtimes

# What the others are compared with; a model without a record is nobody's.
BASELINES = (None, "dense", "dense-small", "softmax")


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
            if m.latency and comparison.model(m.model)["network"] not in BASELINES
        ]
        if dense and rivals:
            return _against(comparison, dense, rivals)
    return Headline((_without_baseline(comparison), *_floors(comparison, runtimes(comparison)[0])))


def _against(comparison: Comparison, dense: Measurement, rivals: list[Measurement]) -> Headline:
    rows = comparison.dataset["rows"]
    most_accurate = rivals[0]
    fastest = min(rivals, key=lambda m: m.nanoseconds)
    sentences = [_gain(comparison, fastest, dense)]
    if most_accurate.model != fastest.model:
        sentences.append("The most accurate: " + _gain(comparison, most_accurate, dense))
    sentences += _floors(comparison, dense.runtime)
    speed, size = _ratios(comparison, fastest, dense)
    points = 100 * (fastest.accuracy - dense.accuracy)
    digits = 2 if rows >= 5000 else 1
    return Headline(
        tuple(sentences),
        (
            (times(speed), f"the speed of {dense.model}"),
            (times(size), "smaller file" if size >= 1 else "of the file size saved"),
            (f"{points:+.{digits}f}".replace("-", MINUS), "points of accuracy"),
        ),
    )


def _gain(comparison: Comparison, m: Measurement, dense: Measurement) -> str:
    speed, size = _ratios(comparison, m, dense)
    rows = comparison.dataset["rows"]
    return (
        f"{m.model} is {_compared(speed, 'faster than', 'slower than', 'as fast as')} "
        f"{dense.model} and {_compared(size, 'smaller', 'larger', 'as large')} on {m.runtime}, "
        f"at {_points(m, rows)} accuracy ({dense.model} {_points(dense, rows)})."
    )


def _points(m: Measurement, rows: int) -> str:
    return f"{percent(m.score.accuracy, rows) if m.score else DASH}{SPACE}%"


def _ratios(comparison: Comparison, m: Measurement, dense: Measurement) -> tuple[float, float]:
    """How many times faster, and how many times smaller."""
    small, large = comparison.model(m.model)["bytes"], comparison.model(dense.model)["bytes"]
    return dense.nanoseconds / m.nanoseconds, large / small


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
        if m.latency and comparison.model(m.model)["network"] == network
    ]
