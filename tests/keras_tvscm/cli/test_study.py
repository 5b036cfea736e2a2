"""`search`, `explore`, `reproduce`: what they print and pass on."""

import json

import pytest
from joblib import cpu_count

from keras_tvscm.training import run

from ...fitted import untrained_fit


def test_search_prints_what_train_takes(tvscm, tmp_path, eager):
    command = ["study", "search", "digits", "--nonzeros", "2", "--tries", "2"]
    code, out, err = tvscm(*command)
    assert (code, err) == (0, [])
    assert out[-1] == "runs/search-digits.json"
    steps = json.loads((tmp_path / out[-1]).read_text())["steps"]
    for line, step in zip(out[:-1], steps, strict=True):
        assert line.startswith(f"{100 * step['accuracy']:.2f} % with a ridge head  offsets:a=")
    assert tvscm(*command) == (0, out, [])

    pattern = out[1].split()[-1]
    code, out, _ = tvscm("train", "digits", "--pattern", pattern, "--epochs", "1")
    assert code == 0
    metrics = json.loads((tmp_path / out[-1]).with_name("metrics.json").read_text())
    assert metrics["nonzeros"] == 2


@pytest.mark.slow
def test_explore_prints_what_train_takes(tvscm, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "fit", untrained_fit)
    # Set before a training in this process would set them for the rest of the tests.
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "1")
    options = "--parameters 400 --operations 9000 --candidates 2 --seeds 1 --epochs 1 --workers 1"
    code, out, err = tvscm("study", "explore", "digits", *options.split())
    assert (code, err) == (0, [])
    assert (tmp_path / "runs/explore-digits-400/results.md").exists()
    command = out[-1].split()
    assert command[:4] == ["tvscm", "train", "digits", "--network"]
    code, out, err = tvscm(*command[1:], "--epochs", "1")
    assert (code, err) == (0, [])


def test_reproduce_passes_on_what_it_is_asked(tvscm, tmp_path, monkeypatch):
    """The study itself is tested in test_reproduce.py."""
    asked = {}

    def study(data, folder, bar, **options):
        asked.update(options, data=data.name, folder=str(folder))
        folder.mkdir(parents=True)
        (folder / "results.md").write_text("# Accuracy")

    monkeypatch.setattr("keras_tvscm.eval.studies.accuracy.reproduce", study)
    options = "--seeds 2 --draws 3 --tries 4 --epochs 5 --workers 6 --ray head:7"
    code, out, err = tvscm("study", "reproduce", "digits", *options.split())
    assert (code, err) == (0, [])
    assert out == ["# Accuracy", "runs/reproduce-digits/results.json"]
    assert asked == {
        "data": "digits",
        "folder": "runs/reproduce-digits",
        "seeds": 2,
        "draws": 3,
        "tries": 4,
        "epochs": 5,
        "workers": 6,
        "ray": "head:7",
        "networks": (),
        "command": f"tvscm study reproduce digits {options}",
    }
    tvscm("study", "reproduce", "digits", "--out", "own")
    assert (asked["folder"], asked["workers"], asked["ray"]) == ("own", cpu_count(), None)
