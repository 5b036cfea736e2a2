"""Networks that are softmax regressions, found by interval arithmetic and written as such."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert import convert
from keras_tvscm.convert.lower.bounds import bounds
from keras_tvscm.convert.lower.collapse import Bounded, collapse, linear, refuse_dead
from keras_tvscm.errors import CheckError

L = keras.layers


def network(*layers, width=6):
    return keras.Sequential([keras.Input((width,)), *layers])


def tvscm(a, b, pattern="complete", width=6, **options):
    layer = TVSCM(pattern, **({"activation": "relu"} | options))
    layer.build((None, width))
    layer.a.assign(a)
    layer.b.assign(b)
    return layer


def drawn(low, high, width=6, rows=200):
    """Inputs within the range, its corners among them."""
    rng = np.random.default_rng(0)
    inside = rng.uniform(low, high, size=(rows, width))
    corners = rng.choice([low, high], size=(rows, width))
    return np.concatenate([inside, corners]).astype("float32")


values = st.floats(-2, 2, width=32)


@settings(max_examples=25, deadline=None)
@given(
    low=st.floats(-3, 0),
    high=st.floats(0.5, 3),
    a=values,
    b=values,
    units=st.sampled_from([3, 6, 9]),
    activation=st.sampled_from(["relu", "linear"]),
    bias=st.booleans(),
)
def test_no_output_leaves_the_bounds(low, high, a, b, units, activation, bias):
    layer = TVSCM("random:k=1", units, activation, use_bias=bias, bias_initializer="ones")
    model = network(layer, L.Reshape((3, units // 3)), L.Flatten(), L.Dense(4, "relu"), L.Dense(2))
    layer.a.assign(a)
    layer.b.assign(b)
    found = bounds(model, low, high)
    x = drawn(low, high)
    for one in model.layers:
        outputs = keras.Model(model.inputs[0], one.output)(x).numpy()
        least, greatest = found[one.name]
        if getattr(one, "activation", None) is keras.activations.relu:
            least, greatest = np.maximum(least, 0), np.maximum(greatest, 0)
        slack = 1e-5 * max(1, np.abs(least).max(), np.abs(greatest).max())
        assert (outputs >= least - slack).all() and (outputs <= greatest + slack).all()


def test_bounds_of_one_matrix_are_reached():
    model = network(tvscm(2.0, -1.0), L.Dense(1))
    least, greatest = bounds(model, 0.0, 1.0)[model.layers[0].name]
    # One input at a, the five others at b.
    np.testing.assert_allclose((least, greatest), np.array([[-5.0] * 6, [2.0] * 6]))


def test_what_is_not_known_has_no_bounds():
    model = network(L.Dense(6, "tanh"), tvscm(1.0, 1.0), L.Dense(2))
    assert list(bounds(model, 0.0, 1.0)) == [model.layers[0].name]
    twice = tvscm(1.0, 1.0)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, L.Dense(2)(twice(twice(inputs))))
    assert twice.name not in bounds(model, 0.0, 1.0)


def check(model, low=0.0, high=1.0):
    """Collapsed as far as it goes, it gives the same outputs within the range."""
    collapsed, gone = collapse(Bounded.of(model, low, high))
    smaller = collapsed.model
    x = drawn(low, high)
    expected = model(x).numpy()
    np.testing.assert_allclose(
        smaller(x).numpy(), expected, atol=2e-6 * max(1, np.abs(expected).max())
    )
    return smaller, [one.placement.name for one in gone]


@pytest.mark.parametrize("head_bias", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("units", [4, 6, 9])
def test_a_relu_that_never_clips_goes_into_the_head(units, bias, head_bias):
    layer = tvscm(1.5, 0.25, "random:k=1", units=units, use_bias=bias, bias_initializer="ones")
    smaller, gone = check(network(layer, L.Dense(3, use_bias=head_bias)))
    assert gone == [layer.name]
    assert [type(one) for one in smaller.layers] == [L.Dense]
    assert smaller.count_params() == 6 * 3 + (3 if bias or head_bias else 0)


def test_one_below_another_goes_after_it():
    model = network(tvscm(1.0, 0.5), tvscm(0.5, 0.25, "banded"), L.Dense(3))
    smaller, gone = check(model)
    assert len(gone) == 2 and len(smaller.layers) == 1


def test_a_relu_layer_goes_with_it():
    smaller, _ = check(network(tvscm(1.0, 0.5, activation=None), L.ReLU(), L.Dense(3)))
    assert [type(one) for one in smaller.layers] == [L.Dense]


def test_in_a_branch():
    inputs = keras.Input((6,))
    both = L.Add()([L.Dense(3)(tvscm(1.0, 0.5)(inputs)), L.Dense(3)(inputs)])
    smaller, gone = check(keras.Model(inputs, both))
    assert len(gone) == 1 and not any(isinstance(one, TVSCM) for one in smaller.layers)


@pytest.mark.parametrize(
    ("model", "low"),
    [
        (lambda: network(tvscm(1.0, -1e-6), L.Dense(3)), 0.0),
        (lambda: network(tvscm(1.0, 0.5), L.Dense(3)), -1e-6),
        (lambda: network(tvscm(1.0, 0.5), L.Dropout(0.5), L.Dense(3)), 0.0),
        (lambda: network(tvscm(1.0, 0.5, activation="tanh"), L.Dense(3)), 0.0),
        (lambda: network(tvscm(1.0, 0.5)), 0.0),
        (lambda: network(TVSCMConv(2, "banded"), L.Flatten(), L.Dense(3)), 0.0),
    ],
)
def test_what_might_clip_or_has_no_head_stays(model, low):
    model = model()
    smaller, gone = check(model, low)
    assert smaller is model and gone == []


def test_everywhere_takes_only_what_has_no_activation():
    model = network(tvscm(1.0, 0.5), L.Dense(3))
    bounded = Bounded.of(model, 0.0, 1.0)
    assert collapse(bounded, everywhere=True) == (bounded, [])
    assert [one.always for one in linear(bounded)] == [False]
    model = network(tvscm(1.0, -0.5, activation=None), L.Dense(3))
    collapsed, gone = collapse(Bounded.of(model, 0.0, 1.0), everywhere=True)
    x = drawn(-10, 10)
    np.testing.assert_allclose(collapsed.model(x).numpy(), model(x).numpy(), atol=1e-4)
    assert [one.always for one in gone] == [True]


def test_a_relu_that_never_fires_is_refused():
    refuse_dead(Bounded.of(network(tvscm(1.0, -1.0), L.Dense(3)), 0.0, 1.0))
    with pytest.raises(CheckError, match="never fires on inputs 0 to 1, so all its outputs"):
        refuse_dead(Bounded.of(network(tvscm(-1.0, -1.0), L.Dense(3)), 0.0, 1.0))


@pytest.fixture(scope="module")
def positive(digits):
    """A network on digits whose `a` and `b` are positive."""
    model = network(tvscm(1.0, 0.5, "banded", width=64, name="tvscm"), L.Dense(10), width=64)
    model.layers[0].trainable = False
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(digits.train.x, digits.train.y, epochs=20, verbose=0)
    return model


def test_int8_is_written_as_one_fully_connected(digits, positive):
    record = convert(positive, digits).record
    assert record["collapsed"] == ["the ReLU of layer 'tvscm' never clips on inputs 0 to 1"]
    assert (record["lowering"], record["lowerings"], record["linear"]) == (None, {}, [])
    assert record["name"].endswith("banded collapsed int8")
    # The head's products are all that is left; the trained parameters are what they were.
    assert (record["multiplications"], record["parameters"]) == (640, 2 + 650)
    kept = convert(positive, digits, collapsing=False).record
    assert kept["collapsed"] == [] and kept["linear"] == record["collapsed"]
    assert record["bytes"] < kept["bytes"]


def test_float32_inputs_may_leave_the_range_so_it_is_only_said(digits, positive):
    record = convert(positive, digits, lowering="unrolled", dtype="float32").record
    assert (record["collapsed"], record["lowerings"]) == ([], {"tvscm": "unrolled"})
    assert record["linear"] == ["the ReLU of layer 'tvscm' never clips on inputs 0 to 1"]
