"""`data`, `train`, `compress`, `quantize-aware`, `summary`: what they print and write."""

import json
import runpy
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_tvscm import datasets
from keras_tvscm.models import loading, networks

from ...fitted import finished_run


def test_data_counts_the_rows(tvscm):
    code, out, err = tvscm("data", "digits")
    assert (code, err) == (0, [])
    assert out[1] == "64 features a row, 0 to 1: divided by 16"
    rows = [line.split()[:3] for line in out[2:]]
    assert rows == [
        ["train", "1,293", "rows:"],
        ["validation", "144", "rows:"],
        ["test", "360", "rows:"],
    ]
    # sklearn's digits hold 178 zeros; a fifth and then a tenth of each class are kept apart.
    zeros = [int(line.split()[4]) for line in out[2:]]
    assert sum(zeros) == 178


def test_train_prints_the_model_s_path_last_and_only_once_trains(tvscm, tmp_path, eager):
    command = ["train", "digits", "--network", "softmax", "--epochs", "1", "--seed", "4"]
    code, out, err = tvscm(*command)
    assert (code, err) == (0, [])
    path = tmp_path / out[-1]
    assert out[-1] == "runs/digits-softmax-seed4/model.keras"
    assert keras.models.load_model(path).count_params() == 650
    metrics = json.loads((path.parent / "metrics.json").read_text())
    assert f"650 parameters, test accuracy {100 * metrics['test']['accuracy']:.2f} %" in out[0]

    written = path.stat().st_mtime_ns
    assert tvscm(*command) == (0, out, [])
    assert path.stat().st_mtime_ns == written
    code, out, err = tvscm(*command[:-3], "2", *command[-2:])
    assert (code, out, len(err)) == (2, [], 1)
    assert "holds a run with epochs=1, not 2; choose another folder" in err[0]


def test_compress_a_model_of_plain_keras(tvscm, tmp_path, monkeypatch, capsys, eager):
    """The example of the documentation, from the training to the table."""
    example = Path(__file__).parents[3] / "docs/examples/dense_network.py"
    monkeypatch.setattr(sys, "argv", [example.name, "digits", "dense.keras", "--epochs", "5"])
    runpy.run_path(str(example), run_name="__main__")
    capsys.readouterr()
    dense = keras.models.load_model(tmp_path / "dense.keras")
    options = "--epochs 4 --pattern random:k=1,seed=2 --learning-rate 0.05"
    code, out, err = tvscm("compress", "dense.keras", "--dataset", "digits", *options.split())
    assert (code, out[-1]) == (0, "dense-compressed.keras")
    small = loading.load(tmp_path / out[-1])
    assert small.count_params() == 2 * (2 + 64) + 650
    record = json.loads((tmp_path / "dense-compressed.keras.json").read_text())
    assert record["before"]["parameters"] == dense.count_params() == 2 * 64 * 65 + 650
    assert [one["name"] for one in record["layers"]] == [one.name for one in dense.layers[:2]]
    assert all(0 < one["nearest_keeps"] < 0.1 for one in record["layers"])
    data = datasets.load("digits")
    top = np.argmax(small(data.test.x), axis=1)
    assert record["after"]["test"]["accuracy"] == pytest.approx(np.mean(top == data.test.y))
    assert record["after"]["test"]["accuracy"] > 0.6
    before, after = (record[name]["validation"]["accuracy"] for name in ("before", "after"))
    assert err == [
        f"{100 * (before - after):.1f} points of validation accuracy went: more --epochs, --layer "
        "NAME to swap fewer layers, or another --pattern may keep more"
    ]
    after = next(line.split() for line in out if line.startswith("after"))
    assert after[1] == "782"
    assert after[-1] == f"{100 * record['after']['test']['accuracy']:.2f}"
    assert any("11.5 times fewer parameters" in line for line in out)
    heads = "model parameters bytes cations additions accuracy % accuracy %"
    assert any(line.split() == heads.split() for line in out)


def test_compress_takes_a_run_folder_and_labels(tvscm, tmp_path, eager):
    run = "run"
    finished_run("dense", tmp_path / run)
    options = ["--labels", "--layer", "hidden", "--epochs", 2, "--quiet"]
    code, out, err = tvscm("compress", run, *options)
    assert (code, out, err) == (0, [f"{run}/compressed.keras"], [])
    record = json.loads((tmp_path / f"{out[-1]}.json").read_text())
    assert (record["trained_on"], record["temperature"]) == ("labels", None)
    assert record["after"]["parameters"] == 2 + 64 + 650


def test_quantize_aware_writes_a_model_and_its_scores(tvscm, finished, tiny, tmp_path):
    pytest.importorskip("keras_tvscm.convert.quantization_aware.rounding")
    x, y, x_test, y_test = tiny.train.x, tiny.train.y, tiny.test.x, tiny.test.y
    np.savez(tmp_path / "tiny.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    options = "--dataset tiny.npz --epochs 1 -o out.keras"
    code, out, err = tvscm("quantize-aware", finished, *options.split(), "--json")
    assert code == 0 and err[-1].startswith("float test accuracy ")
    made = loading.load(tmp_path / "out.keras")
    record = json.loads((tmp_path / "out.keras.json").read_text())
    assert json.loads("\n".join(out)) == record
    right = np.argmax(made(x_test), axis=1) == y_test
    assert record["after"]["test"]["accuracy"] == pytest.approx(np.mean(right))


def test_summary_of_a_run_folder_and_of_a_file(tvscm, tmp_path):
    (tmp_path / "run").mkdir()
    networks.build("tvscm", "digits").save(tmp_path / "run/model.keras")
    code, out, err = tvscm("summary", "run")
    assert (code, err) == (0, [])
    rows = [line.split() for line in out]
    assert ["tvscm", "64", "2", "4,096", "7", "128", "128"] in rows
    assert ["head", "(Dense)", "10", "650", "650", "640", "640"] in rows
    assert ["total", "652", "4,746", "7", "768", "768"] in rows
    assert out[-2] == "With dense layers in their place: 4,746 parameters, 7.3 times as many."
    assert out[-1].startswith("Operations are those of plain sums")
    assert tvscm("summary", "run/model.keras") == (0, out, [])


def test_summary_of_what_is_not_frozen_yet(tvscm, tmp_path):
    networks.build("heads", "digits").save(tmp_path / "learned.keras")
    code, out, err = tvscm("summary", "learned.keras")
    assert (code, err) == (0, [])
    assert out[-1].startswith("Not frozen yet: heads1. The patterns are still learned")
