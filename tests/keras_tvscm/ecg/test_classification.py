"""Recordings to classified beats: block by block, live, as files and as figures."""

import os

import numpy as np
import pytest

from keras_tvscm.ecg import beat_files, classification, page
from keras_tvscm.ecg.classification import classify
from keras_tvscm.ecg.front_end import FrontEnd
from keras_tvscm.ecg.live import Live
from keras_tvscm.ecg.sample_stream import blocks
from keras_tvscm.ecg.source import open_source
from keras_tvscm.ecg.summary import lines, summarize
from keras_tvscm.errors import InputError

from .early import Early
from .made import EARLY, PREMATURE, beats_at, premature, wfdb

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")


def found(path, **options):
    return classify(open_source(path, **options), Early(), FrontEnd())


@pytest.mark.parametrize("annotator", [None, "atr"])
def test_blocks_make_no_difference(tmp_path, monkeypatch, annotator):
    whole = found(premature(tmp_path), annotator=annotator)
    monkeypatch.setattr(classification, "BLOCK", 3.7)
    pieces = found(tmp_path / "p1", annotator=annotator)
    assert whole.labels.tolist() == ["S" if i == EARLY else "N" for i in range(len(PREMATURE))]
    np.testing.assert_allclose(whole.seconds, PREMATURE, atol=0.02)
    np.testing.assert_allclose(whole.rr[1:], 1000 * np.diff(PREMATURE), atol=25)
    for name in ("samples", "seconds", "rr", "labels", "probabilities"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))
    assert (whole.annotated is None) == (annotator is None)


@pytest.mark.parametrize(
    "options",
    [
        {"form": "24", "gain": 1e5, "fs": 1000},
        {"form": "212", "fs": 128},
        {"form": "80", "gain": 90},
    ],
)
def test_forms_and_rates(tmp_path, options):
    beats = found(premature(tmp_path, **options))
    assert np.flatnonzero(beats.labels == "S").tolist() == [EARLY]
    np.testing.assert_allclose(beats.samples / options.get("fs", 360), PREMATURE, atol=0.02)


def test_beats_beside_gaps_are_not_classified(tmp_path):
    """Missing, flat and saturated; and no RR goes over them."""

    def change(signals):
        signals[7200:9000] = np.nan  # 20 to 25 s
        signals[14400:16200] = -10  # 40 to 45 s

    beats = found(premature(tmp_path, change=change))
    quiet = ((PREMATURE < 20) | (PREMATURE >= 25)) & ((PREMATURE < 40) | (PREMATURE >= 45))
    expected = PREMATURE[quiet]
    near = [np.abs(beats.seconds - peak).min() < 0.03 for peak in expected]
    assert np.mean(near) > 0.9
    beside = beats.seconds[beats.labels == "Q"]
    assert len(beside) >= 4
    assert all(18 < second < 26 or 38 < second < 46 for second in beside)
    assert np.isnan(beats.probabilities[beats.labels == "Q"]).all()
    over = (beats.seconds[1:] > 25) & (beats.seconds[:-1] < 20)
    assert np.isnan(beats.rr[1:][over]).all() and np.nanmax(beats.rr) < 2500
    document = summarize(beats, "early", None)
    assert document["seconds_not_read"] == pytest.approx(10, abs=0.01)
    assert document["beats_not_read"] == len(beside)
    assert len(document["notes"]) == 2


def test_nothing_to_find(tmp_path):
    def noise(signals):
        signals[:, 0] = np.random.default_rng(0).normal(0, 0.001, len(signals))

    with pytest.raises(InputError, match="no heartbeats in lead II; is it an ECG, and in mV"):
        found(premature(tmp_path, change=noise))


def test_live_is_what_the_recording_is(tmp_path):
    """Each beat two seconds after R at the latest, and the filter's 0.05 s."""
    beats = found(premature(tmp_path, fs=250))
    signal = open_source(tmp_path / "p1").read(0, 15000)
    live, given = Live(250, Early()), []
    for start in range(0, len(signal), 100):
        given += live.push(signal[start : start + 100])
    given += live.end()
    assert [beat.sample for beat in given] == beats.samples.tolist()
    assert [beat.label for beat in given] == beats.labels.tolist()
    # The RR after it is known some 0.3 s after the next R.
    latency = [beat.latency_ms for beat in given[:-3]]
    assert 800 < np.median(latency) < 1300 and max(latency) <= 2060
    assert given[0].rr_before_ms is None and given[0].to_json()["class"] == "N"
    assert live.so_far().samples.tolist() == beats.samples.tolist()


def test_summary(tmp_path):
    beats = found(premature(tmp_path), annotator="atr")
    document = summarize(beats, "early", {"S": 0.02, "V": None})
    assert document["classes"] == {"N": 71, "S": 1, "V": 0, "F": 0}
    assert document["burden_percent"] == {"S": 1.389, "V": 0.0, "F": 0.0}
    assert document["mean_heart_rate"] == 75.0
    assert document["longest_rr"] == {"ms": 1100, "until": "00:00:33"}
    # 75 beats a minute, 2 % of them.
    assert document["false_alarms_an_hour"] == {"S": 90.0}
    assert document["ec57"]["confusion"] == [[71, 0, 0, 0], [0, 1, 0, 0], [0] * 4, [0] * 4]
    assert document["ec57"]["sensitivity"] == {"S": 1.0, "V": None, "F": None}
    said = lines(document)
    assert said[1] == "72 beats: N 71, S 1 (1.39 %), V 0 (0.00 %), F 0 (0.00 %)"
    assert any("2.0 % supraventricular (S); at this heart rate 90 false S beats" in x for x in said)
    assert said[-1] == "Research software: no diagnosis, and not a medical device."
    assert any("brings no error rates" in x for x in lines(summarize(beats, "early", None)))


def test_files(tmp_path):
    beats = found(premature(tmp_path))
    first, head, *rows = beat_files.table(beats).splitlines()
    assert first.startswith("# written by keras-tvscm. Research software: no diagnosis")
    assert head == "time_s,sample,class,rr_before_ms,probability"
    assert rows[0].split(",")[2:4] == ["N", ""]
    time, sample, label, rr, probability = rows[EARLY].split(",")
    assert label == "S" and abs(float(rr) - 500) < 20 and float(probability) > 0.9
    assert abs(int(sample) / 360 - float(time)) < 0.002
    (tmp_path / "p1.tvscm").write_bytes(beat_files.annotations(beats))
    notes = wfdb.rdann(str(tmp_path / "p1"), "tvscm")
    assert notes.symbol == ['"', *beats.labels.tolist()]
    assert notes.sample.tolist() == [1, *beats.samples.tolist()]
    assert "no diagnosis" in notes.aux_note[0] and notes.fs == 360


def test_page(tmp_path):
    source = open_source(premature(tmp_path))
    beats = classify(source, Early(), FrontEnd())
    page.draw(source, beats, 0, tmp_path / "p.svg", "svg")
    text = (tmp_path / "p.svg").read_text()
    assert text.count(">S</text>") == 1 and text.count(">N</text>") == 71
    assert "25 mm/s   10 mm/mV" in text and "no diagnosis" in text
    # 278 mm wide, in points.
    assert 'width="788.03' in text
    page.draw(source, beats, 55, tmp_path / "p.png", "png")
    content = (tmp_path / "p.png").read_bytes()
    assert content[:4] == b"\x89PNG" and b"keras-tvscm" in content


def test_the_busiest_minute(tmp_path):
    beats = found(premature(tmp_path))
    assert page.busiest(beats) == 0
    seconds = np.arange(0, 600, 0.8)
    labels = np.where((seconds > 300) & (seconds < 330), "V", "N")
    labels[10] = "S"
    long = classification.Classified(
        "r", "II", 360, 216_000, Early.classes, seconds, seconds, seconds, labels, seconds, None
    )
    assert page.busiest(long) == 298


def test_streams():
    def given(content, form, gain):
        reading, writing = os.pipe()
        os.write(writing, content)
        os.close(writing)
        try:
            return np.concatenate([*blocks(reading, form, gain)]).tolist()
        finally:
            os.close(reading)

    assert given(np.array([200, -100, 32767], "<i2").tobytes(), "int16", 200) == [
        *(1, -0.5),
        pytest.approx(163.835),
    ]
    assert given(b"1\n -0.5 \r\n\n2e-1", "text", 2) == [0.5, -0.25, pytest.approx(0.1)]
    assert np.isnan(given(b"nan\n", "text", 1)).all()
    with pytest.raises(InputError, match="line 3 of standard input is 'x'; expected a number"):
        given(b"1\n\nx\n", "text", 1)
    with pytest.raises(InputError, match="odd number of bytes"):
        given(b"abc", "int16", 1)
    with pytest.raises(InputError, match="line 2 has no end"):
        given(b"1\n" + b"1" * 1001, "text", 1)


def test_annotators_of_tables(tmp_path):
    time = np.arange(0, 30, 0.004)
    signal = beats_at(PREMATURE[:36], 250, 30)
    np.savetxt(tmp_path / "h.csv", np.column_stack([time, signal]), "%.4f", ",")
    assert (found(tmp_path / "h.csv").labels == "N").all()
    with pytest.raises(InputError, match=r"there is no h.beats.csv beside"):
        found(tmp_path / "h.csv", annotator="beats")
    with pytest.raises(InputError, match="the annotator of a CSV file is beats"):
        found(tmp_path / "h.csv", annotator="atr")
    rows = [f"{peak},{'V' if i == 5 else 'N'}" for i, peak in enumerate(PREMATURE[:36])]
    (tmp_path / "h.beats.csv").write_text("\n".join(["time,symbol", *rows]))
    assert found(tmp_path / "h.csv", annotator="beats").confusion().tolist()[2] == [1, 0, 0, 0]
    # What is not asked for is not read.
    (tmp_path / "h.beats.csv").write_text("\n")
    assert len(found(tmp_path / "h.csv").labels) == 36
