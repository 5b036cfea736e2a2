"""The report as one self-contained web page."""

import base64
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.pattern import Pattern, resolve

from ..comparison import Comparison
from . import plots
from .headline import headline
from .method import method
from .tables import facts, first, on, percent, plain, recall, results, runtimes


def html(comparison: Comparison) -> str:
    """The page: no script, nothing loaded from elsewhere, all text escaped."""
    environment = Environment(
        loader=PackageLoader("keras_tvscm.eval.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What is not markup of the template's own comes out as one printable line.
        finalize=lambda value: value if isinstance(value, Markup) else plain(value),
    )
    return environment.get_template("report.html").render(
        comparison=comparison,
        headline=headline(comparison),
        runtimes=[_runtime(comparison, name) for name in runtimes(comparison)],
        confusions=[
            {
                "name": m.model,
                "runtime": m.runtime,
                "accuracy": percent(m.score.accuracy, comparison.dataset["rows"]),
                "image": _svg(plots.confusion(m.score.confusion, comparison.dataset["classes"])),
            }
            for m in first(comparison)
            if m.score
        ],
        patterns=[
            pattern
            for model in comparison.models
            for entry in model["patterns"]
            if (pattern := _pattern(model["name"], entry))
        ],
        colours=plots.PATTERN_COLOURS,
        kinds=plots.KINDS,
        recall=recall(comparison),
        facts=facts(comparison),
        method=method(comparison),
    )


def _runtime(comparison: Comparison, name: str) -> dict[str, Any]:
    measured = [m for m in on(comparison, name) if m.score and m.cost]
    counted = name in comparison.cores
    # A model at chance level would squeeze all others into a line at the top.
    chance = comparison.majority["accuracy"]
    drawn = [m for m in measured if m.accuracy > chance] or measured
    left_out = ", ".join(m.model for m in measured if m not in drawn)
    by_bytes, by_cost = [], []
    for m in drawn:
        model = comparison.model(m.model)
        start = (m.model, model["network"], model["dtype"])
        by_bytes.append((*start, float(model["bytes"]), m.accuracy))
        by_cost.append((*start, (m.cost or 0.0) / (1 if counted else 1000), m.accuracy))
    cost, unit = ("instructions", "") if counted else ("latency", ", µs")
    images = []
    if measured:
        images = [
            ("Accuracy over model size", _svg(plots.trade_off(by_bytes, "model bytes"))),
            (f"Accuracy over {cost}", _svg(plots.trade_off(by_cost, f"{cost}{unit}"))),
        ]
    table = results(comparison, name)
    title = f"{name}, emulated: instructions are counted, nothing is timed" if counted else name
    return {"name": name, "title": title, "table": table, "plots": images, "left_out": left_out}


def _pattern(model: str, entry: Any) -> dict[str, Any] | None:
    """What to show of one layer's pattern; nothing where the record holds no such thing."""
    try:
        shape: Pattern = resolve(
            {key: entry[key] for key in ("n", "a", "b", "label")}, int(entry["n"])
        )
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return {
        "model": model,
        "layer": entry.get("layer"),
        "label": shape.label,
        "n": shape.n,
        "a": len(shape.a),
        "b": len(shape.b),
        "zero": shape.n // 2 + 1 - len(shape.a) - len(shape.b),
        "image": _data("image/png", plots.pattern(shape)),
    }


def _svg(image: bytes) -> str:
    return _data("image/svg+xml", image)


def _data(kind: str, image: bytes) -> str:
    # As an image, not as markup: its ids are its own and nothing in it can run.
    return f"data:{kind};base64,{base64.b64encode(image).decode()}"
