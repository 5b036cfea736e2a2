"""A small trained network and its data, made once."""

import pytest

from keras_tvscm import datasets
from keras_tvscm.training.fit import fit
from keras_tvscm.training.recipe import recipe_for


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="session")
def trained(digits):
    """Trained tvscm networks on digits, by pattern."""
    models = {}

    def train(pattern):
        if pattern not in models:
            models[pattern], _ = fit(
                recipe_for("digits", "tvscm", pattern=pattern, epochs=40), digits
            )
        return models[pattern]

    return train
