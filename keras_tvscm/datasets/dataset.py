"""What every data set looks like once loaded, and the checks it has passed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need

VALIDATION_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Split:
    """Labelled rows: `x` and `y`, and for recorded signals where each row is from.

    Attributes:
        x: float32, (rows, features).
        y: int32, (rows,), class numbers from 0.
        origin: int32, (rows, 2), the record's number and the annotated sample
            within it; None where rows have no such origin.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    origin: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.y)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.integer]) -> "Split":
        """The rows that a mask, or a list of row numbers, picks."""
        origin = None if self.origin is None else self.origin[rows]
        return Split(self.x[rows], self.y[rows], origin)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in three parts; use `divide` to make one.

    Attributes:
        name: what `load` knows it by.
        classes: class names, in the order of the class numbers.
        train, validation, test: fit on the first, choose on the second, report
            the third.
        image_shape: (height, width) where rows are images, else None.
        source: one line: what the samples are and where they are from.
        raw_scale: what samples were divided by, all alike, to get `x`.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    image_shape: tuple[int, int] | None
    source: str
    raw_scale: float = 1.0

    @property
    def features(self) -> int:
        """Samples in a row: the width of the model's input."""
        return self.train.x.shape[1]


def divide(
    name: str,
    classes: tuple[str, ...],
    train: Split,
    test: Split,
    *,
    source: str,
    image_shape: tuple[int, int] | None = None,
    raw_scale: float = 1.0,
    seed: int = 0,
) -> Dataset:
    """Check both parts, take the validation rows out of `train`, and name the whole.

    Raises:
        InputError: as `check` and `take_validation`; or the parts differ in width.
    """
    check(train, "train", classes=len(classes))
    check(test, "test", classes=len(classes))
    if train.x.shape[1] != test.x.shape[1]:
        raise InputError(
            f"train has {train.x.shape[1]} samples in a row and test has "
            f"{test.x.shape[1]}; expected the same number"
        )
    train, validation = take_validation(train, seed)
    return Dataset(name, classes, train, validation, test, image_shape, source, raw_scale)


def take_validation(train: Split, seed: int) -> tuple[Split, Split]:
    """Split off a tenth of the rows, the same share of every class.

    Returns:
        What is left for training, and the validation part; rows stay in order.

    Raises:
        InputError: too few rows of some class, or the seed is not in 0 .. 2³² - 1.
    """
    need("datasets", "Taking validation rows out of train")
    from sklearn.model_selection import train_test_split  # a second that --help need not spend

    try:
        kept, taken = train_test_split(
            np.arange(len(train)),
            test_size=VALIDATION_SHARE,
            stratify=train.y,
            random_state=seed,
        )
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"cannot take validation rows out of train: {reason}") from error
    return train.select(np.sort(kept)), train.select(np.sort(taken))


def check(split: Split, part: str, *, classes: int) -> None:
    """Refuse a split that a model could not be trained or judged on.

    Args:
        split: the rows.
        part: what to call them in the message.
        classes: labels must be below this number.

    Raises:
        InputError: no rows; x, y and origin differ in length; a sample that is
            NaN or infinite; a label outside 0 .. classes - 1.
    """
    x, y, origin = split.x, split.y, split.origin
    if x.ndim != 2 or x.size == 0:
        raise InputError(f"{part}: x has shape {x.shape}; expected (rows, samples), not empty")
    if y.shape != x.shape[:1]:
        raise InputError(f"{part}: y has shape {y.shape}; expected ({len(x)},), as x has rows")
    if origin is not None and origin.shape != (len(x), 2):
        raise InputError(f"{part}: origin has shape {origin.shape}; expected ({len(x)}, 2)")
    bad = ~np.isfinite(x).all(axis=1)
    if bad.any():
        raise InputError(
            f"{part}: NaN or infinite samples in {bad.sum()} of {len(x)} rows, the first is row "
            f"{bad.argmax()}; expected finite numbers"
        )
    bad = (y < 0) | (y >= classes)
    if bad.any():
        raise InputError(
            f"{part}: label {y[bad.argmax()]} in row {bad.argmax()}; expected 0 to {classes - 1}"
        )
