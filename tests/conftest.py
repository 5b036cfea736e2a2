"""Tiny `.tflite` models, a data set of a few rows, and a run of a network on it: each made once."""

import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Split, divide
from keras_tvscm.training.recipe import recipe_for
from keras_tvscm.training.run import train

# With a test on every core (pytest -n), threads of one take the time of the others. TensorFlow
# reads this with its first operation.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(variable, "1")


WIDTH, CLASSES = 12, 3


def pytest_runtest_setup() -> None:
    """Weights that a test does not seed are the same each time, and whatever ran before it."""
    keras.utils.set_random_seed(0)


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


RECIPE = recipe_for(
    "tiny", "tvscm", pattern="random:k=1,seed=5", seed=3, epochs=4, learning_rate=0.03
)


def part(rows, seed):
    """Rows around three corners, some of them nearer to a wrong one."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows, dtype=np.int32) % 3
    x = rng.normal(size=(rows, 8)) + 2 * np.eye(3, 8)[y]
    return Split(x.astype(np.float32), y)


@pytest.fixture(scope="session")
def tiny():
    """8 features, 3 classes; 279 training rows make two batches and a rest."""
    return divide("tiny", ("low", "mid", "high"), part(311, 0), part(45, 1), source="made up")


@pytest.fixture(scope="session")
def recipe():
    return RECIPE


@pytest.fixture(scope="session")
def finished(tiny, recipe, tmp_path_factory):
    """The folder of a finished run of `recipe` on `tiny`; not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    with without_compilation():
        train(recipe, tiny, folder)
    return folder


@pytest.fixture(scope="session")
def losing():
    """A model that loses its b where eight bits hold the whole matrix, and rows that it classifies.

    a = 1 and b = 1 / 300 are in each row of it, and a step is 1 / 127. The labels are the model's.
    """
    import keras

    from keras_tvscm import TVSCM

    rng, width = np.random.default_rng(0), 187
    x = rng.uniform(0, 1, (900, width)).astype(np.float32)
    layers = TVSCM("complete", activation="relu", name="tvscm"), keras.layers.Dense(3, name="head")
    model = keras.Sequential([keras.Input((width,)), *layers], name="losing")
    kernel = rng.normal(size=(width, 3)) / np.sqrt(width)
    layers[0].set_weights([np.float32(1), np.float32(1 / 300)])
    # Such that all three classes are given.
    layers[1].set_weights([kernel, -(x + x.sum(axis=1, keepdims=True) / 300).mean(axis=0) @ kernel])
    y = model.predict(x, verbose=0).argmax(axis=1).astype(np.int32)
    train, test = Split(x[:600], y[:600]), Split(x[600:], y[600:])
    return model, divide("losing", ("0", "1", "2"), train, test, source="made up")


@contextmanager
def without_compilation():
    """It takes most of the time that a few steps of a tiny network take in TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eage")
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture
def eager():
    with without_compilation():
        yield


@pytest.fixture(scope="session")
def eagerly():
    """For fixtures of a module, which cannot use `eager`."""
    return without_compilation
