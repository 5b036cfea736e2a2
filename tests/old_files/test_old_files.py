"""Files written at commit d82ab1e, before layers and modules were renamed: see make.py."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv, datasets, freeze
from keras_tvscm.convert.conversion import convert
from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm_conv import TVSCMHeads
from keras_tvscm.models import networks
from keras_tvscm.models.freezing import trained_pattern_layers
from keras_tvscm.training.fit import evaluate
from keras_tvscm.training.pattern_search import search
from keras_tvscm.training.recipe import recipe_for
from keras_tvscm.training.run import train

MODELS = (
    *("fixed", "mapping", "pattern", "units", "learned", "frozen", "circulant"),
    *("heads", "heads-learned", "heads-budget", "stack-frozen", "stack-image"),
)
STACK = "=4,near=3,pool=2"

FRESH = """
import json, sys
import keras, keras_tvscm
import numpy as np

folder = sys.argv[1]
known = np.load(f"{folder}/predictions.npz")
for name in sys.argv[2:]:
    model = keras.models.load_model(f"{folder}/{name}.keras")
    difference = np.abs(model.predict(known[f"{name}/x"], verbose=0) - known[f"{name}/y"]).max()
    print(json.dumps([name, float(difference)]))
"""


@pytest.fixture
def old(tmp_path):
    """The files, unpacked; a test may change them."""
    with zipfile.ZipFile(Path(__file__).with_name("files.zip")) as archive:
        archive.extractall(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def test_a_fresh_process_loads_them_with_keras_alone_and_predicts_the_same(old):
    done = subprocess.run(
        [sys.executable, "-c", FRESH, old, *MODELS],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    differences = dict(json.loads(line) for line in done.stdout.splitlines() if line[:1] == "[")
    assert sorted(differences) == sorted(MODELS)
    assert max(differences.values()) < 1e-6


@pytest.mark.parametrize("name", ["heads", "stack-frozen", "heads-learned"])
def test_the_old_class_saves_its_weights_again(old, name):
    model = keras.models.load_model(old / f"{name}.keras")
    assert any(type(layer) is TVSCMHeads for layer in model.layers)
    model.save(old / "again.keras")
    again = keras.models.load_model(old / "again.keras")
    known = np.load(old / "predictions.npz")
    outputs = again.predict(known[f"{name}/x"], verbose=0)
    np.testing.assert_allclose(outputs, known[f"{name}/y"], atol=1e-6)


@pytest.mark.parametrize("name", ["learned", "heads-learned", "heads-budget"])
def test_old_trained_patterns_freeze(old, name):
    frozen = freeze(keras.models.load_model(old / f"{name}.keras"))
    assert type(frozen.layers[0]) is (TVSCM if name == "learned" else TVSCMHeads)
    known = np.load(old / "predictions.npz")
    outputs = frozen.predict(known[f"{name}/x"], verbose=0)
    np.testing.assert_allclose(outputs, known[f"{name}/y"], atol=1e-5)


def test_new_networks_hold_no_layer_of_the_old_class():
    model = networks.build(f"heads{STACK}", "digits")
    assert [type(layer) for layer in model.layers if isinstance(layer, TVSCMConv)] == [TVSCMConv]


@pytest.mark.parametrize(
    ("name", "dtype"),
    # Two epochs leave run-tvscm with outputs too close for int8.
    [("stack-image", "int8"), ("run-stack/model", "int8"), ("run-tvscm/model", "float32")],
)
def test_they_convert(old, digits, name, dtype):
    model = keras.models.load_model(old / f"{name}.keras")
    conversion = convert(model, digits, dtype=dtype, accept_any_accuracy=True)
    assert conversion.content[4:8] == b"TFL3"


@pytest.mark.parametrize(
    ("name", "network"),
    [("run-tvscm", "tvscm"), ("run-stack", f"heads{STACK}"), ("run-stack", f"filters{STACK}")],
)
def test_a_finished_run_is_taken_as_it_is(old, digits, name, network):
    pattern = "random:k=1" if network == "tvscm" else None
    written = (old / name / "metrics.json").read_text()
    metrics = train(
        recipe_for("digits", network, pattern=pattern, epochs=2), digits, old / name, pytest.fail
    )
    assert metrics == json.loads(written)
    assert (old / name / "metrics.json").read_text() == written
    model = keras.models.load_model(old / name / "model.keras")
    assert evaluate(model, digits.test, 10).accuracy == metrics["test"]["accuracy"]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (f"filters{STACK}+filters=3,near=3", "holds a run with network='heads=4,near=3,pool=2'"),
        ("tvscm", "holds a run with network='heads=4,near=3,pool=2', not 'tvscm'"),
    ],
)
def test_a_run_of_another_network_is_refused_by_name(old, digits, network, message):
    with pytest.raises(InputError, match=message):
        train(recipe_for("digits", network, epochs=2), digits, old / "run-stack")


@pytest.mark.parametrize(
    ("name", "network", "pattern"),
    [
        ("half-done-tvscm", "tvscm", "learned:nonzeros=4"),
        ("half-done-stack", f"filters{STACK}", None),
    ],
)
@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_end_of_an_uninterrupted_one(
    old, digits, name, network, pattern
):
    recipe = recipe_for("digits", network, pattern=pattern, epochs=2)
    epochs = []
    resumed = train(recipe, digits, old / name, lambda epoch, logs: epochs.append(epoch))
    assert epochs == [2]
    whole = train(recipe, digits, old / "whole")
    # The first epoch of the resumed one was trained on another processor.
    for before, after in zip(resumed["history"], whole["history"], strict=True):
        assert before == pytest.approx(after, rel=1e-3)
    models = [keras.models.load_model(path / "model.keras") for path in (old / name, old / "whole")]
    assert [trained_pattern_layers(model) for model in models] == [[], []]
    outputs = [model.predict(digits.test.x, verbose=0) for model in models]
    # It ran on several threads, and a convolution on one rounds otherwise: enough for a weight at
    # the threshold to fall on its other side, after which outputs differ by 0.011 at most.
    np.testing.assert_allclose(*outputs, atol=2e-2)
    first, second = (output.argmax(axis=1) for output in outputs)
    assert np.mean(first == second) >= 0.99


def test_a_search_goes_on(old, digits):
    steps = json.loads((old / "search.json").read_text())["steps"]
    resumed = search(digits, 3, old / "search.json", tries=3)
    assert json.loads((old / "search.json").read_text())["steps"][:2] == steps
    whole = search(digits, 3, old / "whole.json", tries=3)
    assert [step.pattern for step in resumed] == [step.pattern for step in whole]
