"""A small trained network and its data, made once."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keras_tvscm import datasets
from keras_tvscm.models import networks


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="session")
def trained(digits):
    """Trained tvscm networks on digits, by pattern: its values as drawn, and the best head."""
    models = {}

    def train(pattern):
        if pattern not in models:
            model = networks.build("tvscm", "digits", pattern=pattern, seed=0)
            *hidden, head = model.layers
            x = digits.train.x
            for layer in hidden:
                x = np.asarray(layer(x))
            fitted = LogisticRegression(C=10, max_iter=1000).fit(x, digits.train.y)
            head.set_weights([fitted.coef_.T, fitted.intercept_])
            models[pattern] = model
        return models[pattern]

    return train
