"""Training with int8's rounding: the twin's outputs, its rounding, and what comes back."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, TVSCMConv, datasets, quantization_aware
from keras_tvscm.convert import convert
from keras_tvscm.convert.quantization_aware.training import chain
from keras_tvscm.errors import InputError
from keras_tvscm.models import networks

# This order: tensorflow-model-optimization, imported first, would turn tf.keras into tf_keras.
fake_quantized = pytest.importorskip("keras_tvscm.convert.quantization_aware.fake_quantized")

QUICK = {"epochs": 1, "learning_rate": 0.01, "batch_size": 32}


def sequential(*hidden, n=8, activation=None):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((n,)), *hidden, layers.Dense(3, activation)])


def with_bias(model):
    """Biases start at zero, where a lost one would not show."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(rng.normal(size=weight.shape))
    return model


MODELS = {
    "banded": lambda: sequential(TVSCM("banded", activation="relu")),
    "complete": lambda: sequential(TVSCM("complete", activation="tanh", use_bias=True)),
    "all a": lambda: sequential(TVSCM({"a": [0, 1, 2, 3, 4], "b": []})),
    "wider": lambda: sequential(TVSCM("half:seed=1", units=11, activation="relu")),
    "narrower": lambda: sequential(TVSCM("random:seed=2", units=5), layers.ReLU()),
    "softmax": lambda: sequential(layers.Dense(4), layers.Dropout(0.5), activation="softmax"),
    "image": lambda: sequential(
        layers.Reshape((4, 4, 1)),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.Reshape((16, 1)),
        TVSCMConv(3, "random:k=1,window=3x3"),
        layers.Activation("relu"),
        TVSCMConv(2, "banded", use_bias=False, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Flatten(),
        n=16,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_twin_computes_what_the_model_does(name):
    model = with_bias(MODELS[name]())
    x = np.random.default_rng(0).normal(size=(5, *model.input_shape[1:])).astype(np.float32)
    twin = fake_quantized.twin(chain(model), model.input_shape[1:])
    np.testing.assert_allclose(np.array(twin(x)), np.array(model(x)), atol=1e-5)


def test_a_functional_chain_is_one_too():
    inputs = keras.Input((8,))
    outputs = layers.Dense(3)(TVSCM("banded")(inputs))
    model = keras.Model(inputs, outputs)
    x = np.ones((2, 8), np.float32)
    twin = fake_quantized.twin(chain(model), (8,))
    np.testing.assert_allclose(np.array(twin(x)), np.array(model(x)), atol=1e-5)


def rounded_outputs(model, x, together):
    twin = fake_quantized.twin(chain(model), model.input_shape[1:])
    return np.array(fake_quantized.annotated(twin, together)(x, training=True))


def linear(a, b):
    model = keras.Sequential([keras.Input((8,)), TVSCM("complete", name="tvscm")])
    model.layers[0].a.assign(a)
    model.layers[0].b.assign(b)
    return model


def test_a_pair_rounded_together_loses_b_below_a_254th_of_a():
    x = np.random.default_rng(0).uniform(size=(20, 8)).astype(np.float32)
    step = (x.max() - 0) / 255
    together = rounded_outputs(linear(1.0, 1 / 300), x, True)
    # b is lost: what is left is a x, here with a = 1.
    np.testing.assert_allclose(together, x, atol=step)
    kept = rounded_outputs(linear(1.0, 1 / 200), x, True)
    np.testing.assert_allclose(kept, np.array(linear(1.0, 1 / 127)(x)), atol=1.5 * step)


def test_a_pair_rounded_apart_keeps_both():
    x = np.random.default_rng(0).uniform(size=(20, 8)).astype(np.float32)
    apart = rounded_outputs(linear(1.0, 1 / 300), x, False)
    wanted = np.array(linear(1.0, 1 / 300)(x))
    # Rounded are the input, the sum over it, both products and the output.
    assert np.abs(apart - wanted).max() < 2 / 255
    assert np.abs((apart - x).mean() - (wanted - x).mean()) < 1e-3


def test_activations_have_256_steps():
    x = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    outputs = rounded_outputs(with_bias(MODELS["banded"]()), x, False)
    assert len(np.unique(outputs)) <= 256
    assert len(np.unique(np.array(MODELS["banded"]()(x)))) > 500


def test_training_changes_every_value_of_a_copy(tiny):
    model = with_bias(sequential(TVSCM("banded", activation="relu", use_bias=True)))
    before = model.get_weights()
    trained = quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK)
    for old, now, new in zip(before, model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(now, old)
        assert (new != old).all()


def test_heads_come_back(tiny):
    model = sequential(TVSCMConv(4, "banded", activation="relu"), layers.Flatten())
    trained = quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK | {"epochs": 5})
    assert (np.array(trained.layers[0].a) != np.array(model.layers[0].a)).all()
    right = np.array(trained(tiny.test.x)).argmax(axis=1) == tiny.test.y
    assert right.mean() > 0.6


def test_the_same_seed_gives_the_same_values(tiny):
    model = sequential(TVSCM("banded", activation="relu"))
    one, same, other = (
        quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK, seed=seed).get_weights()
        for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert any((a != b).any() for a, b in zip(one, other, strict=True))


def test_a_coarse_pair_is_rounded_once_and_held(tiny):
    model = sequential(TVSCM("banded", activation="relu"))
    model.layers[0].a.assign(1.27)
    model.layers[0].b.assign(-0.026)
    trained = quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK, lowering="dense")
    np.testing.assert_allclose(trained.layers[0].get_weights(), [1.27, -0.03], rtol=1e-5)
    assert (np.array(trained.layers[1].kernel) != np.array(model.layers[1].kernel)).all()


@pytest.mark.parametrize("lowering", ["unrolled", "dense"])
def test_on_digits_the_int8_model_passes_its_checks(lowering):
    digits = datasets.load("digits")
    model = networks.build("tvscm", "digits", pattern="random:k=1,seed=3")
    x, y = digits.train.x, digits.train.y
    trained = quantization_aware(
        model, x, y, epochs=15, learning_rate=0.02, batch_size=64, lowering=lowering
    )
    found = convert(trained, digits, lowering=lowering).record["verification"]
    assert found["agreement"] >= 0.99
    assert found["accuracy_converted"] > 0.8


def branching():
    inputs = keras.Input((8,))
    one = layers.Dense(3)(inputs)
    return keras.Model(inputs, layers.Add()([one, layers.Dense(3)(inputs)]))


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (lambda: sequential(TVSCM("learned")), {}, "still learned; train freeze"),
        (lambda: sequential(layers.BatchNormalization()), {}, "is a BatchNormalization, which"),
        (lambda: sequential(layers.Dense(3, "elu")), {}, "Activation 'elu' of layer"),
        (lambda: sequential(layers.Dense(3, dtype="mixed_float16")), {}, "in mixed_float16"),
        (lambda: sequential(layers.Dense(3, trainable=False)), {}, "is not trainable; set"),
        (branching, {}, "Only a chain of layers"),
        (sequential, {"lowering": "hartley"}, "how lowering 'hartley' rounds"),
        (sequential, {"epochs": 0}, "are at least 1"),
        (sequential, {"y": np.full(4, 3)}, "class numbers 0 to 2"),
        (sequential, {"y": np.zeros(3, int)}, "one for each row"),
        (sequential, {"x": np.full((4, 8), np.nan)}, "not finite after epoch 1"),
    ],
)
def test_what_cannot_be_trained_is_refused(model, options, message):
    given = {"x": np.ones((4, 8)), "y": np.zeros(4, int), **options}
    with pytest.raises(InputError, match=message):
        quantization_aware(model(), **given)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras_tvscm.convert.quantization_aware.fake_quantized")
    monkeypatch.delattr("keras_tvscm.convert.quantization_aware.fake_quantized")
    monkeypatch.setitem(sys.modules, "tensorflow_model_optimization", None)
    with pytest.raises(InputError, match=r"needs .*: pip install 'keras-tvscm\[qat\]'"):
        quantization_aware(sequential(), np.ones((4, 8)), np.zeros(4, int))


def test_tf_keras_is_loaded_only_where_it_is_used_and_does_not_become_tf_dot_keras():
    code = """
import sys, os, keras_tvscm, keras_tvscm.convert, keras
assert "tf_keras" not in sys.modules
import keras_tvscm.fake_quantized, tensorflow as tf
assert "tf_keras" in sys.modules
assert tf.keras.Model is keras.Model and "TF_USE_LEGACY_KERAS" not in os.environ
"""
    subprocess.run([sys.executable, "-c", code], check=True)
