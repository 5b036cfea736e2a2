"""What was measured, in the report's orders."""

from ..comparison import Comparison
from ..measurement import Measurement


def runtimes(comparison: Comparison) -> list[str]:
    """Names of the runtimes and cores, in the order they ran."""
    return list(dict.fromkeys(m.runtime for m in comparison.measurements))


def on(comparison: Comparison, runtime: str) -> list[Measurement]:
    """Measured ones on that runtime, the most accurate first, those without a score last."""
    measured = [
        m for m in comparison.measurements if m.runtime == runtime and m.status == "measured"
    ]
    return sorted(measured, key=lambda m: -(m.score.accuracy if m.score else -1))


def first(comparison: Comparison) -> dict[str, Measurement]:
    """By model, in their order, the measurement on the first runtime that gives it a score."""
    by_model: dict[str, Measurement] = {}
    for m in comparison.measurements:
        if m.score:
            by_model.setdefault(m.model, m)
    names = (model["name"] for model in comparison.models)
    return {name: by_model[name] for name in names if name in by_model}
