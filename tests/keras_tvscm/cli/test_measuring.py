"""`training-cost` and `calibrate-costs`: what they print and write."""

import json

from keras_tvscm.eval import training_cost


def test_training_cost(tvscm, tmp_path, monkeypatch):
    """What it measures is tested in eval/test_training_cost.py."""
    asked = {}

    def measure(**options):
        asked.update(options)
        return {"figures": 1}

    monkeypatch.setattr(training_cost, "training_cost", measure)
    monkeypatch.setattr(training_cost, "as_markdown", lambda results: "# What training costs")
    code, out, err = tvscm("training-cost", "--rounds", 2, "--rows", 300, "--width", 64)
    assert (code, err) == (0, [])
    assert out == ["# What training costs", "runs/training-cost/training-cost.json"]
    assert json.loads((tmp_path / out[-1]).read_text()) == {"figures": 1}
    assert (asked["rounds"], asked["rows"], asked["widths"]) == (2, 300, [64])
    assert asked["command"] == "tvscm training-cost --rounds 2 --rows 300 --width 64"


def test_calibrate_costs_writes_what_convert_reads(tvscm, tmp_path, half_run):
    options = "--runtime tflm --width 64 --pattern half:seed=3 --dtype int8 --rounds 2 --out costs"
    code, out, err = tvscm("calibrate-costs", *options.split())
    assert (code, err) == (0, [])
    assert out[-1] == "costs"
    assert sorted(path.name for path in (tmp_path / "costs").iterdir()) == [
        "lowerings.json",
        "lowerings.md",
        "tflm.json",
    ]
    options = ["--target", "tflm", "--costs", "costs/tflm.json", "--no-collapse"]
    code, _, err = tvscm("convert", half_run, "-o", "m.tflite", *options)
    assert (code, err) == (0, [])
