"""The networks that are compared: their sizes and their first weights."""

import keras
import numpy as np
import pytest
from scipy.linalg import circulant

from keras_tvscm import Pattern
from keras_tvscm.datasets import NAMES as DATASETS
from keras_tvscm.errors import InputError
from keras_tvscm.models import rhythm_networks
from keras_tvscm.models.networks import NAMES, TASKS, Task, build

# The others are in test_stacks.
PLAIN = ("dense", "tvscm", "softmax", "dense-small", "circulant")
SMALL = Task(features=12, classes=3, hidden=5)


@pytest.mark.parametrize(
    ("network", "task", "parameters"),
    [
        # The paper's (arXiv 2605.16443).
        ("dense", "mnist", 623_290),
        ("tvscm", "mnist", 7_852),
        ("dense", "heartbeat", 24_709),
        ("tvscm", "heartbeat", 942),
        # The head alone.
        ("softmax", "mnist", 7_850),
        ("softmax", "heartbeat", 940),
        ("tvscm", "heartbeat-interpatient", 942),
        ("dense", "digits", 64 * 64 + 64 + 64 * 10 + 10),
        # As many dense units as two scalars and the head pay for.
        ("dense-small", "mnist", 9 * 785 + 9 * 10 + 10),
        ("dense-small", "heartbeat", 4 * 188 + 4 * 5 + 5),
        ("circulant", "mnist", 393 + 7_850),
        ("circulant", "heartbeat", 94 + 940),
        # What an engineer would pick instead, at a like size.
        ("cnn-small", "mnist", 1_412),
        ("cnn-small", "heartbeat", 885),
        # Factors of rank 16, then biases and the head.
        ("low-rank", "mnist", 16 * (784 + 784) + 784 + 7_850),
        ("low-rank", "heartbeat", 16 * (187 + 128) + 128 + 645),
        ("dense-pruned", "mnist", 623_290),
        ("dense-clustered", "heartbeat", 24_709),
        ("dense", SMALL, 12 * 5 + 5 + 5 * 3 + 3),
        ("dense-small", SMALL, 2 * 13 + 2 * 3 + 3),
        ("tvscm", SMALL, 2 + 12 * 3 + 3),
    ],
)
def test_parameters(network, task, parameters):
    assert build(network, task).count_params() == parameters


def test_every_data_set_of_ours_has_a_task():
    assert set(TASKS) == set(DATASETS)


def test_dense_small_has_no_more_parameters_than_the_paper_s():
    for task in TASKS:
        small, one = build("dense-small", task), build("tvscm", task)
        units = small.layers[0].units
        assert small.count_params() <= one.count_params() or units == 1
        more = Task(TASKS[task].features, TASKS[task].classes, units + 1)
        assert build("dense", more).count_params() > one.count_params()


@pytest.mark.parametrize("network", PLAIN)
def test_maps_rows_to_logits_through_a_relu(network):
    model = build(network, SMALL)
    x = np.random.default_rng(0).normal(size=(7, 12)).astype("float32")
    hidden = x
    for layer in model.layers[:-1]:
        bias = getattr(layer, "bias", None)
        bias = 0 if bias is None else bias.numpy()
        hidden = np.maximum(hidden @ kernel_of(layer) + bias, 0)
    head = model.layers[-1]
    expected = hidden @ np.asarray(head.kernel) + head.bias.numpy()
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), expected, atol=1e-5)
    assert model.name == network


def kernel_of(layer):
    if layer.name != "circulant":
        return np.asarray(layer.kernel)
    values = layer.values.numpy()
    return circulant([values[min(k, 12 - k)] for k in range(12)])


@pytest.mark.parametrize("network", NAMES)
def test_the_seed_decides_the_weights(network):
    task = SMALL if network in PLAIN else "digits"
    task = "heartbeat-rhythm" if network in rhythm_networks.NAMES else task
    first, again, other = (build(network, task, seed=seed).get_weights() for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    kernels = [index for index, weight in enumerate(first) if weight.ndim == 2]
    assert kernels
    assert all(not np.array_equal(first[index], other[index]) for index in kernels)


def test_the_layers_of_one_network_do_not_share_their_draw():
    hidden, head = (layer.kernel.numpy() for layer in build("dense", Task(4, 4, 4)).layers)
    assert not np.array_equal(hidden / hidden.max(), head / head.max())


def test_the_seed_draws_the_pattern_where_its_text_names_none():
    def pattern(spec, seed):
        return build("tvscm", SMALL, pattern=spec, seed=seed).layers[0].pattern

    assert pattern("half", 6) == Pattern.half(12, 6)
    assert pattern("half:seed=1", 6) == Pattern.half(12, 1)
    assert pattern(Pattern(12, [3], [4]), 6) == Pattern(12, [3], [4])


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match="Unknown network 'cnn'; expected one of dense, softmax"):
        build("cnn", "mnist")
    with pytest.raises(InputError, match="Unknown task 'cifar'; expected one of mnist, heartbeat"):
        build("dense", "cifar")
    with pytest.raises(InputError, match="Offset 9 is out of range: width 12"):
        build("tvscm", SMALL, pattern={"a": [0], "b": [9]})
