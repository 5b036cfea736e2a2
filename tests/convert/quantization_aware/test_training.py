"""Training with int8's rounding: what changes, what comes back, and what is refused."""

import sys

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, TVSCMConv, datasets, quantization_aware
from keras_tvscm.convert import convert
from keras_tvscm.errors import InputError
from keras_tvscm.models import networks

pytest.importorskip("keras_tvscm.convert.quantization_aware.rounding")

QUICK = {"epochs": 1, "learning_rate": 0.01, "batch_size": 32}


def test_training_changes_every_value_of_a_copy(eager, tiny, with_bias, sequential):
    model = with_bias(sequential(TVSCM("banded", activation="relu", use_bias=True)))
    before = model.get_weights()
    trained = quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK)
    for old, now, new in zip(before, model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(now, old)
        assert (new != old).all()


def test_filters_come_back(eager, tiny, sequential):
    model = sequential(TVSCMConv(4, "banded", activation="relu"), layers.Flatten())
    trained = quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK | {"epochs": 5})
    assert (np.array(trained.layers[0].a) != np.array(model.layers[0].a)).all()
    right = np.array(trained(tiny.test.x)).argmax(axis=1) == tiny.test.y
    assert right.mean() > 0.6


def test_the_same_seed_gives_the_same_values(eager, tiny, sequential):
    model = sequential(TVSCM("banded", activation="relu"))
    one, same, other = (
        quantization_aware(model, tiny.train.x, tiny.train.y, **QUICK, seed=seed).get_weights()
        for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert any((a != b).any() for a, b in zip(one, other, strict=True))


def test_a_coarse_pair_is_rounded_once_and_held(eager, tiny, sequential):
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


def branching(make):
    inputs = keras.Input((8,))
    one = layers.Dense(3)(inputs)
    return keras.Model(inputs, layers.Add()([one, layers.Dense(3)(inputs)]))


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (lambda make: make(TVSCM("learned")), {}, "still learned; train freeze"),
        (lambda make: make(layers.BatchNormalization()), {}, "is a BatchNormalization, which"),
        (lambda make: make(layers.Dense(3, "elu")), {}, "Activation 'elu' of layer"),
        (lambda make: make(layers.Dense(3, dtype="mixed_float16")), {}, "in mixed_float16"),
        (lambda make: make(layers.Dense(3, trainable=False)), {}, "is not trainable; set"),
        (branching, {}, "Only a chain of layers"),
        (lambda make: make(), {"lowering": "hartley"}, "how lowering 'hartley' rounds"),
        (lambda make: make(), {"epochs": 0}, "are at least 1"),
        (lambda make: make(), {"y": np.full(4, 3)}, "class numbers 0 to 2"),
        (lambda make: make(), {"y": np.zeros(3, int)}, "one for each row"),
        (lambda make: make(), {"x": np.full((4, 8), np.nan)}, "not finite after epoch 1"),
    ],
)
def test_what_cannot_be_trained_is_refused(sequential, model, options, message):
    given = {"x": np.ones((4, 8)), "y": np.zeros(4, int), **options}
    with pytest.raises(InputError, match=message):
        quantization_aware(model(sequential), **given)


def test_without_the_extra_it_says_what_to_install(monkeypatch, sequential):
    monkeypatch.setitem(sys.modules, "tensorflow_model_optimization", None)
    with pytest.raises(InputError, match=r"needs .*: pip install 'keras-tvscm\[qat\]'"):
        quantization_aware(sequential(), np.ones((4, 8)), np.zeros(4, int))
