"""One record of one runtime on one model."""

from dataclasses import dataclass, field
from typing import Any, Literal

from keras_tvscm.training.metrics import Score

from .latency import Latency


@dataclass(frozen=True)
class Measurement:
    """What one runtime made of one model, or why it could not.

    Attributes:
        model, runtime: names.
        status: "measured", or "unavailable" with `reason` and nothing else.
        reason: one line; where the model was measured, why it has no score.
        score: on the whole test set, run on this runtime; None for a model that does not fit it.
        latency: nanoseconds per inference; None where instructions are counted.
        counts: of an inference of generated C on an emulated core: `instructions`,
            `flash_bytes` and `sram_bytes`.
        arena_bytes: working memory that the runtime used in the end (TFLite-Micro only).
        least_arena_bytes: the smallest arena in which it runs, which is more.
        peak_memory_bytes: that a process which loads and runs the model alone has held at most.
        mistakes: the test rows that it is most wrongly sure of: `row`, `true`, `predicted`.
        energy: figures of one inference, each of its kind: `Energy.to_json()`.
        operators: in their order, `name` and what the operator adds to an inference: `ns`, or
            `instructions` on a core, by the function that they lie in.

    Examples:

        >>> [measurement] = comparison.measurements
        >>> 0 <= measurement.accuracy <= 1 and measurement.cost > 0
        True
    """

    model: str
    runtime: str
    status: Literal["measured", "unavailable"]
    reason: str | None = None
    score: Score | None = None
    latency: Latency | None = None
    counts: dict[str, int] | None = None
    arena_bytes: int | None = None
    least_arena_bytes: int | None = None
    peak_memory_bytes: int | None = None
    mistakes: list[dict[str, int]] = field(default_factory=list)
    energy: list[dict[str, Any]] = field(default_factory=list)
    operators: list[dict[str, Any]] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """Fraction of the test rows that are right.

        Raises:
            ValueError: nothing was measured.
        """
        if self.score is None:
            raise ValueError(f"{self.model} was not run on {self.runtime}")
        return self.score.accuracy

    @property
    def cost(self) -> float | None:
        """Of an inference: the median of its nanoseconds, or the instructions counted."""
        if self.latency:
            return self.latency.median
        return self.counts["instructions"] if self.counts else None

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Measurement":
        """What `to_json` gave, of this version or an older one; other keys are left aside."""
        kept = {key: values[key] for key in cls.__dataclass_fields__ if key in values}
        score, latency = values.get("score"), values.get("latency_ns")
        return cls(
            **{"status": "measured"}
            | kept
            | {"score": score and Score(**score), "latency": latency and Latency(**latency)}
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "runtime": self.runtime,
            "status": self.status,
            "reason": self.reason,
            "score": self.score and self.score.to_json(),
            "latency_ns": self.latency and self.latency.to_json(),
            "latency": self.latency and self.latency.as_litert(),
            "counts": self.counts,
            "arena_bytes": self.arena_bytes,
            "least_arena_bytes": self.least_arena_bytes,
            "peak_memory_bytes": self.peak_memory_bytes,
            "mistakes": self.mistakes,
            "energy": self.energy,
            "operators": self.operators,
        }
