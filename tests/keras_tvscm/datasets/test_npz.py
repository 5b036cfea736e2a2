import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_tvscm.datasets import load
from keras_tvscm.datasets.scaling import BYTES, NONE
from keras_tvscm.errors import InputError


def arrays(**changes: Any) -> dict[str, Any]:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 4, 6), dtype=np.uint8)
    labels = np.arange(50) % 5
    whole = {"x_train": pixels, "y_train": labels, "x_test": pixels[:9], "y_test": labels[:9]}
    return whole | changes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.npz"


def refused(path: Path, **changes: Any) -> str:
    np.savez(path, **arrays(**changes))
    with pytest.raises(InputError) as caught:
        load(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pixels_become_rows_between_0_and_1(path: Path) -> None:
    np.savez(path, **arrays())
    data = load(str(path))
    assert (data.name, data.classes, data.features) == (str(path), tuple("01234"), 24)
    assert data.image_shape == (4, 6)
    assert (len(data.train), len(data.validation), len(data.test)) == (45, 5, 9)
    assert (data.test.x.dtype, data.test.y.dtype) == (np.float32, np.int32)
    expected = arrays()["x_test"].reshape(9, 24).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(data.test.x, expected)


@pytest.mark.parametrize("dtype", ["bool", "int16", "uint64", "float16", "float64"])
def test_other_numbers_stay_as_they_are(path: Path, dtype: str) -> None:
    x = arrays()["x_test"].reshape(9, 24).astype(dtype)
    x_train = arrays()["x_train"].reshape(50, 24).astype(dtype)
    np.savez(path, **arrays(x_train=x_train, x_test=x))
    data = load(str(path))
    assert data.image_shape is None
    assert data.test.x.dtype == np.float32
    np.testing.assert_array_equal(data.test.x, x.astype(np.float32))


def test_labels_in_a_column(path: Path) -> None:
    np.savez(path, **arrays(y_test=arrays()["y_test"][:, None]))
    assert load(str(path)).test.y.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3]


def test_what_is_not_finite(path: Path) -> None:
    x = np.zeros((9, 24))
    x[3, 5] = np.nan
    train = np.zeros((50, 24))
    message = refused(path, x_train=train, x_test=x)
    assert message.startswith("test: NaN or infinite samples in 1 of 9 rows")
    x[3, 5] = 1e300  # not a float32
    assert "the first is row 3" in refused(path, x_train=train, x_test=x)


def test_what_is_not_a_number(path: Path) -> None:
    assert refused(path, x_test=np.zeros((9, 24), complex)) == (
        "x_test is complex128 of shape (9, 24); expected real numbers, float32 say, of shape "
        "(rows, ...), not empty"
    )
    assert "expected real numbers" in refused(path, x_test=np.full((9, 24), "a"))
    assert "x_test.npy holds Python objects" in refused(path, x_test=np.full((9, 24), None))


def test_labels_that_are_none(path: Path) -> None:
    assert refused(path, y_test=np.zeros(9)) == (
        "y_test is float64 of shape (9,); expected whole numbers, int32 say, of shape (rows,): "
        "classes from 0; numpy.argmax(y, axis=1) makes them of one-hot rows"
    )
    assert "expected whole numbers" in refused(path, y_test=np.eye(9, dtype=int))
    assert "y_train holds label -1" in refused(path, y_train=arrays()["y_train"] - 1)
    assert "label 5 in row 0; expected 0 to 4" in refused(path, y_test=np.full(9, 5))
    assert "y_test holds label 4294967296" in refused(path, y_test=np.full(9, 2**32))
    assert "expected labels 0 to k - 1" in refused(path, y_train=np.full(50, 2**30))


def test_shapes(path: Path) -> None:
    assert "24 samples in a row and test has 12" in refused(
        path, x_test=np.zeros((9, 12), np.uint8)
    )
    assert "y has shape (9,); expected (8,)" in refused(path, x_test=np.zeros((8, 24), np.uint8))
    assert "not empty" in refused(path, x_train=np.zeros((0, 24)), y_train=np.zeros(0, int))
    assert "x_train is float64 of shape ()" in refused(path, x_train=1.0)


def test_missing_keys(path: Path) -> None:
    np.savez(path, x_train=np.zeros((3, 2)), y_test=np.zeros(3, int))
    with pytest.raises(InputError, match="lacks y_train, x_test; expected x_train, y_train"):
        load(str(path))


def test_no_such_file(path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.npz: No such file"):
        load(str(path))


def test_one_array_is_not_enough(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="is not a whole"):
        load(str(path))


@given(cut=st.floats(0, 1, exclude_max=True), at=st.floats(0, 1, exclude_max=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_damaged(path: Path, cut: float, at: float) -> None:
    np.savez_compressed(path, **arrays())
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content))])
    with pytest.raises(InputError):
        load(str(path))

    altered = bytearray(content)
    altered[int(at * len(content))] ^= 0x55
    path.write_bytes(altered)
    try:
        np.testing.assert_array_equal(load(str(path)).test.y, arrays()["y_test"])
    except InputError as error:
        assert "\n" not in str(error)


def test_bytes_are_divided_and_recorded(path: Path) -> None:
    np.savez(path, **arrays())
    assert load(str(path)).scaling == BYTES
    left = load(str(path), rescale=False)
    assert (left.scaling, left.test.x.dtype) == (NONE, np.float32)
    np.testing.assert_array_equal(left.test.x, arrays()["x_test"].reshape(9, 24))
    x = arrays()["x_train"].astype(float)
    np.savez(path, **arrays(x_train=x, x_test=x[:9]))
    assert load(str(path)).scaling == NONE


def test_both_parts_are_scaled_alike(path: Path) -> None:
    message = refused(path, x_test=np.zeros((9, 4, 6), np.float32))
    assert "x_train is uint8 and x_test float32; expected the same" in message


def test_classes_without_rows_are_noted(path: Path) -> None:
    y = arrays()["y_train"]
    np.savez(path, **arrays(y_train=y + 1, y_test=y[:9] + 1))
    data = load(str(path))
    assert data.classes == tuple("012345")
    assert data.notes == tuple(
        f"{part} has no row of class 0" for part in ("train", "validation", "test")
    )


@pytest.mark.parametrize("dtype", [int, str])
def test_groups_are_not_divided(path: Path, dtype: type) -> None:
    groups = (np.arange(50) // 2).astype(dtype)
    x = np.repeat(np.arange(50.0)[:, None], 3, axis=1)
    np.savez(path, **arrays(x_train=x, x_test=x[:9]), groups_train=groups)
    data = load(str(path))
    kept, taken = (
        {int(row) // 2 for row in part.x[:, 0]} for part in (data.train, data.validation)
    )
    assert (len(kept), len(taken), kept & taken) == (22, 3, set())
    np.savez(path, **arrays(x_train=x, x_test=x[:9]), groups_train=groups, groups_test=groups[:9])
    assert load(str(path)).notes == ("5 groups have rows in train and in test",)


def test_groups_that_are_none(path: Path) -> None:
    assert "groups_train is int64 of shape (49,); expected whole numbers or text, (50,)" in refused(
        path, groups_train=np.arange(49)
    )
    assert "groups_train is float64" in refused(path, groups_train=np.zeros(50))
    assert "cannot take validation rows out of train" in refused(
        path, groups_train=np.zeros(50, int)
    )


def member(path: Path, name: str, content: bytes, method: int = zipfile.ZIP_STORED) -> str:
    """What is said of a file with one member replaced."""
    np.savez(path.with_name("whole.npz"), **arrays())
    with zipfile.ZipFile(path.with_name("whole.npz")) as whole, zipfile.ZipFile(path, "w") as file:
        for entry in whole.namelist():
            if entry == name:
                file.writestr(entry, content, method)
            else:
                file.writestr(entry, whole.read(entry))
    with pytest.raises(InputError) as caught:
        load(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def test_members_that_are_no_arrays(path: Path) -> None:
    assert "is not a whole .npz file" in member(path, "x_train.npy", b"PK of something else")
    assert "more than it holds" in member(path, "x_train.npy", header("(1000000000, 4)"))
    assert "more than it holds" in member(path, "x_train.npy", header("(99999999999,)", "'<U0'"))
    assert "holds Python objects" in member(path, "x_train.npy", header("(1,)", "'|O'") + b"\x80")
    assert "is not a whole" in member(path, "x_train.npy", header("(-1, 4)"))
    assert "is not a whole" in member(path, "x_train.npy", header("(" * 500))


def test_bombs(path: Path) -> None:
    zeros = header("(1, 268435456)", "'|u1'") + bytes(1 << 28)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED):
        assert "declares 268," in member(path, "x_train.npy", zeros, method)
    small = header("(1, 9)", "'|u1'") + bytes(9)
    assert "is packed as numpy.savez does not" in member(
        path, "x_train.npy", small, zipfile.ZIP_LZMA
    )
