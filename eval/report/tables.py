"""The report's tables as text, the same for Markdown and HTML."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from keras_tvscm.models import stacks

from ..comparison import Comparison
from ..markdown import DASH, SPACE, times
from ..measurement import Measurement

ABSENT = DASH
# What tables and legends call a kind of network.
KINDS = {
    "dense": "dense",
    "tvscm": "tvscm",
    "filters": "stack of filters",
    "softmax": "head-only floor",
    "cnn-small": "small CNN",
}


@dataclass(frozen=True)
class Cell:
    """`text`, with a quieter `note` after it; `best` where no other model does better."""

    text: str
    note: str = ""
    best: bool = False


@dataclass(frozen=True)
class Row:
    """A name, what kind of row it is, and its cells; or the reason why there are none."""

    name: str
    kind: str
    cells: tuple[Cell, ...] = ()
    reason: str = ""
    baseline: bool = False


@dataclass(frozen=True)
class Column:
    """How a column is written, and the number that ranks it: the least, or the `more`."""

    head: str
    number: Callable[[Measurement], float | None]
    write: Callable[[Measurement], Cell]
    more: bool = False


@dataclass(frozen=True)
class Table:
    """Column heads stand over the cells; the name has no head of its own."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def kind(network: str | None) -> str | None:
    """A key of `KINDS` for a network's name; None for a network that is not of this library."""
    if network and (network in stacks.NAMES or stacks.is_description(network)):
        return "filters"
    network = "dense" if network == "dense-small" else network
    return network if network in KINDS else None


def plain(value: Any) -> str:
    """One line of printable text; a dash for nothing."""
    if value is None or value == "":
        return ABSENT
    text = "".join(c if c.isprintable() or c == SPACE else " " for c in str(value))
    return " ".join(word for word in text.split(" ") if word) or ABSENT


def percent(fraction: float, rows: int) -> str:
    """In percent, with no more digits than that many test rows can tell apart."""
    return f"{100 * fraction:.{2 if rows >= 5000 else 1}f}"


def microseconds(nanoseconds: float) -> str:
    """Three significant digits or so."""
    us = nanoseconds / 1000
    return f"{us:,.{2 if us < 10 else 1 if us < 100 else 0}f}"


def runtimes(comparison: Comparison) -> list[str]:
    """Names of the runtimes and cores, in the order they ran."""
    return list(dict.fromkeys(m.runtime for m in comparison.measurements))


def on(comparison: Comparison, runtime: str) -> list[Measurement]:
    """Measured ones on that runtime, the most accurate first."""
    measured = [m for m in comparison.measurements if m.runtime == runtime and m.score]
    return sorted(measured, key=lambda m: -(m.score.accuracy if m.score else 0))


def results(comparison: Comparison, runtime: str) -> Table:
    """Accuracy, size, and latency on one runtime or counts on one core; most accurate first."""
    measured = on(comparison, runtime)
    rows = comparison.dataset["rows"]
    arena = any(m.least_arena_bytes for m in measured)
    counted = runtime in comparison.cores
    columns = [
        Column("accuracy %", _accuracy, lambda m: Cell(percent(_accuracy(m), rows)), more=True),
        Column("macro-F1", _macro_f1, lambda m: Cell(f"{_macro_f1(m):.3f}"), more=True),
        _count("model bytes", _fact(comparison, "bytes")),
        _count("parameters", _fact(comparison, "parameters")),
        _count("multiplications", _fact(comparison, "multiplications")),
        _count("instructions", _counts("instructions"))
        if counted
        else Column("latency µs", lambda m: m.cost, _latency),
        *(
            _ratio(comparison, dtype)
            for dtype in ("int8", "float32")
            if comparison.baseline(runtime, dtype)
        ),
        *([_count("minimum arena bytes", lambda m: m.least_arena_bytes)] if arena else []),
        *(
            _count(f"{memory} bytes", _counts(f"{memory.lower()}_bytes"))
            for memory in ("flash", "SRAM")
            if counted
        ),
    ]
    # The floor answers another question, so the ranking leaves it out.
    ranked = [m for m in measured if comparison.model(m.model)["network"] != "softmax"]
    best = {column.head: _best(column, ranked) for column in columns}
    body = [
        Row(
            m.model,
            _kind_text(comparison.model(m.model)["network"]),
            tuple(replace(c.write(m), best=m.model in best[c.head]) for c in columns),
            baseline=m not in ranked,
        )
        for m in measured
    ]
    body.append(_majority(comparison, len(columns)))
    body += [
        Row(m.model, "", reason=m.reason or "unavailable")
        for m in comparison.measurements
        if m.runtime == runtime and not m.score
    ]
    return Table(tuple(column.head for column in columns), tuple(body))


def recall(comparison: Comparison) -> Table:
    """Per class, the percentage of its rows that each model finds."""
    rows = comparison.dataset["rows"]
    return Table(
        tuple(comparison.dataset["classes"]),
        tuple(
            Row(m.model, m.runtime, tuple(Cell(percent(r, rows)) for r in m.score.recall))
            for m in first(comparison)
            if m.score
        ),
    )


def facts(comparison: Comparison) -> Table:
    """What each model is, and what the converter said of it."""
    keys = ("dtype", "lowering", "additions", "calibration", "verification")
    return Table(
        keys,
        tuple(
            Row(
                model["name"],
                _kind_text(model["network"]),
                tuple(Cell(_fact_text(model[key])) for key in keys),
            )
            for model in comparison.models
        ),
    )


def first(comparison: Comparison) -> list[Measurement]:
    """Per model, in their order, the measurement on the first runtime that has one."""
    by_model: dict[str, Measurement] = {}
    for m in comparison.measurements:
        if m.score:
            by_model.setdefault(m.model, m)
    return [by_model[model["name"]] for model in comparison.models if model["name"] in by_model]


def _accuracy(m: Measurement) -> float:
    return m.score.accuracy if m.score else 0.0


def _macro_f1(m: Measurement) -> float:
    return m.score.macro_f1 if m.score else 0.0


def _counts(name: str) -> Callable[[Measurement], int | None]:
    return lambda m: m.counts[name] if m.counts else None


def _fact(comparison: Comparison, key: str) -> Callable[[Measurement], int | None]:
    return lambda m: comparison.model(m.model)[key]


def _count(head: str, number: Callable[[Measurement], int | None]) -> Column:
    return Column(head, number, lambda m: Cell(ABSENT if (n := number(m)) is None else f"{n:,}"))


def _latency(m: Measurement) -> Cell:
    if not m.latency:
        return Cell(ABSENT)
    low, high = microseconds(m.latency.p5), microseconds(m.latency.p95)
    return Cell(microseconds(m.latency.median), f"{low}{DASH}{high}")


def _ratio(comparison: Comparison, dtype: str) -> Column:
    def number(m: Measurement) -> float | None:
        return comparison.ratio(m, dtype)

    def write(m: Measurement) -> Cell:
        ratio, without_call = number(m), comparison.ratio(m, dtype, with_call=False)
        if ratio is None or without_call is None:
            return Cell(ABSENT if ratio is None else times(ratio))
        # Equal for the dense model itself, and where the call is a small part of both times.
        note = times(without_call)
        return Cell(times(ratio), "" if note == times(ratio) else note)

    return Column(f"vs dense {dtype}", number, write, more=True)


def _best(column: Column, ranked: list[Measurement]) -> set[str]:
    """Names of the best models; none where a column has no two numbers to rank."""
    known = {m.model: n for m in ranked if (n := column.number(m)) is not None}
    if len(set(known.values())) < 2:
        return set()
    best = max(known.values()) if column.more else min(known.values())
    return {name for name, number in known.items() if number == best}


def _majority(comparison: Comparison, columns: int) -> Row:
    majority = comparison.majority
    scores = (
        Cell(percent(majority["accuracy"], comparison.dataset["rows"])),
        Cell(f"{majority['macro_f1']:.3f}"),
    )
    rest = (Cell(ABSENT),) * (columns - len(scores))
    return Row(f"always “{majority['class']}”", "majority class", scores + rest, baseline=True)


def _kind_text(network: str | None) -> str:
    return KINDS.get(kind(network) or "", "")


def _fact_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_fact_text(item)}" for key, item in value.items()) or ABSENT
    if isinstance(value, list):
        return ", ".join(_fact_text(item) for item in value) or ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else plain(value)
