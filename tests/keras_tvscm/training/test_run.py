"""Runs: what a folder holds, and that a stopped one goes on to the same result."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.errors import InputError
from keras_tvscm.files import locked
from keras_tvscm.models import loading
from keras_tvscm.models.freezing import trained_pattern_layers
from keras_tvscm.models.networks import build
from keras_tvscm.patterns import circulant
from keras_tvscm.training import fit as fitting
from keras_tvscm.training import run
from keras_tvscm.training.recipe import recipe_for, task_for
from keras_tvscm.training.run import dataset_of, train


class Unread:
    """A part of a data set that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test part was read: {name}")

    def __len__(self):
        raise AssertionError("the test part was counted")


def blind(data):
    """The same data set, with a test part that nobody may look at."""
    unseen = replace(data, test=Unread())
    vars(unseen)["fingerprint"] = data.fingerprint
    return unseen


class Stop(Exception):
    pass


def stopping_after(epochs):
    def progress(done, logs):
        if done == epochs:
            raise Stop

    return progress


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text())


def same_result(folder, finished):
    """Equal to the bit on one machine; the bound leaves room for another order of sums."""
    one, two = metrics_of(folder), metrics_of(finished)
    assert len(one["history"]) == len(two["history"])
    for ours, theirs in zip(one["history"], two["history"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)
    for ours, theirs in zip(
        loading.load(folder).get_weights(),
        loading.load(finished).get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    return one["test"] == two["test"]


def test_the_folder_holds_the_model_its_figures_and_its_curves(finished):
    assert names(finished) == ["curves.svg", "metrics.json", "model.keras"]
    assert (finished / "curves.svg").read_text().lstrip().startswith("<?xml")


def test_the_figures_are_those_of_the_saved_model(finished, tiny, recipe):
    metrics = metrics_of(finished)
    model = loading.load(finished)
    for part, rows in (("validation", tiny.validation), ("test", tiny.test)):
        predicted = model.predict(rows.x, verbose=0).argmax(axis=1)
        confusion = [
            [int(np.sum((rows.y == t) & (predicted == p))) for p in range(3)] for t in range(3)
        ]
        assert metrics[part]["confusion"] == confusion
        assert metrics[part]["accuracy"] == pytest.approx(np.mean(predicted == rows.y))
        assert metrics[part]["recall"] == pytest.approx(
            [confusion[c][c] / sum(confusion[c]) for c in range(3)]
        )
    assert np.sum(metrics["test"]["confusion"]) == len(tiny.test)
    assert metrics["test"]["accuracy"] > 0.4
    assert metrics["recipe"] == asdict(recipe)
    assert metrics["parameters"] == 2 + 8 * 3 + 3
    assert metrics["classes"] == ["low", "mid", "high"]
    assert metrics["data"] == {
        "source": "made up",
        "train_rows": 279,
        "validation_rows": 32,
        "test_rows": 45,
        "scaling": {"by_row": False, "divided_by": 1.0},
        "fingerprint": tiny.fingerprint,
    }


def test_the_figures_hold_the_pattern_with_its_values(finished):
    pattern = metrics_of(finished)["pattern"]
    layer = loading.load(finished).layers[0]
    values = {"value_a": float(layer.a.numpy()), "value_b": float(layer.b.numpy())}
    assert pattern == layer.pattern.to_config() | values
    assert pattern["label"] == "random:k=1,seed=5"


def test_the_history_has_every_epoch_and_the_loss_falls(finished, recipe):
    history = metrics_of(finished)["history"]
    assert len(history) == recipe.epochs
    assert {frozenset(epoch) for epoch in history} == {
        frozenset(["loss", "accuracy", "val_loss", "val_accuracy"])
    }
    assert history[-1]["loss"] < history[0]["loss"]


def test_the_figures_say_what_the_network_costs(finished):
    metrics = metrics_of(finished)
    # Five symbols make a byte.
    assert (metrics["nonzeros"], metrics["pattern_bytes"]) == (2, 1)
    layer = loading.load(finished).layers[0]
    one = circulant.operations(layer.pattern)
    assert metrics["operations"] == {
        "multiplications": one.multiplications + 8 * 3,
        "additions": one.additions + 8 * 3,
    }
    assert metrics["seconds"] > 0


LEARNED = [
    ("tvscm", "learned:nonzeros=2", 2 + 8 * 3 + 3),
    # Reaches 3, 1 and 1; pooled to two of 16 heads.
    ("tiny", None, 3 * (8 + 16 + 16) + 16 * 3 + 3),
]


@pytest.fixture(scope="module", params=LEARNED, ids=lambda case: case[0])
def learned(request, tiny, tmp_path_factory, eagerly):
    """The recipe of a learned network, the folder of its finished run, and its parameters."""
    network, pattern, parameters = request.param
    chosen = recipe_for("tiny", network, pattern=pattern, seed=4, epochs=4, learning_rate=0.1)
    folder = tmp_path_factory.mktemp("learned") / "run"
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_prepared", noting(seen))
        with eagerly():
            train(chosen, tiny, folder)
    return chosen, folder, parameters, seen


def noting(seen):
    """What prepares a model for an epoch, and notes its budgets or that it is frozen."""
    real = fitting._prepared

    def prepared(model, *arguments):
        model = real(model, *arguments)
        found = trained_pattern_layers(model)
        budgets = [None if one.budget is None else float(one.budget.numpy()) for one in found]
        seen.append(budgets if found else "frozen")
        return model

    return prepared


def test_patterns_are_frozen_after_three_quarters_of_the_epochs(learned, tiny):
    recipe, folder, parameters, seen = learned
    budgets = [[5], [3], [2]] if recipe.network == "tvscm" else [[None] * 3] * 3
    assert seen == [*budgets, "frozen"]
    model = loading.load(folder)
    assert trained_pattern_layers(model) == []
    metrics = metrics_of(folder)
    assert metrics["parameters"] == model.count_params() == parameters
    assert len(metrics["history"]) == 4
    if recipe.network == "tvscm":
        assert metrics["test"]["accuracy"] > 0.4
        assert (metrics["nonzeros"], metrics["pattern_bytes"]) == (2, 1)
        assert metrics["pattern"]["label"] == "learned"


def test_training_changes_the_patterns(learned, tiny):
    recipe, folder, _, _ = learned
    pattern = {} if recipe.pattern is None else {"pattern": recipe.pattern}
    new = build(recipe.network, task_for(tiny), seed=recipe.seed, **pattern)
    for before, after in zip(symbols_of(new), patterns_of(folder), strict=True):
        assert before.shape == after.shape
        assert not np.array_equal(before, after)


@pytest.mark.slow
def test_a_learned_run_goes_on_to_the_same_result_across_the_freeze(learned, tiny, tmp_path, eager):
    recipe, folder, _, _ = learned
    for stop, layers in ((2, 1 if recipe.network == "tvscm" else 3), (4, 0)):
        with pytest.raises(Stop):
            train(recipe, tiny, tmp_path / "run", stopping_after(stop))
        checkpoint = keras.models.load_model(tmp_path / "run" / f"checkpoint-{stop}.keras")
        assert len(trained_pattern_layers(checkpoint)) == layers
    train(recipe, tiny, tmp_path / "run")
    assert same_result(tmp_path / "run", folder)
    for ours, theirs in zip(patterns_of(tmp_path / "run"), patterns_of(folder), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def patterns_of(folder):
    return symbols_of(loading.load(folder))


def symbols_of(model):
    return [
        layer.pattern.symbols if isinstance(layer, TVSCM) else layer.filter_patterns.symbols
        for layer in model.layers
        if isinstance(layer, TVSCM | TVSCMConv)
    ]


def test_the_versions_stand_beside_the_figures(finished):
    metrics = metrics_of(finished)
    assert metrics["versions"]["keras"] == keras.__version__
    assert metrics["versions"]["backend"] == keras.backend.backend()
    assert set(metrics["machine"]) == {"processor", "cores", "architecture", "system"}


def test_a_finished_run_is_not_trained_again(finished, tiny, recipe, monkeypatch):
    monkeypatch.setattr(run, "fit", None)
    assert train(recipe, tiny, finished) == metrics_of(finished)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 4}, "holds a run with seed=3, not 4; choose another folder"),
        ({"epochs": 5}, "holds a run with epochs=4, not 5"),
        ({"learning_rate": 0.5}, "holds a run with learning_rate="),
        ({"pattern": "banded"}, "holds a run with pattern='random:k=1,seed=5', not 'banded'"),
        ({"network": "dense", "pattern": None}, "holds a run with network='tvscm', not 'dense'"),
        ({"dataset": "other"}, "holds a run with dataset='tiny', not 'other'"),
    ],
)
def test_another_recipe_in_the_same_folder(finished, tiny, recipe, change, message):
    before = {path: path.read_bytes() for path in finished.iterdir()}
    with pytest.raises(InputError) as caught:
        train(replace(recipe, **change), tiny, finished)
    assert message in str(caught.value)
    assert {path: path.read_bytes() for path in finished.iterdir()} == before


def test_other_rows_under_the_same_name(finished, tiny, recipe, tmp_path, eager):
    other = replace(tiny, train=replace(tiny.train, y=tiny.train.y[::-1].copy()))
    with pytest.raises(InputError, match="holds a run on other rows of tiny; choose another"):
        train(recipe, other, finished)
    with pytest.raises(Stop):
        train(recipe, tiny, tmp_path / "run", stopping_after(1))
    with pytest.raises(InputError, match="holds a run on other rows of tiny; choose another"):
        train(recipe, other, tmp_path / "run")


def test_a_run_recorded_without_a_fingerprint(finished, tiny, recipe, tmp_path):
    metrics = metrics_of(finished)
    del metrics["data"]["fingerprint"]
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    assert train(recipe, tiny, tmp_path) == metrics


def test_what_a_kill_after_the_end_left_goes(finished, tiny, recipe, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    left = ("checkpoint.json", "checkpoint-4.keras", ".tvscm-01234567-model.keras", ".tvscm-lock")
    for name in left:
        (tmp_path / "run" / name).write_text("")
    assert train(recipe, tiny, tmp_path / "run") == metrics_of(finished)
    assert names(tmp_path / "run") == names(finished)


def test_a_run_folder_has_one_writer(finished, tiny, recipe, tmp_path):
    written = pytest.raises(InputError, match=r"run is being written by another process \(pid \d")
    with locked(tmp_path / "run"), written:
        train(recipe, tiny, tmp_path / "run")
    # One that is finished may be read meanwhile.
    shutil.copytree(finished, tmp_path / "copy")
    with locked(tmp_path / "copy"):
        assert train(recipe, tiny, tmp_path / "copy") == metrics_of(finished)


@pytest.mark.parametrize("name", ["model.keras", "curves.svg"])
def test_a_model_that_no_run_wrote_is_kept(tiny, recipe, tmp_path, name):
    (tmp_path / name).write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=f"holds a {name} that no training wrote; choose another"):
        train(recipe, tiny, tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine", "mine"]


def test_a_stopped_run_goes_on_to_the_same_result(finished, tiny, recipe, tmp_path, eager):
    """And while it trains it does not look at the test part."""
    with pytest.raises(Stop):
        train(recipe, blind(tiny), tmp_path / "run", stopping_after(2))
    assert names(tmp_path / "run") == ["checkpoint-2.keras", "checkpoint.json"]
    with pytest.raises(InputError, match="holds a run with seed=3, not 9"):
        train(replace(recipe, seed=9), tiny, tmp_path / "run")

    done = []
    train(recipe, tiny, tmp_path / "run", lambda epoch, logs: done.append(epoch))
    assert [epoch for epoch in done if epoch > 2] == [3, 4]
    assert 1 not in done
    assert same_result(tmp_path / "run", finished)
    assert names(tmp_path / "run") == names(finished)


KILLED = """
import time
import numpy as np
import tensorflow as tf
from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.training.recipe import Recipe
from keras_tvscm.training.run import train

tf.config.run_functions_eagerly(True)
rows = np.load("rows.npz")
parts = [Split(rows["x_" + name], rows["y_" + name]) for name in ("train", "validation", "test")]
tiny = Dataset("tiny", ("low", "mid", "high"), *parts, None, "made up")

def progress(done, logs):
    if done == 1:
        print("trained", flush=True)
        time.sleep(600)

train(Recipe(**{recipe}), tiny, "run", progress)
"""


def test_a_killed_run_goes_on_to_the_same_result(finished, tiny, recipe, tmp_path, eager):
    parts = {"train": tiny.train, "validation": tiny.validation, "test": tiny.test}
    x, y = ({f"{xy}_{name}": getattr(part, xy) for name, part in parts.items()} for xy in "xy")
    np.savez(tmp_path / "rows.npz", **x, **y)
    script = KILLED.replace("{recipe}", repr(asdict(recipe)))
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"trained\n", process.stderr.read().decode()
        process.send_signal(signal.SIGKILL)
    # As a kill while a checkpoint is written leaves it.
    (tmp_path / "run" / ".tvscm-01234567-checkpoint-2.keras").write_bytes(b"PK")

    train(recipe, tiny, tmp_path / "run")
    assert same_result(tmp_path / "run", finished)
    assert names(tmp_path / "run") == names(finished)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_a_checkpoint_that_cannot_be_read(tiny, recipe, tmp_path, content):
    state = {"recipe": asdict(recipe), "model": "checkpoint-1.keras", "history": [{}]}
    (tmp_path / "checkpoint.json").write_text(json.dumps(state))
    if content is not None:
        (tmp_path / "checkpoint-1.keras").write_bytes(content)
    with pytest.raises(InputError, match="holds a checkpoint that cannot be read"):
        train(recipe, tiny, tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"recipe": 3}', '{"recipe": {"loss": "mse"}}'])
@pytest.mark.parametrize("name", ["checkpoint.json", "metrics.json"])
def test_a_run_of_another_version(tiny, recipe, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="holds a run that this version cannot read"):
        train(recipe, tiny, tmp_path)


def test_bad_input_leaves_no_folder_and_costs_no_training(tiny, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", None)
    with pytest.raises(InputError, match="Offset 5 is out of range: width 8"):
        train(replace(recipe, pattern="offsets:a=5"), tiny, tmp_path / "run")
    assert names(tmp_path) == []
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(InputError, match="cannot write to"):
            train(recipe, tiny, folder)
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_a_loss_that_is_not_finite_stops_the_run(tiny, recipe, tmp_path, eager):
    huge = replace(tiny.train, x=tiny.train.x * np.float32(5e37))
    with pytest.raises(InputError, match="The loss is not finite after epoch 1; use a smaller"):
        train(recipe, replace(tiny, train=huge), tmp_path / "run")
    assert names(tmp_path) == []


def test_dataset_of(finished, tmp_path):
    assert dataset_of(finished) == "tiny"
    with pytest.raises(InputError, match=r"has no metrics\.json.*; say which it is"):
        dataset_of(tmp_path)
    for content in ("{}", "[]", '{"recipe": null}'):
        (tmp_path / "metrics.json").write_text(content)
        with pytest.raises(InputError, match="names no data set; say which it is"):
            dataset_of(tmp_path)
