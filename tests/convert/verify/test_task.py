"""What a network's outputs stand for: found from their shape, or declared."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_tvscm.convert.verify.task import Task, task_of
from keras_tvscm.errors import InputError


def network(outputs, activation=None, inputs=8):
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs, activation)])


def two_classes(tiny):
    return replace(tiny, classes=("no", "yes"))


@pytest.mark.parametrize(
    ("outputs", "name"), [(3, "classification"), (8, "autoencoder"), (1, "regression")]
)
def test_it_is_found_from_the_number_of_outputs(tiny, outputs, name):
    assert task_of(network(outputs), tiny) == Task(name)


@pytest.mark.parametrize(("activation", "threshold"), [("sigmoid", 0.5), (None, 0.0)])
def test_one_output_tells_two_classes_apart(tiny, activation, threshold):
    assert task_of(network(1, activation), two_classes(tiny)) == Task("binary", threshold)


def test_a_sigmoid_is_seen_in_a_layer_of_its_own_and_in_a_model(tiny):
    layers = [network(1), keras.layers.Activation("sigmoid")]
    model = keras.Sequential([keras.Input((8,)), *layers])
    assert task_of(model, two_classes(tiny)).threshold == 0.5
    outer = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), network(1, "sigmoid")])
    assert task_of(outer, two_classes(tiny)).threshold == 0.5


def test_as_many_classes_as_inputs_are_classes(tiny):
    data = replace(tiny, classes=tuple("abcdefgh"))
    assert task_of(network(8), data).name == "classification"
    assert task_of(network(8), data, "autoencoder").name == "autoencoder"


@pytest.mark.parametrize(
    ("outputs", "name", "message"),
    [
        (
            5,
            None,
            r"output of shape \(5,\) is neither a score for each of the 3 classes of tiny nor",
        ),
        (5, "classification", r"classification is for 3 outputs.*Received: output of shape \(5,\)"),
        (1, "binary", r"binary is for one output, and two classes in the data set.*3 classes"),
        (3, "autoencoder", "autoencoder is for 8 outputs"),
        (3, "ranking", "Unknown task 'ranking'; expected one of classification, binary, regr"),
    ],
)
def test_refusals(tiny, outputs, name, message):
    with pytest.raises(InputError, match=message):
        task_of(network(outputs), tiny, name)


def test_any_output_is_a_regression_where_that_is_declared(tiny):
    assert task_of(network(5), tiny, "regression") == Task("regression")


def test_decisions_and_targets():
    outputs, x, y = np.float32([[0.4], [0.6]]), np.float32([[1, 2], [3, 4]]), np.array([0, 1])
    assert Task("binary", 0.5).decisions(outputs).tolist() == [0, 1]
    assert Task("binary").decisions(outputs).tolist() == [1, 1]
    assert Task("classification").decisions(x).tolist() == [1, 1]
    assert Task("regression").decisions(outputs) is None
    assert Task("regression").targets(x, y) is None
    assert Task("autoencoder").targets(x, y) is x and Task("binary").targets(x, y) is y
