"""Models side by side on one data set: accuracy, size, memory, and latency or instructions."""

import base64
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.machine import machine, versions
from keras_tvscm.progress import Progress, announcing, silent
from keras_tvscm.training.metrics import majority

from .comparison import Comparison
from .cortex_m import check_cores
from .counted import on_core
from .energy import Energy
from .energy.analyser import Analysed
from .energy.counting import measure as measure_energy
from .energy.rapl import available
from .measurement import Measurement
from .model import Model, distinct
from .operators import operator_times
from .rows import misfit, run
from .runtimes import Metered, OnDevice, Runtime, find
from .runtimes.host import Host
from .session import Session
from .window import CALL, Input, latency, measure, spins


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
    rapl: bool = False,
    battery: bool = False,
    recordings: Sequence[Analysed] = (),
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
        rapl: whether to read the processor's counter of energy, for 20 s a model and runtime.
        battery: whether to read the counters of devices that have some, minutes a model.
        recordings: energy by power analysers, each of one of the models.
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
    recorded = _by_model(recordings, models)
    misfits = {model.name: misfit(model, dataset) for model in models}
    if all(misfits.values()):
        raise InputError(str(next(iter(misfits.values()))))
    windows = min(windows, rounds)
    loops = -(-rounds // windows)
    rounds = windows * loops
    session = session or Session()
    asked = {
        "models": [model.to_json() for model in models],
        "data set": [dataset.name, dataset.fingerprint],
        "runtimes": list(by_name),
        "cores": list(cores),
        "rounds": [rounds, windows],
        "seed": seed,
        "operators": operators,
        "rapl": rapl,
        "battery": battery,
        "machine": machine(),
        "versions": versions(),
    }
    session.begin(asked)
    total = (
        len(by_name) * (1 + len(models))
        + len(cores) * len(models)
        + operators
        + rapl
        + battery
        + windows
    )
    steps = _Steps(session, announcing(progress, total), by_name, models, dataset)
    before = steps.devices("before")
    alone = steps.alone()
    measurements = [*steps.on_runtimes(), *steps.on_cores(cores)]
    inputs = _inputs(measurements, by_name, models, misfits, dataset)
    by_operator = steps.each("operators", operator_times, inputs) if operators else {}
    energy = steps.each("energy", _counted_energy, inputs) if rapl else {}
    on_device = steps.each("battery", _energy_on_device, inputs) if battery else {}
    taken = steps.windows(windows, inputs, loops, seed)
    after = steps.devices("after")

    def timed(m: Measurement) -> Measurement:
        key = m.runtime, m.model
        return replace(
            m,
            latency=latency(taken, *key),
            operators=by_operator.get(key, []),
            energy=[*([energy[key]] if key in energy else []), *on_device.get(key, [])],
        )

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
        measurements=[timed(m) if m.runtime in by_name else m for m in measurements],
        calls={name: call.median for name, call in calls.items() if call},
        left_out=left_out or {},
        cores=list(cores),
        windows=windows,
        places={name: runtime.place for name, runtime in by_name.items()},
        spins={name: found for name in by_name if (found := spins(taken, name))},
        runtime_memory=alone,
        recordings=recorded,
        devices={name: [before[name], after[name]] for name in before},
    )


@dataclass(frozen=True)
class _Steps:
    """What is measured, a step at a time: each is announced, and taken once in a session."""

    session: Session
    say: Callable[[str], None]
    runtimes: Mapping[str, Runtime]
    models: Sequence[Model]
    dataset: Dataset

    def devices(self, when: str) -> dict[str, dict[str, Any]]:
        """By runtime on a device that can say so, which it is and what state it is in."""
        return {
            name: self.session.step(f"{name} {when}", runtime.facts)
            for name, runtime in self.runtimes.items()
            if isinstance(runtime, OnDevice)
        }

    def alone(self) -> dict[str, int]:
        """By runtime, bytes that its process holds at most without a model, where it is known."""
        found = {}
        for name, runtime in self.runtimes.items():
            self.say(f"{name}: the runtime alone")
            found[name] = self.session.step(f"{name} alone", _alone, runtime)
        return {name: size for name, size in found.items() if size is not None}

    def on_runtimes(self) -> Iterator[Measurement]:
        """What each makes of the test rows, not timed yet."""
        for name, runtime in self.runtimes.items():
            for model in self.models:
                self.say(f"{name}: {model.name}: {len(self.dataset.test.y):,} rows")
                key = f"{name}: {model.name}"
                fields = self.session.step(key, run, runtime, model, self.dataset)
                yield Measurement.from_json({"model": model.name, "runtime": name} | fields)

    def on_cores(self, cores: Sequence[str]) -> Iterator[Measurement]:
        """What is counted on each."""
        for core in cores:
            for model in self.models:
                self.say(f"{core}: {model.name}")
                key = f"{core}: {model.name}"
                counted = self.session.step(key, _counted, core, model, self.dataset)
                yield Measurement.from_json(counted)

    def each(
        self, what: str, take: Callable[..., Any], inputs: Mapping[str, Mapping[str, Input]]
    ) -> dict[tuple[str, str], Any]:
        """What `take` gives of each runtime and input, by the names of runtime and model."""
        self.say(what)
        return {
            (name, model): self.session.step(
                f"{name}: {what} of {model}", take, self.runtimes[name], *given
            )
            for name in self.runtimes
            for model, given in inputs[name].items()
        }

    def windows(
        self, number: int, inputs: Mapping[str, Mapping[str, Input]], loops: int, seed: int
    ) -> list[list[dict[str, Any]]]:
        """What the windows give."""
        taken = []
        for window in range(number):
            self.say(f"latency: window {window + 1} of {number}")
            arguments = self.runtimes, inputs, loops, seed, window
            taken.append(self.session.step(f"window {window}", measure, *arguments))
        return taken


def _inputs(
    measurements: Sequence[Measurement],
    runtimes: Collection[str],
    models: Sequence[Model],
    misfits: Mapping[str, str | None],
    dataset: Dataset,
) -> dict[str, dict[str, Input]]:
    """By runtime, by model, what is timed: all that runs there."""
    content = {model.name: model.content for model in models}
    inputs: dict[str, dict[str, Input]] = {name: {} for name in runtimes}
    for m in measurements:
        if m.runtime in inputs and m.status == "measured":
            row = None if misfits[m.model] else dataset.test.x[0]
            inputs[m.runtime][m.model] = content[m.model], row
    return inputs


def _alone(runtime: Runtime) -> int | None:
    """Bytes that the runtime's process holds at most without a model, if that is known."""
    try:
        return runtime.memory(None).get("peak_memory_bytes")
    except Unavailable:
        return None


def _counted_energy(
    runtime: Runtime, content: bytes, row: NDArray[np.float32] | None
) -> dict[str, Any]:
    """Of an inference, by the processor's counter; or why there is none."""
    try:
        if not isinstance(runtime, Host):
            raise Unavailable("RAPL counts this machine, on which it does not run")
        counter = available()
        with runtime.open() as window:
            return measure_energy(counter, window.load(content, row).time).to_json()
    except Unavailable as error:
        return Energy("unavailable", None, str(error), "").to_json()


def _energy_on_device(
    runtime: Runtime, content: bytes, row: NDArray[np.float32] | None
) -> list[dict[str, Any]]:
    """Of an inference, by the device's own counters; or why there is none."""
    if isinstance(runtime, Metered):
        try:
            return runtime.energy(content, row)
        except Unavailable as error:
            reason = str(error)
    else:
        reason = "it has no counters of its own"
    return [Energy("unavailable", None, reason, "").to_json()]


def _by_model(
    recordings: Sequence[Analysed], models: Sequence[Model]
) -> dict[str, list[dict[str, Any]]]:
    """The recordings of each model, by its name.

    Raises:
        InputError: one is of another model, or of none.
    """
    names = {hashlib.sha256(model.content).hexdigest(): model.name for model in models}
    found: dict[str, list[dict[str, Any]]] = {}
    for recording in recordings:
        if recording.model_sha256 not in names:
            raise InputError(
                f"the energy out of {recording.energy.source} is of none of the models here; give "
                "tvscm energy the .tflite file that ran (--model)"
            )
        found.setdefault(names[recording.model_sha256], []).append(recording.to_json())
    return found


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
