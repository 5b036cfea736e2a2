"""The user's own arrays, in the form of Keras' mnist.npz."""

import math
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .dataset import Dataset, Split, divide
from .scaling import BYTES, NONE
from .unpacking import check_unpacked

KEYS = ("x_train", "y_train", "x_test", "y_test")
GROUPS = ("groups_train", "groups_test")
# What numpy.savez and numpy.savez_compressed write. The others unpack to any size.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def from_npz(path: str | os.PathLike[str], *, seed: int = 0, rescale: bool = True) -> Dataset:
    """Load a file that holds x_train, y_train, x_test and y_test.

    Args:
        path: the .npz file. x: (rows, ...), any real numbers; rows are flattened. y:
            (rows,) or (rows, 1), whole numbers from 0. Where the file has groups_train,
            (rows,), numbers or text, rows of one group (a patient, a device) stay
            together when the validation part is taken; groups_test is compared with it.
        seed: for the choice of validation rows.
        rescale: whether integers of 8 bits are divided by 255; no others ever are.

    Returns:
        The data set, named by the file's path; classes are "0", "1" and so on.

    Raises:
        InputError: the file cannot be read, a key is missing, an array is of
            the wrong kind or shape, or `divide` refuses it.
    """
    path = Path(path)
    arrays = _read(path)
    x_train, y_train, x_test, y_test = (arrays[key] for key in KEYS)
    train = Split(_samples(x_train, "x_train"), _labels(y_train, "y_train"))
    test = Split(_samples(x_test, "x_test"), _labels(y_test, "y_test"))
    classes = int(train.y.max(initial=0)) + 1
    # A stray label would otherwise mean billions of names.
    if classes > max(len(train), 1):
        raise InputError(
            f"y_train holds label {classes - 1} and has {len(train)} rows; "
            "expected labels 0 to k - 1 with several rows of each"
        )
    pixels = train.x.dtype != np.float32
    if pixels != (test.x.dtype != np.float32):
        raise InputError(
            f"x_train is {x_train.dtype} and x_test {x_test.dtype}; expected the same, as "
            "integers of 8 bits alone are divided by 255"
        )
    groups, notes = _groups(arrays, len(train), len(test))
    return divide(
        str(path),
        tuple(str(label) for label in range(classes)),
        train,
        test,
        image_shape=x_train.shape[1:] if x_train.ndim == 3 else None,
        source=f"the user's own arrays in {path.name}",
        scaling=BYTES if pixels and rescale else NONE,
        notes=notes,
        groups=groups,
        seed=seed,
    )


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        # NumPy warns of headers that it has to guess at: no concern of our user's.
        with zipfile.ZipFile(path) as archive, warnings.catch_warnings(action="ignore"):
            members = {
                entry.filename.removesuffix(".npy"): entry
                for entry in archive.infolist()
                if entry.filename.removesuffix(".npy") in (*KEYS, *GROUPS)
            }
            check_unpacked(
                path, path.stat().st_size, sum(entry.file_size for entry in members.values())
            )
            arrays = {key: _array(archive, members[key]) for key in members}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:
        if isinstance(error, InputError):
            raise
        # NumPy and zipfile have no one error for a file that is damaged; some quote much of it.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path} is not a whole .npz file of plain arrays: {reason}") from error
    if missing := [key for key in KEYS if key not in arrays]:
        raise InputError(f"{path} lacks {', '.join(missing)}; expected {', '.join(KEYS)}")
    return arrays


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    """One array, whose header is read and believed only as far as the member goes."""
    if entry.compress_type not in METHODS:
        raise ValueError(f"{entry.filename} is packed as numpy.savez does not")
    with archive.open(entry) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(file)
    if dtype.hasobject:
        raise ValueError(f"{entry.filename} holds Python objects, not numbers")
    if not dtype.itemsize or math.prod(shape) * dtype.itemsize > entry.file_size:
        raise ValueError(f"{entry.filename} declares {shape} of {dtype}, more than it holds")
    with archive.open(entry) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array


def _samples(x: NDArray[Any], key: str) -> NDArray[Any]:
    """Rows of float32, or of the integers of 8 bits that are stored."""
    if x.dtype.kind not in "biuf" or x.ndim < 2 or not x.size:
        raise InputError(
            f"{key} is {x.dtype} of shape {x.shape}; expected real numbers, float32 say, of shape "
            "(rows, ...), not empty"
        )
    flat = x.reshape(len(x), -1)
    if x.dtype.kind in "iu" and x.itemsize == 1:
        return flat
    with np.errstate(over="ignore"):  # what does not fit becomes infinite: refused later
        return flat.astype(np.float32, copy=False)


def _labels(y: NDArray[Any], key: str) -> NDArray[np.int32]:
    if y.dtype.kind not in "biu" or y.ndim not in (1, 2) or y.size != len(y):
        raise InputError(
            f"{key} is {y.dtype} of shape {y.shape}; expected whole numbers, int32 say, of shape "
            "(rows,): classes from 0; numpy.argmax(y, axis=1) makes them of one-hot rows"
        )
    bad = (y < 0) | (y > np.iinfo(np.int32).max)
    if bad.any():
        raise InputError(f"{key} holds label {y[bad][0]}; expected whole numbers from 0")
    return y.reshape(len(y)).astype(np.int32)


def _groups(
    arrays: dict[str, NDArray[Any]], train_rows: int, test_rows: int
) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """The training rows' groups, and a note of those that the test part shares."""
    for key, rows in zip(GROUPS, (train_rows, test_rows), strict=True):
        groups = arrays.get(key)
        if groups is not None and (groups.dtype.kind not in "iuU" or groups.shape != (rows,)):
            raise InputError(
                f"{key} is {groups.dtype} of shape {groups.shape}; expected whole numbers or "
                f"text, ({rows},)"
            )
    train, test = (arrays.get(key) for key in GROUPS)
    if train is None or test is None:
        return train, ()
    shared = np.intersect1d(train, test)
    notes = (f"{len(shared)} groups have rows in train and in test",) if shared.size else ()
    return train, notes
