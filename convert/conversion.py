"""`convert`: lower, quantise, verify; and the record that goes with the result."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import replacing, write_json
from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM
from keras_tvscm.machine import versions
from keras_tvscm.summary import operations

from .collapse import Linear, collapse, linear, refuse_dead
from .litert import LiteRT
from .lower import choose, lower
from .quantize import to_float32, to_int8
from .sites import sites
from .verify import verify

DTYPES = ("int8", "float32")


@dataclass(frozen=True)
class Conversion:
    """A verified `.tflite` model and the record of how it came about.

    Attributes:
        content: the model's bytes.
        record: JSON-ready: lowering of each layer, dtype, parameters of the trained model,
            operations, patterns, heads, calibration, verification, versions; the layers that
            were collapsed, and those that are linear on the calibrated range but were not.
    """

    content: bytes
    record: dict[str, Any]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `path` and, beside it, `path` + `.json`; each whole or not at all."""
        path = Path(path)
        if path.suffix != ".tflite":
            raise InputError(f"{path} is not named .tflite; choose such an output")
        # The record carries the model's checksum, so that a kill between the two is noticed.
        with replacing(path) as temporary:
            temporary.write_bytes(self.content)
        write_json(f"{path}.json", self.record)


def convert(
    model: keras.Model,
    dataset: Dataset,
    *,
    lowering: str | Mapping[str, str] | None = None,
    dtype: str = "int8",
    calibration_rows: int = 500,
    seed: int = 0,
    name: str | None = None,
    collapsing: bool = True,
) -> Conversion:
    """Convert a trained Keras model to TFLite and prove it equal within stated bounds.

    Ranges come from rows of the training part, drawn with `seed`; the proof is made on all
    rows that the model was not trained on, those of the validation and the test part.

    Args:
        model: Sequential or functional, (batch, n) to (batch, classes).
        dataset: the data that the model was trained on.
        lowering: a name in `lowering.LOWERINGS` or `lowering.HEADS`, for all layers that know
            it, or a name per layer; by default `"unrolled"` for TVSCM layers and
            `"convolution"` for heads.
        dtype: `"int8"` (full-integer) or `"float32"`.
        calibration_rows: how many training rows calibrate int8.
        seed: draws those rows.
        name: for tables; made up from network, pattern and dtype if not given.
        collapsing: whether a TVSCM layer that is linear goes into the Dense layer after it.
            In int8 that is one whose ReLU never clips on the calibrated range, as int8 inputs
            are cut to it; in float32 only one without an activation.

    Raises:
        InputError: the model cannot be expressed, or does not fit the data.
        CheckError: the result does not agree with the model (see `verify`).
    """
    if dtype not in DTYPES:
        raise InputError(f"Unknown dtype {dtype!r}; expected one of {', '.join(DTYPES)}")
    if calibration_rows < 1:
        raise InputError(f"Calibration needs at least 1 row. Received: {calibration_rows}")
    chosen = choose(model, lowering)
    width, outputs = int(np.prod(model.inputs[0].shape[1:])), model.outputs[0].shape[-1]
    if width != dataset.features or outputs != len(dataset.classes):
        raise InputError(
            f"the model maps {width} inputs to {outputs} outputs, the data set {dataset.name} "
            f"has {dataset.features} features and {len(dataset.classes)} classes"
        )

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(dataset.train.x))[:calibration_rows]
    low, high = _input_range(dataset.train.x[rows])
    if dtype == "int8":
        refuse_dead(model, low, high)
    smaller, collapsed = model, list[Linear]()
    if collapsing:
        smaller, collapsed = collapse(model, low, high, everywhere=dtype != "int8")
    lowerings = {site.name: chosen[site.name] for site in sites(smaller)}
    lowered = lower(smaller, lowerings)
    held_out = np.concatenate([dataset.validation.x, dataset.test.x])
    as_float = content = to_float32(lowered)
    if dtype == "int8":
        content = to_int8(lowered, dataset.train.x[rows])
    outputs_float = _outputs(as_float, held_out)
    verification = verify(
        expected=model.predict(
            held_out.reshape(-1, *model.inputs[0].shape[1:]), batch_size=1024, verbose=0
        ),
        as_float=outputs_float,
        converted=outputs_float if dtype == "float32" else _outputs(content, held_out),
        labels=np.concatenate([dataset.validation.y, dataset.test.y]),
        source=f"{dataset.name} validation and test",
    )

    count = operations(smaller)
    patterns = [
        {"layer": layer.name, **layer.pattern.to_config()}
        | {"value_a": float(layer.a.numpy()), "value_b": float(layer.b.numpy())}
        for layer in model.layers
        if isinstance(layer, TVSCM)
    ]
    record = {
        "name": name or _name(model, lowerings, bool(collapsed), dtype),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "dataset": dataset.name,
        "network": model.name,
        "patterns": patterns,
        "heads": [_heads(layer) for layer in model.layers if isinstance(layer, TVSCMHeads)],
        "lowering": ", ".join(dict.fromkeys(lowerings.values())) or None,
        "lowerings": lowerings,
        "collapsed": [one.reason for one in collapsed],
        "linear": [one.reason for one in linear(smaller, low, high)],
        "dtype": dtype,
        "parameters": model.count_params(),
        "multiplications": None if count is None else count.multiplications,
        "additions": None if count is None else count.additions,
        "calibration": (
            {"source": f"{dataset.name} train", "rows": len(rows), "seed": seed}
            if dtype == "int8"
            else None
        ),
        "verification": verification.to_json(),
        "versions": versions(),
    }
    return Conversion(content, record)


def _outputs(content: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
    try:
        return LiteRT(content).predict(x)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckError(f"LiteRT does not run the result: {reason}; nothing written") from error


def _input_range(rows: NDArray[np.float32]) -> tuple[float, float]:
    """What int8 inputs can stand for, calibrated on these rows.

    The range takes in zero, which has a step of its own: a lower end other than zero may
    move by up to one step to where one falls on zero.
    """
    low, high = min(0.0, float(rows.min())), max(0.0, float(rows.max()))
    step = (high - low) / 255
    return (low - step, high + step) if low < 0 else (low, high)


def _heads(layer: TVSCMHeads) -> dict[str, Any]:
    heads, channels, offsets = layer.bank.symbols.shape
    return {
        "layer": layer.name,
        "heads": heads,
        "channels": channels,
        **layer.bank.neighbourhood.to_config(),
        "offsets": offsets,
        "nonzeros": int((layer.bank.symbols > 0).sum()),
    }


def _name(model: keras.Model, lowerings: dict[str, str], collapsed: bool, dtype: str) -> str:
    """The network, its patterns, and what was not done as by default."""
    patterns = [layer.pattern.label for layer in model.layers if isinstance(layer, TVSCM)]
    usual = choose(model)
    others = dict.fromkeys(one for name, one in lowerings.items() if one != usual[name])
    words = [model.name, *patterns, *others, *(["collapsed"] if collapsed else []), dtype]
    return " ".join(words)
