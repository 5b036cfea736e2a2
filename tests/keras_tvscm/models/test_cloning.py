"""Copies of models with layers replaced or left out."""

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


@pytest.mark.parametrize("copied", [lambda model: clone_with(model, {}), float32_copy])
def test_what_a_normalization_was_adapted_to_is_copied(copied):
    x = np.random.default_rng(0).normal(3, 5, (200, 6)).astype(np.float32)
    normalization = layers.Normalization()
    normalization.adapt(x)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, layers.Dense(2)(normalization(inputs)))
    np.testing.assert_allclose(copied(model)(x), model(x), rtol=1e-5, atol=1e-5)
