"""A random forest and emlearn's C of it, beside the networks."""

import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Dataset, Split
from keras_tvscm.errors import CheckError
from keras_tvscm.eval import forest as grown
from keras_tvscm.eval.compare import compare
from keras_tvscm.eval.counted import on_core
from keras_tvscm.eval.microcontroller.emlearn_source import absent
from keras_tvscm.eval.model import read_model
from keras_tvscm.eval.report.kinds import is_ours
from keras_tvscm.eval.report.markdown import markdown
from keras_tvscm.eval.report.spreadsheet import spreadsheet
from keras_tvscm.eval.rows import run
from keras_tvscm.eval.runtimes import find

from .conftest import vouch

GRID = {"trees": (3, 5), "depth": (2, 6), "leaf": (2,)}


@pytest.fixture(scope="module")
def tiny(linear):
    """A linear model's own answers, on features between -1 and 1."""
    part = Split(linear.x, linear(linear.x).argmax(axis=1).astype(np.int32))
    return Dataset("tiny", ("x", "y", "z"), part, part, part, None, "drawn from a seed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("forest")


@pytest.fixture(scope="module")
def forest(tiny, folder):
    if reason := absent():
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grown, "GRID", GRID)
        # Its C is compared with scikit-learn's trees on the validation rows.
        return grown.forest(tiny, folder, lambda done, logs: None)


def test_the_best_of_the_grid_is_taken_and_the_grid_is_recorded(forest):
    accuracies = [entry["validation_accuracy"] for entry in forest.facts["grid"]]
    assert len(accuracies) == 4 and len(set(accuracies)) > 1
    assert forest.facts["validation_accuracy"] == max(accuracies)
    # A tree of depth d has fewer than 2 ** (d + 1) nodes.
    assert 0 < forest.facts["nodes"] < forest.facts["trees"] * 2 ** (forest.facts["depth"] + 1)


def test_it_is_grown_once_for_a_grid(forest, tiny, folder, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("grown again")

    monkeypatch.setattr(grown, "_grown", refuse)
    with pytest.raises(AssertionError, match="grown again"):
        grown.forest(tiny, folder, lambda done, logs: None)
    monkeypatch.setattr(grown, "GRID", GRID)
    again = grown.forest(tiny, folder, lambda done, logs: None)
    assert again.to_json() == forest.to_json()


def test_features_are_stored_from_zero(forest):
    low, high = forest.low, forest.high
    assert -1 < low < 0 < high < 1
    x = np.array([[-9.0, low, (low + high) / 2, high, 9.0]])
    assert forest.stored(x).tolist() == [[0, 0, grown.STEPS // 2, grown.STEPS, grown.STEPS]]


def test_its_c_is_counted_and_scored_and_no_runtime_takes_it(forest, tiny):
    measured = on_core("cortex-m4", forest, tiny)
    assert measured.status == "measured"
    # The rows are those of the validation part.
    assert measured.accuracy == forest.facts["validation_accuracy"] > 0.7
    # A comparison and a jump at least for each step down a tree.
    trees, depth = forest.facts["trees"], forest.facts["depth"]
    assert trees * 2 < measured.cost < 100 * trees * depth
    assert measured.counts["flash_bytes"] > 2 * forest.facts["nodes"]
    assert run(find("litert-builtin"), forest, tiny) == {
        "status": "unavailable",
        "reason": grown.NO_TFLITE,
    }


def test_it_stands_in_the_report(forest, tiny, linear, tmp_path):
    (tmp_path / "int8.tflite").write_bytes(linear.read("int8"))
    dense = read_model(vouch(tmp_path / "int8.tflite", network="dense", dtype="int8"))
    options = {"rounds": 1, "windows": 1, "cores": ["cortex-m4"]}
    comparison = compare([dense, forest], tiny, ["litert-builtin"], **options)
    page = markdown(comparison)
    assert f"| forest int16 | unavailable: {grown.NO_TFLITE} |" in page
    counted = next(m for m in comparison.measurements if m.counts and m.model == "forest int16")
    assert f"{counted.counts['instructions']:,}" in page
    assert f"{forest.facts['nodes']:,} nodes; of 4 forests" in page
    assert "forest int16,cortex-m4,forest,int16,False,measured" in spreadsheet(comparison)
    assert not is_ours(comparison.model("forest int16"))


def test_c_that_answers_otherwise_is_refused(tiny, tmp_path, monkeypatch):
    if reason := absent():
        pytest.skip(reason)
    monkeypatch.setattr(grown, "GRID", {"trees": (1,), "depth": (2,), "leaf": (2,)})
    wrong = np.full((60, 1), 7, np.int32)
    monkeypatch.setattr(grown.native, "run", lambda *arguments: wrong)
    with pytest.raises(CheckError, match="emlearn's C of the forest differs from its trees on"):
        grown.forest(tiny, tmp_path, lambda done, logs: None)
    assert not list(tmp_path.iterdir())
