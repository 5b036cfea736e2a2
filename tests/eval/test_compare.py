import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import IN_PROCESS as NAMES
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets.dataset import Split
from keras_tvscm.errors import InputError
from keras_tvscm.eval import compare as compare_module
from keras_tvscm.eval.compare import compare
from keras_tvscm.eval.model import read_model

from .conftest import vouch


@pytest.fixture
def models(linear, tmp_path):
    """Dense in both arithmetics, vouched for, so that no trial run is needed."""
    for dtype in ("float32", "int8"):
        path = Path(shutil.copy(linear.folder / f"{dtype}.tflite", tmp_path))
        vouch(path, name=f"dense {dtype}", network="dense", dtype=dtype)
    return [read_model(tmp_path / f"{dtype}.tflite") for dtype in ("float32", "int8")]


def test_every_model_on_every_runtime(models, dataset):
    steps = []
    options = {"rounds": 3, "command": "me", "progress": lambda *step: steps.append(step)}
    found = compare(models, dataset, list(NAMES), **options)
    assert [(m.runtime, m.model) for m in found.measurements] == [
        (name, model.name) for name in NAMES for model in models
    ]
    for m in found.measurements:
        assert (m.status, m.reason) == ("measured", None)
        assert m.score.accuracy == 1 if "float32" in m.model else m.score.accuracy > 0.9
        assert 100 < m.latency.median < 1e7 and m.latency.rounds == 3
        assert (m.arena_bytes is not None) == (m.runtime == "tflm")
        assert (
            m.least_arena_bytes is None
            if m.runtime != "tflm"
            else (m.arena_bytes < m.least_arena_bytes < 2 * m.arena_bytes)
        )
    assert found.ratio(found.measurements[0], "float32") == 1
    assert list(found.calls) == list(NAMES) and all(0 < ns < 1e5 for ns in found.calls.values())
    # Two models and the timing, on each of three runtimes.
    assert [step[:2] for step in steps] == [(done, 9) for done in range(9)]
    assert steps[-1][2] == "tflm: latency of 2 models, 3 rounds"
    assert (found.command, found.rounds, found.dataset["rows"]) == ("me", 3, 60)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()


def test_ratios_and_floor(comparison):
    row = comparison.to_json()["measurements"]
    assert row[3]["times_faster_than_dense"] == {"int8": 8, "float32": 25}
    assert row[5]["times_faster_than_dense"] == {"int8": 40, "float32": None}
    assert row[3]["times_faster_without_call"]["int8"] == (16_000 - 200) / (2_000 - 200)
    assert row[4]["times_faster_without_call"] == {"int8": 1, "float32": None}
    assert [r["head_only_floor"] for r in row].count(True) == 1 and row[2]["head_only_floor"]


def test_runtime_that_is_missing_does_not_end_the_run(models, dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)
    found = compare(models, dataset, ["tflm", "litert-builtin"], rounds=2)
    assert [m.status for m in found.measurements] == ["unavailable"] * 2 + ["measured"] * 2
    assert "not installed" in found.measurements[0].reason
    assert found.measurements[0].latency is found.measurements[0].score is None


def test_operator_that_is_missing(linear, tmp_path, dataset):
    path = vouch(Path(shutil.copy(linear.folder / "rfft.tflite", tmp_path)))
    found = compare([read_model(path)], dataset, ["tflm"], rounds=2)
    assert found.measurements[0].reason == "TFLite-Micro has no operator RFFT2D"


def test_model_without_a_record_is_tried_in_a_child_first(linear, dataset, monkeypatch):
    asked = []

    def trial(name, content):
        asked.append(name)
        if name == "litert-xnnpack":
            raise Unavailable("the runtime ends its process on this model (signal 6)")

    monkeypatch.setattr(compare_module, "in_child", trial)
    model = read_model(linear.folder / "int8.tflite")
    found = compare([model], dataset, ["litert-xnnpack", "litert-builtin"], rounds=2)
    assert asked == ["litert-xnnpack", "litert-builtin"]
    assert [m.status for m in found.measurements] == ["unavailable", "measured"]
    assert "signal 6" in found.measurements[0].reason


def test_equal_names_are_told_apart(models, dataset):
    same = [replace(models[0], name="x") for _ in range(3)]
    found = compare([*same, replace(models[1], name="x (2)")], dataset, ["tflm"], rounds=1)
    names = [m.model for m in found.measurements]
    assert names[:3] == ["x", "x (2)", "x (3)"] and len(set(names)) == 4
    assert names == [model["name"] for model in found.models]


def test_majority_class_is_training_s(models, dataset):
    skewed = Split(dataset.train.x, np.full_like(dataset.train.y, 2))
    found = compare(models[:1], replace(dataset, train=skewed), ["tflm"], rounds=1)
    assert found.majority["class"] == "z"
    assert found.majority["accuracy"] == pytest.approx(np.mean(dataset.test.y == 2))


def test_model_of_another_data_set(models, dataset):
    narrow = replace(dataset, test=Split(dataset.test.x[:, :5], dataset.test.y))
    with pytest.raises(InputError, match="takes 12 values and gives 3, but tiny has 5 values"):
        compare(models, narrow, ["litert-builtin"])
    with pytest.raises(InputError, match="and 2 classes"):
        compare(models, replace(dataset, classes=("x", "y")), ["litert-builtin"])


@pytest.mark.parametrize(
    "runtimes, rounds, message",
    [([], 1, "Nothing to compare"), (["gpu"], 1, "Unknown runtime"), (["tflm"], 0, "at least 1")],
)
def test_misuse(models, dataset, runtimes, rounds, message):
    with pytest.raises(InputError, match=message):
        compare(models, dataset, runtimes, rounds=rounds)
    with pytest.raises(InputError, match="Nothing to compare"):
        compare([], dataset, ["tflm"])


def test_no_ratio_without_the_call_for_a_model_that_takes_no_longer(comparison):
    comparison.calls["litert-xnnpack"] = 2_000.0
    tvscm = comparison.measurements[3]
    assert comparison.ratio(tvscm, "int8") == 8
    assert comparison.ratio(tvscm, "int8", with_call=False) is None
