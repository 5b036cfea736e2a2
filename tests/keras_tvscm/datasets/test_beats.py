"""The recipe and its cache, on two small made-up records."""

import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pooch
import pytest

from keras_tvscm.datasets import beats, fetching
from keras_tvscm.datasets.beats import CLASS_OF, all_beats, read_record
from keras_tvscm.errors import InputError

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    import wfdb

SYMBOLS = ["+", "N", "A", "~", "V", "F", "/", "L", "x", "N", "|"]


def write(folder: Path, number: int) -> None:
    rng = np.random.default_rng(number)
    wfdb.wrsamp(
        str(number),
        fs=360,
        units=["mV", "mV"],
        sig_name=["MLII", "V1"],
        d_signal=rng.integers(-1024, 1023, (4000, 2)),
        fmt=["212", "212"],
        adc_gain=[200, 200],
        baseline=[0, 0],
        write_dir=str(folder),
    )
    at = np.sort(rng.choice(np.arange(20, 3900), len(SYMBOLS), replace=False))
    wfdb.wrann(str(number), "atr", at, SYMBOLS, write_dir=str(folder))


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for number in (7, 8):
        write(folder, number)
    sums = {path.name: pooch.file_hash(path) for path in sorted(folder.iterdir())}
    monkeypatch.setattr(fetching, "checksums", lambda collection: sums)
    monkeypatch.setattr(beats, "checksums", lambda collection: sums)
    monkeypatch.setattr(beats, "COUNT", 12)
    return folder


def nearest_float32(value: Fraction) -> np.float32:
    close = np.float32(float(value))
    around = (np.nextafter(close, np.float32(-1)), close, np.nextafter(close, np.float32(2)))
    return min(around, key=lambda candidate: abs(Fraction(float(candidate)) - value))


def test_recipe_in_whole_numbers(records: Path) -> None:
    cut = read_record(records / "7")
    assert (cut.x.dtype, cut.y.dtype, cut.origin.dtype) == (np.float32, np.int32, np.int32)
    assert cut.y.tolist() == [0, 1, 2, 3, 4, 0]  # N A V F / L; the last N has no end

    at = wfdb.rdann(str(records / "7"), "atr").sample.tolist()
    signal = wfdb.rdrecord(str(records / "7"), physical=False).d_signal[:, 0].tolist()
    ends = [*at, at[-1]]
    rows = [i for i, symbol in enumerate(SYMBOLS) if symbol in CLASS_OF][:-1]
    assert cut.origin.tolist() == [[7, at[i]] for i in rows]
    for row, i in zip(cut.x, rows, strict=True):
        length = int(ends[i + 1] - ends[i] + 0.2 * (ends[i + 2] - ends[i + 1]))
        samples = signal[at[i] : at[i] + length : 3]
        low, high = min(samples), max(samples)
        expected = [nearest_float32(Fraction(value - low, high - low)) for value in samples]
        expected += [np.float32(0)] * 187
        assert row.tolist() == [float(value) for value in expected[:187]]


def test_reading_does_not_warn(records: Path) -> None:
    with warnings.catch_warnings(action="error"):
        read_record(records / "7")


def test_records_follow_each_other(records: Path) -> None:
    whole = all_beats(records)
    one, two = read_record(records / "7"), read_record(records / "8")
    np.testing.assert_array_equal(whole.x, np.concatenate([one.x, two.x]))
    assert whole.origin[:, 0].tolist() == [7] * 6 + [8] * 6


def building(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that beats are cut from, from now on."""
    folders: list[Path] = []
    build = beats._build

    def recorded(folder: Path) -> beats.Beats:
        folders.append(folder)
        return build(folder)

    monkeypatch.setattr(beats, "_build", recorded)
    return folders


def test_cache_is_used(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = building(monkeypatch)
    first, second = all_beats(records), all_beats(records)
    assert built == [records]
    for one, two in zip(first, second, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("damage", ["cut", "altered", "other rows", "pickle", "folder"])
def test_damaged_cache_is_built_again(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    first = all_beats(records)
    cache = tmp_path / "cache" / "beats-1.npz"
    content = bytearray(cache.read_bytes())
    if damage == "cut":
        cache.write_bytes(content[:-500])
    elif damage == "altered":
        content[600] ^= 1  # a sample: only the archive's own checksum tells
        cache.write_bytes(content)
    elif damage == "other rows":
        np.savez(cache, x=first.x[:3], y=first.y[:3], origin=first.origin[:3])
    elif damage == "pickle":
        np.savez(cache, x=np.array([None]), y=first.y, origin=first.origin)
    else:
        cache.unlink()
        cache.mkdir()
    built = building(monkeypatch)
    np.testing.assert_array_equal(all_beats(records).x, first.x)
    assert len(built) == 1


def test_cache_that_cannot_be_written(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "file" / "cache"))
    assert len(all_beats(records).y) == 12


def test_nothing_is_left_when_the_disk_is_full(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, **arrays: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert len(all_beats(records).y) == 12
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("name", ["7.dat", "8.atr", "8.hea"])
def test_records_are_verified_although_cached(records: Path, name: str) -> None:
    all_beats(records)
    content = bytearray((records / name).read_bytes())
    content[5] ^= 1
    (records / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name} .* is cut short or altered: its SHA-256 is"):
        all_beats(records)
