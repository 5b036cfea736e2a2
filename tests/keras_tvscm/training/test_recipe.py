"""Recipes: which there are, and what is refused."""

from dataclasses import replace

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.models.networks import TASKS
from keras_tvscm.patterns.pattern import resolve
from keras_tvscm.training.recipe import (
    EPOCHS,
    PATTERNS,
    Recipe,
    recipe_for,
    run_name,
    task_for,
    tuning_epochs,
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "at least 1 epoch. Received: 0"),
        ({"learning_rate": 0.0}, "between 0 and 10. Received: 0.0"),
        ({"learning_rate": 10.0}, "between 0 and 10"),
        ({"learning_rate": float("nan")}, "between 0 and 10. Received: nan"),
        ({"seed": -1}, "The seed is 0 to 2147483647. Received: -1"),
        ({"seed": 2**31}, "Received: 2147483648"),
        ({"pattern": None}, "needs a pattern, such as banded"),
        ({"network": "dense"}, "The network dense has no pattern; leave it out"),
    ],
)
def test_bad_recipes(recipe, changes, message):
    with pytest.raises(InputError) as caught:
        replace(recipe, **changes)
    assert message in str(caught.value)


def test_the_project_s_recipes():
    for dataset, pattern in PATTERNS.items():
        assert recipe_for(dataset, "tvscm").pattern == pattern
        chosen = resolve(pattern, TASKS[dataset].features)
        assert len(chosen.a) + len(chosen.b) == 2
    assert recipe_for("digits", "tvscm").pattern == "banded"
    assert recipe_for("mnist", "dense").pattern is None
    for network, epochs in EPOCHS.items():
        assert recipe_for("mnist", network).epochs == epochs
    for dataset, epochs in (("mnist", 14), ("heartbeat", 36)):
        stack = recipe_for(dataset, "tiny")
        assert (stack.pattern, stack.epochs, stack.learning_rate) == (None, epochs, 5e-3)
    changed = recipe_for("mnist", "tvscm", pattern="half", seed=None, epochs=2, learning_rate=0.1)
    assert changed == Recipe("mnist", "tvscm", "half", 0, 2, 0.1)
    with pytest.raises(InputError, match="Unknown network 'cnn'; expected one of dense, softmax"):
        recipe_for("mnist", "cnn")


@pytest.mark.parametrize(
    ("network", "epochs", "tuning"),
    [
        ("dense", 40, 0),
        ("dense-pruned", 40, 30),
        ("dense-pruned", 2, 1),
        ("dense-clustered", 40, 4),
        ("dense-clustered", 1, 1),
    ],
)
def test_how_many_epochs_take_weights_away(network, epochs, tuning):
    assert tuning_epochs(recipe_for("mnist", network, epochs=epochs)) == tuning


def test_own_arrays_get_a_square_hidden_layer(tiny):
    assert (task_for(tiny).features, task_for(tiny).classes, task_for(tiny).hidden) == (8, 3, 8)


def test_run_names_are_folder_names():
    assert run_name(recipe_for("mnist", "dense", seed=2)) == "mnist-dense-seed2"
    recipe = recipe_for("some/my data.npz", "tvscm", pattern="random:k=2,seed=7")
    assert run_name(recipe) == "my-data-tvscm-random-k=2-seed=7-seed0"
