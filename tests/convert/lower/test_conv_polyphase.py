"""Filters over blocks as channels: the sums, and in int8 the bytes, of one convolution."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCMConv
from keras_tvscm.convert.choose.costs import work
from keras_tvscm.convert.lower import FILTERS, Filters, Unsupported
from keras_tvscm.convert.lower.mean import Mean
from keras_tvscm.convert.lower.model import candidates, lower
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8
from keras_tvscm.patterns.filter_patterns import resolve_filters

L = keras.layers


@st.composite
def banks(draw, kind):
    """A width, patterns, and values of whole eighths: no order of adding them rounds."""
    if kind == "signal":
        n = draw(st.integers(8, 40))
        near = f"reach={draw(st.integers(1, 4))}"
    else:
        columns = draw(st.sampled_from([6, 8, 10, 14]))
        n = columns * draw(st.integers(5, 8))
        near = f"window={draw(st.sampled_from(['3x3', '5x5', '1x3', '5x1']))},columns={columns}"
    count = draw(st.integers(2, 6))  # Keras warns of a softmax over one
    values = np.random.default_rng(draw(st.integers(0, 99))).integers(1, 17, (3, count)) / 8
    values = (values * [[1], [-1], [1]]).astype(np.float32)
    return n, f"half:seed={draw(st.integers(0, 99))},{near}", *values


def numbers(*shape):
    """Whole 64ths, of which the first are as far from zero as any."""
    x = np.random.default_rng(0).integers(-64, 65, shape)
    x.flat[:2] = -64, 64
    return x.astype(np.float32) / 64


@pytest.mark.parametrize("kind", ["signal", "image"])
@settings(max_examples=30, deadline=None)
@given(data=st.data(), activation=st.sampled_from(["relu", "linear", "tanh", "softmax"]))
def test_the_sums_are_those_of_the_convolution(kind, data, activation):
    n, spec, a, b, bias = data.draw(banks(kind))
    patterns = resolve_filters(spec, n, len(a), 1, seed=0)
    filters = Filters(patterns, a, b, bias, keras.activations.get(activation))
    x = tf.constant(numbers(1, n, 1))
    try:
        product = FILTERS["polyphase"](filters).product(x)
    except Unsupported as error:
        assert "no block of 2 to 8 columns" in str(error)
        return
    assert product.shape == (1, n, len(a))
    np.testing.assert_allclose(product, FILTERS["convolution"](filters).product(x), atol=1e-6)


@pytest.mark.parametrize("kind", ["signal", "image"])
@settings(max_examples=2, deadline=None)
@given(data=st.data())
def test_in_int8_the_bytes_are_those_of_the_convolution(kind, data):
    n, spec, a, b, bias = data.draw(banks(kind))
    layer = TVSCMConv(len(a), spec, "relu", seed=0)
    model = keras.Sequential([keras.Input((n,)), layer, L.Flatten()])
    layer.set_weights([a, b, bias])
    x = numbers(40, n)
    if candidates(placements(model)[0])["polyphase"]:
        return
    one, blocks = (to_int8(lower(model, name), x) for name in FILTERS)
    assert read(one).operators[-1].outputs[0].scale == read(blocks).operators[-1].outputs[0].scale
    for runtime in IN_PROCESS:
        np.testing.assert_array_equal(
            load(runtime, blocks).predict(x), load(runtime, one).predict(x)
        )


def averaged(shape, size, **pooling):
    """A mean, filters, the largest of two, and a head, with drawn weights."""
    keras.utils.set_random_seed(0)
    flat, sides = int(np.prod(shape)), tuple(-(-side // size) for side in shape)
    average = L.AveragePooling2D if len(shape) == 2 else L.AveragePooling1D
    near = f"window=3x3,columns={sides[1]}" if len(shape) == 2 else "reach=3"
    return keras.Sequential(
        [
            keras.Input((flat,)),
            L.Reshape((*shape, 1)),
            average(size, padding="same", name="means", **pooling),
            *([L.Reshape((int(np.prod(sides)), 1), name="row")] if len(shape) == 2 else []),
            TVSCMConv(4, f"half:seed=1,{near}", "relu", name="filters"),
            L.MaxPooling1D(2),
            L.Flatten(),
            L.Dense(3),
        ]
    )


@pytest.mark.parametrize(("shape", "size"), [((12, 12), 3), ((45,), 2)], ids=["image", "odd"])
def test_a_mean_is_computed_by_the_convolutions(shape, size):
    model = averaged(shape, size)
    x = np.random.default_rng(1).uniform(size=(100, np.prod(shape))).astype("float32")
    expected = model.predict(x, verbose=0)
    lowered = lower(model, "polyphase")
    found = np.concatenate([lowered(row[None]) for row in x])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    content = to_int8(lowered, x)
    names = [operator.name for operator in read(content).operators]
    assert "AVERAGE_POOL_2D" not in names
    assert names.count("CONV_2D") == (2 if len(shape) == 2 else 1)
    assert "CONV_2D int8 of one input channel" not in work(content)
    for runtime in IN_PROCESS:
        off = np.abs(load(runtime, content).predict(x) - expected).max()
        assert off <= 0.04 * np.ptp(expected)


def test_as_one_convolution_the_mean_is_a_pooling_and_has_its_own_cost():
    amounts = work(to_float32(lower(averaged((12, 8), 2))))
    assert amounts["AVERAGE_POOL_2D float32"].tolist()[:3] == [1, 24, 96]
    assert amounts["CONV_2D float32 of one input channel"].tolist()[:2] == [1, 96]


def test_what_a_mean_is_of():
    (placement,) = placements(averaged((12, 8), 2))
    assert placement.mean == Mean(2, (12, 8), ("means", "row"))
    (placement,) = placements(averaged((45,), 2))
    assert placement.mean == Mean(2, (45,), ("means",))


@pytest.mark.parametrize(
    "model",
    [
        averaged((11, 8), 2),
        averaged((46,), 3),
        averaged((44,), 2, strides=1),
    ],
    ids=["a row left", "one left", "overlapping"],
)
def test_other_means_stay_poolings(model):
    assert [placement.mean for placement in placements(model)] == [None]


def test_a_mean_that_others_read_stays_a_pooling():
    inputs = keras.Input((16, 1))
    means = L.AveragePooling1D(2)(inputs)
    filters = TVSCMConv(2, "half:reach=2", "relu")(means)
    model = keras.Model(inputs, L.Flatten()(L.Concatenate()([filters, means])))
    x = numbers(3, 16)
    assert placements(model)[0].mean is None
    found = np.concatenate([lower(model, "polyphase")(row[None, :, None]) for row in x])
    np.testing.assert_allclose(found, model(x[..., None]), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "layer", "reason"),
    [
        ((16, 3), TVSCMConv(2, "half:reach=2"), "the inputs have 3 channels as they are"),
        ((49,), TVSCMConv(2, "half:window=3x3"), None),
        ((121,), TVSCMConv(2, "half:window=3x3"), "no block of 2 to 8 columns divides them"),
        ((784,), TVSCMConv(47, "half:window=7x7"), "the convolution within 2,048 bytes"),
        ((64,), TVSCMConv(2, "complete"), "the patterns take a sum over all inputs"),
    ],
)
def test_what_has_no_blocks(shape, layer, reason):
    model = keras.Sequential([keras.Input(shape), layer, L.Flatten()])
    found = candidates(placements(model)[0])
    assert found["convolution"] is None
    assert reason is found["polyphase"] or reason in found["polyphase"]
