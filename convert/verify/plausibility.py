"""Whether the Keras model itself is any good on the rows that are to verify its conversion.

A conversion may agree in everything with a model that is wrong: one that was trained on samples of
another scale, or on other data.
"""

import math

import numpy as np

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError

from .agreement import Rows, compare


class ImplausibleModel(CheckError):
    """The Keras model does no better than a guess on the held-out rows.

    Attributes:
        doubt: see there.
    """

    def __init__(self, doubt: str) -> None:
        self.doubt = doubt
        super().__init__(
            f"{doubt} Load them with rescale=False for a model that scales its input itself; "
            "accept_any_accuracy=True converts it all the same; nothing written"
        )


def doubt(rows: Rows, dataset: Dataset) -> str | None:
    """Why a classifier's answers look like guesses; None where they do not.

    They do where neither on the validation part nor on the test part its accuracy is above the
    share of the commonest class there and that share's standard error. One part is enough, as
    some data sets are tested on other people than they are trained on, of whom a useful network
    may get fewer right than the commonest class is.

    Args:
        rows: those of the validation part, then those of the test part.
        dataset: their data set.
    """
    if rows.targets is None or rows.task.decisions(rows.expected) is None:
        return None
    numbers = np.arange(len(rows.x))
    for part in np.split(numbers, [len(dataset.validation)]):
        accuracy, share = _accuracy_and_share(rows.at(part))
        if accuracy > share + math.sqrt(share * (1 - share) / len(part)):
            return None
    accuracy, share = _accuracy_and_share(rows)
    return (
        f"the Keras model itself is right on {accuracy:.2%} of {len(numbers):,} held-out rows "
        f"({dataset.name}), and the commonest class is {share:.2%} of them: it does no better than "
        f"a guess. The data set's samples are {dataset.scaling}: was it trained on such?"
    )


def _accuracy_and_share(rows: Rows) -> tuple[float, float]:
    """The Keras model's, and that of the commonest class."""
    counts = np.unique_counts(np.asarray(rows.targets)).counts
    return compare(rows.expected, rows).accuracy_keras or 0.0, float(counts.max() / len(rows.x))
