"""Energy out of a recording, where it is known, and the file that keeps it."""

import json

import numpy as np
import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy import ratio
from keras_tvscm.eval.energy.analyser import analyse, read_energy
from keras_tvscm.eval.energy.marking import parse
from keras_tvscm.eval.energy.trace import Trace, read_trace
from keras_tvscm.eval.energy.windows import find
from keras_tvscm.files import write_json

from . import recording


@pytest.fixture
def analysed(tmp_path):
    """A CSV of this text, and its windows, analysed."""

    def analysed(text, window="D0", inferences=recording.INFERENCES, volts=None, **options):
        path = tmp_path / "t.csv"
        path.write_text(text)
        marked = None if ":" in window else parse(window)
        trace = read_trace(path, volts=volts, marked=marked)
        return analyse(trace, find(trace, parse(window)), inferences, **options)

    return analysed


@pytest.fixture
def example(analysed):
    return analysed(recording.ppk2(), volts=recording.VOLTS, board="a board")


def plain(keep=lambda second: True, mark=lambda high: "run" if high else "", scale=1.0):
    """The same recording as time in seconds, current in amperes, voltage, and a column of marks."""
    lines = [
        f"{ms / 1000:g},{scale * ma / 1000:.6g},3.0,{mark(high)}"
        for ms, ma, high in recording.samples()
        if keep(ms / 1000)
    ]
    return "\n".join(["time_s,current_a,voltage_v,phase", *lines])


def test_known_energy_by_a_digital_channel(example):
    assert example.estimate_microjoules == pytest.approx(recording.MICROJOULES, rel=1e-3)
    assert example.energy.kind == "measured_external"
    low, high = example.energy.microjoules
    # A hundredth and a half between the windows, over the root of six, twice.
    assert 0.005 < (high - low) / recording.MICROJOULES < 0.03
    assert low < recording.MICROJOULES < high
    assert example.average_milliwatts == pytest.approx(12, rel=1e-3)
    assert example.idle_milliwatts == pytest.approx(3, rel=1e-3)
    assert (example.windows, example.inferences, example.cut) == (6, 20, 0)
    assert example.seconds == pytest.approx(0.36)
    assert example.interval == "95 %, bootstrap over 6 windows"


def test_known_energy_by_a_level_and_by_the_clock(analysed, example):
    by_level = analysed(plain(), "phase/run")
    assert by_level.estimate_microjoules == pytest.approx(recording.MICROJOULES, rel=1e-3)
    # The first window lasts from 39.5 to 99.5 ms, and has 2 % less than the mean.
    by_clock = analysed(plain(), "0.0395:0.0995", idle=[(0.0, 0.039)])
    assert by_clock.estimate_microjoules == pytest.approx(0.98 * recording.MICROJOULES, rel=1e-3)
    assert by_clock.interval == "95 %, bootstrap over 20 blocks of 1 window"
    assert by_clock.energy.microjoules.low < by_clock.energy.microjoules.high
    assert ratio(by_level.energy, by_clock.energy).low == pytest.approx(1.02, abs=0.03)
    with pytest.raises(InputError, match="no ratio between energy"):
        ratio(by_level.energy, example.energy)


def test_known_energy_by_starts_and_stops(analysed):
    """Power that rises and falls between events, sampled unevenly: the trapezoid's rule."""
    seconds = np.concatenate((np.linspace(0, 1, 41), np.linspace(1, 3, 301)[1:], [3.01, 3.02]))
    current = 1 + np.where((seconds > 1) & (seconds < 3), np.sin(np.pi * (seconds - 1) / 2), 0)
    marks = {1.0: "on", 3.0: "off"}
    rows = [
        f"{t:.9g},{i:.9g},{marks.get(float(t), '')}" for t, i in zip(seconds, current, strict=True)
    ]
    found = analysed("\n".join(["time_s,current_ma,note", *rows]), "note/on/off", 4, volts=2.0)
    # 2 V times the area of an arch of 2 s and 1 mA, over 4 inferences.
    assert found.estimate_microjoules == pytest.approx(2 * 1000 * 4 / np.pi / 4, rel=1e-3)
    assert found.interval == "none: fewer than 5 windows or inferences"
    assert found.energy.microjoules.low == found.energy.microjoules.high


def test_a_sample_at_both_levels_belongs_to_the_window(analysed):
    """Means over a millisecond of 10 ms at 5 mA from 20.25 to 30.25 ms, else nothing."""
    current = [5 * max(0, min(n + 1, 30.25) - max(n, 20.25)) for n in range(60)]
    rows = [f"{n},{i},{'X' if 0 < i < 5 else int(i > 0)}" for n, i in enumerate(current)]
    found = analysed("\n".join(["time_ms,current_ma,D0", *rows]), inferences=10, volts=1.0)
    assert found.estimate_microjoules == pytest.approx(5, rel=1e-3)


def test_a_cut_window_is_neither_measured_nor_idle(analysed):
    found = analysed(plain(lambda second: 0.05 < second < 0.45), "phase/run")
    assert (found.windows, found.cut) == (3, 2)
    assert found.idle_milliwatts == pytest.approx(3, rel=1e-3)


def test_a_gap_between_windows_is_no_idle_time(analysed):
    found = analysed(plain(lambda second: not 0.105 < second < 0.13), "phase/run")
    assert found.estimate_microjoules == pytest.approx(recording.MICROJOULES, rel=1e-3)


@pytest.mark.parametrize(
    ("keep", "options", "message"),
    [
        (
            lambda second: not 0.05 < second < 0.08,
            {},
            "t.csv: no samples from 0.05 to 0.08 s, in what is to be measured; record again",
        ),
        (lambda second: not 0.035 < second < 0.05, {}, "no samples from 0.035 to 0.05 s"),
        (lambda _: True, {"idle": [(0.03, 0.05)]}, "inferences run in the idle time from 0.03 to"),
        (lambda _: True, {"idle": [(0.0, 0.9)]}, "from 0 to 0.639 s; expected idle time inside"),
        (lambda _: True, {"idle": [(0.0, 0.003)]}, "the idle time has 3 samples; expected 10"),
        (lambda second: round(1000 * second) % 7 == 0, {}, "the window at .* has 8 samples"),
    ],
)
def test_what_cannot_be_measured_is_refused(analysed, keep, options, message):
    with pytest.raises(InputError, match=message):
        analysed(plain(keep), "phase/run", **options)


def test_windows_without_more_power_are_refused(analysed):
    inverted = plain(mark=lambda high: "" if high else "run")
    with pytest.raises(InputError, match="3 mW in the windows, 12 mW of idle power; expected"):
        analysed(inverted, "phase/run")


def test_a_recording_that_is_one_window_needs_idle_time(analysed):
    with pytest.raises(InputError, match="the idle time has 0 samples; expected 10"):
        analysed(plain(), "0:0.639")


def test_a_synthetic_recording_says_so_and_is_compared_with_no_other(example):
    assert example.synthetic
    assert example.energy.method == (
        "synthetic, nothing was measured: power analyser, a board, 3 V, less idle power"
    )


def test_the_interval_is_as_wide_as_noise_makes_it():
    """Noise of 1 mW in each sample, 100 windows of 100 samples: 10 uW, 1.96 times each way."""
    rng = np.random.default_rng(0)
    high = np.arange(20_200) % 200 >= 100
    watts = 0.010 + 0.005 * high + rng.normal(0, 0.001, len(high))
    trace = Trace("t", 0.001 * np.arange(len(high)), watts, high * 1.0, 3.0, False)
    found = analyse(trace, find(trace, parse("D0")), 100)
    assert found.estimate_microjoules == pytest.approx(5, rel=0.01)
    low, top = found.energy.microjoules
    assert top - low == pytest.approx(2 * 1.96 * 0.010 * 2**0.5, rel=0.2)


def test_the_file_is_read_back(example, tmp_path):
    path = tmp_path / "t.energy.json"
    write_json(path, example.to_json())
    assert read_energy(path) == example
    document = json.loads(path.read_text())
    assert document["schema"] == 1
    assert document["kind"] == "measured_external"
    assert document["source"] == "t.csv"
    assert document["microjoules"] == example.energy.microjoules._asdict()
    assert document["versions"]["keras-tvscm"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "is no energy of schema 1; expected a file that tvscm energy wrote"),
        ({"windows": "six"}, "is damaged: windows is 'six'; write it with tvscm energy"),
        ({"microjoules": {"low": 2, "high": 1}}, "is damaged: energy is"),
        ({"microjoules": None}, "is damaged: energy of kind measured_external has the value None"),
        ({"kind": "guessed"}, "is damaged: energy is of kind 'guessed'"),
        ({"model_sha256": 7}, "is damaged: model_sha256 is 7"),
    ],
)
def test_what_is_no_such_file_is_refused(example, tmp_path, change, message):
    path = tmp_path / "t.energy.json"
    write_json(path, example.to_json() | change)
    with pytest.raises(InputError, match=message):
        read_energy(path)
    write_json(path, [1])
    with pytest.raises(InputError, match="is no energy of schema 1"):
        read_energy(path)
    write_json(path, {"schema": 1})
    with pytest.raises(InputError, match="is damaged: 'microjoules'"):
        read_energy(path)
