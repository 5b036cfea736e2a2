"""The model against published measurements: MLPerf Tiny's anomaly detection network."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..cortex_m.counts import Counts
from .figure import Range
from .modelled import Modelled, modelled
from .parts import part
from .published import PUBLISHED, Published


@dataclass(frozen=True)
class Check:
    """Predicted beside published, on one board.

    The counted program is ours and the published one the submitter's, so the difference is
    that of the software too.
    """

    published: Published
    predicted: Modelled

    @property
    def latency_error(self) -> float:
        """`error` of the latency."""
        return error(self.predicted.milliseconds, self.published.milliseconds)

    @property
    def energy_error(self) -> float | None:
        """`error` of the energy; None if the program does not fit the part."""
        predicted = self.predicted.energy.microjoules
        return None if predicted is None else error(predicted, self.published.microjoules)

    @property
    def within(self) -> tuple[bool, bool]:
        """Whether the published latency, and energy, lie between the predicted bounds."""
        energy = self.predicted.energy.microjoules
        return (
            _within(self.predicted.milliseconds, self.published.milliseconds),
            energy is not None and _within(energy, self.published.microjoules),
        )

    def to_json(self) -> dict[str, Any]:
        latency, energy = self.within
        return {
            "published": self.published.to_json(),
            "predicted": self.predicted.to_json(),
            "latency_error": self.latency_error,
            "latency_within": latency,
            "energy_error": self.energy_error,
            "energy_within": energy,
        }


def error(predicted: Range, published: float) -> float:
    """The middle of the predicted bounds over the published value, less one.

    The middle is the geometric one: the bounds are factors around a value, not distances.
    """
    return math.sqrt(predicted.low * predicted.high) / published - 1


def validate(counts: Sequence[Counts], published: Sequence[Published] = PUBLISHED) -> list[Check]:
    """Every published result beside what the model gives, in order.

    Args:
        counts: of one inference of the autoencoder, one for each core that the results' parts
            need; results on other cores are left out.
        published: the results.
    """
    by_core: Mapping[str, Counts] = {counted.core: counted for counted in counts}
    return [
        Check(result, modelled(by_core[core], part(result.part)))
        for result in published
        if (core := part(result.part).counted_on) in by_core
    ]


def as_markdown(checks: Sequence[Mapping[str, Any]]) -> str:
    """A table of checks as `Check.to_json` gives them, one row a board and submission."""
    lines = [
        "| board, software | latency, published ms | predicted ms | middle off by "
        "| energy, published µJ | predicted µJ | middle off by |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for check in checks:
        result, predicted = check["published"], check["predicted"]
        energy, off = predicted["energy"]["microjoules"], check["energy_error"]
        own = " (own power)" if result["own_power"] else ""
        cells = [
            f"{result['board']}, {result['software']} ({result['round']})",
            f"{result['milliseconds']:.2f}",
            _bounds(predicted["milliseconds"]),
            f"{check['latency_error']:+.0%}",
            f"{result['microjoules']:.0f}",
            _bounds(energy) if energy else "does not fit",
            ("" if off is None else f"{off:+.0%}") + own,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _bounds(value: Mapping[str, float]) -> str:
    return f"{value['low']:.3g} to {value['high']:.3g}"


def _within(bounds: Range, value: float) -> bool:
    return bounds.low <= value <= bounds.high
