"""`classify`: models of every form, files, streams, and one line for what is wrong."""

import json
import sys
from contextlib import ExitStack

import keras
import numpy as np
import pytest

from keras_tvscm.ecg import sample_stream
from keras_tvscm.ecg.ec57 import NOTICE
from keras_tvscm.models import networks

from ..ecg.early import BIAS, KERNEL
from ..ecg.made import EARLY, PREMATURE, beats_at, premature, record, wfdb

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The same network as a run folder, and as a `.tflite` file without a record."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("models")
    model = keras.Sequential([keras.Input((len(KERNEL),)), keras.layers.Dense(4)])
    model.set_weights([KERNEL, BIAS])
    (folder / "run").mkdir()
    model.save(folder / "run" / "model.keras")
    ec57 = {"test": {"all": {"false_positive_rate": {"S": 0.02, "V": 0.01}}}}
    metrics = {"recipe": {"dataset": "heartbeat-rhythm"}, "classes": list("NSVF"), "ec57": ec57}
    (folder / "run" / "metrics.json").write_text(json.dumps(metrics))
    traced = tf.function(
        lambda x: x @ KERNEL + BIAS, input_signature=[tf.TensorSpec((1, len(KERNEL)))]
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [traced.get_concrete_function()], tf.Module()
    )
    (folder / "early.tflite").write_bytes(converter.convert())
    networks.build("softmax", "digits").save(folder / "digits.keras")
    (folder / "none.tflite").write_text("not a model")
    return folder


def test_a_record(tvscm, models, tmp_path):
    premature(tmp_path)
    command = ("classify", "p1", "--model", models / "run", "--annotator", "atr")
    code, out, err = tvscm(*command, "--json")
    assert code == 0
    document = json.loads("\n".join(out))
    assert document["classes"] == {"N": 71, "S": 1, "V": 0, "F": 0}
    assert document["ec57"]["sensitivity"]["S"] == document["ec57"]["predictivity"]["S"] == 1
    assert document["false_alarms_an_hour"] == {"S": 90.0, "V": 45.0}
    assert document["notice"] in err
    names = ["p1-beats/p1.beats.csv", "p1-beats/p1.tvscm", "p1-beats/p1.svg"]
    assert document["files"] == names
    table = (tmp_path / names[0]).read_text().splitlines()
    assert len(table) == 74 and table[2 + EARLY].split(",")[2] == "S"
    assert wfdb.rdann(str(tmp_path / "p1-beats" / "p1"), "tvscm").symbol[1 + EARLY] == "S"
    # What it wrote it may replace.
    assert tvscm(*command, "--quiet", "--plot", "none") == (0, names[:2], [])


def test_a_table_and_a_tflite_model(tvscm, models, tmp_path):
    np.savetxt(tmp_path / "h.csv", beats_at(PREMATURE[:36], 250, 30), "%.4f")
    options = ("--rate", 250, "--plot", "png", "--from", "0:10", "-o", ".")
    code, out, err = tvscm("classify", "h.csv", "--model", models / "early.tflite", *options)
    assert (code, err) == (0, [])
    assert out[1] == "36 beats: N 36, S 0 (0.00 %), V 0 (0.00 %), F 0 (0.00 %)"
    assert out[-3:] == ["h.beats.csv", "h.tvscm", "h.png"]
    # Its own classes are no annotations.
    code, _, err = tvscm(
        "classify", "h.csv", "--model", models / "run", "--rate", 250, "--annotator", "beats"
    )
    assert code == 2 and "no table of seconds and symbols" in err[0]


def test_files_of_others_stay(tvscm, models, tmp_path):
    premature(tmp_path)
    (tmp_path / "p1.tvscm").write_bytes(b"mine")
    command = ("classify", "p1", "--model", models / "early.tflite", "-o", ".")
    code, out, err = tvscm(*command)
    assert (code, out) == (2, []) and "p1.tvscm stands there already" in err[0]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".atr", ".dat", ".hea", ".tvscm"]
    code, out, _ = tvscm(*command, "--overwrite", "--plot", "none")
    assert code == 0 and out[-2:] == ["p1.beats.csv", "p1.tvscm"]


@pytest.fixture
def piped(monkeypatch):
    """Let a file be standard input."""
    with ExitStack() as stack:
        yield lambda path: monkeypatch.setattr(sys, "stdin", stack.enter_context(path.open("rb")))


@pytest.mark.parametrize("form", ["int16", "text"])
def test_a_stream(tvscm, models, tmp_path, piped, form):
    signal = beats_at(PREMATURE[:45], 250, 36.5)
    if form == "int16":
        (tmp_path / "s").write_bytes(np.rint(1000 * signal).astype("<i2").tobytes())
    else:
        np.savetxt(tmp_path / "s", 1000 * signal, "%.0f")
    piped(tmp_path / "s")
    options = ("--rate", 250, "--gain", 1000, "--model", models / "early.tflite")
    code, out, err = tvscm("classify", "--stream", form, *options)
    *beats, last = map(json.loads, out)
    assert code == 0
    assert [beat["class"] for beat in beats] == ["S" if i == EARLY else "N" for i in range(45)]
    assert all(0 < beat["latency_ms"] <= 2060 and beat["compute_ms"] > 0 for beat in beats[:-1])
    assert last["summary"]["classes"]["S"] == 1
    assert err[0] == err[-1] == last["summary"]["notice"]
    assert list(tmp_path.iterdir()) == [tmp_path / "s"]


def test_a_stream_that_is_stopped(tvscm, models, tmp_path, monkeypatch, piped):
    def stopped(*arguments):
        yield beats_at(PREMATURE, 250, 10).astype(np.float32)
        raise KeyboardInterrupt

    (tmp_path / "s").touch()
    piped(tmp_path / "s")
    monkeypatch.setattr(sample_stream, "blocks", stopped)
    code, out, err = tvscm(
        "classify", "--stream", "text", "--rate", 250, "--model", models / "early.tflite"
    )
    assert code == 130 and err[-1].startswith("tvscm: stopped")
    summary = json.loads(out[-1])["summary"]
    assert summary["beats"] == len(out) - 1 == 11


@pytest.fixture
def recordings(tmp_path):
    def flat(signals):
        signals[:] = 0.2

    premature(tmp_path)
    record(tmp_path, "flat", change=flat)
    record(tmp_path, "late")
    wfdb.wrann("late", "atr", np.array([86, 9000]), ["N", "N"], write_dir=str(tmp_path))
    record(tmp_path, "alone")
    (tmp_path / "alone.dat").unlink()
    (tmp_path / "empty.csv").touch()
    np.savetxt(tmp_path / "mv.csv", beats_at(PREMATURE, 250, 5))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("p1", "no model; give --model a run folder"),
        ("p1 --model absent", "no model at absent; expected a run folder, a .keras or .tflite"),
        ("p1 --model zoo:none", "the zoo has no 'none'"),
        ("p1 --model M/digits.keras", "takes 64 numbers; expected the 238 of a heartbeat"),
        ("p1 --model zoo:mnist-fast", "was trained on mnist, and takes 784 numbers; expected"),
        ("p1 --model M/none.tflite", "not a TFLite model"),
        ("--model M/early.tflite", "no recording; give a WFDB record"),
        ("none --model M/early.tflite", "there is no none.hea beside it"),
        ("p1 --model M/early.tflite --lead V9", "no lead 'V9'; it has II"),
        ("p1 --model M/early.tflite --annotator qrs", "there is no p1.qrs beside it"),
        ("p1 --model M/early.tflite --rate 250", "the rate of a WFDB record is in its header"),
        ("p1 --model M/early.tflite --plot pdf", "--plot is svg, png or none. Received: pdf"),
        ("p1 --model M/early.tflite --from soon", "--from takes hours, minutes and seconds"),
        ("p1 --model M/early.tflite --from 1:00:00", "past the end of the recording, 00:01:00"),
        ("p1 --model M/early.tflite --gain 2", "--gain is for a stream"),
        ("flat --model M/early.tflite", "lead II is flat or missing throughout; was it off?"),
        ("late --annotator atr --model M/early.tflite", "1 of 2 annotations are past the end"),
        ("alone --model M/early.tflite", "there is no alone.dat beside it"),
        ("empty.csv --model M/early.tflite", "empty.csv is empty"),
        ("mv.csv --model M/early.tflite", "has no column of time; give its rate"),
        ("p1 --stream text --model M/early.tflite", "--stream reads standard input; leave p1 out"),
        ("--stream wav --model M/early.tflite", "--stream is int16 or text. Received: wav"),
        ("--stream text --model M/early.tflite", "a stream does not say its rate; give --rate"),
        ("--stream text --rate 9 --model M/early.tflite", "9 samples a second; expected 100"),
        ("--stream text --rate 250 --gain 0 --model M/early.tflite", "above 0. Received: 0"),
        ("--stream text --lead II --model M/early.tflite", "--lead is for a recording"),
        ("--stream text --rate 250 --json --model M/early.tflite", "leave --json out"),
        ("--stream text --rate 250 --model M/early.tflite", "standard input is empty"),
    ],
)
@pytest.mark.usefixtures("recordings")
def test_one_line(tvscm, models, tmp_path, piped, command, message):
    piped(tmp_path / "empty.csv")
    before = sorted(tmp_path.iterdir())
    code, out, err = tvscm("classify", *command.replace("M/", f"{models}/").split())
    assert (code, out) == (2, [])
    assert message in err[-1]
    assert err[:-1] in ([], [NOTICE])
    assert sorted(tmp_path.iterdir()) == before
