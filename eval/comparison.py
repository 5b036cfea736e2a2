"""Models side by side on one data set, as a report says it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from keras_tvscm.errors import InputError

from .latency import Windows
from .measurement import Measurement
from .statistics import NOISY, Interval, noise, ratio_interval

# Of the JSON: 1 had no windows.
SCHEMA = 2


@dataclass(frozen=True)
class Comparison:
    """Everything that a report says.

    Attributes:
        command: the command line that asked for it.
        date: UTC, ISO 8601.
        machine, versions: as `keras_tvscm.machine` gives them.
        seed, rounds: of the latency loops.
        dataset: `name`, `source`, `rows` (of the test set) and `classes` (names).
        majority: the score of always answering the commonest training class:
            `class`, `accuracy`, `macro_f1`.
        models: one `Model.to_json()` each, under distinct names.
        measurements: runtime by runtime, then core by core, models in order.
        calls: by runtime, nanoseconds that each latency holds for the call from Python.
        left_out: by name, why a baseline is not among the models.
        cores: of the measurements' `runtime`, which are emulated cores.
        windows: fresh starts of each runtime, over which the rounds are spread.
        places: by runtime, where it ran.
        spins: by runtime, nanoseconds of a fixed piece of work in each round, window by window.
        runtime_memory: by runtime, bytes that its process has held at most without a model.
        devices: by runtime on a device such as a phone, what it said of itself before and after:
            its `kind` is "stand-in" where a program took its place in a test.
        recordings: by model, energy out of a power analyser's recordings: `Analysed.to_json()`.

    Examples:

        >>> comparison.dataset["name"], comparison.dataset["rows"], comparison.rounds
        ('digits', 360, 2)
    """

    command: str
    date: str
    machine: dict[str, str | int]
    versions: dict[str, str]
    seed: int
    rounds: int
    dataset: dict[str, Any]
    majority: dict[str, Any]
    models: list[dict[str, Any]]
    measurements: list[Measurement]
    calls: dict[str, float]
    left_out: dict[str, str] = field(default_factory=dict)
    cores: list[str] = field(default_factory=list)
    windows: int = 1
    places: dict[str, str] = field(default_factory=dict)
    spins: dict[str, Windows] = field(default_factory=dict)
    runtime_memory: dict[str, int] = field(default_factory=dict)
    recordings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    devices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def model(self, name: str) -> dict[str, Any]:
        """The model of that name."""
        return next(model for model in self.models if model["name"] == name)

    def baseline(self, runtime: str, dtype: str) -> Measurement | None:
        """The first dense model of that dtype that was measured on that runtime."""
        for measurement in self.measurements:
            model = self.model(measurement.model)
            kind = (measurement.runtime, model["network"], model["dtype"])
            if measurement.cost and kind == (runtime, "dense", dtype):
                return measurement
        return None

    def ratio(self, measurement: Measurement, dtype: str, with_call: bool = True) -> float | None:
        """How many times faster than the dense model of that dtype on the same runtime.

        On a core: how many times fewer instructions.

        Args:
            with_call: whether both times hold the call from Python, or neither.
        """
        dense = self.baseline(measurement.runtime, dtype)
        if not (dense and dense.cost and measurement.cost):
            return None
        call = 0.0 if with_call else self.calls.get(measurement.runtime, 0.0)
        own = measurement.cost - call
        # A model that takes no longer than the call cannot be compared without it.
        return (dense.cost - call) / own if own > 0 else None

    def interval(self, measurement: Measurement, dtype: str) -> Interval | None:
        """Of `ratio`, with the call; None without windows, on a core, or of a model to itself."""
        dense = self.baseline(measurement.runtime, dtype)
        if not (dense and dense.latency and measurement.latency) or dense is measurement:
            return None
        return ratio_interval(dense.latency.windows, measurement.latency.windows)

    @property
    def noise(self) -> dict[str, float]:
        """By runtime, how much the machine's own speed varied: see `statistics.noise`."""
        return {runtime: noise(windows) for runtime, windows in self.spins.items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Comparison":
        """What `to_json` gave, of this version or an older one.

        Raises:
            InputError: of a newer one, or it is no such record.
        """
        try:
            if values.get("schema", 1) > SCHEMA:
                raise InputError(
                    f"the comparison has schema {values['schema']}, this version reads up to "
                    f"{SCHEMA}; update keras-tvscm"
                )
            measurements = [Measurement.from_json(row) for row in values["measurements"]]
            kept = {key: values[key] for key in cls.__dataclass_fields__ if key in values}
            return cls(**(kept | {"measurements": measurements}))
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError("it is no report of a comparison; give a report.json") from error

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; each measurement also carries its ratios and the floor's mark."""
        return (
            {"schema": SCHEMA}
            | vars(self)
            | {
                "measurements": [self._row(m) for m in self.measurements],
                "noise": self.noise,
                "noisy": any(figure > NOISY for figure in self.noise.values()),
            }
        )

    def _row(self, measurement: Measurement) -> dict[str, Any]:
        def by_dtype(figure: Callable[[str], Any]) -> dict[str, Any]:
            return {dtype: figure(dtype) for dtype in ("int8", "float32")}

        return measurement.to_json() | {
            "times_faster_than_dense": by_dtype(lambda dtype: self.ratio(measurement, dtype)),
            "times_faster_without_call": by_dtype(
                lambda dtype: self.ratio(measurement, dtype, with_call=False)
            ),
            "interval": by_dtype(lambda dtype: self.interval(measurement, dtype)),
            "head_only_floor": self.model(measurement.model)["network"] == "softmax",
        }
