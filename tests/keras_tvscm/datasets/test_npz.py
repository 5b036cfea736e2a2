from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_tvscm.datasets import load
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
    np.savez(path, **arrays(x_train=arrays()["x_train"].reshape(50, 24), x_test=x))
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
    assert refused(path, x_test=x).startswith("test: NaN or infinite samples in 1 of 9 rows")
    x[3, 5] = 1e300  # not a float32
    assert "the first is row 3" in refused(path, x_test=x)


def test_what_is_not_a_number(path: Path) -> None:
    assert "expected real numbers" in refused(path, x_test=np.zeros((9, 24), complex))
    assert "expected real numbers" in refused(path, x_test=np.full((9, 24), "a"))
    assert "allow_pickle" in refused(path, x_test=np.full((9, 24), None))


def test_labels_that_are_none(path: Path) -> None:
    assert "expected whole numbers" in refused(path, y_test=np.zeros(9))
    assert "expected whole numbers" in refused(path, y_test=np.eye(9, dtype=int))
    assert "y_train holds label -1" in refused(path, y_train=arrays()["y_train"] - 1)
    assert "label 5 in row 0; expected 0 to 4" in refused(path, y_test=np.full(9, 5))
    assert "y_test holds label 4294967296" in refused(path, y_test=np.full(9, 2**32))
    assert "expected labels 0 to k - 1" in refused(path, y_train=np.full(50, 2**30))


def test_shapes(path: Path) -> None:
    assert "24 samples in a row and test has 12" in refused(path, x_test=np.zeros((9, 12)))
    assert "y has shape (9,); expected (8,)" in refused(path, x_test=np.zeros((8, 24)))
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
