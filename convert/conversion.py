"""`convert`: lower, quantise, verify; and the record that goes with the result."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tvscm import circulant
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import replacing, write_json, write_text
from keras_tvscm.layer import TVSCM
from keras_tvscm.machine import versions

from .arena import least_arena, reserve
from .firmware import sources
from .lower import lower
from .metadata import with_metadata
from .quantize import to_float32, to_int8
from .runtimes import check_names, tflite_runtime
from .verify import verify

DTYPES = ("int8", "float32")
TARGETS = ("litert", "tflm", "android")


@dataclass(frozen=True)
class Conversion:
    """A verified `.tflite` model and the record of how it came about.

    Attributes:
        content: the model's bytes.
        record: JSON-ready: lowering, dtype, parameters, operations, patterns, calibration,
            verification (the figures of the first runtime), runtimes (those of each), versions.
    """

    content: bytes
    record: dict[str, Any]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `path` and, beside it, `path` + `.json`; each whole or not at all.

        For the target `"tflm"` also C++ sources (see `firmware.sources`).
        """
        path = Path(path)
        if path.suffix != ".tflite":
            raise InputError(f"{path} is not named .tflite; choose such an output")
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
    lowering: str = "unrolled",
    dtype: str = "int8",
    calibration_rows: int = 500,
    seed: int = 0,
    name: str | None = None,
    target: str = "litert",
    require: Sequence[str] = (),
) -> Conversion:
    """Convert a trained Keras model to TFLite and prove it equal within stated bounds.

    Ranges come from rows of the training part, drawn with `seed`; the proof is made on all
    rows that the model was not trained on, those of the validation and the test part.

    Args:
        model: Sequential or functional, (batch, n) to (batch, classes).
        dataset: the data that the model was trained on.
        lowering: `"unrolled"` or `"dense"`.
        dtype: `"int8"` (full-integer) or `"float32"`.
        calibration_rows: how many training rows calibrate int8.
        seed: draws those rows.
        name: for tables; made up from network, pattern and dtype if not given.
        target: `"litert"`; `"tflm"`, which has to run the model and gets C++ sources too; or
            `"android"`, which gets labels and metadata in the file.
        require: runtimes that have to run the model, for it to be written.

    Raises:
        InputError: the model cannot be expressed, or does not fit the data.
        CheckError: the result does not agree with the model (see `verify`).
    """
    if dtype not in DTYPES:
        raise InputError(f"Unknown dtype {dtype!r}; expected one of {', '.join(DTYPES)}")
    if target not in TARGETS:
        raise InputError(f"Unknown target {target!r}; expected one of {', '.join(TARGETS)}")
    check_names(require)
    if calibration_rows < 1:
        raise InputError(f"Calibration needs at least 1 row. Received: {calibration_rows}")
    lowered = lower(model, lowering)
    width, outputs = int(np.prod(model.inputs[0].shape[1:])), model.outputs[0].shape[-1]
    if width != dataset.features or outputs != len(dataset.classes):
        raise InputError(
            f"the model maps {width} inputs to {outputs} outputs, the data set {dataset.name} "
            f"has {dataset.features} features and {len(dataset.classes)} classes"
        )

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(dataset.train.x))[:calibration_rows]
    held_out = np.concatenate([dataset.validation.x, dataset.test.x])
    as_float = content = to_float32(lowered)
    if dtype == "int8":
        content = to_int8(lowered, dataset.train.x[rows])

    layers = [layer for layer in model.layers if isinstance(layer, TVSCM)]
    multiplications, additions = _operations(model)
    patterns = [
        {"layer": layer.name, **layer.pattern.to_config()}
        | {"value_a": float(layer.a.numpy()), "value_b": float(layer.b.numpy())}
        for layer in layers
    ]
    record = {
        "name": name or _name(model, patterns, lowering, dtype),
        "dataset": dataset.name,
        "network": model.name,
        "patterns": patterns,
        "lowering": lowering if layers else None,
        "dtype": dtype,
        "target": target,
        "parameters": model.count_params(),
        "multiplications": multiplications,
        "additions": additions,
        "calibration": (
            {"source": f"{dataset.name} train", "rows": len(rows), "seed": seed}
            if dtype == "int8"
            else None
        ),
        "versions": versions() | tflite_runtime.versions(),
    }
    if target == "android":
        content = with_metadata(content, dataset, record)
    verification = verify(
        model.predict(held_out.reshape(-1, *model.inputs[0].shape[1:]), batch_size=1024, verbose=0),
        held_out,
        np.concatenate([dataset.validation.y, dataset.test.y]),
        f"{dataset.name} validation and test",
        as_float=as_float,
        converted=content,
        seed=seed,
        require=[*require, "tflm"] if target == "tflm" else require,
    )
    record |= {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "verification": verification.summary(),
        "runtimes": verification.to_json(),
    }
    if target == "tflm":
        used = record["runtimes"]["converted"]["tflm"]["arena_bytes"]
        least = least_arena(content, used)
        record["arena"] = {"used": used, "least": least, "reserved": reserve(least)}
    return Conversion(content, record)


def _operations(model: keras.Model) -> tuple[int, int] | tuple[None, None]:
    """Multiplications and additions of one inference; None where a layer is not counted."""
    multiplications = additions = 0
    for layer in model.layers:
        if isinstance(layer, TVSCM):
            count = circulant.operations(layer.pattern)
            multiplications += count.multiplications
            additions += count.additions
        elif type(layer) is keras.layers.Dense:
            inputs, outputs = layer.kernel.shape
            multiplications += inputs * outputs
            additions += inputs * outputs - (0 if layer.use_bias else outputs)
        elif layer.weights:
            return None, None
    return multiplications, additions


def _name(model: keras.Model, patterns: list[dict[str, Any]], lowering: str, dtype: str) -> str:
    words = [model.name, *(pattern["label"] for pattern in patterns)]
    if patterns and lowering != "unrolled":
        words.append(lowering)
    return " ".join([*words, dtype])
