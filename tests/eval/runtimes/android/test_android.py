"""An Android device through the real adb: what it answers, and each way in which that can fail."""

import json
import re

import pytest

from keras_tvscm.convert.runtimes import Unavailable, in_child
from keras_tvscm.errors import InputError
from keras_tvscm.eval.compare import compare
from keras_tvscm.eval.energy import Energy, Range
from keras_tvscm.eval.model import read_model
from keras_tvscm.eval.runtimes import conversation, find
from keras_tvscm.eval.runtimes.android import Android
from keras_tvscm.eval.runtimes.android.benchmark_model import inference_microseconds
from keras_tvscm.eval.runtimes.android.options import parse
from keras_tvscm.eval.session import Session
from keras_tvscm.eval.studies import lowering_times
from keras_tvscm.eval.studies.lowering_times import Variant

# adbutils leaves a socket to the garbage collector where a device or adb is not there.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


def test_time_is_the_device_s_own(phone, linear):
    with find(f"android:{phone().serial},kernels=builtin,cpus=f").open() as window:
        loaded = window.load(linear.read("int8"), linear.x[0])
        assert [loaded.time(times) for times in (1, 1000)] == [1000, 1e6]
        assert loaded.call(10) is None
        assert (loaded.cold(), window.spin(), window.peak()) == (5000, 1e6, 50_000_000)


def test_the_record_says_which_device_it_was(phone):
    runtime = find(f"android:{phone().serial},threads=2")
    assert runtime.place == (
        "stand-in for a phone: keras-tvscm stand-in, no SoC, Android 14, governor schedutil, "
        "thermal status 0, airplane mode on, screen awake, xnnpack kernels of TFLite in the app, "
        "2 threads"
    )
    facts = runtime.facts()
    assert (facts["kind"], facts["sdk"], facts["threads"]) == ("stand-in", "34", 2)
    assert (facts["battery_percent"], facts["battery_celsius"]) == (80, 25.1)
    assert facts["charging"] is True


def test_a_comparison_of_two_devices(phone, linear, dataset, monkeypatch):
    """Both are in one report, with what they predict and what they say of themselves."""
    energy = Energy("measured_counter", Range(1.0, 2.0), "rails", "a device").to_json()
    monkeypatch.setattr(Android, "energy", lambda *given: [energy])
    models = [read_model(linear.folder / f"{name}.tflite") for name in ("int8", "float32")]
    names = [f"android:{phone().serial}", f"android:{phone().serial},threads=2"]
    found = compare(models, dataset, names, rounds=2, windows=1, battery=True, rapl=True)
    assert [m.runtime for m in found.measurements] == [name for name in names for _ in range(2)]
    figures = {(m.latency.median, m.latency.cold, m.peak_memory_bytes) for m in found.measurements}
    assert figures == {(1000, 5000, 50_000_000)}
    of_this_machine, counted = found.measurements[0].energy
    assert of_this_machine["method"] == "RAPL counts this machine, on which it does not run"
    assert counted == energy
    predicted = in_child("litert-xnnpack", models[0].content).predict(dataset.test.x)
    right = (predicted.argmax(axis=1) == dataset.test.y).mean()
    assert found.measurements[0].accuracy == found.measurements[2].accuracy == right > 0.9
    assert all(place.startswith("stand-in for a phone") for place in found.places.values())
    assert [facts["kind"] for facts in found.devices[names[0]]] == ["stand-in", "stand-in"]
    assert [facts["threads"] for facts in found.devices[names[1]]] == [2, 2]


def test_no_device(adb):
    with pytest.raises(InputError, match=r"^no Android device: connect one, switch on USB debugg"):
        find("android")


def test_several_devices(phone):
    first, second = sorted([phone().serial, phone().serial])
    with pytest.raises(InputError, match=f"^several Android devices: {first}, {second}; name one"):
        find("android")
    with pytest.raises(InputError, match=f"^no Android device pixel; adb devices lists {first}, "):
        find("android:pixel")


def test_a_device_that_does_not_know_this_computer(phone):
    with pytest.raises(InputError, match=r"^127\.0\.0\.1:\d+ is unauthorised: unlock it and allow"):
        find(f"android:{phone('unauthorized').serial}")


def test_a_device_without_the_app(phone, apk):
    plugged = phone(holds=False)
    with pytest.raises(InputError, match=r"^the demo app is not on 127.* make android and give"):
        find(f"android:{plugged.serial}")
    assert find(f"android:{plugged.serial},apk={apk}").facts()["app"]
    # It is there now.
    find(f"android:{plugged.serial}")


def test_a_device_that_is_full(phone, apk):
    with pytest.raises(InputError, match=r"does not take .*demo.apk: make room on it"):
        find(f"android:{phone('full', holds=False).serial},apk={apk}")


def test_an_app_of_another_key_or_version(phone, apk):
    with pytest.raises(InputError, match=r"signed with another key: adb uninstall org\.tvscm\.d"):
        find(f"android:{phone('other key', holds=False).serial},apk={apk}")
    with pytest.raises(InputError, match=r"is version 0\.0\.1, this is .*: build it with make and"):
        find(f"android:{phone(app='old').serial}")
    with pytest.raises(InputError, match=r"does not start on .*: Process crashed\.; install"):
        find(f"android:{phone(app='crashes').serial}")


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("malforms time", "the runtime answers 'hello' to 'time 0 1'"),
        ("ends at time", "the app ends on this model, or stops within an answer"),
        ("stops in time", "the app ends on this model, or stops within an answer"),
        ("never answers time", "no answer within 1 s in a process of its own"),
        ("malforms predict", "the runtime answers 'hello' to 'predict 1'"),
    ],
)
def test_an_app_that_fails(phone, linear, monkeypatch, app, said):
    """It is a reason, and the next window works."""
    monkeypatch.setattr(conversation, "SECONDS", 1)
    runtime = find(f"android:{phone(app=app).serial}")
    with pytest.raises(Unavailable, match=f"^{said}"), runtime.open() as window:
        window.load(linear.read("int8"), None).time(1)
        window.predict(linear.read("int8"), linear.x)
    with runtime.open() as window:
        assert window.spin() > 0


def test_an_answer_that_comes_in_pieces(phone, linear):
    """As over a busy cable."""
    with find(f"android:{phone(app='pauses in time').serial}").open() as window:
        assert window.load(linear.read("int8"), None).time(1) == 1000


def test_a_model_that_the_device_refuses(phone):
    from keras_tvscm.convert.tflite.smallest import smallest

    with find(f"android:{phone(app='refuses').serial}").open() as window:
        with pytest.raises(Unavailable, match=r"^LiteRT: not a model$"):
            window.load(smallest(), None)
        assert window.spin() > 0


def test_a_device_that_is_unplugged(phone, linear, dataset, tmp_path, monkeypatch):
    """What was measured is kept, and goes on where the device is there again."""
    plugged = phone()
    model = read_model(linear.folder / "int8.tflite")
    log = tmp_path / "log.jsonl"

    def unplug_before(step, total, label):
        if label.startswith("latency: window 2"):
            plugged.unplug()

    arguments = [model], dataset, [f"android:{plugged.serial}"]
    with pytest.raises(InputError, match=r"has gone, or does not answer .* --resume goes on with"):
        compare(*arguments, rounds=2, windows=2, session=Session(log), progress=unplug_before)
    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()[1:]]
    assert steps[-1] == "window 0"
    with pytest.raises(InputError, match=r"no Android device|is offline"):
        compare(*arguments, rounds=2, windows=2, session=Session(log, resume=True))
    again = phone(port=plugged.port)
    assert again.serial == plugged.serial
    result = compare(*arguments, rounds=2, windows=2, session=Session(log, resume=True))
    [measured] = result.measurements
    assert len(measured.latency.windows) == 2
    after = [json.loads(line)["step"] for line in log.read_text().splitlines()[1:]]
    assert after[: len(steps)] == steps and after.count("window 0") == 1


def test_litert_s_own_benchmark(phone, linear, tmp_path):
    """A program that writes what benchmark_model writes; the app still predicts."""
    program = tmp_path / "benchmark_model"
    program.write_text(BENCHMARK_MODEL)
    plugged = phone()
    runtime = find(f"android:{plugged.serial},threads=2,benchmark_model={program}")
    assert runtime.place.endswith("timed by LiteRT's benchmark_model")
    with runtime.open() as window:
        assert window.spin() is None
        loaded = window.load(linear.read("int8"), None)
        # The script's mean is the number of its threads and of its runs, in µs.
        assert loaded.time(5) == 1000 * 25 * 5
        assert loaded.call(1) is None and loaded.cold() is None
    assert len(runtime.predict(linear.read("int8"), linear.x)) == len(linear.x)


def test_a_table_of_costs_is_measured_on_the_device(phone, linear, monkeypatch):
    case = [
        Variant(12, "banded", dtype, lowering, linear.read(dtype))
        for dtype, lowering in (("int8", "dense"), ("float32", "unrolled"))
    ]
    monkeypatch.setattr(lowering_times, "variants", lambda *asked: case)
    runtimes = [f"android:{phone().serial}"]
    [table], results = lowering_times.calibrate(
        runtimes=runtimes, widths=[12], patterns=["banded"], dtypes=["int8"], rounds=1
    )
    assert table.runtime == "android"
    assert table.microseconds(linear.read("int8")) == pytest.approx(1)
    assert results["devices"][runtimes[0]]["kind"] == "stand-in"
    page = lowering_times.as_markdown(results)
    assert "## android, int8\n\nMeasured on stand-in for a phone: keras-tvscm" in page


BENCHMARK_MODEL = """#!/bin/sh
for word; do
  case $word in
    --num_threads=*) threads=${word#*=} ;;
    --num_runs=*) runs=${word#*=} ;;
    --graph=*) [ "$(head -c 8 ".${word#*=}" 2> /dev/null | tail -c 4)" = TFL3 ] || true ;;
  esac
done
echo 'INFO: STARTING!'
echo "INFO: count=$runs first=9 curr=9 min=9 max=9 avg=9 std=0"
echo "INFO: Inference timings in us: Init: 12345, First inference: 98, Warmup (avg): 8, \
Inference (avg): $threads$runs"
echo 'INFO: Memory footprint delta from the start of the tool (MB): init=1.5 overall=2.5'
"""


@pytest.mark.parametrize(
    ("said", "microseconds"),
    [
        ("Inference timings in us: Init: 5, Inference (avg): 7654.32\nmore", 7654.32),
        ("Warmup (avg): 3.5e+06, Inference (avg): 2.95034e+06", 2950340),
    ],
)
def test_what_benchmark_model_writes(said, microseconds):
    assert inference_microseconds(said) == microseconds


@pytest.mark.parametrize("said", ["Inference (avg): fast", "", "ERROR: Failed to open m.tflite\n"])
def test_what_benchmark_model_does_not_write(said):
    last = said.strip() or "nothing"
    with pytest.raises(Unavailable, match=f"gives no time; it says '{re.escape(last)}'"):
        inference_microseconds(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threads=0", "'threads=0': expected 1 to 99"),
        ("A,threads=1,threads=2", "'threads=2': expected each of kernels, threads, cpus, apk, ben"),
        ("A,B", "'B': expected each of kernels, threads"),
        ("kernels=gpu", "'kernels=gpu': expected xnnpack or builtin"),
        ("cpus=4-7", "'cpus=4-7': expected a mask such as f0, for processors 4 to 7"),
        ("A,apk=absent.apk", "'apk=absent.apk': there is no such file"),
    ],
)
def test_what_cannot_be_asked(text, said):
    with pytest.raises(InputError, match=f"^--runtime android: {said}"):
        parse(text)


def test_adb_that_is_not_there(monkeypatch):
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/absent/adb")
    with pytest.raises(InputError, match=r"^adb does not run: .*; install Android's platform-tool"):
        find("android")
