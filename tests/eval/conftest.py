"""Tiny models, converted once, and a comparison made of invented figures."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Dataset, Split
from keras_tvscm.eval.compare import Comparison
from keras_tvscm.eval.latency import Latency
from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.metrics import Score, score

WIDTH, CLASSES = 12, 3


@dataclass(frozen=True)
class Tiny:
    """`x @ weights + bias`, and where its models lie."""

    folder: Path
    weights: np.ndarray
    bias: np.ndarray
    x: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x @ self.weights + self.bias

    def read(self, name: str) -> bytes:
        return (self.folder / f"{name}.tflite").read_bytes()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """`float32`, `int8`, and `rfft`, which holds an operator that TFLite-Micro lacks."""
    import tensorflow as tf

    draw = np.random.default_rng(0)
    weights = draw.normal(size=(WIDTH, CLASSES)).astype(np.float32)
    bias = draw.normal(size=CLASSES).astype(np.float32)
    x = draw.uniform(-1, 1, (60, WIDTH)).astype(np.float32)
    folder = tmp_path_factory.mktemp("models")

    def convert(name: str, call: Any, n: int, int8: bool = False) -> None:
        traced = tf.function(call, input_signature=[tf.TensorSpec((1, n), tf.float32)])
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [traced.get_concrete_function()], tf.Module()
        )
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([row[None]] for row in x)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        (folder / f"{name}.tflite").write_bytes(converter.convert())

    def linear(x: Any) -> Any:
        return x @ weights + bias

    convert("float32", linear, WIDTH)
    convert("int8", linear, WIDTH, int8=True)
    convert("rfft", lambda x: tf.abs(tf.signal.rfft(x)), 16)
    return Tiny(folder, weights, bias, x)


@pytest.fixture
def dataset(tiny: Tiny) -> Dataset:
    """The tiny model's own answers, so that it scores 1."""
    labels = tiny(tiny.x).argmax(axis=1).astype(np.int32)
    part = Split(tiny.x, labels)
    return Dataset("tiny", ("x", "y", "z"), part, part, part, None, "drawn from a seed")


def vouch(path: Path, **facts: Any) -> Path:
    """Write the record that the converter would write beside a model."""
    record = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} | facts
    Path(f"{path}.json").write_text(json.dumps(record), encoding="utf-8")
    return path


def model_facts(name: str, network: str | None, dtype: str | None, size: int) -> dict[str, Any]:
    """What `Model.to_json` gives, with invented figures."""
    return {
        "name": name,
        "bytes": size,
        "sha256": "0" * 64,
        "network": network,
        "dtype": dtype,
        "patterns": [],
        "lowering": None,
        "parameters": None,
        "multiplications": 5000,
        "additions": None,
        "calibration": None,
        "verification": {"agreement": 0.998, "rows": 60},
        "source": None,
        "versions": None,
    }


def scored(right: int) -> Score:
    """100 rows of two classes, that many right."""
    true = np.arange(100) % 2
    return score(true, np.where(np.arange(100) < right, true, 1 - true), 2)


def invented(
    models: list[dict[str, Any]],
    measurements: list[Measurement],
    **changes: Any,
) -> Comparison:
    fields: dict[str, Any] = {
        "command": "tvscm evaluate a.tflite",
        "date": "2026-01-02T03:04:05+00:00",
        "machine": {"processor": "a processor", "cores": 2},
        "versions": {"python": "3.11"},
        "seed": 0,
        "rounds": 50,
        "dataset": {"name": "coins", "source": "a coin", "rows": 100, "classes": ["head", "tail"]},
        "majority": {"class": "head", "accuracy": 0.5, "macro_f1": 1 / 3},
        "models": models,
        "measurements": measurements,
    }
    return Comparison(**(fields | changes))


def measured(
    model: str, right: int, nanoseconds: float, runtime: str = "litert-xnnpack", **more: Any
) -> Measurement:
    latency = Latency(nanoseconds, nanoseconds * 0.9, nanoseconds * 1.1, 50, 1000)
    return Measurement(model, runtime, "measured", None, scored(right), latency, **more)


@pytest.fixture
def comparison() -> Comparison:
    """Dense, TVSCM and the floor on two runtimes, one of them missing a model."""
    tvscm = model_facts("tvscm int8", "tvscm", "int8", 1000)
    tvscm["patterns"] = [{"layer": "tvscm", "n": 784, "a": [0], "b": [1], "label": "banded"}]
    return invented(
        [
            model_facts("dense float32", "dense", "float32", 40_000),
            model_facts("dense int8", "dense", "int8", 10_000),
            model_facts("softmax int8", "softmax", "int8", 900),
            tvscm,
        ],
        [
            measured("dense float32", 98, 50_000.0),
            measured("dense int8", 97, 16_000.0),
            measured("softmax int8", 90, 900.0),
            measured("tvscm int8", 93, 2_000.0),
            measured("dense int8", 97, 400_000.0, "tflm", arena_bytes=9168),
            measured("tvscm int8", 93, 10_000.0, "tflm", arena_bytes=3168),
            Measurement("dense float32", "tflm", "unavailable", "TFLite-Micro has no operator X"),
        ],
    )
