"""The user's own arrays, in the form of Keras' mnist.npz."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .dataset import Dataset, Split, divide

KEYS = ("x_train", "y_train", "x_test", "y_test")


def from_npz(path: str | os.PathLike[str], *, seed: int = 0) -> Dataset:
    """Load a file that holds x_train, y_train, x_test and y_test.

    Args:
        path: the .npz file. x: (rows, ...), any real numbers; rows are
            flattened, and integers of 8 bits divided by 255. y: (rows,) or
            (rows, 1), whole numbers from 0.
        seed: for the choice of validation rows.

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
    return divide(
        str(path),
        tuple(str(label) for label in range(classes)),
        train,
        test,
        image_shape=x_train.shape[1:] if x_train.ndim == 3 else None,
        source=f"the user's own arrays in {path.name}",
        seed=seed,
    )


def _read(path: Path) -> dict[str, NDArray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [key for key in KEYS if key not in stored]
            arrays = {key: stored[key] for key in KEYS if key in stored}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:
        # NumPy and zipfile have no one error for a file that is damaged.
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not a whole .npz file of plain arrays: {reason}") from error
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}; expected {', '.join(KEYS)}")
    return arrays


def _samples(x: NDArray, key: str) -> NDArray[np.float32]:
    if x.dtype.kind not in "biuf" or x.ndim < 2:
        raise InputError(
            f"{key} is {x.dtype} of shape {x.shape}; expected real numbers, (rows, ...)"
        )
    flat = x.reshape(len(x), int(np.prod(x.shape[1:])))
    if x.dtype.kind in "iu" and x.itemsize == 1:
        return np.divide(flat, 255, dtype=np.float32)
    with np.errstate(over="ignore"):  # what does not fit becomes infinite: refused later
        return flat.astype(np.float32)


def _labels(y: NDArray, key: str) -> NDArray[np.int32]:
    if y.dtype.kind not in "biu" or y.ndim not in (1, 2) or y.size != len(y):
        raise InputError(f"{key} is {y.dtype} of shape {y.shape}; expected whole numbers, (rows,)")
    bad = (y < 0) | (y > np.iinfo(np.int32).max)
    if bad.any():
        raise InputError(f"{key} holds label {y[bad][0]}; expected whole numbers from 0")
    return y.reshape(len(y)).astype(np.int32)
