"""From labels as they are stored to class numbers from 0."""

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError


def number_labels(smallest: int, largest: int, rows: int) -> tuple[str, ...]:
    """Name the classes of whole-number labels, which begin with 0 or 1.

    Labels between the two that no row has are classes too.

    Args:
        smallest, largest: label of the training part.
        rows: how many it has: a stray label would otherwise mean billions of names.

    Returns:
        The labels as text, from 0 or 1 on.

    Raises:
        InputError: a label below 0, or more classes than rows.
    """
    first = min(smallest, 1)
    if smallest < 0 or largest - first >= rows:
        raise InputError(
            f"labels go from {smallest} to {largest} in {rows} rows; expected 0 to k - 1 or "
            "1 to k, with several rows of each"
        )
    return tuple(map(str, range(first, largest + 1)))


def numbered(labels: list[str], names: tuple[str, ...], part: str) -> NDArray[np.int32]:
    """Class numbers of labels given as text.

    Raises:
        InputError: a label that is not among `names`.
    """
    number_of = {name: number for number, name in enumerate(names)}
    try:
        return np.array([number_of[label] for label in labels], np.int32)
    except KeyError as error:
        label = error.args[0]
        raise InputError(
            f"{part}: label {label!r} in row {labels.index(label)}; expected one of the "
            f"{len(names)} labels of the training part"
        ) from error
