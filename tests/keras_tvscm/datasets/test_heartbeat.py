from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import Dataset, Split, load
from keras_tvscm.datasets.fetching import checksums
from keras_tvscm.datasets.heartbeat import DS1, DS2
from keras_tvscm.errors import InputError

# The first row of the published mitbih_train.csv.
FIRST_PUBLISHED = [
    9.779411554336547852e-01,
    9.264705777168273926e-01,
    6.813725233078002930e-01,
    2.450980395078659058e-01,
]


def origins(*parts: Split) -> set[tuple[int, int]]:
    origins: set[tuple[int, int]] = set()
    for part in parts:
        assert part.origin is not None
        origins |= {(record, sample) for record, sample in part.origin.tolist()}
    return origins


def test_published_counts(heartbeat: Dataset) -> None:
    train = np.concatenate([heartbeat.train.y, heartbeat.validation.y])
    assert np.bincount(train).tolist() == [72471, 2223, 5788, 641, 6431]
    assert np.bincount(heartbeat.validation.y).tolist() == [7248, 222, 579, 64, 643]
    assert np.bincount(heartbeat.test.y).tolist() == [18118, 556, 1448, 162, 1608]
    assert heartbeat.classes == ("N", "S", "V", "F", "Q")
    assert (heartbeat.features, heartbeat.image_shape) == (187, None)


def test_rows_are_the_published_ones_bit_for_bit(heartbeat: Dataset) -> None:
    x = np.concatenate([heartbeat.train.x, heartbeat.validation.x])
    y = np.concatenate([heartbeat.train.y, heartbeat.validation.y])
    (row,) = np.flatnonzero((x[:, :4].astype(np.float64) == FIRST_PUBLISHED).all(axis=1))
    assert y[row] == 0


def test_parts_share_no_beat(heartbeat: Dataset, interpatient: Dataset) -> None:
    for data, rows in ((heartbeat, 109_446), (interpatient, 100_689)):
        parts = (data.train, data.validation, data.test)
        assert sum(len(part) for part in parts) == rows
        assert len(origins(*parts)) == rows


def test_beats_are_in_order_of_record_and_time(heartbeat: Dataset) -> None:
    for part in (heartbeat.train, heartbeat.validation, heartbeat.test):
        assert part.origin is not None
        assert part.origin.tolist() == sorted(part.origin.tolist())


def test_the_seed_chooses_the_validation_rows(
    heartbeat: Dataset, published: Path, beats_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TVSCM_CACHE", str(beats_cache))
    same, other = (load("heartbeat", published, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(same.validation.x, heartbeat.validation.x)
    np.testing.assert_array_equal(other.test.x, heartbeat.test.x)
    assert not np.array_equal(other.validation.x, heartbeat.validation.x)


def test_division_of_de_chazal() -> None:
    assert (len(DS1), len(DS2), len({*DS1, *DS2})) == (22, 22, 44)
    names = {int(name[:3]) for name in checksums("mitdb")}
    assert names - {*DS1, *DS2} == {102, 104, 107, 217}


def test_patients_are_apart(interpatient: Dataset) -> None:
    fit = {record for record, _ in origins(interpatient.train, interpatient.validation)}
    judged = {record for record, _ in origins(interpatient.test)}
    assert (fit, judged) == ({*DS1}, {*DS2})


def test_counts_of_de_chazal(interpatient: Dataset) -> None:
    train = np.concatenate([interpatient.train.y, interpatient.validation.y])
    ds1, ds2 = np.bincount(train), np.bincount(interpatient.test.y)
    assert ds1.tolist() == [45845, 943, 3788, 415, 8]
    assert ds2.tolist() == [44238, 1836, 3221, 388, 7]
    # The published table counts the last beats of the 22 records too: 21 N and one S.
    assert ([45866, 944, 3788, 415, 8] - ds1).tolist() == [21, 1, 0, 0, 0]
    assert ([44259, 1837, 3221, 388, 7] - ds2).tolist() == [21, 1, 0, 0, 0]


def damaged(published: Path, folder: Path, name: str, content: bytes | bytearray) -> Path:
    """Links to all records, but for one file."""
    for other in checksums("mitdb"):
        if other != name:
            (folder / other).symlink_to(published / "mitdb" / other)
    (folder / name).write_bytes(content)
    return folder


def test_damaged_records_are_not_hidden_by_the_cache(
    heartbeat: Dataset,
    published: Path,
    beats_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TVSCM_CACHE", str(beats_cache))
    assert (beats_cache / "beats-1.npz").is_file()
    content = bytearray((published / "mitdb" / "234.dat").read_bytes())

    (tmp_path / "cut").mkdir()
    cut = damaged(published, tmp_path / "cut", "234.dat", content[:-100])
    with pytest.raises(InputError, match=r"234\.dat \(1,949,900 bytes\) is cut short or altered"):
        load("heartbeat", cut)

    content[1_000_000] ^= 1
    (tmp_path / "altered").mkdir()
    altered = damaged(published, tmp_path / "altered", "234.dat", content)
    with pytest.raises(InputError, match=r"234\.dat \(1,950,000 bytes\) is cut short or altered"):
        load("heartbeat-interpatient", altered)
