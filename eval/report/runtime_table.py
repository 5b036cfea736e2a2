"""Accuracy, size, memory, and latency on one runtime or counts on one core."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..comparison import Comparison
from ..markdown import DASH, SPACE, times
from ..measurement import Measurement
from .kinds import kind
from .measured import on
from .table import Cell, Row, Table
from .text import ABSENT, megabytes, microseconds, percent, plain, share, span

Number = Callable[[Measurement], float | None]


@dataclass(frozen=True)
class Column:
    """How a column is written, and the number that ranks it: the least, or the `more`."""

    head: str
    number: Number
    write: Callable[[Measurement], Cell]
    more: bool = False


def results(comparison: Comparison, runtime: str) -> Table:
    """A model a row, the most accurate first; then the majority class, then what has no figures."""
    measured = on(comparison, runtime)
    columns = _columns(comparison, runtime, measured)
    # The floor answers another question, so the ranking leaves it out.
    floor = {m.model for m in measured if comparison.model(m.model)["network"] == "softmax"}
    ranked = [m for m in measured if m.score and m.model not in floor]
    best = {column.head: _best(column, ranked) for column in columns}
    body = [
        Row(
            m.model,
            kind(comparison.model(m.model)["network"]).label,
            tuple(
                replace(c.write(m), best=m.model in best[c.head], number=c.number(m))
                for c in columns
            ),
            m.reason or "",
            baseline=m.model in floor,
        )
        for m in measured
    ]
    body.append(_majority(comparison, len(columns)))
    body += [
        Row(m.model, kind(comparison.model(m.model)["network"]).label, (), m.reason or ABSENT)
        for m in comparison.measurements
        if m.runtime == runtime and m.status != "measured"
    ]
    body += [
        Row(name, kind(name.split()[0]).label, (), f"left out: {reason}")
        for name, reason in comparison.left_out.items()
    ]
    heads = tuple(column.head for column in columns)
    return Table(f"Models on {runtime}", "model", heads, tuple(body))


def nothing_ran(comparison: Comparison, runtime: str) -> str:
    """Why no model ran there, each reason once; empty where one did."""
    if on(comparison, runtime):
        return ""
    reasons = dict.fromkeys(
        plain(m.reason) for m in comparison.measurements if m.runtime == runtime
    )
    return f"Nothing ran here: {'; '.join(reasons)}."


def conditions(comparison: Comparison, runtime: str) -> list[str]:
    """Where it ran, and what of its figures is the runtime's own or the machine's."""
    said = []
    if runtime in comparison.cores:
        said.append("emulated: instructions are counted, nothing is timed")
    if place := comparison.places.get(runtime):
        said.append(plain(place))
    if call := comparison.calls.get(runtime):
        said.append(f"{microseconds(call)}{SPACE}µs of each latency are the call from Python")
    if memory := comparison.runtime_memory.get(runtime):
        said.append(f"its process holds {megabytes(memory)}{SPACE}MB without a model")
    if (noise := comparison.noise.get(runtime)) is not None:
        said.append(f"noise ±{share(noise)}")
    return said


def _columns(comparison: Comparison, runtime: str, measured: list[Measurement]) -> list[Column]:
    rows = comparison.dataset["rows"]
    counted = runtime in comparison.cores

    def known(number: Number) -> bool:
        return any(number(m) is not None for m in measured)

    def fact(key: str) -> Number:
        return lambda m: comparison.model(m.model).get(key)

    def counts(key: str) -> Number:
        return lambda m: m.counts[key] if m.counts else None

    optional: list[tuple[str, Number]] = [
        ("minimum arena bytes", lambda m: m.least_arena_bytes),
        *((f"{memory} bytes", counts(f"{memory.lower()}_bytes")) for memory in ("flash", "SRAM")),
    ]
    return [
        Column("accuracy %", _accuracy, _written(_accuracy, lambda a: percent(a, rows)), more=True),
        Column("macro-F1", _macro_f1, _written(_macro_f1, lambda f1: f"{f1:.3f}"), more=True),
        _count("model bytes", fact("bytes")),
        *([_count("gzipped bytes", fact("gzip_bytes"))] if known(fact("gzip_bytes")) else []),
        _count("parameters", fact("parameters")),
        _count("multiplications", fact("multiplications")),
        _count("instructions", counts("instructions"))
        if counted
        else Column("latency µs", lambda m: m.cost, _latency),
        *([Column("cold µs", _cold, _written(_cold, microseconds))] if known(_cold) else []),
        *(
            _ratio(comparison, dtype)
            for dtype in ("int8", "float32")
            if comparison.baseline(runtime, dtype)
        ),
        *(_count(head, number) for head, number in optional if known(number)),
        *(
            [Column("peak memory MB", _peak, _written(_peak, lambda peak: megabytes(int(peak))))]
            if known(_peak)
            else []
        ),
    ]


def _accuracy(m: Measurement) -> float | None:
    return m.score.accuracy if m.score else None


def _macro_f1(m: Measurement) -> float | None:
    return m.score.macro_f1 if m.score else None


def _cold(m: Measurement) -> float | None:
    return m.latency.cold if m.latency else None


def _peak(m: Measurement) -> float | None:
    return m.peak_memory_bytes


def _written(number: Number, write: Callable[[float], str]) -> Callable[[Measurement], Cell]:
    return lambda m: Cell(ABSENT if (n := number(m)) is None else write(n))


def _count(head: str, number: Number) -> Column:
    return Column(head, number, _written(number, lambda n: f"{n:,.0f}"))


def _latency(m: Measurement) -> Cell:
    if not m.latency:
        return Cell(ABSENT)
    low, high = microseconds(m.latency.p5), microseconds(m.latency.p95)
    return Cell(microseconds(m.latency.median), (f"{low}{DASH}{high}",))


def _ratio(comparison: Comparison, dtype: str) -> Column:
    def number(m: Measurement) -> float | None:
        return comparison.ratio(m, dtype)

    def write(m: Measurement) -> Cell:
        ratio, without_call = number(m), comparison.ratio(m, dtype, with_call=False)
        if ratio is None:
            return Cell(ABSENT)
        notes = []
        if interval := comparison.interval(m, dtype):
            notes.append(span(interval))
        # Equal for the dense model itself, and where the call is a small part of both times.
        if without_call is not None and times(without_call) != times(ratio):
            notes.append(f"{times(without_call)} less call")
        return Cell(times(ratio), tuple(notes))

    return Column(f"vs dense {dtype}", number, write, more=True)


def _best(column: Column, ranked: list[Measurement]) -> set[str]:
    """Names of the best models; none where a column has no two numbers to rank."""
    known = {m.model: n for m in ranked if (n := column.number(m)) is not None}
    if len(set(known.values())) < 2:
        return set()
    best = max(known.values()) if column.more else min(known.values())
    return {name for name, number in known.items() if number == best}


def _majority(comparison: Comparison, columns: int) -> Row:
    majority: dict[str, Any] = comparison.majority
    scores = (
        Cell(percent(majority["accuracy"], comparison.dataset["rows"])),
        Cell(f"{majority['macro_f1']:.3f}"),
    )
    rest = (Cell(ABSENT),) * (columns - len(scores))
    return Row(f"always “{majority['class']}”", "majority class", scores + rest, baseline=True)
