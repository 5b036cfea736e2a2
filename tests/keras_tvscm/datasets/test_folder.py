"""Folders of IDX files, named and packed as the published sets are."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.datasets.scaling import BYTES, NONE
from keras_tvscm.errors import InputError

MNIST = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (120, 4, 6), dtype=np.uint8)
LABELS = (np.arange(120) % 3).astype(np.uint8)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def write(
    folder: Path, *, prefix: str = "", test: str = "t10k", packed: bool = True, first: int = 0
) -> None:
    folder.mkdir(exist_ok=True)
    for part, rows in (("train", 100), (test, 20)):
        for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS + np.uint8(first))):
            content = idx(array[:rows] if part == "train" else array[100:])
            path = folder / f"{prefix}{part}-{kind}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(content, mtime=0) if packed else content)


@pytest.mark.parametrize("packed", [True, False])
def test_as_fashion_mnist_and_kmnist_are_published(tmp_path: Path, packed: bool) -> None:
    write(tmp_path / "fashion", packed=packed)
    data = load(str(tmp_path / "fashion"))
    assert (data.name, data.classes) == (str(tmp_path / "fashion"), ("0", "1", "2"))
    assert (data.image_shape, data.features, data.scaling) == ((4, 6), 24, BYTES)
    assert (len(data.train), len(data.validation), len(data.test)) == (90, 10, 20)
    expected = IMAGES[100:].reshape(20, 24) / np.float32(255)
    np.testing.assert_array_equal(data.test.x, expected)
    np.testing.assert_array_equal(data.test.y, LABELS[100:])
    assert data.notes == ()


def test_pixels_as_they_are_stored(tmp_path: Path) -> None:
    write(tmp_path)
    data = load(str(tmp_path), rescale=False)
    assert (data.scaling, data.test.x.dtype) == (NONE, np.float32)
    np.testing.assert_array_equal(data.test.x, IMAGES[100:].reshape(20, 24))


def test_emnist_letters_begin_with_1(tmp_path: Path) -> None:
    write(tmp_path, prefix="emnist-letters-", test="test", first=1)
    write(tmp_path, prefix="emnist-digits-", test="test")
    with pytest.raises(
        InputError, match=r"several data sets: emnist-digits\* .IDX., emnist-letters\* .*name one"
    ):
        load(str(tmp_path))
    data = load(str(tmp_path / "emnist-letters"))
    assert data.classes == ("1", "2", "3")
    np.testing.assert_array_equal(data.test.y, LABELS[100:])
    np.testing.assert_array_equal(data.test.x * 255, IMAGES[100:].reshape(20, 24))
    assert "rows and columns exchanged" in data.notes[0]
    assert load(str(tmp_path / "emnist-digits")).classes == ("0", "1", "2")


def test_a_class_without_rows_is_noted(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(idx(LABELS[:100] * 2))
    data = load(str(tmp_path))
    assert data.classes == ("0", "1", "2", "3", "4")
    assert data.notes == (
        "train has no row of class 1, 3",
        "validation has no row of class 1, 3",
        "test has no row of class 3, 4",
    )


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match="but not the labels of the test part; expected train-im"):
        load(str(tmp_path))


def test_folders_without_a_data_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no data set; expected train-images-idx3-ubyte"):
        load(str(tmp_path))
    with pytest.raises(InputError, match=r"no data set is called .*absent'; expected mnist"):
        load(str(tmp_path / "absent"))
    with pytest.raises(InputError, match="no data set is called 'aaa"):
        load("a" * 5000)


def test_images_and_labels_must_agree(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(idx(LABELS[:99]))
    with pytest.raises(InputError, match=r"y has shape \(99,\); expected \(100,\)"):
        load(str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(idx(LABELS[:0]))
    with pytest.raises(InputError, match="declares no content"):
        load(str(tmp_path))


def test_a_bomb_of_declared_zeros(tmp_path: Path) -> None:
    write(tmp_path)
    header = struct.pack(">4I", 0x803, 400_000, 28, 28)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header))
    with pytest.raises(InputError, match="declares 313,600,000; expected at most 134,217,728"):
        load(str(tmp_path))
