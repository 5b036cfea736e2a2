"""What the report says of each model alone."""

from collections.abc import Iterator
from typing import Any

from keras_tvscm.ecg import ec57

from ..comparison import Comparison
from ..markdown import MINUS
from ..measurement import Measurement
from .kinds import kind
from .measured import first
from .table import Cell, Row, Table
from .text import ABSENT, percent, plain


def facts(comparison: Comparison) -> Table:
    """What each model is, and what the converter said of it."""
    scored = first(comparison)
    keys = ("dtype", "lowering", "operators", "additions", "calibration", "verification")
    return Table(
        "Models",
        "model",
        (*keys, "worst mistakes"),
        tuple(
            Row(
                model["name"],
                kind(model["network"]).label,
                (
                    *(
                        Cell(operators(model) if key == "operators" else _text(model[key]))
                        for key in keys
                    ),
                    Cell(
                        "; ".join(
                            f"row {mistake['row']}: {said}"
                            for mistake, said in mistakes(comparison, scored.get(model["name"]))
                        )
                        or ABSENT
                    ),
                ),
            )
            for model in comparison.models
        ),
        words=True,
    )


def operators(model: dict[str, Any]) -> str:
    """Of its file, as they come: `CONV_2D`, `3 ADD`; a dash in older records."""
    counted = model.get("operators") or []
    return (
        ", ".join(
            (f"{item['count']} " if item["count"] > 1 else "") + plain(item["name"])
            for item in counted
        )
        or ABSENT
    )


def mistakes(
    comparison: Comparison, measurement: Measurement | None
) -> Iterator[tuple[dict[str, int], str]]:
    """The rows that it is most wrongly sure of, and what it takes them for."""
    classes = comparison.dataset["classes"]
    for mistake in measurement.mistakes if measurement else []:
        true, predicted = (plain(classes[mistake[key]]) for key in ("true", "predicted"))
        yield mistake, f"{true}, taken for {predicted}"


def recall(comparison: Comparison) -> Table:
    """Per class, the percentage of its rows that each model finds; of beats EC57's figures too."""
    rows, classes = comparison.dataset["rows"], tuple(comparison.dataset["classes"])
    beats = classes == ec57.CLASSES
    return Table(
        f"Recall per class, %; predictivity (EC57). {ec57.NOTICE}"
        if beats
        else "Recall per class, %",
        "model",
        (*classes, "S +P %", "V +P %", "j-kappa") if beats else classes,
        tuple(
            Row(
                name,
                m.runtime,
                (
                    *(Cell(percent(r, rows), number=r) for r in m.score.recall),
                    *(_of_beats(ec57.figures(m.score.confusion), rows) if beats else ()),
                ),
            )
            for name, m in first(comparison).items()
            if m.score
        ),
    )


def _of_beats(figures: ec57.Figures, rows: int) -> tuple[Cell, ...]:
    predictivity = [figures.predictivity[name] for name in ("S", "V")]
    return (
        *(Cell(ABSENT if p is None else percent(p, rows), number=p) for p in predictivity),
        Cell(f"{figures.j_kappa:.3f}", number=figures.j_kappa),
    )


def by_class(comparison: Comparison, measurement: Measurement) -> Table:
    """Rows, recall and precision of each class, of one model."""
    confusion = measurement.score.confusion if measurement.score else []
    rows = comparison.dataset["rows"]
    body = []
    for i, name in enumerate(comparison.dataset["classes"]):
        right, true, said = confusion[i][i], sum(confusion[i]), sum(line[i] for line in confusion)
        cells = [Cell(f"{true:,}", number=true)]
        for total in (true, said):
            share = right / total if total else None
            text = ABSENT if share is None else percent(share, rows)
            cells.append(Cell(text, number=share))
        body.append(Row(name, "", tuple(cells)))
    caption = f"By class: {measurement.model}"
    return Table(caption, "class", ("test rows", "recall %", "precision %"), tuple(body))


def confusion(comparison: Comparison, measurement: Measurement) -> Table:
    """How many rows of each true class one model takes for which."""
    lines = measurement.score.confusion if measurement.score else []
    classes = comparison.dataset["classes"]
    return Table(
        f"{measurement.model} on {measurement.runtime}: test rows by what they are taken for",
        "true class",
        tuple(classes),
        tuple(
            Row(name, "", tuple(Cell(f"{count:,}", number=count) for count in line))
            for name, line in zip(classes, lines, strict=True)
        ),
    )


def by_operator(comparison: Comparison, model: str) -> list[Table]:
    """What each operator adds to an inference: a table for all places that have the same ones."""
    by_names: dict[tuple[str, ...], list[Measurement]] = {}
    for m in comparison.measurements:
        if m.model == model and m.operators:
            names = tuple(operator["name"] for operator in m.operators)
            by_names.setdefault(names, []).append(m)
    tables = []
    for names, measured in by_names.items():
        rows = tuple(
            Row(plain(name), "", tuple(_added(m.operators[i]) for m in measured))
            for i, name in enumerate(names)
        )
        heads = tuple(
            f"{'instructions' if m.runtime in comparison.cores else 'µs'} on {m.runtime}"
            for m in measured
        )
        tables.append(Table(f"By operator: {model}", "operator", heads, rows))
    return tables


def _added(operator: dict[str, Any]) -> Cell:
    if "ns" in operator:
        return Cell(f"{operator['ns'] / 1000:.2f}".replace("-", MINUS))
    return Cell(f"{operator['instructions']:,}")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        said = (f"{key} {_text(item)}" for key, item in value.items() if item is not None)
        return ", ".join(said) or ABSENT
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else plain(value)
