"""Small CNNs: their sizes beside the networks that they match, and their first weights."""

import keras
import numpy as np
import pytest

from keras_tvscm.models.folding import fold_convolutions
from keras_tvscm.models.networks import TASKS, build, stack_of
from keras_tvscm.models.small_cnn import NAMES
from keras_tvscm.models.stacks import most
from keras_tvscm.models.summary import operations


def folded(network, task):
    return fold_convolutions(build(network, task))


def stack(name, task):
    """Parameters and the most operations of a stack."""
    task = TASKS[task]
    return most(stack_of(name, task), task.features, task.image, task.classes)


@pytest.mark.parametrize(("task", "parameters"), [("mnist", 7_316), ("heartbeat", 905)])
def test_cnn_parameters_has_as_many_as_stack(task, parameters):
    assert folded("cnn-parameters", task).count_params() == parameters
    assert 0.97 < parameters / stack("stack", task)[0] <= 1


@pytest.mark.parametrize(("task", "expected"), [("mnist", 70_992), ("heartbeat", 10_728)])
def test_cnn_operations_takes_as_many_as_fast(task, expected):
    count = operations(folded("cnn-operations", task))
    assert count.multiplications + count.additions == expected
    assert 0.9 < expected / stack("fast", task)[1] < 1.1


@pytest.mark.parametrize("task", ["mnist", "heartbeat"])
def test_cnn_small_draws_the_weights_that_it_always_has(task):
    """By these seeds, without normalization: trainings that are recorded began so."""
    model = build("cnn-small", task, seed=3)
    seeds = [24 + 2, 24 + 3, 24 + 4, 2 * 3 + 1]
    layers = [layer for layer in model.layers if layer.weights]
    for layer, seed in zip(layers, seeds, strict=True):
        drawn = keras.initializers.GlorotUniform(seed=seed)(layer.kernel.shape)
        np.testing.assert_array_equal(np.asarray(layer.kernel), np.asarray(drawn))
    assert [layer.activation.__name__ for layer in layers] == ["relu"] * 3 + ["linear"]


@pytest.mark.parametrize("network", NAMES)
def test_small_inputs_are_enough(network):
    """Digits of 8 x 8 pixels."""
    assert build(network, "digits")(np.zeros((2, 64), "float32")).shape == (2, 10)
