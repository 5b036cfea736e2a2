"""How far a converted model's outputs are from the Keras model's, on the same rows."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .task import CLASSIFICATION, Task


@dataclass(frozen=True)
class Rows:
    """Inputs, the Keras model's outputs of them and, where they are known, the right ones.

    Attributes:
        expected: the Keras model's outputs, float32 (rows, outputs).
        x: the inputs, float32 (rows, n).
        targets: class numbers, shape (rows,), for a task with classes; for others shape
            (rows, outputs); None where they are not known.
        task: what the outputs stand for.
    """

    expected: NDArray[np.float32]
    x: NDArray[np.float32]
    targets: NDArray[np.generic] | None = None
    task: Task = CLASSIFICATION

    def draw(self, size: int, seed: int) -> NDArray[np.int64]:
        """The numbers of that many rows; of all, in order, if there are not more."""
        count = len(self.x)
        if count <= size:
            return np.arange(count)
        return np.sort(np.random.default_rng(seed).choice(count, size, replace=False))

    def at(self, numbers: NDArray[np.int64]) -> "Rows":
        """The rows of those numbers."""
        targets = None if self.targets is None else self.targets[numbers]
        return Rows(self.expected[numbers], self.x[numbers], targets, self.task)


@dataclass(frozen=True)
class Agreement:
    """How far outputs are from the Keras model's, on the same rows.

    Attributes:
        rows: how many were compared.
        max_error, rmse: largest and root mean square difference of two outputs.
        relative_error: `max_error` over the Keras model's largest absolute output.
        relative_rmse: `rmse` over the standard deviation of the Keras model's outputs, each about
            its own mean; over the largest where they do not vary. None in records of schema 1.
        cosine: similarity of the two arrays of outputs, taken as vectors.
        agreement: fraction of rows whose class is the same; None for a task without classes.
        accuracy_keras, accuracy: fractions; None without classes or targets.
        target_rmse_keras, target_rmse: root mean square differences from the targets; None with
            classes, or without targets.
    """

    rows: int
    max_error: float
    relative_error: float
    rmse: float
    relative_rmse: float | None
    cosine: float
    agreement: float | None
    accuracy_keras: float | None
    accuracy: float | None
    target_rmse_keras: float | None = None
    target_rmse: float | None = None

    @property
    def standard_error(self) -> float:
        """Of the change of accuracy, a fraction: that of as many coin tosses as classes changed."""
        changed = 0.0 if self.agreement is None else self.rows * (1 - self.agreement)
        return math.sqrt(changed) / self.rows


def compare(outputs: NDArray[np.float32], rows: Rows) -> Agreement:
    """Compare outputs, shape (rows, outputs), with those that are expected."""
    expected, actual = rows.expected.astype(np.float64), outputs.astype(np.float64)
    error = np.abs(actual - expected)
    rmse = float(np.sqrt(np.mean(error**2)))
    largest = float(np.abs(expected).max()) or 1.0
    spread = float(np.sqrt(np.mean((expected - expected.mean(axis=0)) ** 2)))
    lengths = float(np.linalg.norm(expected) * np.linalg.norm(actual))
    wanted, decided = rows.task.decisions(rows.expected), rows.task.decisions(outputs)
    classes = wanted is not None and decided is not None
    known = rows.targets
    return Agreement(
        rows=len(expected),
        max_error=float(error.max()),
        relative_error=float(error.max()) / largest,
        rmse=rmse,
        relative_rmse=rmse / (spread or largest),
        cosine=min(float((actual * expected).sum()) / lengths, 1.0) if lengths else 1.0,
        agreement=float(np.mean(wanted == decided)) if classes else None,
        accuracy_keras=float(np.mean(wanted == known)) if classes and known is not None else None,
        accuracy=float(np.mean(decided == known)) if classes and known is not None else None,
        target_rmse_keras=None if classes or known is None else _rmse(expected, known),
        target_rmse=None if classes or known is None else _rmse(actual, known),
    )


def _rmse(outputs: NDArray[np.float64], targets: NDArray[np.generic]) -> float:
    return float(np.sqrt(np.mean((outputs - targets.astype(np.float64)) ** 2)))
