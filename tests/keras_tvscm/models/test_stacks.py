"""The networks of filters: their sizes, and that each trains, freezes, saves and loads."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm import TVSCMConv, freeze
from keras_tvscm.errors import InputError
from keras_tvscm.models import loading
from keras_tvscm.models.freezing import trained_pattern_layers
from keras_tvscm.models.networks import TASKS, Task, build
from keras_tvscm.models.stacks import (
    IMAGE,
    NAMES,
    SIGNAL,
    Stack,
    Stage,
    described,
    hidden_layers,
    is_description,
    most,
)
from keras_tvscm.models.summary import operations

# After freezing.
PARAMETERS = {
    "mnist": {
        "heads": 7_671,
        "heads-random": 7_671,
        "stack": 7_477,
        "tiny": 1_522,
        "fast": 7_206,
        "fastest": 2_630,
    },
    "heartbeat": {
        "heads": 933,
        "heads-random": 933,
        "stack": 905,
        "tiny": 205,
        "fast": 832,
        "fastest": 361,
    },
}
PAPER = {"mnist": 7_852, "heartbeat": 942}


def test_every_name_is_a_network_for_images_and_for_signals():
    assert tuple(IMAGE) == tuple(SIGNAL) == NAMES


@pytest.mark.parametrize("network", NAMES)
@pytest.mark.parametrize("task", ["mnist", "heartbeat"])
def test_trains_freezes_saves_and_loads(task, network, tmp_path, eager):
    model = build(network, task, seed=1)
    rng = np.random.default_rng(0)
    features, classes = TASKS[task].features, TASKS[task].classes
    x = rng.normal(size=(4, features)).astype("float32")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = [np.array(weight) for weight in model.trainable_weights]
    model.train_on_batch(x, rng.integers(classes, size=4))
    for weight, value in zip(model.trainable_weights, before, strict=True):
        assert np.isfinite(np.asarray(weight)).all(), weight.path
        # A normalization takes away what a bias before it adds.
        if weight.name != "bias":
            assert not np.array_equal(np.asarray(weight), value), weight.path

    frozen = freeze(model) if trained_pattern_layers(model) else model
    expected = np.asarray(model(x))
    assert expected.shape == (4, classes)
    np.testing.assert_allclose(np.asarray(frozen(x)), expected, atol=1e-4)
    assert frozen.count_params() == PARAMETERS[task][network] <= PAPER[task]
    frozen.save(tmp_path / "model.keras")
    np.testing.assert_allclose(loading.load(tmp_path)(x), frozen(x), atol=1e-5)
    for one, two in zip(frozen.layers, loading.load(tmp_path).layers, strict=True):
        if isinstance(one, TVSCMConv):
            np.testing.assert_array_equal(one.filter_patterns.symbols, two.filter_patterns.symbols)


@pytest.mark.parametrize("network", NAMES)
@pytest.mark.parametrize("task", [Task(1, 2, 1), Task(5, 3, 5), Task(15, 2, 4, (3, 5))])
def test_small_inputs_cut_the_stages(network, task):
    if network == "heads-random":
        with pytest.raises(InputError, match="A random pattern draws 2k of the"):
            build(network, task)
        return
    model = build(network, task)
    x = np.random.default_rng(0).normal(size=(3, task.features)).astype("float32")
    assert model(x).shape == (3, task.classes)


def test_the_seed_draws_every_stage_apart():
    def symbols(seed):
        found = build("stack", "digits", seed=seed).layers
        return [layer.filter_patterns.symbols for layer in found if isinstance(layer, TVSCMConv)]

    one, same, other = symbols(1), symbols(1), symbols(2)
    assert len(one) == 3
    for left, right in zip(one, same, strict=True):
        np.testing.assert_array_equal(left, right)
    assert all(not np.array_equal(left, right) for left, right in zip(one, other, strict=True))


def test_a_stage_is_heads_then_normalization_then_relu_then_pooling():
    stack = Stack((Stage(3, 3, 2, nonzeros=4), Stage(2, 9, 1, fixed="random:k=1")), average=2)
    found = hidden_layers(stack, 96, (12, 8), seed=5)
    model = keras.Sequential([keras.Input((96,)), *found])
    assert [(type(layer).__name__, *layer.output.shape[1:]) for layer in model.layers] == [
        ("Reshape", 12, 8, 1),
        ("AveragePooling2D", 6, 4, 1),
        ("Reshape", 24, 1),
        ("TVSCMConv", 24, 3),
        ("BatchNormalization", 24, 3),
        ("ReLU", 24, 3),
        ("Reshape", 6, 4, 3),
        ("MaxPooling2D", 3, 2, 3),
        ("Reshape", 6, 3),
        ("TVSCMConv", 6, 2),
        ("Reshape", 3, 2, 2),
        ("Flatten", 12),
    ]
    first, second = (layer for layer in model.layers if isinstance(layer, TVSCMConv))
    assert (first.requested_pattern, first.nonzeros) == ("learned:window=3x3,columns=4", 4)
    assert second.requested_pattern == "random:k=1,window=3x1,columns=2"


stages = st.builds(
    Stage,
    filters=st.integers(1, 99),
    near=st.integers(1, 9),
    pool=st.integers(1, 5),
    nonzeros=st.none() | st.integers(1, 20),
)
written = st.builds(
    Stack, st.lists(stages, min_size=1, max_size=3).map(tuple), average=st.integers(1, 3)
)


@given(written)
def test_a_stack_reads_back_what_it_writes(stack):
    assert is_description(str(stack))
    assert described(str(stack)) == stack


def test_a_stack_written_out_is_a_network():
    text = "average=2+filters=5,near=7,pool=3,nonzeros=3+filters=14,near=4,pool=3,nonzeros=6"
    assert described(text) == SIGNAL["fast"]
    model, named = build(text, "heartbeat", seed=3), build("fast", "heartbeat", seed=3)
    x = np.random.default_rng(0).random((2, 187), np.float32)
    np.testing.assert_array_equal(np.array(model(x)), np.array(named(x)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filters=3", "A stage is written filters=8,near=5"),
        ("average=2", "A stack has at least one stage"),
        ("filters=3,near=2+average=2", "average=2 may stand before the first"),
        ("filters=3,near=2,size=1", "A stage is written"),
        ("filters=0,near=2", "'filters=0' in a stack is no name=number of at least 1"),
        ("filters=-1,near=2", "'filters=-1' in a stack is no name=number"),
        ("filters=3,near=2,near=3", "takes each option once"),
        ("filters=3,near=2+", "'' in a stack is no name=number"),
        ("filters=\u0663,near=2", "is no name=number"),
        ("filters=3,near=99999999999", "is no name=number"),
    ],
)
def test_stacks_that_are_written_wrongly(text, message):
    with pytest.raises(InputError, match=message):
        build(text, "heartbeat")


@pytest.mark.parametrize("network", ["stack", "tiny", "fast", "fastest"])
@pytest.mark.parametrize("name", ["mnist", "heartbeat", "digits"])
def test_most_is_reached_by_the_widest_patterns_and_never_passed(name, network):
    task = TASKS[name]
    stack = (IMAGE if task.image else SIGNAL)[network]
    parameters, upper = most(stack, task.features, task.image, task.classes)
    model = build(network, name)
    for layer in model.layers:
        if isinstance(layer, TVSCMConv):
            # The offset zero, which costs one input where others cost two, smallest of all.
            weights = np.random.default_rng(0).uniform(1.3, 1.6, layer.weights_of_offsets.shape)
            weights *= np.random.default_rng(1).choice([-1, 1], weights.shape)
            weights[..., 0] = 1.2
            layer.weights_of_offsets.assign(weights)
    frozen = freeze(model)
    assert frozen.count_params() == parameters
    count = operations(frozen)
    found = count.multiplications + count.additions
    assert 0.9 * upper < found <= upper
