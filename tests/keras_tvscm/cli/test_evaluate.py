"""`training-cost`, `calibrate-costs`, `microcontroller`: what they print and write."""

import json
from pathlib import Path

import pytest

from keras_tvscm.convert.runtimes.unavailable import Missing
from keras_tvscm.eval import baselines, microcontroller
from keras_tvscm.eval.model import Model
from keras_tvscm.eval.studies import training_cost


def test_training_cost(tvscm, tmp_path, monkeypatch):
    """What it measures is tested in eval/test_training_cost.py."""
    asked = {}

    def measure(**options):
        asked.update(options)
        return {"figures": 1}

    monkeypatch.setattr(training_cost, "training_cost", measure)
    monkeypatch.setattr(training_cost, "as_markdown", lambda results: "# What training costs")
    code, out, err = tvscm("study", "training-cost", "--rounds", 2, "--rows", 300, "--width", 64)
    assert (code, err) == (0, [])
    assert out == ["# What training costs", "runs/training-cost/training-cost.json"]
    assert json.loads((tmp_path / out[-1]).read_text()) == {"figures": 1}
    assert (asked["rounds"], asked["rows"], asked["widths"]) == (2, 300, [64])
    assert asked["command"] == "tvscm study training-cost --rounds 2 --rows 300 --width 64"


@pytest.mark.slow
def test_calibrate_costs_writes_what_convert_reads(tvscm, tmp_path, banded_run):
    options = "--runtime tflm --width 64 --pattern banded --dtype int8 --rounds 2 --out costs"
    code, out, err = tvscm("study", "calibrate-costs", *options.split(), "--quiet")
    assert (code, out, err) == (0, ["costs"], [])
    assert sorted(path.name for path in (tmp_path / "costs").iterdir()) == [
        "lowerings.json",
        "lowerings.md",
        "tflm.json",
    ]
    options = ["--target", "tflm", "--costs", "costs/tflm.json", "--no-collapse"]
    code, _, err = tvscm("convert", banded_run, "-o", "m.tflite", *options)
    assert (code, err) == (0, [])


@pytest.fixture
def converted(tvscm, banded_run):
    assert tvscm("convert", banded_run, "-o", "m.tflite", "--no-collapse")[0] == 0
    return "m.tflite"


@pytest.fixture
def asked(monkeypatch):
    """What the study is asked; what it finds is tested in eval/microcontroller."""
    asked = {}

    def study(groups, **options):
        asked.update(options, groups=groups)
        return {"figures": 1}

    monkeypatch.setattr(
        baselines,
        "baselines",
        lambda dataset, *_, **__: ([Model(f"for {dataset.name}", Path("x.tflite"), None, b"")], {}),
    )
    monkeypatch.setattr(microcontroller, "study", study)
    monkeypatch.setattr(microcontroller, "as_markdown", lambda results: "# Generated C")
    return asked


def test_microcontroller(tvscm, tmp_path, converted, asked):
    options = "--core cortex-m4 --core cortex-m0 --rows 7 --rounds 0"
    code, out, err = tvscm("microcontroller", converted, *options.split())
    assert (code, err) == (0, [])
    assert out == ["# Generated C", "runs/microcontroller/microcontroller.json"]
    assert json.loads((tmp_path / out[-1]).read_text()) == {"figures": 1}
    assert (tmp_path / "runs/microcontroller/microcontroller.md").read_text() == out[0]
    ((dataset, (model, baseline)),) = asked["groups"]
    assert (dataset.name, baseline.name) == ("digits", "for digits")
    assert model.network == "tvscm"
    assert (asked["cores"], asked["rows"], asked["rounds"]) == (["cortex-m4", "cortex-m0"], 7, 0)
    assert asked["command"] == f"tvscm microcontroller m.tflite {options}"
    code, lines, err = tvscm("microcontroller", converted, "--overwrite", "--json")
    assert (code, json.loads("\n".join(lines)), err) == (0, {"figures": 1}, ["# Generated C"])
    assert tvscm("microcontroller", converted, "--overwrite", "--quiet") == (0, out[1:], [])


def test_microcontroller_says_what_it_lacks(tvscm, tmp_path, converted, asked, monkeypatch):
    code, out, err = tvscm("microcontroller", converted, "--core", "cortex-a9")
    assert (code, out, len(err)) == (2, [], 1)
    assert "Unknown core 'cortex-a9'; expected one of cortex-m0" in err[0]

    def study(groups, **options):
        raise Missing("unicorn is not installed")

    monkeypatch.setattr(microcontroller, "study", study)
    code, out, err = tvscm("microcontroller", converted)
    assert (code, out, err) == (2, [], ["tvscm: unicorn is not installed"])
    (tmp_path / "m.tflite.json").unlink()
    code, out, err = tvscm("microcontroller", converted)
    assert (code, out, len(err)) == (2, [], 1)
    assert "m.tflite has no record; convert its Keras model" in err[0]
