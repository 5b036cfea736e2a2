"""Walks through the graphs of models."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.errors import InputError
from keras_tvscm.models.graph import (
    all_layers,
    gives_probabilities,
    heads,
    is_relu,
    refuse_enclosed,
    run,
)


def row(*after):
    return keras.Sequential([keras.Input((6,)), layers.Dense(6, name="first"), *after])


def dense(name="last", **options):
    return layers.Dense(3, name=name, **options)


def two_outputs():
    given = keras.Input((6,))
    hidden = layers.Dense(6, "relu", name="hidden")(given)
    other = layers.Softmax()(dense("other")(hidden))
    return keras.Model(given, [layers.Flatten()(dense()(hidden)), other])


def branches():
    given = keras.Input((6,))
    hidden = layers.Dense(6, name="hidden")(given)
    return keras.Model(given, layers.Add()([dense("other")(hidden), dense()(given)]))


def an_output_on_the_way():
    given = keras.Input((6,))
    hidden = dense("hidden")(given)
    return keras.Model(given, [dense()(hidden), hidden])


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: row(dense()), ["last"]),
        (lambda: row(dense(), layers.Activation("softmax")), ["last"]),
        (lambda: row(dense(), layers.BatchNormalization(), layers.Softmax()), ["last"]),
        (lambda: row(dense(), layers.Reshape((3, 1)), layers.Flatten()), ["last"]),
        (lambda: row(TVSCM("banded", name="ours"), layers.Softmax()), ["ours"]),
        (two_outputs, ["last", "other"]),
        (branches, ["last", "other"]),
        (an_output_on_the_way, ["hidden", "last"]),
        (lambda: keras.Sequential([keras.Input((6,)), layers.ReLU()]), []),
    ],
)
def test_the_layers_that_the_outputs_come_from(make, names):
    assert sorted(layer.name for layer in heads(make())) == names


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: row(dense(activation="softmax")), True),
        (lambda: row(dense(), layers.Activation("softmax")), True),
        (lambda: row(dense(), layers.Softmax(), layers.Reshape((3,))), True),
        (lambda: keras.Sequential([keras.Input((6,)), row(dense(), layers.Softmax())]), True),
        (lambda: row(dense()), False),
        (lambda: row(layers.Softmax(), dense()), False),
        (lambda: row(dense(activation="sigmoid")), False),
    ],
)
def test_whether_a_model_gives_probabilities(make, expected):
    assert gives_probabilities(make()) is expected


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.ReLU(), True),
        (layers.Activation("relu"), True),
        (layers.ReLU(max_value=6), False),
        (layers.ReLU(negative_slope=0.1), False),
        (layers.ReLU(threshold=1), False),
        (layers.Activation("relu6"), False),
        (layers.Dense(2, "relu"), False),
    ],
)
def test_a_relu_and_nothing_else(layer, expected):
    assert is_relu(layer) is expected


def test_a_walk_calls_each_layer_with_numbers_and_models_not_at_all():
    inner = row(dense())
    given = keras.Input((6,))
    model = keras.Model(given, layers.Add()([inner(given), inner(given)]))
    calls = []

    def call(operation, *args, **kwargs):
        calls.append(operation.name)
        return operation(*args, **kwargs)

    x = np.random.default_rng(0).normal(size=(2, 6)).astype("float32")
    (output,) = run(model, [keras.ops.convert_to_tensor(x)], call)
    np.testing.assert_allclose(output, model(x), atol=1e-6)
    assert sorted(calls)[1:] == ["first", "first", "last", "last"]


def enclosing():
    steps = layers.TimeDistributed(TVSCMConv(2, "random:k=1", name="filters"), name="steps")
    return keras.Sequential([keras.Input((3, 6)), steps, layers.Flatten(), layers.Dense(2)])


def test_layers_at_any_depth():
    model = keras.Sequential([keras.Input((3, 6)), enclosing(), layers.ReLU()])
    ours = [layer.name for layer in all_layers(model) if isinstance(layer, TVSCMConv)]
    assert ours == ["filters"]


def test_a_layer_that_cannot_be_reached_is_refused_by_both_names():
    model = enclosing()
    refuse_enclosed(model, model.layers, "frozen")
    with pytest.raises(InputError) as caught:
        refuse_enclosed(model, all_layers(model), "frozen")
    assert str(caught.value).startswith(
        "Layer 'filters' (TVSCMConv) is inside of layer 'steps' (TimeDistributed), where it cannot "
        "be frozen. Call it in the model itself"
    )
