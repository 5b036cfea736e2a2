"""`convert`: lower, quantise, verify; and the record that goes with the result."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import replacing, write_json, write_text
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.machine import versions
from keras_tvscm.models.loading import check_reads
from keras_tvscm.models.summary import operations
from keras_tvscm.patterns.pattern import Pattern

from .c_source import CSource, generate, native
from .choose.costs import Costs
from .choose.costs import load as load_costs
from .choose.rank import PREFERENCES, Candidate, rank
from .firmware import about, sources
from .lower.collapse import Bounded, Linear, collapse, linear, refuse_dead
from .lower.model import check_lowerable, choose, lower
from .lower.placements import placements
from .record import layers, title
from .runtimes import NAMES, check_names, tflite_runtime
from .runtimes.arena import minimum_arena, reserve
from .tflite.compact import strip
from .tflite.graph import input_and_output as as_stored
from .tflite.metadata import with_metadata
from .tflite.quantize import to_float32, to_int8, to_int8x4, to_int16x8
from .tflite.signal import with_signal_operators
from .verify.agreement import Rows
from .verify.gate import SAMPLE, verify
from .verify.screening import ROWS as SCREENED
from .verify.screening import screen
from .verify.task import Task, task_of

# Types of input and output that each arithmetic may have, the usual one first.
DTYPES = {
    "int8": ("int8", "uint8", "float32"),
    "int8x4": ("int8", "uint8", "float32"),
    "int16x8": ("int16", "float32"),
    "float32": ("float32",),
}
QUANTISED = {"int8": to_int8, "int8x4": to_int8x4, "int16x8": to_int16x8}
TARGETS = ("litert", "tflm", "android", "c")
# Enough for ranges in which the operators can be compared.
ROWS_TO_CHOOSE = 20


@dataclass(frozen=True)
class Conversion:
    """A verified `.tflite` model and the record of how it came about.

    Attributes:
        content: the model's bytes.
        record: JSON-ready: lowering of each layer, dtype, parameters of the trained model,
            operations, patterns, filters, calibration; the layers that were collapsed, and those
            that are linear on the calibrated range but were not; verification (the figures of
            the first runtime), runtimes (those of each), versions. For the target `"c"` also
            the source's sizes, and on how many rows it was found equal to the model.
    """

    content: bytes
    record: dict[str, Any]

    def c_source(self, name: str) -> CSource:
        """The C that computes the model's bytes, for files of that name."""
        return generate(self.content, name, about(self.record))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `path` and, beside it, `path` + `.json`; each whole or not at all.

        For the target `"tflm"` also C++ sources (see `firmware.sources`). For the target `"c"`,
        `path` ends in `.c`; a header, and the `.tflite` model that both equal, go with it.
        """
        path = Path(path)
        suffix = ".c" if self.record["target"] == "c" else ".tflite"
        if path.suffix != suffix:
            raise InputError(f"{path} is not named {suffix}; choose such an output")
        if self.record["target"] == "c":
            self.c_source(path.stem).write(path.parent)
            path = path.with_suffix(".tflite")
        if self.record["target"] == "tflm":
            for name, text in sources(path.stem, self.content, self.record).items():
                write_text(path.with_name(name), text)
        # The record carries the model's checksum, so that a kill between the two is noticed.
        with replacing(path) as temporary:
            temporary.write_bytes(self.content)
        write_json(f"{path}.json", self.record)


def convert(
    model: keras.Model,
    dataset: Dataset,
    *,
    lowering: str | Mapping[str, str] | None = "auto",
    dtype: str = "int8",
    io_dtype: str | None = None,
    calibration_rows: int = 500,
    seed: int = 0,
    name: str | None = None,
    collapsing: bool = True,
    target: str = "litert",
    require: Sequence[str] = (),
    costs: Path | None = None,
    prefer: str = "time",
    stripped: bool = False,
    task: str | None = None,
) -> Conversion:
    """Convert a trained Keras model to TFLite and prove it equal within stated bounds.

    Ranges come from rows of the training part, drawn with `seed`; the proof is made on all
    rows that the model was not trained on, those of the validation and the test part.

    Args:
        model: Sequential or functional, (batch, n) to (batch, classes).
        dataset: the data that the model was trained on.
        lowering: `"auto"` takes what is predicted to be the fastest on the target, of all that
            agree with the model (see `choose.rank`); else a name in `lowering.LOWERINGS` or
            `lowering.FILTERS`, for all layers that know it, or a name per layer; where that
            leaves a layer open, `"unrolled"` for TVSCM layers and `"convolution"` for filters.
            `"signal"` uses TFLite-Micro's own Fourier operators, and runs nowhere else.
        dtype: `"int8"` (full-integer); `"int8x4"`, the same with four bits a weight where
            a convolution has two values a channel, as filters have; `"int16x8"` (int16
            activations, int8 weights); or `"float32"`.
        io_dtype: type of input and output, one of `DTYPES[dtype]`; by default the first.
        calibration_rows: how many training rows set the ranges.
        seed: draws those rows.
        name: for tables; made up from network, pattern and dtype if not given.
        collapsing: whether a TVSCM layer that is linear goes into the Dense layer after it.
            In integers that is one whose ReLU never clips on the calibrated range, as integer
            inputs are cut to it; in float32 only one without an activation.
        target: `"litert"`; `"tflm"`, which has to run the model and gets C++ sources too;
            `"android"`, which gets labels and metadata in the file; or `"c"`, which gets C source
            that computes the same bytes.
        require: runtimes that have to run the model, for it to be written.
        costs: a table by `tvscm calibrate-costs`, in place of the package's own.
        prefer: what `"auto"` looks for: the least `"time"`, or the fewest `"bytes"`.
        stripped: whether names, signature, description and metadata are left out (see
            `compact.strip`).
        task: what the outputs stand for, one of `task.NAMES`; by default found from their shape
            (see `task_of`).

    Raises:
        InputError: the model cannot be expressed, or does not fit the data.
        CoarseVariant: in integers it does not agree with the model on training rows (see
            `screen`).
        CheckError: the result does not agree with the model (see `verify`).
    """
    if dtype not in DTYPES:
        raise InputError(f"Unknown dtype {dtype!r}; expected one of {', '.join(DTYPES)}")
    io_dtype = io_dtype or DTYPES[dtype][0]
    if io_dtype not in DTYPES[dtype]:
        raise InputError(
            f"Input and output of {dtype} are {' or '.join(DTYPES[dtype])}. Received: {io_dtype!r}"
        )
    if target not in TARGETS:
        raise InputError(f"Unknown target {target!r}; expected one of {', '.join(TARGETS)}")
    if prefer not in PREFERENCES:
        raise InputError(f"Unknown preference {prefer!r}; expected {' or '.join(PREFERENCES)}")
    if stripped and target == "android":
        raise InputError("--target android puts in what --strip leaves out; choose one of them")
    check_names(require)
    if calibration_rows < 1:
        raise InputError(f"Calibration needs at least 1 row. Received: {calibration_rows}")
    signal = lowering == "signal"
    if signal and (target, dtype, io_dtype) != ("tflm", "int8", "int8"):
        raise InputError("The lowering signal is for --target tflm in int8 throughout")
    if target == "c" and (dtype, io_dtype) not in (("int8", "int8"), ("float32", "float32")):
        raise InputError("C is written of models that are int8 (or float32) throughout")
    if target == "c" and costs:
        raise InputError("For C, instructions are estimated; a table of costs is for a runtime")
    automatic = lowering == "auto"
    predict: Callable[[bytes], tuple[float | None, int]] | None = None
    if automatic:
        predict = _for_c if target == "c" else _for_runtime(load_costs(target, costs))
    check_lowerable(model)
    chosen = choose(placements(model), None if automatic else "dense" if signal else lowering)
    check_reads(model, dataset)
    kind = task_of(model, dataset, task)

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(dataset.train.x))[:calibration_rows]
    low, high = _input_range(dataset.train.x[rows])
    bounded, collapsed = Bounded.of(model, low, high), list[Linear]()
    if dtype != "float32":
        refuse_dead(bounded)
    if collapsing:
        bounded, collapsed = collapse(bounded, everywhere=dtype == "float32")
    smaller = bounded.model
    quantised = partial(QUANTISED.get(dtype, to_int8), io_dtype=io_dtype)
    orders = [{placement.name: chosen[placement.name] for placement in bounded.placements}]
    compared: list[Candidate] = []
    if predict:
        few = dataset.train.x[rows[:ROWS_TO_CHOOSE]]
        roughly = to_float32 if dtype == "float32" else partial(quantised, calibration=few)
        orders, compared = rank(smaller, roughly, predict, prefer)
    held_out = _rows(
        model,
        np.concatenate([dataset.validation.x, dataset.test.x]),
        np.concatenate([dataset.validation.y, dataset.test.y]),
        kind,
    )
    of_training = None
    if dtype != "float32" and orders[0]:
        seen = dataset.train.select(rng.permutation(len(dataset.train.x))[:SCREENED])
        of_training = _rows(model, seen.x, seen.y, kind)
    count = operations(smaller)
    fixed = {
        "dataset": dataset.name,
        "network": model.name,
        **layers(model),
        "collapsed": [one.reason for one in collapsed],
        "linear": [one.reason for one in linear(bounded)],
        "dtype": dtype,
        "io_dtype": io_dtype,
        "target": target,
        "stripped": stripped,
        "parameters": model.count_params(),
        "multiplications": None if count is None else count.multiplications,
        "additions": None if count is None else count.additions,
        "calibration": (
            {"source": f"{dataset.name} train", "rows": len(rows), "seed": seed}
            if dtype != "float32"
            else None
        ),
        "versions": versions() | tflite_runtime.versions(),
    }

    def lowered_by(lowerings: dict[str, str]) -> Conversion:
        lowered = lower(smaller, lowerings)
        as_float = content = to_float32(lowered)
        if dtype != "float32":
            content = quantised(lowered, calibration=dataset.train.x[rows])
        if signal:
            content = with_signal_operators(content, _products(smaller))
            lowerings = dict.fromkeys(lowerings, "signal")
        if stripped:
            content = strip(content)
        record: dict[str, Any] = {
            "name": name or title(model, {} if automatic else lowerings, fixed),
            "lowering": ", ".join(dict.fromkeys(lowerings.values())) or None,
            "lowerings": lowerings,
            **fixed,
        }
        if target == "android":
            content = with_metadata(content, dataset, record)
        first = "tflm" if signal else NAMES[0]
        if of_training:
            form = f"{record['lowering']} in {dtype}"
            agreement = screen(content, of_training, f"{dataset.name} train", form, first)
            record["screening"] = agreement and {
                "rows": agreement.rows,
                "agreement": agreement.agreement,
            }
        verification = verify(
            held_out,
            f"{dataset.name} validation and test",
            as_float=as_float,
            converted=content,
            seed=seed,
            first=first,
            require=[*require, "tflm"] if target in ("tflm", "c") else require,
        )
        record |= {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "verification": verification.summary(),
            "runtimes": verification.to_json(),
        }
        if target == "tflm":
            used = record["runtimes"]["converted"]["tflm"]["arena_bytes"]
            least = minimum_arena(content, used)
            record["arena"] = {"used": used, "least": least, "reserved": reserve(least)}
        if target == "c":
            source = generate(content)
            drawn = held_out.x[held_out.draw(SAMPLE, seed)]
            stored = as_stored(content)[0].quantize(drawn).reshape(len(drawn), -1)
            record["c"] = {
                "scratch_bytes": source.scratch_bytes,
                "constant_bytes": source.constant_bytes,
                "equality": native.check(source, content, stored),
            }
        return Conversion(content, record)

    failures: dict[tuple[str, str], str] = {}
    for lowerings in orders:
        try:
            conversion = lowered_by(lowerings)
            break
        except CheckError as error:
            # The next fastest may agree: each rounds in its own way.
            failures |= dict.fromkeys(lowerings.items(), str(error))
            last = error
    else:
        raise last
    conversion.record["candidates"] = [
        replace(one, reason=failures.get((one.layer, one.lowering))).to_json()
        if one.reason is None and lowerings[one.layer] != one.lowering
        else one.to_json()
        for one in compared
    ]
    return conversion


def _for_c(content: bytes) -> tuple[float, int]:
    source = generate(content)
    return source.instructions, source.constant_bytes


def _for_runtime(costs: Costs) -> Callable[[bytes], tuple[float | None, int]]:
    return lambda content: (costs.microseconds(content), len(content))


def _rows(model: keras.Model, x: NDArray[np.float32], y: NDArray[np.int32], task: Task) -> Rows:
    shaped = x.reshape(-1, *model.inputs[0].shape[1:])
    outputs = model.predict(shaped, batch_size=1024, verbose=0).reshape(len(x), -1)
    return Rows(outputs, x, task.targets(x, y), task)


def _input_range(rows: NDArray[np.float32]) -> tuple[float, float]:
    """What int8 inputs can stand for, calibrated on these rows.

    The range takes in zero, which has a step of its own: a lower end other than zero may
    move by up to one step to where one falls on zero.
    """
    low, high = min(0.0, float(rows.min())), max(0.0, float(rows.max()))
    step = (high - low) / 255
    return (low - step, high + step) if low < 0 else (low, high)


def _products(model: keras.Model) -> list[tuple[Pattern, float, float]]:
    layers = [layer for layer in model.layers if isinstance(layer, TVSCM)]
    return [(layer.pattern, float(layer.a.numpy()), float(layer.b.numpy())) for layer in layers]
