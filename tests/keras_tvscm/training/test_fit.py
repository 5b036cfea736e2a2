"""Trainings that are short or of few rows."""

from dataclasses import replace

import numpy as np

from keras_tvscm.models.freezing import trained_pattern_layers
from keras_tvscm.training.fit import fit
from keras_tvscm.training.recipe import recipe_for


def test_a_training_that_ends_before_the_freeze_is_frozen_at_its_end(tiny, eager):
    recipe = recipe_for("tiny", "tvscm", pattern="learned:nonzeros=2", epochs=1)
    model, history = fit(recipe, tiny)
    assert len(history) == 1
    assert trained_pattern_layers(model) == []
    assert len(model.layers[0].pattern.a + model.layers[0].pattern.b) == 2


def test_fewer_rows_than_a_batch(tiny, recipe, eager):
    few = replace(tiny, train=tiny.train.select(np.arange(20)))
    _, history = fit(replace(recipe, epochs=1), few)
    assert np.isfinite(history[0]["loss"])
