"""Heads as one convolution, against the layer and against the dense matrices."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCMConv, freeze
from keras_tvscm.convert.lower.model import candidates, lower
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8
from keras_tvscm.errors import InputError
from keras_tvscm.models import networks
from keras_tvscm.models.networks import Task
from keras_tvscm.patterns.circulant import first_row, matrix

L = keras.layers
OPERATORS = {value: name for name, value in vars(schema.BuiltinOperator).items()}
RNG = np.random.default_rng(0)


def operators(content):
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [code.builtinCode for code in model.operatorCodes]
    return [OPERATORS[codes[op.opcodeIndex]] for op in model.subgraphs[0].operators]


def by_matrices(layer, x):
    """(rows, n, channels) to (rows, n, filters), before bias and activation."""
    found = np.zeros((*x.shape[:2], layer.filters))
    patterns = layer.filter_patterns
    for head, channel in np.ndindex(patterns.symbols.shape[:2]):
        if patterns.symbols[head, channel].any():
            a, b = float(layer.a[head]), float(layer.b[head])
            row = first_row(patterns.pattern(head, channel), a, b)
            found[:, :, head] += x[:, :, channel] @ matrix(row)
    return found


def lowered_outputs(layer, x):
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    copy = lower(model)
    return np.concatenate([copy(row[None]) for row in x])


@st.composite
def neighbourhoods(draw):
    """A width and the text of a neighbourhood that it has."""
    if draw(st.booleans()):
        n = draw(st.integers(2, 13))
        reach = draw(st.none() | st.integers(1, n // 2))
        return n, "" if reach is None else f",reach={reach}"
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(2, 7))
    height = draw(st.integers(0, (rows - 1) // 2)) * 2 + 1
    width = draw(st.integers(0, (columns - 1) // 2)) * 2 + 1
    assume(height * width > 1)
    return rows * columns, f",window={height}x{width},columns={columns}"


@settings(max_examples=20, deadline=None)
@given(
    near=neighbourhoods(),
    filters=st.integers(1, 3),
    channels=st.integers(1, 3),
    bias=st.booleans(),
    activation=st.sampled_from(["relu", "linear", "tanh", "softmax"]),
    seed=st.integers(0, 99),
)
def test_heads_are_the_dense_matrices(near, filters, channels, bias, activation, seed):
    # Keras warns of a softmax over one number.
    assume(filters > 1 or activation != "softmax")
    n, text = near
    layer = TVSCMConv(
        filters, f"half:seed={seed}{text}", activation, use_bias=bias, bias_initializer="normal"
    )
    x = np.random.default_rng(seed).normal(size=(2, n, channels)).astype("float32")
    found = lowered_outputs(layer, x)
    expected = by_matrices(layer, x) + (0 if layer.bias is None else layer.bias.numpy())
    expected = keras.ops.convert_to_numpy(layer.activation(expected.astype("float32")))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found, layer(x), atol=1e-5)


def test_an_input_without_channels():
    x = RNG.normal(size=(2, 12)).astype("float32")
    layer = TVSCMConv(2, "random:k=1,reach=3", "relu")
    np.testing.assert_allclose(lowered_outputs(layer, x), layer(x), atol=1e-5)


def test_offsets_that_no_head_uses_are_not_convolved():
    layer = TVSCMConv(2, [{"a": [0], "b": [1]}, {"a": [2], "b": [0]}], name="heads")
    model = keras.Sequential([keras.Input((64,)), layer, L.Flatten(), L.Dense(2)])
    content = schema.ModelT.InitFromPackedBuf(to_float32(lower(model)), 0)
    shapes = [tuple(tensor.shape) for tensor in content.subgraphs[0].tensors]
    assert (2, 1, 5, 1) in shapes


# Small enough to build fast; rows and columns that pooling does not divide.
IMAGE = Task(60, 4, 8, (10, 6))
SIGNAL = Task(45, 3, 8)


def stack(name, task):
    """A network of filters as it is after a training: frozen, with statistics and biases."""
    model = networks.build(name, task, seed=1)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            for weight in layer.weights:
                weight.assign(RNG.uniform(0.5, 1.5, size=weight.shape))
    return model if name == "heads-random" else freeze(model)


@pytest.mark.parametrize("task", [IMAGE, SIGNAL], ids=["image", "signal"])
@pytest.mark.parametrize("name", networks.stacks.NAMES)
def test_every_stack_converts_to_int8_and_runs_everywhere(name, task):
    model = stack(name, task)
    x = RNG.uniform(size=(200, task.features)).astype("float32")
    expected = model.predict(x, verbose=0)
    as_float = load("litert-xnnpack", to_float32(lower(model))).predict(x)
    assert np.abs(as_float - expected).max() <= 1e-4 * np.abs(expected).max()
    content = to_int8(lower(model), x)
    flatbuffer.check(content)
    found = {one: load(one, content).predict(x) for one in IN_PROCESS}
    for outputs in found.values():
        assert np.abs(outputs - expected).max() <= 0.1 * np.ptp(expected)
    # The kernels round in different orders, so here and there a step apart.
    steps = 255 * np.abs(found["litert-builtin"] - found["tflm"]) / np.ptp(found["tflm"])
    assert np.mean(steps > 0.1) < 0.02 and steps.max() < 4


@pytest.mark.parametrize(
    ("task", "stage"),
    [
        (IMAGE, ["GATHER", "RESHAPE", "SLICE", "CONV_2D", "MAX_POOL_2D"]),
        (SIGNAL, ["SLICE", "SLICE", "CONCATENATION", "CONV_2D", "MAX_POOL_2D"]),
    ],
    ids=["image", "signal"],
)
def test_a_stage_is_five_operators_with_its_relu_fused(task, stage):
    """Each operator costs a file of ten kilobytes some 200 bytes."""
    content = to_float32(lower(stack("tiny", task)))
    kinds = networks.stacks.IMAGE if task.image else networks.stacks.SIGNAL
    stages = stage * len(kinds["tiny"].stages)
    assert operators(content) == ["RESHAPE", *stages, "FULLY_CONNECTED"]


@pytest.mark.parametrize("other", [L.ReLU(max_value=1.0), L.ReLU(negative_slope=0.1), L.ELU()])
def test_another_layer_than_a_plain_relu_stays_one(other):
    model = keras.Sequential(
        [keras.Input((16,)), TVSCMConv(2, "half:window=3x3"), other, L.Flatten(), L.Dense(2)]
    )
    x = RNG.normal(size=(3, 16)).astype("float32")
    copy = lower(model)
    found = np.concatenate([copy(row[None]) for row in x])
    np.testing.assert_allclose(found, model(x), atol=1e-5)


def test_heads_read_twice_keep_their_relu_layer():
    inputs = keras.Input((16,))
    hidden = TVSCMConv(2, "half:window=3x3")(inputs)
    both = L.Concatenate()([L.ReLU()(hidden), hidden])
    model = keras.Model(inputs, L.Dense(2)(L.Flatten()(both)))
    x = RNG.normal(size=(3, 16)).astype("float32")
    copy = lower(model)
    found = np.concatenate([copy(row[None]) for row in x])
    np.testing.assert_allclose(found, model(x), atol=1e-5)


def test_heads_have_lowerings_of_their_own():
    layer = TVSCMConv(2, "half:reach=2")
    model = keras.Sequential([keras.Input((16,)), layer, L.Flatten(), L.Dense(2)])
    assert candidates(placements(model)[0]) == {"convolution": None, "polyphase": None}
    with pytest.raises(InputError, match="No layer of the model has a lowering 'gather'; it has"):
        lower(model, "gather")


def test_a_head_without_a_nonzero_offset_gives_its_bias():
    layer = TVSCMConv(2, "learned:window=3x3", "relu", bias_initializer="ones")
    model = keras.Sequential([keras.Input((16,)), layer, L.Flatten(), L.Dense(2)])
    layer.weights_of_offsets.assign(layer.weights_of_offsets * [[[1.0]], [[0.0]]])
    model = freeze(model)
    x = RNG.normal(size=(50, 16)).astype("float32")
    expected = model.predict(x, verbose=0)
    for content in (to_float32(lower(model)), to_int8(lower(model), x)):
        for name in IN_PROCESS:
            found = load(name, content).predict(x)
            assert np.abs(found - expected).max() <= 0.05 * np.ptp(expected)


def test_a_small_value_almost_everywhere_is_kept_in_int8():
    """As weights of one convolution, b would be 0.4 steps of a: nothing, 36 times."""
    layer = TVSCMConv(2, "complete", "relu")
    model = keras.Sequential([keras.Input((64, 1)), layer, L.MaxPooling1D(4), L.Flatten()])
    layer.a.assign([1.0, 1.0])
    layer.b.assign([-1 / 320, 1 / 320])
    x = RNG.uniform(size=(200, 64, 1)).astype("float32")
    expected = by_matrices(layer, x).reshape(200, 16, 4, 2).max(axis=2).reshape(200, -1)
    found = load("litert-builtin", to_int8(lower(model), x)).predict(x)
    # Of the sum over all inputs, of the convolution, and of the result.
    assert np.abs(found - np.maximum(expected, 0)).max() < 2 * np.ptp(expected) / 255


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(7, 14),
    channels=st.integers(1, 2),
    rare=st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True),
)
def test_a_background_is_added_apart(n, channels, rare):
    rest = [k for k in range(n // 2 + 1) if k not in rare]
    layer = TVSCMConv(2, [{"a": rare, "b": rest}, {"a": rest, "b": rare}])
    x = RNG.normal(size=(2, n, channels)).astype("float32")
    np.testing.assert_allclose(lowered_outputs(layer, x), by_matrices(layer, x), atol=1e-5)
