"""Copies of models with layers replaced or left out."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm.convert.lower.model import lower
from keras_tvscm.errors import InputError
from keras_tvscm.models.cloning import clone_with

X = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")


def sequential():
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(6, "tanh", name="one"),
            layers.BatchNormalization(name="two"),
            layers.Dense(2, name="three"),
        ],
        name="given",
    )


def functional():
    """A layer that is called twice, and a branch around it."""
    given = keras.Input((6,), name="x")
    shared = layers.Dense(6, "tanh", name="one")
    twice = shared(layers.Rescaling(0.5, name="two")(shared(given)))
    return keras.Model(given, layers.Dense(2, name="three")(layers.Add()([twice, given])))


@pytest.mark.parametrize("make", [sequential, functional])
def test_a_plain_copy_has_its_own_equal_weights(make):
    model = make()
    copy = clone_with(model, {})
    np.testing.assert_array_equal(np.array(copy(X)), np.array(model(X)))
    assert copy.name == model.name
    copy.get_layer("three").bias.assign([1.0, 2.0])
    assert np.array(model.get_layer("three").bias).tolist() == [0, 0]


@pytest.mark.parametrize("make", [sequential, functional])
def test_replaced_and_dropped(make):
    model = make()
    model.get_layer("one").kernel.assign(np.eye(6))

    def identity():
        return layers.Activation("tanh", name="one")

    copy = clone_with(model, {"one": identity}, dropped=["two"])
    assert "two" not in [layer.name for layer in copy.layers]
    inner = np.tanh(X) if make is sequential else np.tanh(np.tanh(X)) + X
    head = model.get_layer("three")
    np.testing.assert_allclose(np.array(copy(X)), inner @ np.array(head.kernel), atol=1e-6)


@pytest.mark.parametrize("make", [sequential, functional])
def test_a_loss_without_a_name_is_no_hindrance(make):
    model = make()
    model.compile("adam", lambda true, outputs: keras.ops.mean(true - outputs))
    copy = clone_with(model, {})
    assert (model.compiled, copy.compiled) == (True, False)
    assert type(lower(model)) is type(model)


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


def test_refuses_what_has_no_graph():
    with pytest.raises(InputError, match="Only Sequential and functional"):
        clone_with(Subclassed(), {})
    with pytest.raises(InputError, match="not built: give it an Input, or call it"):
        clone_with(keras.Sequential([layers.Dense(2)]), {})
