"""A small trained network and its data, made once."""

import pytest

from keras_tvscm import datasets
from keras_tvscm.models import networks

from ..fitted import fit_head


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="session")
def trained(digits):
    """Trained tvscm networks on digits, by pattern."""
    models = {}

    def train(pattern):
        if pattern not in models:
            model = networks.build("tvscm", "digits", pattern=pattern)
            models[pattern] = fit_head(model, digits)
        return models[pattern]

    return train
