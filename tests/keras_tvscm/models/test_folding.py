"""Normalizations that are folded into convolutions give the same outputs."""

import keras
import numpy as np
from keras import layers

from keras_tvscm.models.folding import fold_convolutions


def drawn(model):
    rng = np.random.default_rng(0)
    for layer in model.layers:
        layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    return model


def test_the_same_outputs_without_normalizations():
    model = drawn(
        keras.Sequential(
            [
                keras.Input((8, 8, 2)),
                layers.Conv2D(3, 3),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3),
                layers.BatchNormalization(axis=3, scale=False),
                layers.Reshape((16, 3)),
                layers.Conv1D(4, 3),
                layers.BatchNormalization(center=False),
                layers.DepthwiseConv1D(3, depth_multiplier=2),
                layers.BatchNormalization(),
            ]
        )
    )
    folded = fold_convolutions(model)
    kinds = [type(layer).__name__ for layer in folded.layers]
    assert kinds == ["Conv2D", "DepthwiseConv2D", "Reshape", "Conv1D", "DepthwiseConv1D"]
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 2)).astype("float32")
    np.testing.assert_allclose(folded(x), model(x, training=False), rtol=1e-4)


def test_what_reads_an_activation_or_is_read_twice_stays():
    inputs = keras.Input((8, 1))
    first = layers.Conv1D(2, 3, activation="relu")(inputs)
    second = layers.Conv1D(2, 3)(layers.BatchNormalization()(first))
    outputs = layers.Concatenate()([layers.BatchNormalization()(second), second])
    model = keras.Model(inputs, outputs)
    assert fold_convolutions(model) is model
