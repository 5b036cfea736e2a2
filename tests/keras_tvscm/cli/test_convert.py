"""`convert` and `inspect`: what they print and write."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, datasets
from keras_tvscm.convert.runtimes import NAMES
from keras_tvscm.models import networks

from ...fitted import finished_run, fit_head


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """A softmax regression on digits: it converts, and within seconds."""
    return finished_run("softmax", tmp_path_factory.mktemp("digits") / "run")


def test_convert_says_what_it_folded_and_names_the_file_by_what_was_asked(tvscm, tmp_path):
    """With all `a` and `b` positive the network is a softmax regression."""
    digits = datasets.load("digits")
    model = networks.build("tvscm", "digits", pattern="banded")
    model.get_layer("tvscm").b.assign(0.1)
    fit_head(model, digits).save(tmp_path / "m.keras")
    said = "the ReLU of layer 'tvscm' never clips on inputs 0 to 1"
    code, lines, _ = tvscm("convert", "m.keras", "--dataset", "digits")
    assert (code, lines[0]) == (0, f"{said}: it was folded into the Dense layer after it")
    assert lines[-1] == "litert-int8.tflite"
    options = ["--no-collapse", "--lowering", "unrolled"]
    _, lines, _ = tvscm("convert", "m.keras", "--dataset", "digits", *options)
    assert lines[0] == f"{said}: the Dense layer after it could do its work"
    assert lines[-1] == "litert-unrolled-int8.tflite"


@pytest.mark.slow
def test_convert_explains_its_choice(tvscm, tmp_path, banded_run):
    options = ["--target", "tflm", "--explain", "--no-collapse"]
    code, lines, err = tvscm("convert", banded_run, "-o", "m.tflite", *options)
    assert (code, err) == (0, [])
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    (chosen,) = (line.split() for line in lines if " chosen" in line)
    assert chosen[1] == record["lowerings"]["tvscm"]
    for candidate in record["candidates"]:
        assert any(line.split()[1:2] == [candidate["lowering"]] for line in lines)
    code, _, _ = tvscm(
        "convert", banded_run, "-o", "s.tflite", "--prefer", "bytes", "--no-collapse"
    )
    assert code == 0
    assert (tmp_path / "s.tflite").stat().st_size == min(
        candidate["bytes"]
        for candidate in json.loads((tmp_path / "s.tflite.json").read_text())["candidates"]
        if candidate["bytes"] and not candidate["reason"]
    )


@pytest.mark.slow
def test_a_stripped_model_of_four_bits(tvscm, tmp_path, half_run):
    sizes = []
    for options in ([], ["--strip"], ["--strip", "--dtype", "int8x4"]):
        options += ["--no-collapse", "--lowering", "polyphase"]
        code, lines, err = tvscm("convert", half_run, "-o", "m.tflite", *options)
        assert (code, err) == (0, [])
        sizes.append((tmp_path / "m.tflite").stat().st_size)
    assert lines[0].startswith("tvscm half:seed=3 polyphase int8x4 stripped: ")
    # 16 times 16 weights, 5 times: half of them is half the bytes.
    assert sizes[0] - sizes[1] > 300 and sizes[1] - sizes[2] >= 16 * 16 * 5 // 2
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    assert (record["dtype"], record["stripped"]) == ("int8x4", True)
    assert record["screening"]["agreement"] >= 0.99 and record["screening"]["rows"] == 1293


def test_convert_writes_model_record_sources_and_report(tvscm, digits_run, tmp_path, monkeypatch):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "cache"))
    command = "--out m.tflite --target tflm --require litert-builtin --report report.json"
    code, out, err = tvscm("convert", digits_run, *command.split())
    assert (code, err) == (0, [])
    assert out[-1] == "m.tflite"
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == [
        *("m.tflite", "m.tflite.json", "m_model_data.cc", "m_model_data.h", "m_op_resolver.h"),
        "report.json",
    ]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report == json.loads((tmp_path / "m.tflite.json").read_text())
    assert list(report["runtimes"]["converted"]) == list(NAMES)
    assert report["runtimes"]["converted"]["tflm"]["rows"] == 504
    assert report["calibration"] == {"source": "digits train", "rows": 500, "seed": 0}
    assert f"top-1 agreement {report['verification']['agreement']:.2%}" in out[0]

    code, out, err = tvscm(
        "convert", digits_run, "--out", "n.tflite", "--require", "tflite-runtime"
    )
    assert (code, out, len(err)) == (1, [], 1)
    assert "tflite-runtime does not run the model: tflite-runtime is not set up" in err[0]
    assert not (tmp_path / "n.tflite").exists()


@pytest.mark.slow
def test_another_process_converts_to_the_same_bytes(tvscm, digits_run, tmp_path):
    code, out, _ = tvscm("convert", digits_run, "--out", "here.tflite")
    assert code == 0
    script = (
        "import sys; sys.argv = ['tvscm', *sys.argv[1:]]; from keras_tvscm.cli import main; main()"
    )
    command = [sys.executable, "-c", script, "convert", digits_run, "--out", "there.tflite"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == out[:2]
    here, there = (tmp_path / f"{place}.tflite" for place in ("here", "there"))
    assert here.read_bytes() == there.read_bytes()
    assert Path(f"{here}.json").read_bytes() == Path(f"{there}.json").read_bytes()


def test_inspect_prints_a_page_or_json(tvscm, linear, tmp_path, monkeypatch):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    path = linear.folder / "int8.tflite"
    code, out, err = tvscm("inspect", path)
    assert (code, err) == (0, [])
    assert out[0] == f"{path}: {path.stat().st_size:,} bytes; operators: 1 FULLY_CONNECTED"
    row = "0 FULLY_CONNECTED 1x12 3x12 3 1x3 int8 36 36"
    assert row.split() in [line.split() for line in out]
    code, out, err = tvscm("inspect", path, "--json", "--tflite", "1.9")
    assert (code, err) == (0, [])
    page = json.loads("\n".join(out))
    assert page["bytes"]["weights"] == 36
    assert page["support"][-1]["runs"] == "no"

    code, out, err = tvscm("inspect", path, "--target", "android")
    assert (code, err) == (0, [])
    assert "times on litert-xnnpack" in " ".join(out)
    assert "no phone's: tvscm study calibrate-costs --runtime" in " ".join(out)
    costs = {"FULLY_CONNECTED int8": [5000, 0, 0, 0, 0]}
    units = ["calls", "numbers given", "numbers read", "products", "products in whole groups"]
    table = {"runtime": "android", "base": 500, "units": units, "operators": costs}
    (tmp_path / "phone.json").write_text(json.dumps(table | {"device": "phone: Pixel 8"}))
    options = ["--target", "android", "--costs", "phone.json"]
    assert "android: 5.5 µs an inference" in " ".join(tvscm("inspect", path, *options)[1])
    code, out, err = tvscm("inspect", path, *options, "--json")
    expected = {"target": "android", "microseconds": 5.5, "runtime": "android"}
    assert json.loads("\n".join(out))["prediction"] == expected | {"place": "phone: Pixel 8"}

    (tmp_path / "cut.tflite").write_bytes(path.read_bytes()[:500])
    code, out, err = tvscm("inspect", "cut.tflite")
    assert (code, out, len(err)) == (2, [], 1)
    assert "cut.tflite: truncated or damaged TFLite model" in err[0]


@pytest.fixture
def losing_files(losing, tmp_path):
    """`losing.keras` and `losing.npz`."""
    model, dataset = losing
    model.save(tmp_path / "losing.keras")
    parts = {"train": dataset.train, "test": dataset.test}
    arrays = {f"{key}_{part}": getattr(rows, key) for part, rows in parts.items() for key in "xy"}
    np.savez(tmp_path / "losing.npz", **arrays)
    return "losing.keras", "--dataset", "losing.npz", "--no-collapse"


def test_convert_names_the_operator_that_loses_the_agreement(tvscm, tmp_path, losing_files):
    code, lines, err = tvscm("convert", *losing_files, "--lowering", "dense", "--explain-error")
    assert code == 1
    (first,) = (line.split() for line in lines if line.split()[-1:] == ["first"])
    assert first[:2] == ["0", "FULLY_CONNECTED"] and "tvscm" in first
    assert lines[-1].startswith(
        "dense in int8: operator 0, FULLY_CONNECTED (layer tvscm), is the first that is as far"
    )
    assert "the rounding of its weights does it" in lines[-1]
    assert "dense in int8 is too coarse" in err[-1]
    assert "; lowering auto would agree (tried on" in err[-1]
    assert not list(tmp_path.glob("*.tflite*"))


def test_convert_explains_the_error_of_what_passes_too(tvscm, tmp_path, losing_files):
    options = ["--lowering", "unrolled", "--explain-error", "-o", "m.tflite"]
    code, lines, err = tvscm("convert", *losing_files, *options)
    assert (code, err) == (0, [])
    assert any(line.split()[:2] == ["2", "ADD"] for line in lines)
    assert any(line.startswith("unrolled in int8: operator ") for line in lines)
    assert (tmp_path / "m.tflite").exists()


def test_a_model_that_guesses_is_refused_unless_one_insists(tvscm, tmp_path):
    """Trained on pixels from 0 to 255, converted on those that the loader divides by 255."""
    digits = datasets.load("digits", rescale=False)
    pixels = {"train": digits.train, "test": digits.test}
    np.savez(
        tmp_path / "p.npz",
        **{f"x_{part}": (rows.x * 15.9).astype(np.uint8) for part, rows in pixels.items()},
        **{f"y_{part}": rows.y for part, rows in pixels.items()},
    )
    layers = [keras.layers.Rescaling(1 / 255), TVSCM("banded"), keras.layers.Dense(10, name="head")]
    model = keras.Sequential([keras.Input((64,)), *layers])
    x = (digits.train.x * 15.9).astype(np.uint8).astype(np.float32)
    fit_head(model, replace(digits, train=datasets.Split(x, digits.train.y)))
    model.get_layer("head").bias.assign(8 * np.eye(10)[3])
    model.save(tmp_path / "m.keras")
    command = ["convert", "m.keras", "--dataset", "p.npz", "--dtype", "float32", "-o", "m.tflite"]
    code, lines, err = tvscm(*command)
    assert (code, lines) == (1, [])
    assert "does no better than a guess. The data set's samples are divided by 255" in err[-1]
    assert "--no-rescale" in err[-1] and "--accept-any-accuracy" in err[-1]
    assert not (tmp_path / "m.tflite").exists()
    code, _, err = tvscm(*command, "--accept-any-accuracy")
    assert code == 0 and "does no better than a guess" in err[-1]
    assert "does no better" in json.loads((tmp_path / "m.tflite.json").read_text())["doubt"]
