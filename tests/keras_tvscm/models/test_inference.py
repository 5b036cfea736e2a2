"""Answers in batches, without compilation."""

import keras
import numpy as np

from keras_tvscm.models.inference import BATCH, predictions


def test_as_predict_gives_them_and_as_for_inference():
    model = keras.Sequential(
        [
            keras.Input((3, 2)),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4),
        ]
    )
    x = np.random.default_rng(0).normal(size=(2 * BATCH + 5, 3, 2)).astype("float32")
    found = predictions(model, x)
    assert isinstance(found, np.ndarray) and found.shape == (2 * BATCH + 5, 4)
    np.testing.assert_allclose(found, model.predict(x, verbose=0), atol=1e-6)
