"""One line for everything that can be asked wrongly, and nothing left behind."""

import json

import numpy as np
import pytest

from keras_tvscm.models import networks


@pytest.fixture
def files(tmp_path):
    """What is asked for wrongly, in the working folder."""
    (tmp_path / "note").write_text("not a folder")
    (tmp_path / "none.keras").write_text("not a model")
    (tmp_path / "none.tflite").write_text("not a model")
    networks.build("softmax", "digits").save(tmp_path / "digits.keras")
    networks.build("heads-random", "digits").save(tmp_path / "heads.keras")
    x, y = np.random.default_rng(0).random((60, 6)), np.arange(60) % 3
    save(tmp_path / "six.npz", x, y)
    save(tmp_path / "huge.npz", x * 1e38, y)
    x[7, 2] = np.nan
    save(tmp_path / "nan.npz", x, y)


def save(path, x, y):
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "Missing command; see tvscm --help"),
        ("fly", "No such command 'fly'; see tvscm --help"),
        ("train", "Missing argument 'dataset'; see tvscm --help"),
        ("train digits --swift", "No such option: --swift; see tvscm --help"),
        ("train digits --epochs few", "Invalid value for '--epochs'"),
        ("data cifar", "no data set is called 'cifar'; expected mnist, heartbeat"),
        ("data mnist --data-dir absent", "data folder absent does not exist"),
        ("data absent.npz", "cannot read absent.npz: No such file or directory"),
        ("data nan.npz", "train: NaN or infinite samples in 1 of 60 rows, the first is row 7"),
        ("train cifar", "no data set is called 'cifar'"),
        ("train nan.npz", "NaN or infinite samples"),
        ("train digits --network cnn", "Unknown network 'cnn'; expected one of dense, softmax"),
        ("train digits --pattern stripes", "Unknown pattern 'stripes'; expected one of banded"),
        ("train digits --pattern random:k=40", "draws 2k of the 33 offsets of width 64"),
        ("train digits --pattern=", "Unknown pattern ''"),
        ("train digits --network dense --pattern banded", "has no pattern; leave it out"),
        ("train digits --epochs 0", "Training takes at least 1 epoch. Received: 0"),
        ("train digits --learning-rate nan", "between 0 and 10. Received: nan"),
        ("train digits --seed -1", "The seed is 0 to 2147483647. Received: -1"),
        ("train digits --out note", "cannot write to note: it is a file; name a folder"),
        ("train digits --out note/run", "cannot write to note/run: Not a directory"),
        ("convert absent", "no model at absent; expected a .keras file or a run folder"),
        ("convert none.keras", "none.keras is not a .keras file"),
        (
            "convert digits.keras",
            "digits.keras does not say what data it was trained on; give --dataset a name",
        ),
        ("convert digits.keras --dataset cifar", "no data set is called 'cifar'"),
        ("convert digits.keras --dataset six.npz", "maps (64,) to (10,), the data set six"),
        ("convert digits.keras --dataset digits --lowering fft", "Unknown lowering 'fft'"),
        (
            "convert heads.keras --dataset digits --lowering gather",
            "No layer of the model has a lowering 'gather'; it has: convolution",
        ),
        ("convert digits.keras --dataset digits --dtype int4", "Unknown dtype 'int4'"),
        (
            "convert digits.keras --dataset digits --calibration-rows 0",
            "at least 1 row. Received: 0",
        ),
        ("convert digits.keras --dataset digits --ends int4", "int8 or uint8 or float32. Received"),
        (
            "convert digits.keras --dataset digits --prefer fame",
            "Unknown preference 'fame'; expected one of time, bytes",
        ),
        (
            "convert digits.keras --dataset digits --lowering signal",
            "is for the target tflm in int8 throughout",
        ),
        ("convert digits.keras --dataset digits --costs absent", "cannot read absent"),
        ("convert digits.keras --dataset digits --costs note", "note is not JSON"),
        ("study calibrate-costs --runtime phone", "Unknown runtime 'phone'"),
        ("study calibrate-costs --dtype int4", "Unknown dtype 'int4'"),
        ("study calibrate-costs --out note", "cannot write to note: it is a file; name a folder"),
        ("convert digits.keras --dataset digits --out note/x.tflite", "note is a file"),
        ("convert digits.keras --dataset digits --out x.zip", "x.zip is not named .tflite"),
        ("convert digits.keras --report note/x.json", "cannot write to note: it is a file"),
        ("convert digits.keras --dataset digits --target phone", "Unknown target 'phone'"),
        (
            "convert digits.keras --dataset digits --target android --strip",
            "A model for android carries the metadata that a stripped one lacks",
        ),
        (
            "convert digits.keras --dataset digits --dtype int8x4",
            "int8x4 is for convolutions of two values a channel, of which this model has none",
        ),
        (
            "study verify-lowerings --width 65",
            "Unknown 65; expected one of 64, 187, 784, 1000, 1024",
        ),
        ("study verify-lowerings --pattern stripes", "Unknown 'stripes'; expected one of banded"),
        ("study verify-lowerings --network dense", "Unknown 'dense'; expected one of layer, heads"),
        ("study verify-lowerings --out note", "cannot write to note/cases: Not a directory"),
        ("convert digits.keras --dataset digits --require gpu", "Unknown runtime 'gpu'; expected"),
        ("inspect", "Missing argument 'model'; see tvscm --help"),
        ("inspect absent.tflite", "cannot read absent.tflite: No such file or directory"),
        ("inspect none.tflite", "none.tflite: not a TFLite model"),
        ("inspect none.tflite --costs c.json", "--costs is for --target: name one"),
        ("study calibrate-costs --runtime android:A --runtime android:B", "one device at a time"),
        ("inspect none.tflite --tflite new", "a TFLite release is numbers and dots"),
        ("summary", "Missing argument 'model'; see tvscm --help"),
        ("summary absent", "no model at absent; expected a .keras file or a run folder"),
        ("summary none.keras", "none.keras is not a .keras file"),
        ("compress absent", "no model at absent; expected a .keras file or a run folder"),
        ("compress none.keras", "none.keras is not a .keras file"),
        (
            "compress digits.keras",
            "digits.keras does not say what data it was trained on; give --dataset a name",
        ),
        (
            "compress digits.keras --dataset six.npz",
            "maps (64,) to (10,), the data set six",
        ),
        ("compress digits.keras --dataset digits", "no Dense layer to swap beside its last"),
        ("compress digits.keras --dataset digits --layer x", "no Dense layer 'x'; it has: head"),
        ("compress digits.keras --dataset digits --layer head --epochs 0", "are at least 1"),
        (
            "compress digits.keras --dataset digits --layer head --pattern stripes",
            "Unknown pattern 'stripes'",
        ),
        ("compress digits.keras --dataset digits --out x.h5", "x.h5 is not named .keras"),
        ("quantize-aware absent", "no model at absent; expected a .keras file or a run folder"),
        ("quantize-aware digits.keras --dataset six.npz", "maps (64,) to (10,), the data set"),
        ("quantize-aware digits.keras --dataset digits --epochs 0", "are at least 1"),
        ("quantize-aware digits.keras --dataset digits --out x.h5", "x.h5 is not named .keras"),
        (
            "quantize-aware digits.keras --dataset digits --lowering rfft2d",
            "does not know how lowering 'rfft2d' rounds",
        ),
        ("compress digits.keras --dataset digits --out note/x.keras", "cannot write to note"),
        (
            "compress digits.keras --dataset digits --out digits.keras",
            "digits.keras stands there already, and keras-tvscm did not write it; name another",
        ),
        (
            "quantize-aware digits.keras --dataset digits --out digits.keras",
            "digits.keras stands there already, and keras-tvscm did not write it; name another",
        ),
        ("study explore digits", "Missing option '--parameters'; see tvscm --help"),
        ("study explore digits --parameters 0", "parameters, operations, candidates"),
        (
            "study explore digits --parameters 3 --candidates 2",
            "with at most 3 parameters; allow more",
        ),
        ("study explore digits --parameters 400 --epochs 0", "at least 1 epoch. Received: 0"),
        ("study explore digits --parameters 400 --out note", "cannot write to note: it is a file"),
        ("study training-cost --rounds 0", "Invalid value for '--rounds'"),
        ("study training-cost --width 0", "Invalid value for '--width'"),
        ("study training-cost --out note", "cannot write to note: it is a file; name a folder"),
        ("evaluate", "Missing argument 'models'; see tvscm --help"),
        ("evaluate absent.tflite", "cannot read absent.tflite: No such file or directory"),
        ("evaluate none.tflite", "none.tflite: not a TFLite model"),
        ("evaluate none.tflite --runtime phone", "Unknown runtime 'phone'; expected"),
        ("evaluate none.tflite --rounds 0", "Invalid value for '--rounds'"),
        ("study search cifar", "no data set is called 'cifar'"),
        ("study search mnist --data-dir absent", "data folder absent does not exist"),
        ("study search digits --nonzeros 0", "1 to 33 here. Received: nonzeros=0"),
        ("study search digits --nonzeros 34", "1 to 33 here. Received: nonzeros=34"),
        ("study search digits --tries 0", "at least 1 offset a step. Received: tries=0"),
        ("study search digits --seed -1", "The seed of a search is at least 0. Received: -1"),
        (
            "study search digits --out note/x.json",
            "cannot write to note: it is a file; name a folder",
        ),
        ("study search digits --out note", "note is not JSON"),
        ("study reproduce cifar", "no data set is called 'cifar'"),
        ("study reproduce mnist --data-dir absent", "data folder absent does not exist"),
        ("study reproduce digits --seeds 0", "seeds, draws, tries and workers are at least 1"),
        ("study reproduce digits --workers 0", "tries and workers are at least 1"),
        ("study reproduce digits --workers many", "Invalid value for '--workers'"),
        ("study reproduce digits --epochs 0", "Training takes at least 1 epoch. Received: 0"),
        ("study reproduce digits --out note", "cannot write to note: it is a file; name a folder"),
        ("demo --rounds 0", "Invalid value for '--rounds'"),
        ("demo --epochs 0", "Training takes at least 1 epoch. Received: 0"),
    ],
)
def test_misuse_is_one_line_and_leaves_nothing(tvscm, files, tmp_path, command, message):
    before = sorted(tmp_path.rglob("*"))
    code, out, err = tvscm(*command.split())
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith("tvscm: ")
    assert message in err[0]
    assert sorted(tmp_path.rglob("*")) == before


def test_numbers_too_large_to_train_on(tvscm, files, tmp_path, eager):
    code, out, err = tvscm("train", "huge.npz", "--network", "softmax", "--out", "run")
    assert (code, out, len(err)) == (2, [], 1)
    assert "The loss is not finite after epoch 1; use a smaller learning rate" in err[0]
    assert sorted((tmp_path / "run").rglob("*")) == []


def test_our_own_arrays_may_bear_any_name(tvscm, files, tmp_path, eager):
    """Six features in a file called digits: its network is no 64 wide."""
    (tmp_path / "six.npz").rename(tmp_path / "digits.npz")
    code, out, _ = tvscm("train", "digits.npz", "--network", "dense", "--epochs", "1")
    assert code == 0
    assert f"dense on digits.npz: {6 * 6 + 6 + 6 * 3 + 3} parameters" in out[0]
    metrics = json.loads((tmp_path / out[-1]).with_name("metrics.json").read_text())
    assert metrics["recipe"]["dataset"] == "digits.npz"
