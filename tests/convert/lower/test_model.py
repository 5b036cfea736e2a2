"""Every lowering against the dense matrix."""

from contextlib import suppress

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCM, Pattern, freeze
from keras_tvscm.convert.lower import LOWERINGS, LoweredReLU, Unsupported
from keras_tvscm.convert.lower.model import candidates, choose, lower
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.errors import InputError
from keras_tvscm.patterns.circulant import first_row, matrix
from keras_tvscm.patterns.pattern import resolve


@st.composite
def patterns(draw):
    n = draw(st.integers(1, 12))
    symbols = draw(st.lists(st.integers(0, 2), min_size=n // 2 + 1, max_size=n // 2 + 1))
    assume(any(symbols))
    offsets = [[k for k, symbol in enumerate(symbols) if symbol == s] for s in (1, 2)]
    return Pattern(n, *offsets)


values = st.sampled_from([0.0, 1.0, -1.0, 0.5, -2.0, 3.0])


def product(lowering, pattern, a, b, x):
    """W x by a lowering, relu(W x) by one that stands for a ReLU; None where it refuses."""
    try:
        lowered = LOWERINGS[lowering](pattern, a, b)
    except Unsupported as error:
        assert 20 < len(str(error)) < 200
        return None
    assert lowered.scale > 0
    if isinstance(lowered, LoweredReLU):
        upper, lower = lowered.parts(tf.constant(x))
        found = upper - lower
    else:
        found = lowered.product(tf.constant(x))
    return lowered.scale * np.roll(found.numpy().reshape(x.shape), lowered.ahead, axis=-1)


def expected_product(lowering, pattern, a, b, x):
    found = x @ matrix(first_row(pattern, a, b))
    return np.maximum(found, 0) if lowering == "maximum" else found


@pytest.mark.parametrize("lowering", LOWERINGS)
@settings(deadline=None)
@given(pattern=patterns(), a=values, b=values)
def test_scaled_product_is_the_matrix_product(lowering, pattern, a, b):
    x = np.random.default_rng(pattern.n).normal(size=(1, pattern.n)).astype("float32")
    found = product(lowering, pattern, a, b, x)
    if found is not None:
        np.testing.assert_allclose(found, expected_product(lowering, pattern, a, b, x), atol=2e-5)


EVERYWHERE = {"unrolled", "polyphase", "hartley", "rfft2d", "dense"}
SUPPORTED = {
    "banded": EVERYWHERE | {"convolution", "gather", "pack"},
    "banded:reach=4": EVERYWHERE | {"convolution", "gather", "pack"},
    "complete": EVERYWHERE | {"fc-sum", "maximum"},
    "random:k=1,seed=15": EVERYWHERE | {"gather", "pack"},
    "random:k=10,seed=1": EVERYWHERE | {"pack"},
    "half:seed=3": EVERYWHERE | {"fc-sum", "maximum"},
    "learned-like": EVERYWHERE | {"gather", "pack"},
}


def explicit(n, spec):
    """Explicit offsets, as a budget of eight leaves them of a learned pattern."""
    if spec != "learned-like":
        return resolve(spec, n)
    offsets = np.random.default_rng(n).permutation(n // 2 + 1)[:8].tolist()
    return Pattern(n, offsets[:3], offsets[3:])


@pytest.mark.parametrize("n", [64, 187, 784, 1000, 1024])
@pytest.mark.parametrize("spec", SUPPORTED)
def test_each_lowering_does_what_it_supports_at_real_widths(spec, n):
    pattern = explicit(n, spec)
    x = np.random.default_rng(n).normal(size=(2, 3, n)).astype("float32")
    supported = set()
    for lowering in LOWERINGS:
        found = product(lowering, pattern, 0.7, -0.3, x)
        if found is not None:
            supported.add(lowering)
            expected = expected_product(lowering, pattern, 0.7, -0.3, x)
            assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()
    # A convolution reaches over all of a small input.
    assert supported - {"convolution"} == SUPPORTED[spec] - {"convolution"}
    assert ("convolution" in supported) == (n == 64 or "convolution" in SUPPORTED[spec])


def outputs(model, x):
    return np.concatenate([model(row[None], training=False) for row in x])


def check(model, shape):
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype("float32")
    expected = model.predict(x, verbose=0)
    done = []
    for lowering in LOWERINGS:
        with suppress(Unsupported):
            np.testing.assert_allclose(outputs(lower(model, lowering), x), expected, atol=1e-5)
            done.append(lowering)
    assert {"unrolled", "dense"} <= set(done)
    return done


def names(*layers):
    return keras.Sequential([keras.Input((12,)), *layers])


@pytest.mark.parametrize("activation", ["relu", "linear", "tanh", "sigmoid"])
def test_the_factor_is_folded_only_where_the_activation_lets_it(activation):
    check(names(TVSCM("random:k=1", activation=activation), keras.layers.Dense(3)), (12,))


def test_stacks_and_other_layers_around():
    check(
        names(
            TVSCM("half", activation="relu"),
            TVSCM("complete", activation="relu"),
            keras.layers.BatchNormalization(),
            TVSCM("banded"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, "softmax"),
        ),
        (12,),
    )


def test_an_output_that_two_layers_read_is_not_folded():
    inputs = keras.Input((12,))
    hidden = TVSCM("banded", activation="relu")(inputs)
    both = keras.layers.Add()([keras.layers.Dense(3)(hidden), keras.layers.Dense(3)(hidden)])
    check(keras.Model(inputs, both), (12,))


def test_a_head_that_is_used_twice_is_not_folded():
    inputs = keras.Input((12,))
    head = keras.layers.Dense(3)
    both = keras.layers.Add()([head(TVSCM("banded", activation="relu")(inputs)), head(inputs)])
    check(keras.Model(inputs, both), (12,))


def test_a_layer_used_twice():
    inputs = keras.Input((12,))
    layer = TVSCM("random:k=2", activation="relu")
    check(keras.Model(inputs, keras.layers.Dense(3)(layer(layer(inputs)))), (12,))


def test_tvscm_as_the_output_layer():
    check(names(keras.layers.Dense(12), TVSCM("banded")), (12,))


def test_on_the_last_axis_of_three():
    inputs = keras.Input((2, 12))
    hidden = keras.layers.Flatten()(TVSCM("random:k=1", activation="relu")(inputs))
    check(keras.Model(inputs, keras.layers.Dense(3)(hidden)), (2, 12))


def test_a_model_that_was_saved_and_loaded_is_folded_too(tmp_path):
    model = names(TVSCM("banded", activation="relu"), keras.layers.Dense(3))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    hidden = lower(loaded, "unrolled").layers[0]
    assert hidden.factor == 1.0
    check(loaded, (12,))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: keras.Sequential([keras.Input((None, 4)), TVSCM()]), "shape must be known"),
        (
            lambda: keras.Model(
                inputs := [keras.Input((4,)), keras.Input((4,))], keras.layers.Add()(inputs)
            ),
            "one input and one output",
        ),
    ],
)
def test_models_without_one_static_line_are_refused(model, message):
    with pytest.raises(InputError, match=message):
        lower(model(), "unrolled")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(value):
    model = names(TVSCM(name="first"), keras.layers.Dense(3))
    model.layers[0].b.assign(value)
    with pytest.raises(InputError, match=r"weights \S*first/b hold NaN or infinity; train"):
        lower(model, "unrolled")


def test_a_name_for_each_layer():
    model = names(
        TVSCM("banded", activation="relu", name="one"),
        TVSCM("complete", activation="relu", name="two"),
        keras.layers.Dense(3),
    )
    placed = placements(model)
    assert choose(placed) == {"one": "unrolled", "two": "unrolled"}
    assert choose(placed, {"two": "maximum"}) == {"one": "unrolled", "two": "maximum"}
    assert choose(placed, "signal") == {"one": "signal", "two": "signal"}
    x = np.random.default_rng(0).normal(size=(4, 12)).astype("float32")
    mixed = lower(model, {"one": "gather", "two": "maximum"})
    np.testing.assert_allclose(outputs(mixed, x), model.predict(x, verbose=0), atol=1e-5)


@pytest.mark.parametrize(
    ("lowering", "message"),
    [
        ({"three": "dense"}, "The model has no layer 'three' to lower; it has: one"),
        ({"one": "magic"}, "Unknown lowering 'magic' of layer 'one'; expected one of unrolled"),
        ("fc-sum", "'fc-sum' does not do for layer 'one': most entries of the matrix are zero"),
    ],
)
def test_names_that_do_not_fit_the_layers(lowering, message):
    with pytest.raises(InputError, match=message):
        lower(names(TVSCM("banded", name="one"), keras.layers.Dense(3)), lowering)


def test_candidates_name_what_supports_a_layer_and_why_others_do_not():
    model = names(
        TVSCM("complete", activation="tanh", name="one"),
        TVSCM("complete", activation="relu", name="two"),
        keras.layers.Dense(3),
    )
    one, two = placements(model)
    assert candidates(two)["maximum"] is None
    assert candidates(one) == {
        "unrolled": None,
        "fc-sum": None,
        "maximum": "it stands for a ReLU without a bias, which this layer has not",
        "convolution": None,
        "gather": None,
        "pack": None,
        "polyphase": None,
        "hartley": None,
        "rfft2d": None,
        "dense": None,
    }


def test_a_relu_layer_after_a_linear_one_is_taken_with_it():
    done = check(names(TVSCM("complete"), keras.layers.ReLU(), keras.layers.Dense(3)), (12,))
    assert "maximum" in done


def test_a_relu_layer_that_another_layer_reads_too_stays():
    inputs = keras.Input((12,))
    hidden = keras.layers.ReLU()(TVSCM("complete")(inputs))
    both = keras.layers.Add()([keras.layers.Dense(3)(hidden), keras.layers.Dense(3)(hidden)])
    assert "maximum" in check(keras.Model(inputs, both), (12,))


def test_unknown_lowering_is_refused():
    with pytest.raises(InputError, match="expected one of unrolled, fc-sum, maximum"):
        lower(names(TVSCM()), "magic")


@pytest.mark.parametrize("units", [5, 12, 17])
@pytest.mark.parametrize("bias", [False, True])
def test_other_widths_and_biases(units, bias):
    layer = TVSCM(
        "random:k=2", units=units, activation="relu", use_bias=bias, bias_initializer="ones"
    )
    check(names(layer, keras.layers.Dense(3)), (12,))


def test_a_frozen_pattern_converts_and_a_learned_one_is_refused():
    model = names(TVSCM("learned", activation="relu"), keras.layers.Dense(3))
    with pytest.raises(InputError, match=r"is still learned; convert freeze\(model\)"):
        lower(model, "unrolled")
    check(freeze(model), (12,))


def test_the_head_is_turned_in_place_of_the_input_s_extension_on_both_sides():
    """A SLICE and a CONCATENATION extend the input; x itself is the term furthest ahead."""
    model = names(TVSCM("banded:reach=2", activation="relu"), keras.layers.Dense(3))
    turned = lower(model, "unrolled")
    kernel, own = (one.get_layer(index=-1).kernel.numpy() for one in (turned, model))
    ratio = np.roll(kernel, 2, axis=0) / own
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-5)
    assert not np.allclose(kernel / own, ratio[0, 0], rtol=1e-2)


@pytest.mark.parametrize("after", [keras.layers.Activation("softmax"), TVSCM("banded")])
def test_nothing_comes_turned_where_no_dense_layer_follows(after):
    assert "pack" in check(names(TVSCM("random:k=1", activation="relu"), after), (12,))
