"""A data set of a few rows, and the run folder of a network trained on it, made once."""

import warnings
from contextlib import contextmanager

import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Split, divide
from keras_tvscm.training import recipe_for, train

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
    train(recipe, tiny, folder)
    return folder


@contextmanager
def without_compilation():
    """It takes most of the time that a few steps of a tiny network take."""
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
