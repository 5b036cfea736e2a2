"""Tiny `.tflite` models, converted once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDTH, CLASSES = 12, 3


@dataclass(frozen=True)
class Linear:
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
def linear(tmp_path_factory: pytest.TempPathFactory) -> Linear:
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
    return Linear(folder, weights, bias, x)
