"""TFLite-Micro's own Fourier operators in the place of an int8 matrix."""

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.convert.lower import Unsupported
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import Unavailable, load
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8
from keras_tvscm.convert.tflite.signal import with_signal_operators
from keras_tvscm.patterns.pattern import resolve


def network(n, *layers):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((n,)), *layers, keras.layers.Dense(6)])
    for number, layer in enumerate(layers):
        layer.a.assign(0.3 + number)
        layer.b.assign(-0.16)
    return model


def values(model):
    layers = [layer for layer in model.layers if isinstance(layer, TVSCM)]
    return [(layer.pattern, float(layer.a), float(layer.b)) for layer in layers]


def rows(model):
    return np.random.default_rng(1).uniform(size=(60, model.inputs[0].shape[-1])).astype("float32")


def converted(model):
    dense = to_int8(lower(model, "dense"), rows(model))
    return dense, with_signal_operators(dense, values(model))


# 16 and 1000 are lengths of the transform; the others are odd or have a factor 7 or 11.
@pytest.mark.parametrize(
    ("n", "spec"),
    [
        (1, "banded"),
        (16, "half:seed=3"),
        (25, "half:seed=3"),
        (28, "offsets:a=0+14,b=1"),
        (187, "half:seed=3"),
        (1000, "half:seed=3"),
    ],
)
@pytest.mark.parametrize("activation", ["relu", None])
def test_the_outputs_are_those_of_the_matrix(n, spec, activation):
    model = network(n, TVSCM(resolve(spec, n), activation=activation))
    dense, content = converted(model)
    x = rows(model)
    expected = model.predict(x, verbose=0)
    of_matrix, found = (load("tflm", each).predict(x) for each in (dense, content))
    # Better than the matrix, whose weights are rounded, or as good.
    worst = np.abs(of_matrix - expected).max()
    assert np.abs(found - expected).max() <= 1.5 * worst
    assert worst <= 0.05 * np.abs(expected).max()


def test_several_layers():
    model = network(
        28,
        TVSCM(Pattern.half(28, seed=1), activation="relu"),
        TVSCM(Pattern.banded(28, reach=3), activation="relu"),
    )
    _, content = converted(model)
    x, tflm = rows(model), load("tflm", content)
    expected = model.predict(x, verbose=0)
    assert np.abs(tflm.predict(x) - expected).max() <= 0.05 * np.abs(expected).max()


def test_the_matrix_is_no_longer_in_the_file():
    dense, content = converted(network(784, TVSCM(Pattern.half(784, seed=3), activation="relu")))
    assert len(dense) > 784**2
    assert 25 * len(content) < len(dense)


def test_other_runtimes_say_what_they_lack():
    _, content = converted(network(16, TVSCM(Pattern.half(16, seed=3))))
    for name in ("litert-xnnpack", "litert-builtin"):
        with pytest.raises(Unavailable, match="Signal"):
            load(name, content)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (TVSCM(Pattern.half(16, seed=1), use_bias=True, bias_initializer="ones"), "has a bias"),
        (TVSCM(Pattern.half(16, seed=1), activation="relu6"), "only ReLU"),
    ],
)
def test_layers_that_the_transforms_cannot_stand_for_are_refused(layer, message):
    with pytest.raises(Unsupported, match=message):
        converted(network(16, layer))


def test_a_model_without_the_matrix_is_refused():
    model = network(16, TVSCM(Pattern.half(16, seed=1)))
    contents = [
        to_float32(lower(model, "dense")),
        to_int8(lower(model, "unrolled"), rows(model)),
        to_int8(lower(network(16, TVSCM(Pattern.half(16, seed=2))), "dense"), rows(model)),
    ]
    for content in contents:
        with pytest.raises(Unsupported, match="no FULLY_CONNECTED with the layer's matrix"):
            with_signal_operators(content, values(model))
