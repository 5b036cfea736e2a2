import base64
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import IN_PROCESS as NAMES
from keras_tvscm.convert.runtimes import Unavailable, tflite_runtime
from keras_tvscm.datasets.dataset import Split
from keras_tvscm.errors import InputError
from keras_tvscm.eval import compare as compare_module
from keras_tvscm.eval.compare import compare
from keras_tvscm.eval.comparison import Comparison
from keras_tvscm.eval.energy import Energy, Range
from keras_tvscm.eval.energy.analyser import Analysed
from keras_tvscm.eval.model import read_model, read_models
from keras_tvscm.eval.runtimes import Host
from keras_tvscm.eval.session import Session

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
    options = {"rounds": 3, "windows": 2, "command": "me"}
    found = compare(
        models, dataset, list(NAMES), **options, progress=lambda *step: steps.append(step)
    )
    assert [(m.runtime, m.model) for m in found.measurements] == [
        (name, model.name) for name in NAMES for model in models
    ]
    for m in found.measurements:
        assert (m.status, m.reason) == ("measured", None)
        assert m.score.accuracy == 1 if "float32" in m.model else m.score.accuracy > 0.9
        assert 100 < m.latency.median < 1e7 and m.latency.rounds == 4
        assert [len(window) for window in m.latency.windows] == [2, 2]
        assert m.latency.cold > 100
        assert m.peak_memory_bytes > found.runtime_memory[m.runtime] > 1e7
        assert (m.arena_bytes is not None) == (m.runtime == "tflm")
        assert (
            m.least_arena_bytes is None
            if m.runtime != "tflm"
            else (m.arena_bytes < m.least_arena_bytes < 2 * m.arena_bytes)
        )
    assert found.ratio(found.measurements[0], "float32") == 1
    assert list(found.calls) == list(NAMES) and all(0 < ns < 1e5 for ns in found.calls.values())
    assert set(found.noise) == set(NAMES)
    # The runtime alone and two models on each of three runtimes, and two windows.
    assert [step[:2] for step in steps] == [(done, 11) for done in range(11)]
    assert steps[-1][2] == "latency: window 2 of 2"
    assert (found.command, found.rounds, found.dataset["rows"]) == ("me", 4, 60)
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert Comparison.from_json(document).to_json() == found.to_json()


def test_mistakes_are_drawn(models, dataset):
    wrong = replace(dataset, test=Split(dataset.test.x, (dataset.test.y + 1) % 3))
    found = compare(models[:1], wrong, ["litert-builtin"], rounds=1)
    [m] = found.measurements
    assert m.accuracy == 0 and len(m.mistakes) == 6
    assert all(mistake["true"] != mistake["predicted"] for mistake in m.mistakes)
    assert set(found.dataset["drawn"]) == {str(mistake["row"]) for mistake in m.mistakes}
    values = base64.b64decode(next(iter(found.dataset["drawn"].values())))
    assert len(values) == dataset.test.x.shape[1] and (min(values), max(values)) == (0, 255)


def test_session_goes_on_where_it_stopped(models, dataset, tmp_path, monkeypatch):
    log = tmp_path / "log.jsonl"
    options = {"rounds": 2, "windows": 2}
    whole = compare(models, dataset, ["litert-builtin"], **options, session=Session(log))
    lines = log.read_text().splitlines(keepends=True)
    # A kill in the middle of the last line.
    log.write_text("".join(lines[:-1]) + lines[-1][:40])
    monkeypatch.setattr(Host, "predict", None)
    session = Session(log, resume=True)
    resumed = compare(models, dataset, ["litert-builtin"], **options, session=session)
    assert log.read_text().splitlines(keepends=True)[:-1] == lines[:-1]
    for before, after in zip(whole.measurements, resumed.measurements, strict=True):
        assert after.latency.windows[0] == before.latency.windows[0]
        assert replace(after, latency=None) == replace(before, latency=None)
    with pytest.raises(InputError, match="is of a session with another rounds"):
        compare(models, dataset, ["litert-builtin"], rounds=4, session=Session(log, resume=True))
    with pytest.raises(InputError, match="no session to go on with"):
        Session(tmp_path / "none", resume=True).begin({})


def test_broken_and_third_party_models_leave_the_others_alone(models, dataset, linear, tmp_path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(models[0].content[:200])
    other = Path(shutil.copy(linear.folder / "rfft.tflite", tmp_path))
    read = read_models([broken, tmp_path / "int8.tflite", other])
    found = compare(read, dataset, ["litert-builtin"], rounds=1)
    assert [m.status for m in found.measurements] == ["unavailable", "measured", "measured"]
    assert "broken.tflite: truncated or damaged" in found.measurements[0].reason
    assert found.measurements[1].score.accuracy > 0.9
    assert found.measurements[2].reason.startswith("not judged: ")
    assert found.measurements[2].score is None and found.measurements[2].latency.median > 0
    with pytest.raises(InputError, match="truncated or damaged"):
        read_models([broken])


def test_ratios_and_floor(comparison):
    row = comparison.to_json()["measurements"]
    assert row[3]["times_faster_than_dense"] == {"int8": 8, "float32": 25}
    assert row[5]["times_faster_than_dense"] == {"int8": 40, "float32": None}
    assert row[3]["times_faster_without_call"]["int8"] == (16_000 - 200) / (2_000 - 200)
    assert row[4]["times_faster_without_call"] == {"int8": 1, "float32": None}
    assert [r["head_only_floor"] for r in row].count(True) == 1 and row[2]["head_only_floor"]


def test_runtime_that_is_missing_does_not_end_the_run(models, dataset, monkeypatch):
    monkeypatch.setattr(tflite_runtime, "_mark", lambda: Path("nowhere"))
    found = compare(models, dataset, ["tflite-runtime", "litert-builtin"], rounds=2)
    assert [m.status for m in found.measurements] == ["unavailable"] * 2 + ["measured"] * 2
    assert "not set up (tvscm setup-tflite-runtime)" in found.measurements[0].reason
    assert found.measurements[0].latency is found.measurements[0].score is None


def test_operator_that_is_missing(models, linear, tmp_path, dataset):
    path = vouch(Path(shutil.copy(linear.folder / "rfft.tflite", tmp_path)))
    found = compare([*models, read_model(path)], dataset, ["tflm"], rounds=1)
    assert found.measurements[2].reason == "TFLite-Micro has no operator RFFT2D"


def test_model_that_ends_its_runtime_does_not_end_the_comparison(models, dataset, monkeypatch):
    memory = Host.memory

    def deadly(host, content):
        if content == models[1].content:
            raise Unavailable("the runtime ends its process on this model (signal 6)")
        return memory(host, content)

    monkeypatch.setattr(Host, "memory", deadly)
    found = compare(models, dataset, ["litert-builtin"], rounds=1)
    assert [m.status for m in found.measurements] == ["measured", "unavailable"]
    assert "signal 6" in found.measurements[1].reason
    assert found.measurements[0].latency.median > 0


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


def test_energy_by_a_counter_that_is_not_there_has_its_reason(models, dataset, monkeypatch):
    def absent():
        raise Unavailable("no RAPL here")

    monkeypatch.setattr(compare_module, "available", absent)
    found = compare(models[1:], dataset, ["litert-builtin"], rounds=1, rapl=True)
    [energy] = found.measurements[0].energy
    assert (energy["kind"], energy["method"]) == ("unavailable", "no RAPL here")


def test_recordings_belong_to_a_model(models, dataset):
    energy = Energy("measured_external", Range(1.0, 1.2), "a PPK2", "trace.csv")
    facts = ("windows", 9.0, 1.0, 2.0, 5, 100, 0, False)
    sha256 = hashlib.sha256(models[1].content).hexdigest()
    recording = Analysed(energy, 1.1, *facts, model_sha256=sha256)
    options = {"rounds": 1, "recordings": [recording]}
    found = compare(models, dataset, ["litert-builtin"], **options)
    assert list(found.recordings) == ["dense int8"]
    assert found.recordings["dense int8"][0]["estimate_microjoules"] == 1.1
    with pytest.raises(InputError, match=r"energy out of trace\.csv is of none of the models"):
        compare(models[:1], dataset, ["litert-builtin"], **options)
