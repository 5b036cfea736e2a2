"""Models side by side on one data set: accuracy, size, and latency or instructions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from keras_tvscm.convert.runtimes import IN_PROCESS, InProcess, Unavailable, check_names, in_child
from keras_tvscm.convert.runtimes.arena import minimum_arena
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.machine import machine, versions
from keras_tvscm.progress import Progress, announcing, silent
from keras_tvscm.training.metrics import majority, score

from . import latency
from .cortex_m import check_cores
from .counted import on_core
from .measurement import Measurement
from .model import Model, distinct


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
        cores: of the measurements' `runtime`, which are emulated cores.
        left_out: by name, why a baseline is not among the models.

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

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Comparison":
        """What `to_json` gave."""
        measurements = [Measurement.from_json(row) for row in values["measurements"]]
        return cls(**(values | {"measurements": measurements}))

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; each measurement also carries its ratios and the floor's mark."""
        return vars(self) | {"measurements": [self._row(m) for m in self.measurements]}

    def _row(self, measurement: Measurement) -> dict[str, Any]:
        return measurement.to_json() | {
            "times_faster_than_dense": {
                dtype: self.ratio(measurement, dtype) for dtype in ("int8", "float32")
            },
            "times_faster_without_call": {
                dtype: self.ratio(measurement, dtype, with_call=False)
                for dtype in ("int8", "float32")
            },
            "head_only_floor": self.model(measurement.model)["network"] == "softmax",
        }


def compare(
    models: list[Model],
    dataset: Dataset,
    runtimes: list[str],
    rounds: int = 50,
    seed: int = 0,
    progress: Progress = silent,
    command: str = "",
    left_out: dict[str, str] | None = None,
    cores: Sequence[str] = (),
) -> Comparison:
    """Run every model on every runtime over the whole test set, then time them together.

    Where cores are named, the C of the int8 models is counted on them as well.

    Args:
        models: at least one; equal names are told apart by a number.
        dataset: what they are judged on: `test.x` float32 (rows, n), `test.y` (rows,).
        runtimes: names out of `convert.runtimes.IN_PROCESS`.
        rounds: timed loops per model, at least 1.
        seed: of the order within a round.
        progress: called before each model on each runtime or core, and before each timing.
        command: the command line to record.
        left_out: by name, why a baseline is not among the models.
        cores: names out of `cortex_m.CORES`.

    Raises:
        CheckError: C on a core gives other outputs than TFLite-Micro.
        InputError: no model, an unknown runtime or core, rounds below 1, or a model whose input
            or output does not fit the data set.

    Examples:

        >>> from keras_tvscm.eval.compare import compare
        >>> comparison = compare([converted], data, ["litert-xnnpack"], rounds=2)
        >>> [(row.runtime, row.status) for row in comparison.measurements]
        [('litert-xnnpack', 'measured')]
    """
    if not models or not runtimes:
        raise InputError("Nothing to compare: give at least one .tflite file and one runtime")
    if rounds < 1:
        raise InputError(f"rounds is at least 1. Received: {rounds}")
    check_names(runtimes, IN_PROCESS)
    check_cores(cores)
    models = distinct(models)
    names = list(dict.fromkeys(runtimes))
    steps = len(names) * (len(models) + 1) + len(cores) * len(models)
    say = announcing(progress, steps)
    measurements, calls = [], {}
    for name in names:
        measured, call = _on_runtime(name, models, dataset, rounds, seed, say)
        measurements += measured
        if call is not None:
            calls[name] = call
    for core in cores:
        for model in models:
            say(f"{core}: {model.name}")
            measurements.append(on_core(core, model, dataset))
    commonest, always = majority(dataset.train.y, dataset.test.y, len(dataset.classes))
    return Comparison(
        command=command,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine(),
        versions=versions(),
        seed=seed,
        rounds=rounds,
        dataset={
            "name": dataset.name,
            "source": dataset.source,
            "rows": len(dataset.test.y),
            "classes": list(dataset.classes),
        },
        majority={
            "class": dataset.classes[commonest],
            "accuracy": always.accuracy,
            "macro_f1": always.macro_f1,
        },
        models=[model.to_json() for model in models],
        measurements=measurements,
        calls=calls,
        left_out=left_out or {},
        cores=list(cores),
    )


def _on_runtime(
    name: str,
    models: list[Model],
    dataset: Dataset,
    rounds: int,
    seed: int,
    say: Callable[[str], None],
) -> tuple[list[Measurement], float | None]:
    """What each model makes of the data set, and what a call takes if one was timed."""
    sessions: dict[str, InProcess] = {}
    scores, reasons, arenas = {}, {}, dict[str, int]()
    for model in models:
        say(f"{name}: {model.name}: {len(dataset.test.y):,} rows")
        try:
            if model.record is None:
                in_child(name, model.content)
            session = InProcess(name, model.content)
        except Unavailable as error:
            reasons[model.name] = str(error)
            continue
        _check_fit(model, session, dataset)
        predicted = session.predict(dataset.test.x).argmax(axis=1)
        scores[model.name] = score(dataset.test.y, predicted, len(dataset.classes))
        sessions[model.name] = session
        if session.arena_bytes:
            arenas[model.name] = minimum_arena(model.content, session.arena_bytes)
    say(f"{name}: latency of {len(sessions)} models, {rounds} rounds")
    row = dataset.test.x[0]
    timed = [InProcess(name, model.content, row) for model in models if model.name in sessions]
    latencies = latency.measure([*timed, *map(latency.Call, timed[:1])], rounds, seed)
    times = dict(zip(sessions, latencies, strict=False))
    measurements = [
        Measurement(model.name, name, "unavailable", reasons[model.name])
        if model.name in reasons
        else Measurement(
            model.name,
            name,
            "measured",
            score=scores[model.name],
            latency=times[model.name],
            arena_bytes=sessions[model.name].arena_bytes,
            least_arena_bytes=arenas.get(model.name),
        )
        for model in models
    ]
    return measurements, latencies[-1].median if timed else None


def _check_fit(model: Model, session: InProcess, dataset: Dataset) -> None:
    width, classes = dataset.test.x.shape[1], len(dataset.classes)
    if (session.inputs, session.outputs) != (width, classes):
        raise InputError(
            f"{model.path} takes {session.inputs} values and gives {session.outputs}, but "
            f"{dataset.name} has {width} values and {classes} classes; choose its own data set"
        )
