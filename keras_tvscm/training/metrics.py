"""What a classifier's predictions are worth, counted class by class."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from keras_tvscm.extras import need


@dataclass(frozen=True)
class Score:
    """Scores of one set of predictions.

    Attributes:
        accuracy: fraction of all rows that are right.
        macro_f1: mean over the classes of F1, each class weighing the same.
        recall: per class, the fraction of its rows that are found.
        confusion: counts, `confusion[true][predicted]`.
    """

    accuracy: float
    macro_f1: float
    recall: list[float]
    confusion: list[list[int]]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def majority(train: ArrayLike, test: ArrayLike, classes: int) -> tuple[int, Score]:
    """The commonest class among the training labels, and the score of always giving it."""
    commonest = int(np.bincount(np.asarray(train), minlength=classes).argmax())
    return commonest, score(test, np.full_like(test, commonest), classes)


def score(true: ArrayLike, predicted: ArrayLike, classes: int) -> Score:
    """Score predicted class numbers, shape (rows,), against the true ones, shape (rows,).

    A class without rows, or never predicted, counts as recall and F1 zero.

    Raises:
        MissingExtra: the extra `datasets` is not installed.
    """
    need("datasets", "Scoring")
    from sklearn import metrics

    labels = np.arange(classes)
    return Score(
        accuracy=float(metrics.accuracy_score(true, predicted)),
        macro_f1=float(
            metrics.f1_score(true, predicted, labels=labels, average="macro", zero_division=0)
        ),
        recall=metrics.recall_score(
            true, predicted, labels=labels, average=None, zero_division=0
        ).tolist(),
        confusion=metrics.confusion_matrix(true, predicted, labels=labels).tolist(),
    )
