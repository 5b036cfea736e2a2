"""Recordings of anybody's: read as they are, or refused in one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_tvscm.ecg.reading import read, without_flat
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.errors import InputError

from .made import peaks, record, wave, wfdb

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("fs", [128, 250, 360, 500, 1000])
def test_rates(tmp_path, fs):
    recording = read(record(tmp_path, fs=fs))
    assert (recording.name, recording.lead, recording.rate) == ("p1", "II", fs)
    np.testing.assert_allclose(recording.signal, wave(fs, 20), atol=0.003)
    assert recording.peaks.tolist() == peaks(fs, 20).tolist()
    # R is where it was: on the largest sample within one of it, at 120 a second.
    samples = recording.samples()
    assert (samples.dtype, len(samples)) == (np.int16, 2400)
    for at in recording.at_120(recording.peaks)[1:-1]:
        assert abs(int(samples[at - 5 : at + 6].argmax()) - 5) <= 1
    assert recording.notes == ()


@pytest.mark.parametrize("form", ["80", "212", "16", "24", "32"])
def test_formats(tmp_path, form):
    gain = {"80": 80.0, "24": 1e5, "32": 1e6}.get(form, 200.0)
    recording = read(record(tmp_path, form=form, gain=gain))
    np.testing.assert_allclose(recording.signal, wave(360, 20), atol=1 / gain)


def test_microvolts(tmp_path):
    recording = read(record(tmp_path, units="uV", gain=1.0).with_suffix(".hea"))
    np.testing.assert_allclose(recording.signal, wave(360, 20), atol=0.001)
    path = record(tmp_path, "p2", units="mmHg")
    assert "lead II is in mmHg; expected mV, uV or V" in refused(path)


def test_leads(tmp_path):
    path = record(tmp_path, leads=("V5", "MLII", "RESP"))
    np.testing.assert_allclose(read(path).signal, 2 * wave(360, 20), atol=0.003)
    for lead in ("v5", "V5", "0"):
        assert read(path, lead=lead).lead == "V5"
    assert "no lead 'V9'; it has V5, MLII, RESP" in refused(path, lead="V9")
    assert "no lead '3'" in refused(path, lead="3")
    path = record(tmp_path, "p2", leads=("RESP", "PLETH"))
    assert "none of its signals has the name of an ECG lead; it has RESP, PLETH" in refused(path)


def test_annotators(tmp_path):
    path = record(tmp_path, annotator=None)
    assert read(path).peaks is None
    assert "there is no p1.atr beside it" in refused(path, annotator="atr")
    path = record(tmp_path, "p2", annotator="qrs", symbols="NVA")
    assert read(path).peaks is None
    assert "".join(read(path, annotator="qrs").symbols)[:6] == "NVANVA"


def test_annotations_past_the_end(tmp_path):
    path = record(tmp_path)
    wfdb.wrann("p1", "atr", np.array([86, 7200, 9000]), ["N"] * 3, write_dir=str(tmp_path))
    assert (
        "2 of 3 annotations are past the end of the signal, the last at sample 9000 of 7,200"
        in refused(path)
    )


def test_episodes_of_flutter(tmp_path):
    path = record(tmp_path)
    at = np.array([86, 500, 600, 900, 1000])
    wfdb.wrann("p1", "atr", at, ["N", "[", "!", "]", "V"], write_dir=str(tmp_path))
    recording = read(path)
    assert (recording.peaks.tolist(), recording.flutter) == ([86, 1000], ((500, 900),))


def test_gaps_lead_off_and_saturation(tmp_path):
    def change(signals):
        signals[720:1080] = np.nan
        signals[2000:3000] = 0.3  # 2.8 s
        signals[4000:4500] = 5.0  # 1.4 s: a heart could not, but a short limit is no lead off

    recording = read(record(tmp_path, change=change))
    missing = np.isnan(recording.signal)
    assert missing[720:1080].all() and missing[2000:3000].all() and missing.sum() == 1360
    assert recording.notes == (
        "5 % of lead II of record p1 is missing",
        "14 % of lead II of record p1 is flat (lead off, or at the amplifier's limit)",
    )
    # A stretch counts at 120 a second; the gap is 240 to 360.
    first, last = np.array([0, 200, 200, 361, -1, 2390]), np.array([239, 239, 241, 600, 50, 2401])
    assert recording.covers(first, last).tolist() == [True, True, False, True, True, True]
    held = recording.samples()
    assert np.ptp(held[250:350]) == 0


@pytest.mark.parametrize("value", [0.0, 10.23, np.nan])
def test_nothing_but_a_flat_line(tmp_path, value):
    def change(signals):
        signals[:] = value

    assert "lead II is flat or missing throughout; was it off?" in refused(
        record(tmp_path, change=change)
    )


def test_files(tmp_path):
    path = record(tmp_path)
    content = (tmp_path / "p1.dat").read_bytes()
    (tmp_path / "p1.dat").write_bytes(content[:-1])
    assert "p1.dat is cut short: it has 14,399 bytes of 14,400" in refused(path)
    (tmp_path / "p1.dat").write_bytes(content[:4000] + b"\1" + content[4001:])
    assert "the samples do not add up to the checksum" in refused(path)
    (tmp_path / "p1.dat").unlink()
    assert "there is no p1.dat beside it" in refused(path)
    assert "there is no p2.hea beside it" in refused(tmp_path / "p2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("p1 1 360 7200", "p1 0 360 7200", "its header names no signal file"),
        ("p1 1 360 7200", "p1 1 360 0", "does not say how many samples"),
        ("p1 1 360 7200", "p1 1 360 99999999", "cut short: it has 14,400 bytes of 199,999,998"),
        ("p1 1 360 7200", "p1 1 360 99999999999999", "expected at most 268,435,456"),
        ("p1 1 360 7200", "p1 1 60 7200", "60 samples a second; expected 100 to 10,000"),
        ("p1.dat 16 ", "p1.dat 17 ", "record"),
        ("p1 1", "p1 one", "record"),
    ],
)
def test_headers(tmp_path, old, new, message):
    path = record(tmp_path, annotator=None)
    text = (tmp_path / "p1.hea").read_text()
    assert old in text
    (tmp_path / "p1.hea").write_text(text.replace(old, new, 1))
    assert message in refused(path)


def test_signals_of_several_rates(tmp_path):
    """Two samples of II for every one of RESP; annotations count frames."""
    fast = (200 * wave(250, 20)).round().astype("<i2")
    slow = np.zeros(2500, "<i2")
    frames = np.column_stack([fast.reshape(-1, 2), slow])
    (tmp_path / "p1.dat").write_bytes(frames.tobytes())
    (tmp_path / "p1.hea").write_text(
        f"p1 2 125 2500\np1.dat 16x2 200 16 0 {fast[0]} {fast.sum() & 0xFFFF} 0 II\n"
        "p1.dat 16 200 16 0 0 0 0 RESP\n"
    )
    wfdb.wrann("p1", "atr", np.array([30, 130]), ["N", "V"], write_dir=str(tmp_path))
    recording = read(tmp_path / "p1")
    assert (recording.rate, recording.peaks.tolist()) == (250, [60, 260])
    np.testing.assert_allclose(recording.signal, wave(250, 20), atol=0.003)


def test_segments(tmp_path):
    """Two segments with a second of nothing between them, and a lead that one of them lacks."""
    record(tmp_path, "s1", fs=250, seconds=8, leads=("II", "V5"), annotator=None)
    record(tmp_path, "s2", fs=250, seconds=8, leads=("II",), annotator=None)
    (tmp_path / "s0.hea").write_text("s0 2 250 0\n~ 0 200 16 0 0 0 0 II\n~ 0 200 16 0 0 0 0 V5\n")
    (tmp_path / "p1.hea").write_text("p1/4 2 250 4250\ns0 0\ns1 2000\n~ 250\ns2 2000\n")
    recording = read(tmp_path / "p1")
    np.testing.assert_allclose(recording.signal[:2000], wave(250, 8), atol=0.003)
    np.testing.assert_allclose(recording.signal[2250:], wave(250, 8), atol=0.003)
    assert np.isnan(recording.signal[2000:2250]).all()
    other = read(tmp_path / "p1", lead="V5")
    assert np.isnan(other.signal[2000:]).all() and len(other.signal) == 4250


def table(path: Path, *columns: np.ndarray, header: str = "", digits: int = 4) -> Path:
    np.savetxt(path, np.column_stack(columns), f"%.{digits}f", ",", header=header, comments="")
    return path


@pytest.mark.parametrize("fs", [128, 250, 500])
def test_csv_with_time(tmp_path, fs):
    signal = wave(fs, 20)
    time = 3 + np.arange(len(signal)) / fs
    path = table(tmp_path / "h.csv", time, signal, -signal, header="time,II,V1")
    (tmp_path / "h.beats.csv").write_text("time,symbol\n3.24,N\n4.04,V\n")
    recording = read(path)
    assert (recording.name, recording.lead, recording.rate) == ("h", "II", fs)
    np.testing.assert_allclose(recording.signal, signal, atol=1e-4)
    assert recording.peaks.tolist() == [round(0.24 * fs), round(1.04 * fs)]
    assert recording.symbols.tolist() == ["N", "V"]
    np.testing.assert_allclose(read(path, lead="V1").signal, -signal, atol=1e-4)
    assert "h.csv: no lead 'V2'; it has II, V1" in refused(path, lead="V2")


def test_csv_with_gaps_and_empty_cells(tmp_path):
    signal = wave(250, 20)
    time = np.arange(len(signal)) / 250
    kept = (time < 5) | (time >= 6)
    path = table(tmp_path / "h.csv", time[kept], signal[kept], header="t,mV", digits=3)
    recording = read(path)
    assert (recording.rate, len(recording.signal)) == (250, 5000)
    assert np.flatnonzero(np.isnan(recording.signal)).tolist() == list(range(1250, 1500))
    lines = path.read_text().splitlines()
    lines[5] = lines[5].split(",")[0] + ","
    path.write_text("\n".join(lines))
    assert np.isnan(read(path).signal[4])


def test_csv_of_one_column(tmp_path):
    path = table(tmp_path / "h.csv", wave(200, 10))
    assert (read(path, rate=200).rate, read(path, rate=200).seconds) == (200, 10)
    assert "has no column of time; give its rate" in refused(path)
    assert "samples a second; expected 100" in refused(path, rate=50)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("time,II\n", "holds no samples"),
        ("time,II\n0,1\n0.004,x\n", "is no table of numbers"),
        ("time,II\n0,1\n0.004,1,2\n", "is no table of numbers"),
        ("time,II\n0,1\n0.004,2\n0.002,3\n", "does not run forward"),
        ("time,II\n0,1\n0.004,inf\n0.008,2\n", "infinite samples in column II"),
        ("time\n0\n0.004\n", "a column of time alone"),
        ("time,II\n0,1\n0.004,2\n0.008,2\n9e9,3\n", "expected at most 268,435,456"),
    ],
)
def test_csv_that_is_refused(tmp_path, text, message):
    (tmp_path / "h.csv").write_text(text)
    assert message in refused(tmp_path / "h.csv")


def test_no_such_file(tmp_path):
    assert "cannot read" in refused(tmp_path / "none.csv")
    assert "give no other" in refused(record(tmp_path), rate=250)


def test_an_asystole_of_noise_stays():
    """Two seconds without a beat are no lead off."""
    noise = np.random.default_rng(0).normal(0, 0.01, 3600).astype(np.float32)
    kept = without_flat(Recording("r", "II", 360, noise))
    np.testing.assert_array_equal(kept.signal, noise)
