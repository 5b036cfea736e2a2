"""The report as one self-contained web page."""

import base64
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from keras_tvscm.errors import InputError
from keras_tvscm.models.networks import TASKS
from keras_tvscm.patterns.pattern import Pattern, resolve

from ..comparison import Comparison
from ..measurement import Measurement
from . import pictures
from .claims import claims
from .energy_table import energies, without_energy
from .headline import choices, headline
from .kinds import Kind, kind
from .measured import first, on, runtimes
from .method import method
from .models import by_class, by_operator, facts, mistakes, recall
from .runtime_table import conditions, nothing_ran, results
from .scatter import Point, scatter
from .text import ABSENT, percent, plain

# Pixels of a plot on a wide screen and on a phone.
WIDE, NARROW = (1100, 400), (340, 340)
INT8 = "int8"


def html(comparison: Comparison) -> str:
    """The page: nothing is loaded from elsewhere, all text is escaped, no script is needed."""
    environment = Environment(
        loader=PackageLoader("keras_tvscm.eval.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What is not markup of the template's own comes out as one printable line.
        finalize=lambda value: value if isinstance(value, Markup) else plain(value),
    )
    scored = first(comparison)
    described = {row.name: row.cells for row in facts(comparison).rows}
    heads = facts(comparison).heads
    kinds = dict.fromkeys(kind(model["network"]) for model in comparison.models)
    return environment.get_template("report.html").render(
        comparison=comparison,
        headline=headline(comparison),
        choices=choices(comparison),
        sizes=_sizes(comparison),
        legend=[(_mark(drawn, INT8), drawn.label) for drawn in kinds],
        marks={m["name"]: _mark(kind(m["network"]), m["dtype"]) for m in comparison.models},
        anchors={m["name"]: f"model-{i}" for i, m in enumerate(comparison.models, 1)},
        runtimes=[_runtime(comparison, name) for name in runtimes(comparison)],
        energies=energies(comparison),
        without_energy=without_energy(comparison),
        claims=claims(comparison),
        recall=recall(comparison),
        models=[
            {
                "model": model,
                "kind": kind(model["network"]).label,
                "facts": [
                    (head, cell.text)
                    for head, cell in zip(heads[:-1], described[model["name"]], strict=False)
                    if cell.text != ABSENT
                ],
                "scored": _scored(comparison, scored.get(model["name"])),
                "by_operator": by_operator(comparison, model["name"]),
                "patterns": [p for entry in model["patterns"] if (p := _pattern(entry))],
            }
            for model in comparison.models
        ],
        colours=pictures.PATTERN_COLOURS,
        method=method(comparison),
    )


def _runtime(comparison: Comparison, name: str) -> dict[str, Any]:
    counted = name in comparison.cores
    unit = 1 if counted else 1000
    measured = [m for m in on(comparison, name) if m.score and m.cost]
    cost, label = ("instructions",) * 2 if counted else ("latency", "latency, µs")
    costs = [(m, (m.cost or 0.0) / unit) for m in measured]
    return {
        "name": name,
        "conditions": conditions(comparison, name),
        "nothing": nothing_ran(comparison, name),
        "table": results(comparison, name),
        "plot": _plot(comparison, costs, label, f"Accuracy over {cost} on {name}"),
    }


def _sizes(comparison: Comparison) -> dict[str, Any] | None:
    """Accuracy over the files' sizes."""
    sizes = [
        (m, float(size))
        for name, m in first(comparison).items()
        if (size := comparison.model(name)["bytes"])
    ]
    return _plot(comparison, sizes, "model bytes", "Accuracy over the size of the file")


def _plot(
    comparison: Comparison, costs: list[tuple[Measurement, float]], label: str, title: str
) -> dict[str, Any] | None:
    """Two drawings of accuracy over a cost, and the names of those that are left out."""
    if not costs:
        return None
    # A model at chance level would squeeze all others into a line at the top.
    chance = comparison.majority["accuracy"]
    drawn = [pair for pair in costs if pair[0].accuracy > chance] or costs
    points = []
    for m, cost in drawn:
        model = comparison.model(m.model)
        hollow = model["dtype"] == "float32"
        points.append(Point(m.model, kind(model["network"]), hollow, cost, 100 * m.accuracy))
    wide, narrow = (scatter(points, label, title, size) for size in (WIDE, NARROW))
    left_out = ", ".join(m.model for m, cost in costs if (m, cost) not in drawn)
    return {"title": title, "wide": wide, "narrow": narrow, "left_out": left_out}


def _scored(comparison: Comparison, m: Measurement | None) -> dict[str, Any] | None:
    """What one model makes of the test rows; None if it was not judged."""
    if not (m and m.score):
        return None
    return {
        "runtime": m.runtime,
        "accuracy": percent(m.score.accuracy, comparison.dataset["rows"]),
        "classes": by_class(comparison, m),
        "confusion": [
            (name, [(count, count / max(1, sum(line))) for count in line])
            for name, line in zip(comparison.dataset["classes"], m.score.confusion, strict=True)
        ],
        "mistakes": list(_drawn(comparison, m)),
    }


def _drawn(comparison: Comparison, m: Measurement) -> Iterator[dict[str, Any]]:
    """The worst mistakes, each as the picture or the signal that its row is."""
    task = TASKS.get(comparison.dataset["name"])
    for mistake, said in mistakes(comparison, m):
        values = base64.b64decode(comparison.dataset.get("drawn", {}).get(str(mistake["row"]), ""))
        size = task.image if task else None
        shown: dict[str, Any] = {"said": said, "row": mistake["row"], "image": None, "curve": None}
        if size and len(values) == size[0] * size[1]:
            shown["image"] = _data("image/png", pictures.image(values, size))
        elif values:
            shown["curve"], shown["width"] = pictures.curve(values), len(values) - 1
        yield shown


def _pattern(entry: Any) -> dict[str, Any] | None:
    """What to show of one layer's pattern; nothing where the record holds no such thing."""
    try:
        shape: Pattern = resolve(
            {key: entry[key] for key in ("n", "a", "b", "label")}, int(entry["n"])
        )
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return {
        "layer": entry.get("layer"),
        "label": shape.label,
        "n": shape.n,
        "a": len(shape.a),
        "b": len(shape.b),
        "zero": shape.n // 2 + 1 - len(shape.a) - len(shape.b),
        "image": _data("image/png", pictures.pattern(shape)),
    }


def _mark(drawn: Kind, dtype: str | None) -> dict[str, Any]:
    """A point of the plots, to stand beside a name."""
    return {"points": pictures.marker(drawn), "colour": drawn.colour, "hollow": dtype == "float32"}


def _data(kind: str, image: bytes) -> str:
    # As an image, not as markup: its ids are its own and nothing in it can run.
    return f"data:{kind};base64,{base64.b64encode(image).decode()}"
