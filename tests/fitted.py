"""Networks that classify without a training: their heads alone are fitted."""

from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keras_tvscm import TVSCM, datasets
from keras_tvscm.datasets import Dataset
from keras_tvscm.models import networks
from keras_tvscm.models.freezing import freeze, trained_pattern_layers
from keras_tvscm.training import run
from keras_tvscm.training.recipe import recipe_for, task_for

EPOCH = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)


def fit_head(model: keras.Sequential, data: Dataset) -> keras.Sequential:
    """Give the last layer, a Dense one, the weights of a logistic regression."""
    *hidden, head = model.layers
    x = data.train.x
    for layer in hidden:
        x = np.asarray(layer(x))
    fitted = LogisticRegression(C=10, max_iter=1000).fit(x, data.train.y)
    head.set_weights([fitted.coef_.T, fitted.intercept_])
    return model


def untrained_fit(recipe, data, progress=None, checkpoints=None):
    """Stands for `training.fit.fit` where it does not matter what a network has learned."""
    options = {} if recipe.pattern is None else {"pattern": recipe.pattern}
    model = networks.build(recipe.network, task_for(data), seed=recipe.seed, **options)
    return (freeze(model) if trained_pattern_layers(model) else model), [EPOCH] * recipe.epochs


def fit_heads(recipe, data, progress=None, checkpoints=None):
    """The same, with a fitted head, and values that four bits tell apart."""
    model, history = untrained_fit(recipe, data)
    for layer in model.layers:
        if isinstance(layer, TVSCM):
            layer.set_weights([np.float32(0.2), np.float32(-0.1)])
    return fit_head(model, data), history


def finished_run(network: str, folder: Path, **options: str) -> Path:
    """The folder of a run on digits that no time was spent on."""
    recipe = recipe_for("digits", network, epochs=1, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "fit", fit_heads)
        run.train(recipe, datasets.load("digits"), folder)
    return folder
