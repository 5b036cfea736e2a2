"""Dense layers swapped for the nearest two-valued symmetric circulant matrices."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, Pattern, compress
from keras_tvscm.errors import InputError
from keras_tvscm.models.compression import by_offset, kept_share, nearest

SHAPES = [(12, 12), (9, 9), (12, 7), (7, 12), (1, 1), (2, 2)]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def built(pattern, shape):
    layer = TVSCM(pattern, units=shape[1])
    layer.build((None, shape[0]))
    return layer


def least_squares(kernel, groups):
    """Values of groups of offsets by numpy's solver, and the squared norm that they keep."""
    rows, columns = kernel.shape
    size = max(rows, columns)
    shift = (np.arange(columns)[None, :] - np.arange(rows)[:, None]) % size
    offset = np.minimum(shift, size - shift)
    basis = np.stack([np.isin(offset, group).ravel() for group in groups], axis=1).astype(float)
    found = np.linalg.lstsq(basis, kernel.ravel().astype(float), rcond=None)[0]
    kept = np.sum((basis @ found) ** 2) / np.sum(kernel.astype(float) ** 2)
    return found, kept


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pattern", ["banded", "complete", "half:seed=1"])
def test_a_fixed_pattern_s_values_are_the_least_squares(pattern, shape):
    kernel, layer = draw(*shape), built(pattern, shape)
    expected, kept = least_squares(kernel, [layer.pattern.a, layer.pattern.b])
    np.testing.assert_allclose(nearest(kernel, layer), expected, atol=1e-6)
    assert kept_share(kernel, layer) == pytest.approx(kept)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_learned_pattern_s_weights_are_the_nearest_symmetric_circulant(shape):
    kernel, layer = draw(*shape, seed=1), built("learned", shape)
    expected, kept = least_squares(kernel, [[k] for k in range(max(shape) // 2 + 1)])
    np.testing.assert_allclose(nearest(kernel, layer)[0], expected, atol=1e-6)
    assert kept_share(kernel, layer) == pytest.approx(kept)


def test_a_neighbourhood_takes_its_own_offsets():
    kernel, layer = draw(9, 9), built("learned:reach=2", (9, 9))
    expected, kept = least_squares(kernel, [[0], [1], [2]])
    np.testing.assert_allclose(nearest(kernel, layer)[0], expected, atol=1e-6)
    assert kept_share(kernel, layer) == pytest.approx(kept)


def test_sums_by_offset_count_every_entry_once():
    sums, counts = by_offset(np.arange(12.0).reshape(3, 4))
    assert counts.tolist() == [3, 6, 3]
    assert sums.sum() == 66


def network(*hidden, n=8):
    return keras.Sequential([keras.Input((n,)), *hidden, layers.Dense(3, name="last")])


def test_all_dense_layers_but_the_last_are_swapped():
    model = network(layers.Dense(8, "relu", name="one"), layers.Dropout(0.1), layers.Dense(5))
    model.layers[0].bias.assign(draw(8))
    before = [np.array(weight) for weight in model.weights]
    made = compress(model, "banded")
    assert [type(layer) for layer in made.layers] == [TVSCM, layers.Dropout, TVSCM, layers.Dense]
    assert [layer.name for layer in made.layers] == [layer.name for layer in model.layers]
    first, last = made.layers[0], made.layers[-1]
    assert first.activation is keras.activations.relu
    np.testing.assert_array_equal(np.array(first.bias), draw(8))
    np.testing.assert_array_equal(np.array(last.kernel), before[4])
    assert made.count_params() == (2 + 8) + (2 + 5) + (5 * 3 + 3)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(weight), value)


@pytest.mark.parametrize("pattern", ["banded", "complete", "learned"])
@pytest.mark.parametrize("units", [8, 5, 11])
def test_what_is_two_valued_already_stays_the_same_function(pattern, units):
    source = TVSCM("banded" if pattern == "learned" else pattern, units=units)
    source.build((None, 8))
    source.a.assign(0.75)
    source.b.assign(-0.25)
    dense = layers.Dense(units, "relu", use_bias=False)
    model = network(dense)
    dense.kernel.assign(source.kernel[:8, :units])
    made = compress(model, pattern)
    x = draw(6, 8)
    np.testing.assert_allclose(np.array(made(x)), np.array(model(x)), atol=1e-5)


@pytest.mark.parametrize("initial", ["auto", "new", "nearest"])
def test_a_kernel_that_keeps_nothing_starts_anew_unless_asked(initial):
    model = network(layers.Dense(8, name="one"))
    # Columns of opposite signs, which every offset averages to almost nothing.
    kernel = np.tile([1.0, -1.0], (8, 4)) + 0.01
    model.layers[0].kernel.assign(kernel)
    layer = compress(model, "complete", initial=initial).layers[0]
    expected = list(built("complete", (8, 8)).values)
    if initial == "nearest":
        expected, kept = least_squares(kernel, [[0], [1, 2, 3, 4]])
        assert kept < 0.01
    found = [float(value) for value in layer.values]
    np.testing.assert_allclose(found, [float(value) for value in expected], atol=1e-6)


def test_named_layers_of_a_functional_model_with_branches():
    given = keras.Input((8,))
    left, right = (layers.Dense(8, "relu", name=name)(given) for name in ("left", "right"))
    model = keras.Model(given, layers.Dense(2)(layers.Concatenate()([left, right])))
    made = compress(model, Pattern(8, [1], [3]), layers=["right"])
    assert type(made.get_layer("left")) is layers.Dense
    assert made.get_layer("right").pattern == Pattern(8, [1], [3])
    assert made(draw(2, 8)).shape == (2, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": ["none"]}, "The model has no Dense layer 'none'; it has: one, last"),
        ({"layers": []}, "no Dense layer to swap beside its last"),
        ({"initial": "zero"}, "initial is auto, nearest or new. Received: 'zero'"),
        ({"pattern": "stripes"}, "Unknown pattern 'stripes'"),
        ({"pattern": "learned:window=3x3"}, "8 is no square, so give columns="),
        ({"pattern": "banded:reach=5"}, "Width 8 has offsets up to 4. Received: reach=5"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        compress(network(layers.Dense(8, name="one")), **options)


def test_refuses_a_model_without_another_dense_layer_or_without_a_graph():
    with pytest.raises(InputError, match="no Dense layer to swap beside its last"):
        compress(network())
    with pytest.raises(InputError, match="The model is not built"):
        compress(keras.Sequential([layers.Dense(4), layers.Dense(2)]))


def kept(model, **options):
    """The Dense layers that stay."""
    made = compress(model, "banded", **options)
    return [layer.name for layer in made.layers if type(layer) is layers.Dense]


@pytest.mark.parametrize(
    "after",
    [
        [layers.Activation("softmax")],
        [layers.Softmax()],
        [layers.BatchNormalization(), layers.Dropout(0.1), layers.Activation("softmax")],
        [layers.Reshape((3, 1)), layers.Flatten()],
    ],
)
def test_the_classifier_stays_whatever_follows_it(after):
    model = network(layers.Dense(8, name="hidden"))
    for layer in after:
        model.add(layer)
    assert kept(model) == ["last"]


def test_every_output_keeps_what_it_comes_from():
    given = keras.Input((8,))
    hidden = layers.Dense(8, "relu", name="hidden")(given)
    scores, boxes = layers.Dense(3, name="scores")(hidden), layers.Dense(4, name="boxes")(hidden)
    model = keras.Model(given, {"class": layers.Softmax()(scores), "place": boxes})
    assert sorted(kept(model)) == ["boxes", "scores"]
    assert kept(model, layers=["scores"]) == ["hidden", "boxes"]


def test_dense_layers_of_models_inside_the_model():
    backbone = keras.Sequential([keras.Input((8,)), layers.Dense(8, "relu", name="hidden")])
    steps = layers.TimeDistributed(layers.Dense(4, name="step"))
    model = network(backbone, layers.Reshape((2, 4)), steps, layers.Flatten())
    assert kept(model) == ["last"]
    assert kept(model, layers=["hidden"]) == ["step", "last"]


def test_a_dense_layer_that_cannot_be_reached_is_refused_by_name():
    inner = keras.Sequential([layers.Dense(4, name="step"), layers.LayerNormalization()])
    steps = layers.TimeDistributed(inner, name="steps")
    model = network(layers.Dense(8, name="hidden"), layers.Reshape((2, 4)), steps, layers.Flatten())
    with pytest.raises(
        InputError, match=r"'step' \(Dense\) is inside of layer 'steps'.*`layers` can"
    ):
        compress(model)
    assert kept(model, layers=["hidden"]) == ["last"]
