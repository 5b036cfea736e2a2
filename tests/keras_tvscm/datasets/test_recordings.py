"""Folders of recordings, and published databases, as data sets that are divided by record."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load, second_databases
from keras_tvscm.datasets.heartbeat import DS1, DS2
from keras_tvscm.datasets.heartbeat_rhythm import heartbeat_rhythm
from keras_tvscm.datasets.recordings import AAMI, rows_of
from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.ecg.reading import read
from keras_tvscm.errors import InputError

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")
_made = importlib.util.spec_from_file_location(
    "made", Path(__file__).parents[1] / "ecg" / "made.py"
)
made = importlib.util.module_from_spec(_made)
_made.loader.exec_module(made)


def folder(path: Path, names: str = "abcdef", **options) -> Path:
    for number, name in enumerate(names):
        made.record(path, name, fs=(250, 360, 128)[number % 3], symbols="NVNAF/", **options)
    return path


def test_rows_are_those_of_the_front_end(tmp_path):
    recording = read(made.record(tmp_path, symbols="NVNAF/"))
    rows = rows_of(recording, 7, AAMI)
    expected = beats(recording.samples(), recording.at_120(recording.peaks))
    kept = np.arange(len(expected.samples)) % 6 != 5  # the paced beat has no class
    np.testing.assert_array_equal(rows.x, expected.x[kept])
    assert rows.y.tolist()[:5] == [0, 2, 0, 1, 3]
    assert rows.origin.tolist() == [[7, sample] for sample in expected.samples[kept]]


def test_beats_in_a_gap_are_left_out(tmp_path):
    def change(signals):
        signals[1500:1900] = np.nan  # 4.17 to 5.28 s

    whole = read(made.record(tmp_path))
    cut = read(made.record(tmp_path, change=change))
    seconds = rows_of(whole, 0, AAMI).origin[:, 1] / 120
    left = set(seconds) - set(rows_of(cut, 0, AAMI).origin[:, 1] / 120)
    # From 0.58 s before the gap to 0.35 s after it: R at 4.24 and 5.04 s.
    assert sorted(round(second, 1) for second in left) == [4.2, 5.0]


def test_a_folder_is_divided_by_record(tmp_path):
    made.record(tmp_path, "silent", annotator=None)
    data = load(str(folder(tmp_path)))
    assert (data.features, data.classes, data.records) == (238, ("N", "S", "V", "F"), (*"abcdef",))
    parts = [{*part.origin[:, 0]} for part in (data.train, data.validation, data.test)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 6 and all(parts)
    assert "1 records without annotated beats are left out" in data.notes
    assert any("not a medical device" in note for note in data.notes)
    assert data.fingerprint == load(str(tmp_path)).fingerprint
    assert data.fingerprint == load(str(tmp_path), rescale=False).fingerprint


def test_settings(tmp_path):
    folder(tmp_path, leads=("V5", "II"))
    (tmp_path / "recordings.toml").write_text(
        'lead = "V5"\ntest = ["b"]\npatients = [["b", "e"]]\n'
        '[classes]\nnormal = "N"\nother = "VA"\n'
    )
    data = load(str(tmp_path))
    assert data.classes == ("normal", "other")
    assert {data.records[number] for number in data.test.origin[:, 0]} == {"b", "e"}
    recording = read(tmp_path / "b", lead="V5")
    x = beats(recording.samples(), recording.at_120(recording.peaks)).x[0]
    np.testing.assert_array_equal(data.test.x[0], to_float(x[None])[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leads = 1", "has 'leads'; expected lead, annotator"),
        ("lead = 1", "lead is 1"),
        ("test = [1]", "expected texts"),
        ('test = ["z"]', "names 'z'; it has a, b, c"),
        ('patients = ["a"]', "expected texts"),
        ("lead = ", "cannot read"),
        ('classes = { N = "N" }', "two classes at least"),
        ('classes = { N = "x", V = "y" }', "has no beat of the classes N, V"),
        ('lead = "V9"', "no lead 'V9'; it has II"),
    ],
)
def test_settings_that_are_refused(tmp_path, text, message):
    folder(tmp_path, "abc")
    (tmp_path / "recordings.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load(str(tmp_path))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_csv_with_beats(tmp_path):
    for name in "abc":
        time = np.arange(5000) / 250
        np.savetxt(
            tmp_path / f"{name}.csv", np.column_stack([time, made.wave(250, 20)]), "%.4f", ","
        )
        rows = [f"{at / 250:.3f},{'NV'[i % 2]}" for i, at in enumerate(made.peaks(250, 20))]
        (tmp_path / f"{name}.beats.csv").write_text("\n".join(rows))
    data = load(str(tmp_path))
    assert len(data.train) + len(data.validation) + len(data.test) == 75


def test_too_few_records(tmp_path):
    with pytest.raises(InputError, match="2 annotated records; expected three at least"):
        load(str(folder(tmp_path, "ab")))


@pytest.mark.parametrize(("name", "fs", "leads"), [
    ("svdb", 128, ("ECG1", "ECG2")),
    ("incartdb", 257, ("I", "II", "III", "AVR", "V1")),
])  # fmt: skip
def test_second_databases(tmp_path, monkeypatch, name, fs, leads):
    """As PhysioNet lays them out: RECORDS, and files beside it."""
    monkeypatch.setitem(
        second_databases.DATABASES,
        name,
        second_databases.Database("made", second_databases.DATABASES[name].lead, 2),
    )
    place = tmp_path / name
    place.mkdir()
    assert second_databases.folder_of(name, tmp_path) is None
    (place / "RECORDS").write_text("r1\nr2\n")
    for record in ("r1", "r2"):
        made.record(place, record, fs=fs, leads=leads, symbols="NNVBn")
    rows, names = second_databases.second_rows(name, second_databases.folder_of(name, tmp_path))
    assert names == ("r1", "r2")
    assert np.bincount(rows.y).tolist() == [30, 10, 10]  # B is an N, n an S
    (place / "RECORDS").write_text("r1\n")
    with pytest.raises(InputError, match="names 1 records; expected 2: get all of https://physio"):
        second_databases.second_rows(name, place)


@pytest.mark.slow
def test_heartbeat_rhythm(published, tmp_path):
    """The counts of de Chazal 2004, but for one S beat: annotations have changed since."""
    data = heartbeat_rhythm(published)
    train = np.concatenate([data.train.y, data.validation.y])
    assert np.bincount(train).tolist() == [45866, 944, 3788, 415]
    assert np.bincount(data.test.y).tolist() == [44259, 1837, 3221, 388]
    assert {*data.test.origin[:, 0]} == {*DS2}
    fit, held = ({*part.origin[:, 0]} for part in (data.train, data.validation))
    assert fit | held == {*DS1} and not fit & held
