"""Filters against the dense matrices of their patterns, on the backend in use."""

import json

import keras
import numpy as np
import pytest
from keras import ops

import keras_tvscm
from keras_tvscm import Pattern
from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm_conv import TVSCMConv, TVSCMHeads
from keras_tvscm.patterns import circulant

FIXED = ["banded:reach=2", "complete", "random:k=2", "half:window=3x3", "offsets:a=0+2,b=1"]
LEARNED = ["learned", "learned:reach=3", "learned:window=3x5,columns=6", "learned:nonzeros=4"]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def built(*arguments, shape=(None, 36, 2), **options):
    layer = TVSCMConv(*arguments, **options)
    layer.build(shape)
    for seed, weight in enumerate(layer.trainable_weights):
        if weight.name in ("a", "b", "bias"):
            weight.assign(draw(*weight.shape, seed=seed))
    return layer


def matrices(layer):
    """Shape (filters, channels, n, n), of a layer with fixed patterns."""
    a, b = np.array(layer.a), np.array(layer.b)
    return np.array(
        [
            [
                circulant.matrix(
                    circulant.first_row(layer.filter_patterns.pattern(h, c), a[h], b[h])
                )
                for c in range(layer.filter_patterns.symbols.shape[1])
            ]
            for h in range(layer.filters)
        ]
    )


def outputs(layer, x):
    return ops.convert_to_numpy(layer(x)).astype("float32")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("spec", FIXED)
def test_output_is_the_sum_over_channels_and_the_bias(spec, channels):
    layer = built(4, spec, "tanh", shape=(None, 36, channels))
    x = draw(5, 36, channels)
    expected = np.einsum("bnc,hcnm->bmh", x, matrices(layer)) + np.array(layer.bias)
    np.testing.assert_allclose(outputs(layer, x), np.tanh(expected), atol=1e-5)


@pytest.mark.parametrize("spec", ["half", "learned"])
def test_two_axes_are_one_channel(spec):
    layer = built(3, spec, shape=(None, 36))
    x = draw(5, 36)
    other = built(3, spec, shape=(None, 36, 1))
    np.testing.assert_allclose(outputs(layer, x), outputs(other, x[:, :, None]), atol=1e-6)
    assert layer.compute_output_shape((None, 36)) == (None, 36, 3)


def test_a_window_is_a_convolution_of_the_wrapped_image():
    """Keras' Conv2D with one value of the kernel per tap, on an image extended row by row."""
    rows, columns, filters, channels = 5, 6, 3, 2
    layer = built(
        filters, "random:k=3,window=3x5,columns=6", shape=(None, rows * columns, channels)
    )
    x = draw(4, rows * columns, channels)
    place = np.arange(-1, rows + 1)[:, None] * columns + np.arange(-2, columns + 2)[None, :]
    wrapped = x[:, place % (rows * columns)]
    values = ops.convert_to_numpy(layer.filter_patterns.values(layer.a, layer.b))
    near = layer.filter_patterns.neighbourhood
    kernel = values[:, :, np.searchsorted(near.offsets, near.taps)]
    convolution = keras.layers.Conv2D(filters, (3, 5))
    convolution.build(wrapped.shape)
    convolution.set_weights([kernel.transpose(2, 3, 1, 0), np.array(layer.bias)])
    expected = ops.convert_to_numpy(convolution(wrapped)).reshape(4, rows * columns, filters)
    np.testing.assert_allclose(outputs(layer, x), expected, atol=1e-5)


def test_a_reach_is_a_convolution_of_the_wrapped_signal():
    layer = built(3, "half:reach=2", shape=(None, 12, 2))
    x = draw(4, 12, 2)
    values = ops.convert_to_numpy(layer.filter_patterns.values(layer.a, layer.b))
    convolution = keras.layers.Conv1D(3, 5)
    wrapped = x[:, np.arange(-2, 14) % 12]
    convolution.build(wrapped.shape)
    kernel = values[:, :, [2, 1, 0, 1, 2]].transpose(2, 1, 0)
    convolution.set_weights([kernel, np.array(layer.bias)])
    expected = ops.convert_to_numpy(convolution(wrapped))
    np.testing.assert_allclose(outputs(layer, x), expected, atol=1e-5)


def test_three_parameters_a_head_whatever_the_width():
    for shape in ((None, 36), (None, 36, 5), (None, 784, 2)):
        assert built(7, "random:k=2", shape=shape).count_params() == 21
    assert built(7, "half", use_bias=False).count_params() == 14
    assert built(7, "learned:reach=3").frozen().count_params() == 21


@pytest.mark.parametrize("spec", ["banded:reach=2", "half", "half:window=3x3"])
def test_gradients_equal_those_of_the_dense_matrices(spec):
    """A step of plain gradient descent moves a, b and bias by the sums over their entries."""
    n, channels, filters, rate = 9, 2, 3, 0.01
    x, target = draw(6, n, channels), draw(6, n, filters, seed=1)
    layer = built(filters, spec, shape=(None, n, channels))
    model = keras.Sequential([keras.Input((n, channels)), layer])
    model.compile(keras.optimizers.SGD(rate), "mse")
    dense = matrices(layer)
    before = [np.array(weight) for weight in (layer.a, layer.b, layer.bias)]
    error = np.einsum("bnc,hcnm->bmh", x, dense) + before[2] - target
    gradient = np.einsum("bnc,bmh->hcnm", x, 2 * error / target.size)
    layer.a.assign(np.ones(filters))
    layer.b.assign(2 * np.ones(filters))
    where = matrices(layer)
    layer.a.assign(before[0])
    layer.b.assign(before[1])
    model.train_on_batch(x, target)
    for weight, value, entry in ((layer.a, before[0], 1), (layer.b, before[1], 2)):
        expected = value - rate * (gradient * (where == entry)).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(np.array(weight), expected, atol=1e-5)
    expected = before[2] - rate * (2 * error / target.size).sum(axis=(0, 1))
    np.testing.assert_allclose(np.array(layer.bias), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("spec", LEARNED)
def test_a_learned_layer_equals_its_frozen_form(spec, dtype):
    layer = built(4, spec, "relu", seed=2, dtype=dtype)
    frozen = layer.frozen()
    x = draw(5, 36, 2)
    tolerance = {"float32": 1e-5, "mixed_float16": 5e-3, "mixed_bfloat16": 4e-2}[dtype]
    np.testing.assert_allclose(outputs(frozen, x), outputs(layer, x), rtol=0, atol=tolerance)
    np.testing.assert_array_equal(frozen.filter_patterns.symbols, layer.filter_patterns.symbols)
    assert keras.backend.standardize_dtype(layer(x).dtype) == dtype.removeprefix("mixed_")
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} == {"float32"}


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("nonzeros", [1, 5, 37, 38])
def test_the_budget_is_that_of_a_head_over_its_channels(nonzeros, dtype):
    layer = built(4, "learned", nonzeros=nonzeros, dtype=dtype)
    assert (layer.filter_patterns.symbols > 0).sum(axis=(1, 2)).tolist() == [nonzeros] * 4
    # In the form that is trained too: what a head sees of its 2 * 19 offsets.
    values = layer._trained_values()
    seen = ops.convert_to_numpy(ops.cast(values, "float32")).reshape(4, -1)
    assert (seen != 0).sum(axis=1).tolist() == [nonzeros] * 4


def test_the_budget_begins_with_all_offsets():
    layer = built(4, "learned", nonzeros=2)
    seen = []
    for progress in (0.0, 0.25, 0.5, 1.0):
        layer.set_progress(progress)
        values = layer._trained_values()
        seen.append(np.count_nonzero(ops.convert_to_numpy(values)) // 4)
    assert seen == [38, 9, 2, 2]


# JAX without compilation takes many seconds.
@pytest.mark.parametrize("jit_compile", [True, False][: 1 + (keras.backend.backend() != "jax")])
def test_training_finds_the_patterns_that_made_the_targets(jit_compile):
    truth = TVSCMConv(2, ["offsets:a=1,b=2", "offsets:a=0,b=3"])
    truth.build((None, 12))
    truth.a.assign([0.8, 0.5])
    truth.b.assign([-0.5, -0.9])
    truth.bias.assign([0.1, -0.2])
    layer = TVSCMConv(2, "learned:reach=4", nonzeros=2, seed=1)
    model = keras.Sequential([keras.Input((12,)), layer])
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit_compile)
    first = layer.filter_patterns.symbols.tolist()
    x = draw(256, 12)
    for progress in (0, 0.25, 0.5):
        layer.set_progress(progress)
        model.fit(x, outputs(truth, x), epochs=6, batch_size=16, verbose=0)
    expected = [[[0, 1, 2, 0, 0]], [[1, 0, 0, 2, 0]]]
    assert layer.filter_patterns.symbols.tolist() == expected != first
    frozen = layer.frozen()
    for name in ("a", "b", "bias"):
        found, wanted = (np.array(getattr(one, name)) for one in (frozen, truth))
        np.testing.assert_allclose(found, wanted, atol=0.02)


def test_every_head_and_channel_draws_its_own_pattern():
    layer = built(4, "half", seed=7)
    drawn = [[layer.filter_patterns.pattern(h, c) for c in range(2)] for h in range(4)]
    wanted = [[Pattern.half(36, 7 + 2 * h + c) for c in range(2)] for h in range(4)]
    assert [[(p.a, p.b) for p in row] for row in drawn] == [
        [(p.a, p.b) for p in row] for row in wanted
    ]


def test_balanced_heads_keep_the_scale_of_their_inputs():
    x = draw(200, 36, 2)
    for spec in ("half", "random:k=3", "learned"):
        layer = TVSCMConv(8, spec)
        deviation = outputs(layer, x).std(axis=(0, 1))
        assert (deviation > 0.6).all(), spec
        assert (deviation < 2.5).all(), spec


def test_random_initializers_give_two_different_values_a_filter():
    layer = TVSCMConv(4, "banded", kernel_initializer="glorot_uniform")
    layer.build((None, 36))
    a, b = (ops.convert_to_numpy(value) for value in (layer.a, layer.b))
    assert len({*a.tolist(), *b.tolist()}) == 8


def test_initializers_and_regularizers_of_keras():
    layer = TVSCMConv(
        3, "half", kernel_initializer="ones", bias_initializer="ones", kernel_regularizer="l2"
    )
    layer.build((None, 12))
    assert [np.array(w).tolist() for w in layer.weights] == [[1] * 3] * 3
    assert sum(float(loss) for loss in layer.losses) == pytest.approx(0.01 * 6)


def test_the_heads_are_what_keras_pools():
    layer = built(3, "banded:reach=2", shape=(None, 12))
    x = draw(2, 12)
    pooled = ops.convert_to_numpy(keras.layers.MaxPooling1D(4)(layer(x)))
    np.testing.assert_allclose(pooled, outputs(layer, x).reshape(2, 3, 4, 3).max(axis=2))


def test_mixed_precision_trains_compiled():
    x = draw(64, 32)
    filters = TVSCMConv(4, "learned", nonzeros=3, dtype="mixed_float16")
    model = keras.Sequential(
        [keras.Input((32,)), filters, keras.layers.Flatten(), keras.layers.Dense(32)]
    )
    model.compile("adam", "mse", jit_compile=True)
    losses = model.fit(x, x, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    "pattern",
    ["learned", "half", ["banded", Pattern(36, [0], [2]), {"a": [3], "b": []}]],
)
def test_the_configuration_is_json_that_makes_the_same_layer(pattern):
    layer = TVSCMConv(3, pattern, "relu", kernel_regularizer="l1", seed=4, use_bias=False)
    layer.build((None, 36))
    text = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(text)))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again.filter_patterns.symbols, layer.filter_patterns.symbols)
    assert again.bias is None


def test_a_frozen_layer_has_nothing_to_freeze():
    layer = built(2, "learned")
    for fixed in (layer.frozen(), built(2, "half")):
        with pytest.raises(InputError, match=r"The pattern of layer '.*' is fixed: nothing to"):
            fixed.frozen()
    with pytest.raises(ValueError, match="not built yet"):
        _ = TVSCMConv(2).filter_patterns


@pytest.mark.parametrize(
    ("options", "shape", "message"),
    [
        ({"pattern": "stripes"}, (None, 36), "Unknown pattern 'stripes'"),
        ({"pattern": ["banded"]}, (None, 36), "one a filter, 2. Received: 1"),
        ({"pattern": "half", "nonzeros": 2}, (None, 36), "this one is fixed"),
        ({"nonzeros": 0}, (None, 36, 2), "is 1 to 38 here. Received: 0"),
        ({"nonzeros": -1}, (None, 36, 2), "is 1 to 38 here. Received: -1"),
        ({"nonzeros": 39}, (None, 36, 2), "is 1 to 38 here. Received: 39"),
        ({"pattern": "learned:window=3"}, (None, 37), "37 is no square, so give columns="),
        ({}, (None, None, 2), "n and channels known. Received: input_shape=(None, None, 2)"),
        ({}, (None, 6, 6, 1), "TVSCMConv reads (batch, n) or (batch, n, channels)"),
        ({}, (None,), "Received: input_shape=(None,)"),
    ],
)
def test_bad_layers_are_refused_at_build(options, shape, message):
    with pytest.raises(InputError) as caught:
        TVSCMConv(2, **options).build(shape)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("filters", [0, -1, True, 2.0, "2", None])
def test_numbers_of_filters(filters):
    message = f"filters is a whole number of at least 1. Received: filters={filters!r}"
    with pytest.raises(InputError, match=message):
        TVSCMConv(filters)


def test_the_class_and_argument_of_before_are_the_same_layer():
    old, new = TVSCMHeads(heads=3, pattern="banded"), TVSCMConv(3, "banded")
    assert (old.filters, TVSCMHeads(3).filters) == (3, 3)
    assert {**old.get_config(), "name": ""} == {**new.get_config(), "name": ""}
    assert keras_tvscm.TVSCMHeads is TVSCMHeads
