"""Copies of models with layers replaced or left out."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.errors import InputError
from keras_tvscm.models.cloning import clone_with, flattened, float32_copy
from keras_tvscm.models.graph import is_flat

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


class Overridden(keras.Sequential):
    def call(self, inputs, training=None, mask=None):
        return 2 * super().call(inputs)


def test_refuses_what_has_no_graph():
    with pytest.raises(InputError, match=r"Only Sequential and functional.*\(Subclassed\) is neit"):
        clone_with(Subclassed(), {})
    with pytest.raises(
        InputError, match=r"\(Overridden\) is neither.*keras.Model\(inputs, model.c"
    ):
        clone_with(Overridden([keras.Input((6,)), layers.Dense(2)]), {})
    with pytest.raises(InputError, match="not built: give it an Input, or call it"):
        clone_with(keras.Sequential([layers.Dense(2)]), {})


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


def test_a_lambda_is_copied_with_what_it_closes_over():
    factor = 3.0
    model = keras.Sequential([keras.Input((6,)), layers.Lambda(lambda x: factor * x)])
    for copy in (clone_with(model, {}), float32_copy(model)):
        np.testing.assert_allclose(np.array(copy(X)), 3 * X, rtol=1e-6)


def test_operations_between_the_layers_are_kept():
    given = keras.Input((6,))
    model = keras.Model(given, layers.Dense(2)(ops.relu(given - 0.1) * 2.0))
    for copy in (clone_with(model, {}), float32_copy(model)):
        np.testing.assert_array_equal(np.array(copy(X)), np.array(model(X)))


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


def test_a_copy_leaves_the_global_generators_as_they_were():
    model = sequential()
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    for copy in (lambda: clone_with(model, {"three": lambda: layers.ReLU(name="three")}),):
        random.seed(1)
        np.random.seed(1)
        keras.Sequential(
            [type(layer).from_config(layer.get_config()) for layer in model.layers[:2]]
        )
        drawn_by_one_copy = random.random(), np.random.random()
        random.seed(1)
        np.random.seed(1)
        copy()
        # Those of the layers that are returned are drawn as ever, what is compared is not seen.
        assert (random.random(), np.random.random()) == drawn_by_one_copy
    assert expected[1] == drawn_by_one_copy[1]


def inner(name="inner"):
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(6, "tanh", name="one"), TVSCM("half", name="two")],
        name=name,
    )


def twice_inside():
    """A model that is called twice, names that are taken, and a model in it."""
    given, shared = keras.Input((6,)), inner()
    deeper = keras.Sequential([keras.Input((6,)), shared, layers.ReLU()])
    both = layers.Add()([deeper(given), shared(2 * given)])
    return keras.Model(given, layers.Dense(2, name="one")(both), name="outer")


def per_step():
    return keras.Sequential(
        [
            keras.Input((12,)),
            layers.Reshape((2, 6)),
            layers.TimeDistributed(TVSCM("half:seed=1", activation="relu", name="ours")),
            layers.TimeDistributed(keras.Sequential([layers.Dense(4, name="theirs")])),
            layers.TimeDistributed(layers.LayerNormalization(name="other"), name="stays"),
            layers.Flatten(),
        ]
    )


def other_rank_and_type():
    row = keras.Sequential([keras.Input((6, 1)), layers.Flatten(), layers.Dense(3)])
    whole = keras.Sequential([keras.Input((6,), dtype="int32"), layers.Rescaling(0.5)])
    return keras.Sequential([keras.Input((6,)), whole, row])


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (twice_inside, ["one_2", "two", "re_lu", "add", "one"]),
        (per_step, ["reshape", "ours", "theirs", "stays", "flatten"]),
        (other_rank_and_type, ["rescaling", "flatten", "dense"]),
    ],
)
def test_flattened(make, names):
    keras.backend.clear_session()
    model = make()
    assert not is_flat(model)
    flat = flattened(model)
    assert is_flat(flat)
    assert [
        layer.name
        for layer in flat.layers
        if not isinstance(layer, layers.InputLayer) and layer.name != "multiply"
    ] == names
    x = 3 * np.random.default_rng(1).normal(size=(4, *model.input_shape[1:])).astype("float32")
    np.testing.assert_allclose(np.array(flat(x)), np.array(model(x)), atol=1e-6)
    assert flat.name == model.name
    assert flat.count_params() == model.count_params()
    assert flattened(flat) is flat


def test_flattened_keeps_what_a_model_was_called_with():
    dropping = keras.Sequential([keras.Input((6,)), layers.Dropout(0.5, name="drop")])
    given = keras.Input((6,))
    flat = flattened(keras.Model(given, dropping(given, training=True)))
    assert (np.array(flat(X)) == 0).any()


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"x": x}])
def test_inputs_and_outputs_keep_their_structure(wrap):
    given = keras.Input((6,), name="x")
    model = keras.Model(wrap(given), wrap(inner()(given)))
    flat = flattened(model)
    for copy in (flat, clone_with(flat, {})):
        np.testing.assert_allclose(
            keras.tree.flatten(copy(wrap(X)))[0], keras.tree.flatten(model(wrap(X)))[0], atol=1e-6
        )
    # For a converter, they are one tensor each.
    plain = float32_copy(model)
    np.testing.assert_allclose(plain(X), keras.tree.flatten(model(wrap(X)))[0], atol=1e-6)


@pytest.mark.parametrize(
    "policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]
)
def test_a_float32_copy(policy):
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="float16" if policy == "float16" else None),
            TVSCM("random:k=2", activation="relu", dtype=policy),
            layers.Reshape((6, 1), dtype=policy),
            layers.Bidirectional(
                layers.GRU(3, recurrent_initializer="zeros", dtype=policy), dtype=policy
            ),
            layers.Dense(2, dtype=policy),
        ]
    )
    copy = float32_copy(model)
    assert {layer.compute_dtype for layer in copy._flatten_layers()} == {"float32"}
    assert copy.inputs[0].dtype == "float32"
    expected = ops.convert_to_numpy(ops.cast(model(X), "float32"))
    np.testing.assert_allclose(copy(X), expected, atol=5e-2)
    for ours, theirs in zip(copy.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ours, ops.convert_to_numpy(ops.cast(theirs, "float32")))


def test_whole_numbers_are_taken_as_float32():
    model = keras.Sequential(
        [keras.Input((6,), batch_size=2, dtype="uint8"), layers.Rescaling(1 / 255), layers.Dense(2)]
    )
    copy = float32_copy(model)
    assert (copy.inputs[0].dtype, copy.inputs[0].shape) == ("float32", (None, 6))
    x = np.arange(12).reshape(2, 6)
    np.testing.assert_allclose(copy(x.astype("float32")), model(x.astype("uint8")), atol=1e-6)


def test_what_keras_quantised_is_refused():
    model = sequential()
    model.layers[0].quantize("int8")
    with pytest.raises(InputError, match=r"quantised the weights of layer 'one'.*before model.q"):
        float32_copy(model)


def test_layers_that_are_not_trained_stay_so():
    model = keras.Sequential([keras.Input((6,)), inner(), layers.Dense(2)])
    model.layers[0].trainable = False
    assert [weight.shape for weight in flattened(model).trainable_weights] == [(6, 2), (2,)]


def test_filters_in_a_wrapper_stay_there():
    wrapped = layers.TimeDistributed(TVSCMConv(2, "random:k=1"))
    assert is_flat(keras.Sequential([keras.Input((3, 6)), wrapped]))
