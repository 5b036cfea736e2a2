"""A user's classifier, compressed: what happens where its training fails."""

import pytest

from keras_tvscm import datasets
from keras_tvscm.errors import CheckError
from keras_tvscm.eval.studies import compression
from keras_tvscm.models import networks


@pytest.mark.parametrize(("deaths", "seed"), [(0, 7), (2, 9), (3, None)])
def test_the_next_seeds_are_tried_where_the_network_dies(monkeypatch, deaths, seed):
    left = [True] * deaths

    def train(student, *data, **options):
        if left:
            left.pop()
            raise CheckError("its ReLUs died in training")
        return student

    monkeypatch.setattr(compression, "fine_tune", train)
    model, data = networks.build("dense", "digits"), datasets.load("digits")
    options = {"pattern": "random:k=4", "labels": True, "seed": 7}
    if seed is None:
        with pytest.raises(CheckError, match="ReLUs died"):
            compression.compress_classifier(model, data, **options)
        return
    student, record = compression.compress_classifier(model, data, **options)
    assert record["seed"] == seed
    assert student.get_layer("hidden").pattern.label == f"random:k=4,seed={seed}"
