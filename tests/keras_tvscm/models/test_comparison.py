"""Copies that answer otherwise than their originals are errors that name the layer."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tvscm.errors import InputError
from keras_tvscm.models.cloning import clone_with, flattened, float32_copy

X = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")


class Times(layers.Layer):
    """Its configuration has what `kept` names."""

    def __init__(self, factor=2.0, kept=True, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.kept = factor, kept

    def call(self, inputs):
        return self.factor * inputs

    def get_config(self):
        factor = {"factor": self.factor} if self.kept else {}
        return super().get_config() | factor | {"kept": self.kept}


class Swapped(layers.Layer):
    """Of two weights of one shape, a copy makes the other one first."""

    def __init__(self, first="a", **kwargs):
        super().__init__(**kwargs)
        self.first = first

    def build(self, shape):
        names = sorted("ab", reverse=self.first == "b")
        self.made = {name: self.add_weight(name=name, shape=shape[-1:]) for name in names}

    def call(self, inputs):
        return inputs * self.made["a"] + self.made["b"]

    def get_config(self):
        return super().get_config()


class Wider(layers.Layer):
    def __init__(self, units=1, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, inputs):
        return inputs @ self.kernel

    def get_config(self):
        return super().get_config()


class Needs(layers.Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return super().get_config()


FORGETFUL = {
    "an argument": (lambda: Times(3.0, kept=False, name="odd"), "answers otherwise than"),
    "the order of its weights": (lambda: Swapped("b", name="odd"), "answers otherwise than"),
    "the shape of its weights": (lambda: Wider(6, name="odd"), "has other weights than"),
    "what it cannot do without": (lambda: Needs(3.0, name="odd"), "cannot be copied: its get_conf"),
}


COPIES = {
    "clone_with": lambda model: clone_with(model, {}),
    "replacing another": lambda model: clone_with(
        model, {"last": lambda: layers.Dense(2, name="last")}
    ),
    "flattened": lambda model: flattened(keras.Sequential([model, layers.ReLU()])),
    "float32_copy": float32_copy,
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_a_copy_of_a_layer_that_forgets_is_an_error_that_names_it(forgotten, copy):
    make, message = FORGETFUL[forgotten]
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6), make(), layers.Dense(2, name="last")]
    )
    rng = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    with pytest.raises(InputError, match=message) as caught:
        COPIES[copy](model)
    assert f"ayer 'odd' ({type(make()).__name__})" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_forgetful_layer_whose_forgotten_argument_is_the_usual_one_is_copied():
    model = keras.Sequential([keras.Input((6,)), Times(2.0, kept=False), layers.Dense(2)])
    np.testing.assert_array_equal(np.array(clone_with(model, {})(X)), np.array(model(X)))


class Counting(layers.Layer):
    """Adds how often it was called."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs + self.calls


class Random(layers.Layer):
    def call(self, inputs):
        return inputs + np.random.default_rng().normal(size=inputs.shape[1:])


def test_a_layer_with_a_state_is_copied_and_keeps_it():
    model = keras.Sequential([keras.Input((6,)), Counting(), layers.Dense(2)])
    model.layers[0].calls.assign(3.0)
    copy = clone_with(model, {})
    assert [float(each.layers[0].calls) for each in (model, copy)] == [3.0, 3.0]
    np.testing.assert_array_equal(np.array(copy(X)), np.array(model(X)))


def test_what_answers_otherwise_each_time_is_not_compared():
    model = keras.Sequential([keras.Input((6,)), Random(), layers.Dense(2)])
    copy = clone_with(model, {})
    np.testing.assert_array_equal(copy.layers[1].get_weights()[0], model.layers[1].get_weights()[0])
    given = keras.Input((6,))
    always = keras.Model(given, layers.Dropout(0.5)(given, training=True))
    assert clone_with(always, {}).count_params() == 0


@pytest.mark.parametrize(
    ("shape", "dtype", "first"),
    [
        ((), "int32", lambda: layers.Embedding(3, 4)),
        ((None,), "int32", lambda: layers.Embedding(3, 4)),
        ((1,), "int32", lambda: layers.Embedding(1, 4)),
        ((5,), "float32", lambda: layers.Embedding(9, 4)),
        ((8, 8, 3), "uint8", lambda: layers.Rescaling(1 / 255)),
        ((None, 2), "float32", lambda: layers.Conv1D(3, 40)),
        ((5,), "bool", lambda: layers.Lambda(lambda x: ops.cast(x, "float32"))),
        ((4,), "float16", lambda: layers.Dense(2, dtype="float16")),
    ],
)
def test_inputs_of_whatever_shape_and_type_are_drawn(shape, dtype, first):
    model = keras.Sequential([keras.Input(shape, dtype=dtype), first()])
    assert clone_with(model, {}).output_shape == model.output_shape


def test_a_layer_that_takes_nothing_that_is_drawn():
    class Fails(layers.Layer):
        def call(self, inputs):
            if ops.is_tensor(inputs) and not isinstance(inputs, keras.KerasTensor):
                raise ValueError("only on Sundays. Come back later")
            return inputs

        def compute_output_spec(self, inputs):
            return keras.KerasTensor(inputs.shape, inputs.dtype)

    model = keras.Sequential([keras.Input((6,)), Fails(name="odd")], name="ours")
    with pytest.raises(InputError, match=r"cannot be checked.*at layer 'odd' \(Fails\): .*Sundays"):
        clone_with(model, {})


def drawn_after(call):
    """What the global generators of Python and NumPy give next, from a known state."""
    random.seed(1)
    np.random.seed(1)
    call()
    return random.random(), np.random.random()


def test_a_copy_leaves_the_global_generators_as_they_were():
    """Each new layer draws a seed from Python's: those that are returned do so as ever, and what
    is made to be compared is not seen."""
    last = layers.Dense(2, name="last")
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6), layers.BatchNormalization(), last]
    )

    def kept():
        for layer in model.layers[:2]:
            type(layer).from_config(layer.get_config())

    by_copy = drawn_after(lambda: clone_with(model, {"last": lambda: layers.ReLU(name="last")}))
    assert by_copy == drawn_after(kept)
    assert by_copy[1] == drawn_after(lambda: None)[1]
