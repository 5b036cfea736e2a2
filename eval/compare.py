"""Models side by side on one data set: accuracy, size, memory, and latency or instructions."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.machine import machine, versions
from keras_tvscm.progress import Progress, announcing, silent
from keras_tvscm.training.metrics import majority

from .cortex_m import check_cores
from .counted import on_core
from .latency import Windows
from .measurement import Measurement
from .model import Model, distinct
from .operators import operator_times
from .rows import misfit, run
from .runtimes import Runtime, find
from .session import Session
from .statistics import NOISY, Interval, noise, ratio_interval
from .window import CALL, Input, latency, measure, spins

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


def compare(
    models: list[Model],
    dataset: Dataset,
    runtimes: list[str],
    *,
    rounds: int = 50,
    windows: int = 10,
    seed: int = 0,
    progress: Progress = silent,
    command: str = "",
    left_out: dict[str, str] | None = None,
    cores: Sequence[str] = (),
    operators: bool = False,
    session: Session | None = None,
) -> Comparison:
    """Run every model on every runtime over the whole test set, then time them all together.

    Where cores are named, the C of the int8 models is counted on them as well. What cannot be
    measured has its reason, and the rest goes on.

    Args:
        models: at least one; equal names are told apart by a number.
        dataset: what they are judged on: `test.x` float32 (rows, n), `test.y` (rows,).
        runtimes: names that `runtimes.find` knows.
        rounds: timed loops per model, at least 1; some more if the windows do not divide them.
        windows: fresh starts of each runtime, over which the rounds are spread; not more of them
            than rounds.
        seed: of the order within a round.
        progress: called before each model on each runtime or core, and before each window.
        command: the command line to record.
        left_out: by name, why a baseline is not among the models.
        cores: names out of `cortex_m.CORES`.
        operators: whether to time each operator as well.
        session: remembers the steps; none by default.

    Raises:
        CheckError: C on a core gives other outputs than TFLite-Micro, or a runtime that has run
            the models does not do so again.
        InputError: no model, an unknown runtime or core, rounds or windows below 1, no model that
            fits the data set; or the session is another's.

    Examples:

        >>> from keras_tvscm.eval.compare import compare
        >>> comparison = compare([converted], data, ["litert-xnnpack"], rounds=2)
        >>> [(row.runtime, row.status) for row in comparison.measurements]
        [('litert-xnnpack', 'measured')]
    """
    if not models or not runtimes:
        raise InputError("Nothing to compare: give at least one .tflite file and one runtime")
    if rounds < 1 or windows < 1:
        raise InputError(f"rounds and windows are at least 1. Received: {rounds}, {windows}")
    check_cores(cores)
    by_name = {name: find(name) for name in runtimes}
    models = distinct(models)
    misfits = {model.name: misfit(model, dataset) for model in models}
    if all(misfits.values()):
        raise InputError(str(next(iter(misfits.values()))))
    windows = min(windows, rounds)
    loops = -(-rounds // windows)
    rounds = windows * loops
    session = session or Session()
    header = {
        "models": [model.to_json() for model in models],
        "data set": [dataset.name, dataset.fingerprint],
        "runtimes": list(by_name),
        "cores": list(cores),
        "rounds": [rounds, windows],
        "seed": seed,
        "operators": operators,
        "machine": machine(),
        "versions": versions(),
    }
    session.begin(header)
    say = announcing(
        progress, len(by_name) * (len(models) + 1) + len(cores) * len(models) + windows
    )
    alone = {}
    for name, runtime in by_name.items():
        say(f"{name}: the runtime alone")
        alone[name] = session.step(f"{name} alone", _alone, runtime)
    measurements = []
    for name, runtime in by_name.items():
        for model in models:
            say(f"{name}: {model.name}: {len(dataset.test.y):,} rows")
            fields = session.step(f"{name}: {model.name}", run, runtime, model, dataset)
            measurements.append(
                Measurement.from_json({"model": model.name, "runtime": name} | fields)
            )
    for core in cores:
        for model in models:
            say(f"{core}: {model.name}")
            counted = session.step(f"{core}: {model.name}", _counted, core, model, dataset)
            measurements.append(Measurement.from_json(counted))
    inputs: dict[str, dict[str, Input]] = {name: {} for name in by_name}
    for m in measurements:
        if m.runtime in by_name and m.status == "measured":
            content = next(model.content for model in models if model.name == m.model)
            row = None if misfits[m.model] else dataset.test.x[0]
            inputs[m.runtime][m.model] = content, row
    by_operator: dict[tuple[str, str], list[dict[str, Any]]] = {}
    if operators:
        say("operators")
        for name, runtime in by_name.items():
            for timed, (content, row) in inputs[name].items():
                by_operator[name, timed] = session.step(
                    f"{name}: operators of {timed}", operator_times, runtime, content, row
                )
    taken = []
    for number in range(windows):
        say(f"latency: window {number + 1} of {windows}")
        arguments = by_name, inputs, loops, seed, number
        taken.append(session.step(f"window {number}", measure, *arguments))
    calls = {name: latency(taken, name, CALL) for name in by_name}
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
            "drawn": _drawn(measurements, dataset),
        },
        majority={
            "class": dataset.classes[commonest],
            "accuracy": always.accuracy,
            "macro_f1": always.macro_f1,
        },
        models=[model.to_json() for model in models],
        measurements=[
            m
            if m.runtime in cores
            else replace(
                m,
                latency=latency(taken, m.runtime, m.model),
                operators=by_operator.get((m.runtime, m.model), []),
            )
            for m in measurements
        ],
        calls={name: call.median for name, call in calls.items() if call},
        left_out=left_out or {},
        cores=list(cores),
        windows=windows,
        places={name: runtime.place for name, runtime in by_name.items()},
        spins={name: found for name in by_name if (found := spins(taken, name))},
        runtime_memory={name: bytes_ for name, bytes_ in alone.items() if bytes_ is not None},
    )


def _alone(runtime: Runtime) -> int | None:
    """Bytes that the runtime's process holds at most without a model, if that is known."""
    try:
        return runtime.memory(None).get("peak_memory_bytes")
    except Unavailable:
        return None


def _counted(core: str, model: Model, dataset: Dataset) -> dict[str, Any]:
    return on_core(core, model, dataset).to_json()


def _drawn(measurements: Sequence[Measurement], dataset: Dataset) -> dict[str, str]:
    """By number, the test rows that the report draws: a byte a value, from least to greatest."""
    rows = sorted({mistake["row"] for m in measurements for mistake in m.mistakes})
    drawn = {}
    for row in rows:
        x = dataset.test.x[row]
        steps = np.round(255 * (x - x.min()) / max(float(np.ptp(x)), 1e-9)).astype(np.uint8)
        drawn[str(row)] = base64.b64encode(steps.tobytes()).decode()
    return drawn
