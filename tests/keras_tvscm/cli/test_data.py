"""`data`, and what other commands make of how rows were scaled."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits


@pytest.fixture
def pixels(tmp_path):
    """Digits as bytes, 0 to 254."""
    x, y = (load_digits().images * 15.9).astype(np.uint8), load_digits().target
    arrays = {"x_train": x[:1300], "y_train": y[:1300], "x_test": x[1300:], "y_test": y[1300:]}
    np.savez(tmp_path / "pixels.npz", **arrays)


def test_the_scaling_and_the_range_are_printed(tvscm, pixels):
    _, out, err = tvscm("data", "pixels.npz")
    assert (out[1], err) == ("64 features a row, 0 to 0.996078: divided by 255", [])
    _, out, err = tvscm("data", "pixels.npz", "--no-rescale")
    assert (out[1], err) == ("64 features a row, 0 to 254: not rescaled", [])
    _, out, _ = tvscm("data", "ecg-synthetic")
    assert out[1] == "187 features a row, 0 to 1: each row moved and stretched to span 0 to 1"
    code, out, err = tvscm("data", "ecg-synthetic", "--no-rescale")
    assert (code, out, len(err)) == (2, [], 1)


def test_notes_go_beside_the_output(tvscm, tmp_path):
    x, y = np.random.default_rng(0).random((60, 6)), np.arange(60) % 3 + 1
    np.savez(tmp_path / "ones.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    code, out, err = tvscm("data", "ones.npz")
    assert (code, len(out)) == (0, 5)
    assert err == [
        f"note: ones.npz: {part} has no row of class 0" for part in ("train", "validation", "test")
    ]


def test_a_run_remembers_that_its_rows_were_left_as_they_are(tvscm, pixels, tmp_path, eager):
    options = "--network softmax --epochs 1 --learning-rate 0.0001 --out run"
    code, _, _ = tvscm("train", "pixels.npz", "--no-rescale", *options.split())
    assert code == 0
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["data"]["scaling"] == {"divided_by": 1.0, "by_row": False}
    # The rows that the run's model is judged on are as in its training.
    code, _, _ = tvscm("compress", "run", "--layer", "head", "--labels", "--epochs", 1)
    assert code == 0
    record = json.loads((tmp_path / "run/compressed.keras.json").read_text())
    assert record["before"]["test"]["accuracy"] == metrics["test"]["accuracy"]


def test_a_folder_or_table_anywhere_names_its_search(tvscm, tmp_path):
    (tmp_path / "mine").mkdir()
    lines = [f"{i},{i * i % 7},{i % 2}" for i in range(60)]
    (tmp_path / "mine/few.csv").write_text("\n".join(["a,b,label", *lines]))
    code, out, _ = tvscm("study", "search", "mine/few.csv", "--nonzeros", 1, "--tries", 1)
    assert (code, out[-1]) == (0, "runs/search-few.json")
    assert (tmp_path / "runs/search-few.json").is_file()
