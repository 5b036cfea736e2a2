"""What every data set looks like once loaded, and the checks it has passed."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need

from .scaling import NONE, Scaling

VALIDATION_SHARE = 0.1
# Dividing so many takes a gigabyte and ten seconds.
MOST_ROWS = 1 << 23
# Draws of whole groups, of which the one nearest to the share of each class is taken.
GROUP_DRAWS = 20


@dataclass(frozen=True, eq=False)
class Split:
    """Labelled rows: `x` and `y`, and for recorded signals where each row is from.

    Attributes:
        x: (rows, features); float32 once `divide` has scaled what is stored.
        y: int32, (rows,), class numbers from 0.
        origin: int32, (rows, 2), the record's number and the annotated sample
            within it; None where rows have no such origin.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm.datasets import Split
        >>> split = Split(np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1], np.int32))
        >>> len(split.select(split.y == 1))
        2
    """

    x: NDArray[Any]
    y: NDArray[np.int32]
    origin: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with any sample or label."""
        digest = hashlib.blake2b(repr(self.x.shape).encode(), digest_size=8)
        digest.update(np.ascontiguousarray(self.x).data)
        digest.update(np.ascontiguousarray(self.y).data)
        return digest.hexdigest()

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
        scaling: what the loader did to the stored samples to get `x`.
        notes: one line each: what a user should know before trusting a figure.
        records: names of the records that the rows' origins count; () where the numbers are
            the names.

    Examples:

        >>> from keras_tvscm.datasets import load
        >>> data = load("digits")
        >>> data.features, len(data.classes), data.image_shape
        (64, 10, (8, 8))
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    image_shape: tuple[int, int] | None
    source: str
    scaling: Scaling = NONE
    notes: tuple[str, ...] = ()
    records: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        """Samples in a row: the width of the model's input."""
        return self.train.x.shape[1]

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with any row, label, class or division."""
        parts = [part.fingerprint for part in (self.train, self.validation, self.test)]
        facts = repr((self.classes, self.image_shape, parts))
        return hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()


def divide(
    name: str,
    classes: tuple[str, ...],
    train: Split,
    test: Split,
    *,
    source: str,
    image_shape: tuple[int, int] | None = None,
    scaling: Scaling = NONE,
    notes: tuple[str, ...] = (),
    groups: NDArray[Any] | None = None,
    records: tuple[str, ...] = (),
    seed: int = 0,
) -> Dataset:
    """Check both parts, take the validation rows out of `train`, scale, and name the whole.

    Args:
        name, classes, source, image_shape, notes, records: as in `Dataset`.
        train, test: rows as they are stored; of float32, or integers of 8 bits.
        scaling: is applied to them here.
        groups: (training rows,), equal for rows that belong together, such as those of
            one patient: no group is in both training and validation.
        seed: of the choice of validation rows.

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
    train, validation = take_validation(train, seed, groups)
    parts = {"train": train, "validation": validation, "test": test}
    parts = {
        part: Split(scaling.apply(split.x), split.y, split.origin) for part, split in parts.items()
    }
    notes += tuple(
        note for part, split in parts.items() if (note := _lacking(part, split.y, classes))
    )
    return Dataset(
        name,
        classes,
        **parts,
        image_shape=image_shape,
        source=source,
        scaling=scaling,
        notes=notes,
        records=records,
    )


def take_validation(
    train: Split, seed: int, groups: NDArray[Any] | None = None
) -> tuple[Split, Split]:
    """Split off a tenth of the rows, the same share of every class.

    Returns:
        What is left for training, and the validation part; rows stay in order.

    Raises:
        InputError: too few rows of some class, fewer than two groups, or the seed is not
            in 0 .. 2³² - 1.
    """
    kept, taken = take_rows(train.y, VALIDATION_SHARE, seed, groups, part="validation")
    return train.select(kept), train.select(taken)


def take_rows(
    y: NDArray[np.int32], share: float, seed: int, groups: NDArray[Any] | None, *, part: str
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Draw row numbers: the same share of every class, or whole groups near to that.

    Args:
        y: (rows,), class numbers.
        share: of the rows, or of the groups.
        seed: of the draw.
        groups: (rows,), equal for rows that stay together; None: each may go anywhere.
        part: what the drawn rows are for, in messages.

    Returns:
        The rows that stay and those drawn, in order.

    Raises:
        InputError: too few rows of some class, fewer than two groups, or a wrong seed.
    """
    need("datasets", f"Taking {part} rows out of train")
    # A second that --help need not spend.
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    rows = np.arange(len(y))
    try:
        if groups is None:
            kept, taken = train_test_split(rows, test_size=share, stratify=y, random_state=seed)
        else:
            draws = GroupShuffleSplit(GROUP_DRAWS, test_size=share, random_state=seed)
            wanted = share * np.bincount(y)
            kept, taken = min(
                draws.split(rows, groups=groups),
                key=lambda draw: np.abs(
                    np.bincount(y[draw[1]], minlength=len(wanted)) - wanted
                ).sum(),
            )
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"cannot take {part} rows out of train: {reason}") from error
    return np.sort(kept), np.sort(taken)


def _lacking(part: str, y: NDArray[np.int32], classes: tuple[str, ...]) -> str | None:
    """A note of the classes that no row of a part has."""
    empty = [classes[number] for number in np.setdiff1d(np.arange(len(classes)), y)]
    if not empty:
        return None
    more = f" and {len(empty) - 5} more" if len(empty) > 5 else ""
    return f"{part} has no row of class {', '.join(empty[:5])}{more}"


def check(split: Split, part: str, *, classes: int) -> None:
    """Refuse a split that a model could not be trained or judged on.

    Args:
        split: the rows.
        part: what to call them in the message.
        classes: labels must be below this number.

    Raises:
        InputError: no rows, or more than `MOST_ROWS`; x, y and origin differ in length;
            a sample that is NaN or infinite; a label outside 0 .. classes - 1.
    """
    x, y, origin = split.x, split.y, split.origin
    if x.ndim != 2 or x.size == 0:
        raise InputError(
            f"{part}: x is {x.dtype} of shape {x.shape}; expected (rows, samples), not empty"
        )
    if len(x) > MOST_ROWS:
        raise InputError(f"{part} has {len(x):,} rows; expected at most {MOST_ROWS:,}; take fewer")
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
