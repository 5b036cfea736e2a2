"""The commands: what they print, and one line for everything that can be asked wrongly."""

import io
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from joblib import cpu_count
from rich.console import Console

from keras_tvscm import console, datasets, networks, reproduce, saved_model
from keras_tvscm.cli import main
from keras_tvscm.convert.runtimes import NAMES
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.eval import training_cost
from keras_tvscm.training import recipe_for, train

COMMANDS = (
    *("data", "train", "compress", "quantize-aware", "summary"),
    *("convert", "inspect", "setup-tflite-runtime", "evaluate", "calibrate-costs"),
    *("search", "explore", "reproduce", "training-cost", "demo"),
)


@pytest.fixture
def tvscm(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder: its exit code, and the lines that it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TVSCM_DATA", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tvscm", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out.splitlines(), err.splitlines()

    return run


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


def everything(folder):
    return sorted(path for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "Missing command; see tvscm --help"),
        ("fly", "No such command 'fly'; see tvscm --help"),
        ("train", "Missing argument 'dataset'; see tvscm --help"),
        ("train digits --fast", "No such option: --fast; see tvscm --help"),
        ("train digits --epochs few", "Invalid value for '--epochs'"),
        ("data cifar", "no data set is called 'cifar'; expected mnist, heartbeat"),
        ("data mnist --data-dir absent", "data folder absent does not exist"),
        ("data absent.npz", "cannot read absent.npz: No such file or directory"),
        ("data nan.npz", "train: NaN or infinite samples in 1 of 60 rows, the first is row 7"),
        ("train cifar", "no data set is called 'cifar'"),
        ("train nan.npz", "NaN or infinite samples"),
        ("train digits --network cnn", "Unknown network 'cnn'; expected one of dense, tvscm"),
        ("train digits --pattern stripes", "Unknown pattern 'stripes'; expected one of banded"),
        ("train digits --pattern random:k=40", "draws 2k of the 33 offsets of width 64"),
        ("train digits --pattern=", "Unknown pattern ''"),
        ("train digits --network dense --pattern banded", "leave --pattern out"),
        ("train digits --epochs 0", "Training takes at least 1 epoch. Received: 0"),
        ("train digits --learning-rate nan", "between 0 and 10. Received: nan"),
        ("train digits --seed -1", "The seed is 0 to 2147483647. Received: -1"),
        ("train digits --out note", "cannot write to note: it is a file; name a folder"),
        ("train digits --out note/run", "cannot write to note/run: Not a directory"),
        ("convert absent", "no model at absent; expected a .keras file or a run folder"),
        ("convert none.keras", "none.keras is not a .keras file"),
        ("convert digits.keras", "no metrics.json that names the data set; pass --dataset"),
        ("convert digits.keras --dataset cifar", "no data set is called 'cifar'"),
        ("convert digits.keras --dataset six.npz", "maps 64 inputs to 10 outputs"),
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
        ("convert digits.keras --dataset digits --prefer fame", "expected time or bytes"),
        ("convert digits.keras --dataset digits --lowering signal", "is for --target tflm"),
        ("convert digits.keras --dataset digits --costs absent", "cannot read absent"),
        ("convert digits.keras --dataset digits --costs note", "note is not JSON"),
        ("calibrate-costs --runtime phone", "Unknown runtime 'phone'"),
        ("calibrate-costs --dtype int4", "Unknown dtype 'int4'"),
        ("calibrate-costs --out note", "cannot write to note: it is a file; name a folder"),
        ("convert digits.keras --dataset digits --out note/x.tflite", "note is a file"),
        ("convert digits.keras --dataset digits --out x.zip", "x.zip is not named .tflite"),
        ("convert digits.keras --report note/x.json", "cannot write to note: it is a file"),
        ("convert digits.keras --dataset digits --target phone", "Unknown target 'phone'"),
        ("convert digits.keras --dataset digits --require gpu", "Unknown runtime 'gpu'; expected"),
        ("inspect", "Missing argument 'model'; see tvscm --help"),
        ("inspect absent.tflite", "cannot read absent.tflite: No such file or directory"),
        ("inspect none.tflite", "none.tflite: not a TFLite model"),
        ("inspect none.tflite --tflite new", "a TFLite release is numbers and dots"),
        ("summary", "Missing argument 'model'; see tvscm --help"),
        ("summary absent", "no model at absent; expected a .keras file or a run folder"),
        ("summary none.keras", "none.keras is not a .keras file"),
        ("compress absent", "no model at absent; expected a .keras file or a run folder"),
        ("compress none.keras", "none.keras is not a .keras file"),
        ("compress digits.keras", "no metrics.json that names the data set; pass --dataset"),
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
        ("explore digits", "Missing option '--parameters'; see tvscm --help"),
        ("explore digits --parameters 0", "--parameters, --operations, --candidates"),
        ("explore digits --parameters 3 --candidates 2", "with at most 3 parameters; allow more"),
        ("explore digits --parameters 400 --epochs 0", "at least 1 epoch. Received: 0"),
        ("explore digits --parameters 400 --out note", "cannot write to note: it is a file"),
        ("training-cost --rounds 0", "Invalid value for '--rounds'"),
        ("training-cost --width 0", "Invalid value for '--width'"),
        ("training-cost --out note", "cannot write to note: it is a file; name a folder"),
        ("evaluate", "Missing argument 'models'; see tvscm --help"),
        ("evaluate absent.tflite", "cannot read absent.tflite: No such file or directory"),
        ("evaluate none.tflite", "none.tflite: not a TFLite model"),
        ("evaluate none.tflite --runtime phone", "Unknown runtime 'phone'; expected"),
        ("evaluate none.tflite --rounds 0", "Invalid value for '--rounds'"),
        ("search cifar", "no data set is called 'cifar'"),
        ("search mnist --data-dir absent", "data folder absent does not exist"),
        ("search digits --nonzeros 0", "1 to 33 here. Received: nonzeros=0"),
        ("search digits --nonzeros 34", "1 to 33 here. Received: nonzeros=34"),
        ("search digits --tries 0", "at least 1 offset a step. Received: tries=0"),
        ("search digits --seed -1", "The seed of a search is at least 0. Received: -1"),
        ("search digits --out note/x.json", "cannot write to note: it is a file; name a folder"),
        ("search digits --out note", "note is not JSON"),
        ("reproduce cifar", "no data set is called 'cifar'"),
        ("reproduce mnist --data-dir absent", "data folder absent does not exist"),
        ("reproduce digits --seeds 0", "--seeds, --draws, --tries and --workers are at least 1"),
        ("reproduce digits --workers 0", "--tries and --workers are at least 1"),
        ("reproduce digits --workers many", "Invalid value for '--workers'"),
        ("reproduce digits --epochs 0", "Training takes at least 1 epoch. Received: 0"),
        ("reproduce digits --out note", "cannot write to note: it is a file; name a folder"),
        ("demo --rounds 0", "Invalid value for '--rounds'"),
        ("demo --epochs 0", "Training takes at least 1 epoch. Received: 0"),
    ],
)
def test_misuse_is_one_line_and_leaves_nothing(tvscm, files, tmp_path, command, message):
    before = everything(tmp_path)
    code, out, err = tvscm(*command.split())
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith("tvscm: ")
    assert message in err[0]
    assert everything(tmp_path) == before


def test_numbers_too_large_to_train_on(tvscm, files, tmp_path, eager):
    code, out, err = tvscm("train", "huge.npz", "--network", "softmax", "--out", "run")
    assert (code, out, len(err)) == (2, [], 1)
    assert "The loss is not finite after epoch 1; use a smaller --learning-rate" in err[0]
    assert everything(tmp_path / "run") == []


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped; train, search, explore and reproduce go on"),
        (CheckError("too\nfar apart"), 1, "too far apart"),
        (InputError("two\n  lines"), 2, "two lines"),
    ],
)
def test_exit_codes(tvscm, monkeypatch, raised, code, message):
    def load(*arguments, **options):
        raise raised

    monkeypatch.setattr(datasets, "load", load)
    found, out, err = tvscm("data", "digits")
    assert (found, out, len(err)) == (code, [], 1)
    assert err[0].startswith(f"tvscm: {message}")


def test_a_fault_of_our_own_is_not_hidden(monkeypatch):
    def load(*arguments, **options):
        raise RuntimeError("ours")

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.setattr(sys, "argv", ["tvscm", "data", "digits"])
    with pytest.raises(RuntimeError, match="ours"):
        main()


def test_help_lists_the_commands(tvscm):
    code, out, err = tvscm("--help")
    assert (code, err) == (0, [])
    listed = [line.split()[0] for line in out[out.index("Commands:") + 1 :] if line.strip()]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_data_counts_the_rows(tvscm):
    code, out, err = tvscm("data", "digits")
    assert (code, err) == (0, [])
    assert out[1] == "64 features a row"
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
    assert "holds a run with epochs=1, not 2; choose another --out" in err[0]


def test_convert_says_what_it_folded_and_names_the_file_by_what_was_asked(tvscm, tmp_path):
    """With all `a` and `b` positive the network is a softmax regression."""
    digits = datasets.load("digits")
    model = networks.build("tvscm", "digits", pattern="banded")
    model.get_layer("tvscm").b.assign(0.1)
    model.get_layer("tvscm").trainable = False
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(digits.train.x, digits.train.y, epochs=20, verbose=0)
    model.save(tmp_path / "m.keras")
    said = "the ReLU of layer 'tvscm' never clips on inputs 0 to 1"
    code, lines, _ = tvscm("convert", "m.keras", "--dataset", "digits")
    assert (code, lines[0]) == (0, f"{said}: it was folded into the Dense layer after it")
    assert lines[-1] == "litert-int8.tflite"
    options = ["--no-collapse", "--lowering", "unrolled"]
    _, lines, _ = tvscm("convert", "m.keras", "--dataset", "digits", *options)
    assert lines[0] == f"{said}: the Dense layer after it could do its work"
    assert lines[-1] == "litert-unrolled-int8.tflite"


@pytest.fixture(scope="session")
def half_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("half") / "run"
    recipe = recipe_for("digits", "tvscm", pattern="half:seed=3", epochs=40)
    train(recipe, datasets.load("digits"), folder)
    return folder


def test_convert_explains_its_choice(tvscm, tmp_path, half_run):
    options = ["--target", "tflm", "--explain", "--no-collapse"]
    code, lines, err = tvscm("convert", half_run, "-o", "m.tflite", *options)
    assert (code, err) == (0, [])
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    (chosen,) = (line.split() for line in lines if " chosen" in line)
    assert chosen[1] == record["lowerings"]["tvscm"]
    for one in record["candidates"]:
        assert any(line.split()[1:2] == [one["lowering"]] for line in lines)
    code, _, _ = tvscm("convert", half_run, "-o", "s.tflite", "--prefer", "bytes", "--no-collapse")
    assert code == 0
    assert (tmp_path / "s.tflite").stat().st_size == min(
        one["bytes"]
        for one in json.loads((tmp_path / "s.tflite.json").read_text())["candidates"]
        if one["bytes"]
    )


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


def test_search_prints_what_train_takes(tvscm, tmp_path, eager):
    command = ["search", "digits", "--nonzeros", "2", "--tries", "2"]
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


def test_compress_a_model_of_plain_keras(tvscm, tmp_path, eager):
    """The example of the documentation, from the training to the table."""
    example = Path(__file__).parents[2] / "docs/examples/dense_network.py"
    made = subprocess.run(
        [sys.executable, example, "digits", "dense.keras", "--epochs", "20"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    dense = keras.models.load_model(tmp_path / "dense.keras")
    options = "--epochs 8 --pattern random:k=1,seed=2 --learning-rate 0.02"
    code, out, err = tvscm("compress", "dense.keras", "--dataset", "digits", *options.split())
    assert (code, err) == (0, [])
    assert out[-1] == "dense-compressed.keras"
    small = saved_model.load(tmp_path / out[-1])
    assert small.count_params() == 2 * (2 + 64) + 650
    record = json.loads((tmp_path / "dense-compressed.keras.json").read_text())
    assert record["before"]["parameters"] == dense.count_params() == 2 * 64 * 65 + 650
    assert [one["name"] for one in record["layers"]] == [one.name for one in dense.layers[:2]]
    assert all(0 < one["nearest_keeps"] < 0.1 for one in record["layers"])
    data = datasets.load("digits")
    top = np.argmax(small(data.test.x), axis=1)
    assert record["after"]["test"]["accuracy"] == pytest.approx(np.mean(top == data.test.y))
    assert record["after"]["test"]["accuracy"] > 0.6
    after = next(line.split() for line in out if line.startswith("after"))
    assert after[1] == "782"
    assert after[-1] == f"{100 * record['after']['test']['accuracy']:.2f}"
    assert any("11.5 times fewer parameters" in line for line in out)


def test_quantize_aware_writes_a_model_and_its_scores(tvscm, finished, tiny, tmp_path):
    pytest.importorskip("keras_tvscm.fake_quantized")
    x, y, x_test, y_test = tiny.train.x, tiny.train.y, tiny.test.x, tiny.test.y
    np.savez(tmp_path / "tiny.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    options = "--dataset tiny.npz --epochs 1 -o out.keras"
    code, out, _ = tvscm("quantize-aware", finished, *options.split())
    assert (code, out[-1]) == (0, "out.keras")
    made = saved_model.load(tmp_path / "out.keras")
    record = json.loads((tmp_path / "out.keras.json").read_text())
    right = np.argmax(made(x_test), axis=1) == y_test
    assert record["after"]["test"]["accuracy"] == pytest.approx(np.mean(right))


def test_compress_takes_a_run_folder_and_labels(tvscm, tmp_path, eager):
    _, out, _ = tvscm("train", "digits", "--network", "dense", "--epochs", "2")
    run = str(Path(out[-1]).parent)
    code, out, err = tvscm("compress", run, "--labels", "--layer", "hidden", "--epochs", 2)
    assert (code, err) == (0, [])
    assert out[-1] == f"{run}/compressed.keras"
    record = json.loads((tmp_path / f"{out[-1]}.json").read_text())
    assert (record["trained_on"], record["temperature"]) == ("labels", None)
    assert record["after"]["parameters"] == 2 + 64 + 650


def test_explore_prints_what_train_takes(tvscm, tmp_path, eager, monkeypatch):
    # Set before a training in this process would set them for the rest of the tests.
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "1")
    options = "--parameters 400 --operations 9000 --candidates 2 --seeds 1 --epochs 1 --workers 1"
    code, out, err = tvscm("explore", "digits", *options.split())
    assert (code, err) == (0, [])
    assert (tmp_path / "runs/explore-digits-400/results.md").exists()
    command = out[-1].split()
    assert command[:4] == ["tvscm", "train", "digits", "--network"]
    code, out, err = tvscm(*command[1:], "--epochs", "1")
    assert (code, err) == (0, [])


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


def test_reproduce_passes_on_what_it_is_asked(tvscm, tmp_path, monkeypatch):
    """The study itself is tested in test_reproduce.py."""
    asked = {}

    def study(data, folder, bar, **options):
        asked.update(options, data=data.name, folder=str(folder))
        folder.mkdir(parents=True)
        (folder / "results.md").write_text("# Accuracy")

    monkeypatch.setattr(reproduce, "reproduce", study)
    options = "--seeds 2 --draws 3 --tries 4 --epochs 5 --workers 6 --ray head:7"
    code, out, err = tvscm("reproduce", "digits", *options.split())
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
        "command": f"tvscm reproduce digits {options}",
    }
    tvscm("reproduce", "digits", "--out", "own")
    assert (asked["folder"], asked["workers"], asked["ray"]) == ("own", cpu_count(), None)


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """A softmax regression on digits: it converts, and within seconds."""
    folder = tmp_path_factory.mktemp("digits") / "run"
    train(recipe_for("digits", "softmax", epochs=8), datasets.load("digits"), folder)
    return folder


def test_convert_writes_model_record_sources_and_report(tvscm, digits_run, tmp_path, monkeypatch):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "cache"))
    command = "--out m.tflite --target tflm --require litert-builtin --report report.json"
    code, out, err = tvscm("convert", digits_run, *command.split())
    assert (code, err) == (0, [])
    assert out[-1] == "m.tflite"
    assert [path.name for path in everything(tmp_path)] == [
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
    found = json.loads("\n".join(out))
    assert found["bytes"]["weights"] == 36
    assert found["support"][-1]["runs"] == "no"

    (tmp_path / "cut.tflite").write_bytes(path.read_bytes()[:500])
    code, out, err = tvscm("inspect", "cut.tflite")
    assert (code, out, len(err)) == (2, [], 1)
    assert "cut.tflite: truncated or damaged TFLite model" in err[0]


def test_summary_of_a_run_folder_and_of_a_file(tvscm, tmp_path):
    (tmp_path / "run").mkdir()
    networks.build("tvscm", "digits").save(tmp_path / "run/model.keras")
    code, out, err = tvscm("summary", "run")
    assert (code, err) == (0, [])
    rows = [line.split() for line in out]
    assert ["tvscm", "64", "2", "4,096", "7", "128", "128"] in rows
    assert ["head", "(Dense)", "10", "650", "650", "640", "640"] in rows
    assert ["total", "652", "4,746", "7", "768", "768"] in rows
    assert out[-1] == "With dense layers in their place: 4,746 parameters, 7.3 times as many."
    assert tvscm("summary", "run/model.keras") == (0, out, [])


def test_summary_of_what_is_not_frozen_yet(tvscm, tmp_path):
    networks.build("heads", "digits").save(tmp_path / "learned.keras")
    code, out, err = tvscm("summary", "learned.keras")
    assert (code, err) == (0, [])
    assert out[-1].startswith("Not frozen yet: heads1. The patterns are still learned")


def test_our_own_arrays_may_bear_any_name(tvscm, files, tmp_path, eager):
    """Six features in a file called digits: its network is no 64 wide."""
    (tmp_path / "six.npz").rename(tmp_path / "digits.npz")
    code, out, _ = tvscm("train", "digits.npz", "--network", "dense", "--epochs", "1")
    assert code == 0
    assert f"dense on digits.npz: {6 * 6 + 6 + 6 * 3 + 3} parameters" in out[0]
    metrics = json.loads((tmp_path / out[-1]).with_name("metrics.json").read_text())
    assert metrics["recipe"]["dataset"] == "digits.npz"


def test_in_a_process_of_its_own(tmp_path):
    """--help without waiting for Keras, then one line, whatever native code has to say."""
    script = (
        "import sys\n"
        "sys.argv = ['tvscm', '--help']\n"
        "from keras_tvscm.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as stopped:\n"
        "    assert not stopped.code\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
        "sys.argv = ['tvscm', 'train', 'digits', '--pattern', 'random:k=40']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.startswith("Usage: tvscm")
    assert done.stderr == (
        "tvscm: A random pattern draws 2k of the 33 offsets of width 64. Received: k=40\n"
    )
    assert done.returncode == 2
    assert everything(tmp_path) == []


def screen(monkeypatch, terminal, failure=None):
    """What a terminal or a file is sent for one of two epochs, then perhaps a failure."""
    sent = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=sent, force_terminal=terminal, width=99))
    try:
        with console.epochs_bar(2, "training") as progress:
            progress(1, {"val_accuracy": 0.125})
            if failure:
                raise failure
    except (InputError, KeyboardInterrupt):
        pass
    return sent.getvalue()


def test_progress_is_for_terminals(monkeypatch):
    assert screen(monkeypatch, terminal=False) == ""
    shown = screen(monkeypatch, terminal=True)
    assert "training" in shown
    assert "1/2" in shown
    assert "validation accuracy 12.50 %" in shown


def test_bad_input_takes_the_progress_away(monkeypatch):
    erase = "\x1b[2K"
    stopped = screen(monkeypatch, terminal=True, failure=KeyboardInterrupt())
    assert "training" in stopped.rpartition(erase)[2]
    refused = screen(monkeypatch, terminal=True, failure=InputError("no"))
    assert "training" not in refused.rpartition(erase)[2]
