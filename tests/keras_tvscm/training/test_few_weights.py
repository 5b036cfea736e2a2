"""Pruned and clustered networks: how few weights are left, and that a stopped training goes on."""

from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm import datasets
from keras_tvscm.datasets import Split
from keras_tvscm.models import loading
from keras_tvscm.training.fit import fit
from keras_tvscm.training.recipe import Recipe
from keras_tvscm.training.run import train

pytest.importorskip("keras_tvscm.training.few_weights")


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def digits():
    """Two batches a pass."""
    whole = datasets.load("digits")
    few = {name: getattr(whole, name) for name in ("train", "validation", "test")}
    few = {name: Split(part.x[:256], part.y[:256]) for name, part in few.items()}
    return replace(whole, **few)


def kernels(model):
    return [np.asarray(layer.kernel) for layer in model.layers]


def test_as_many_weights_are_left_as_stack_has_parameters(eager, digits, tmp_path):
    """On digits 727: by each layer's inputs and outputs, 128 and 74."""
    recipe = Recipe("digits", "dense-pruned", epochs=2)
    model, history = fit(recipe, digits)
    assert [np.count_nonzero(kernel) for kernel in kernels(model)] == pytest.approx(
        [461, 266], abs=2
    )
    assert model.name == "dense-pruned"
    assert len(history) == 2

    def progress(done, logs):
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        train(recipe, digits, tmp_path, progress)
    metrics = train(recipe, digits, tmp_path)
    assert metrics["history"] == [pytest.approx(epoch, rel=1e-5) for epoch in history]
    for one, other in zip(kernels(loading.load(tmp_path)), kernels(model), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_sixteen_weights_are_left_in_each_matrix(eager, digits):
    recipe = Recipe("digits", "dense-clustered", epochs=2, seed=1)
    model, _ = fit(recipe, digits)
    assert [len(np.unique(kernel)) for kernel in kernels(model)] == [16, 16]
    for one, same in zip(kernels(model), kernels(fit(recipe, digits)[0]), strict=True):
        np.testing.assert_allclose(one, same, rtol=1e-5, atol=1e-6)
