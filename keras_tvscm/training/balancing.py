"""Weights that let rare classes, and records with few beats, count; offsets of the scores."""

from itertools import product

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Split
from keras_tvscm.ecg.ec57 import figures
from keras_tvscm.errors import InputError

# What `best_offsets` tries, in units of the scores (natural logarithms of odds).
TRIED: dict[str, tuple[float, ...]] = {
    "S": (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0),
    "V": (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0),
}
# F beats are few, and nearly all of one patient: they are called so only where it is plain.
TRIED |= {"F": (-2.0, -1.0, 0.0)}


def weights(split: Split) -> NDArray[np.float32]:
    """A row weighs one over the root of the number of rows of its class in its record.

    Rows are drawn by these weights, so a class of a hundred rows counts a tenth of one of ten
    thousand, not a hundredth, and a patient with a thousand early beats does not outvote ten
    patients with ten.

    Returns:
        float32, (rows,), of mean 1. Rows without an origin are taken to be of one record.
    """
    record = np.zeros(len(split), np.int64) if split.origin is None else split.origin[:, 0]
    groups = record.astype(np.int64) * (int(split.y.max(initial=0)) + 1) + split.y
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    weight = counts[group] ** -0.5
    return (weight / weight.mean()).astype(np.float32)


def best_offsets(
    y: NDArray[np.int32], scores: NDArray[np.float32], classes: tuple[str, ...]
) -> tuple[float, ...]:
    """What to add to the scores of each class so that j-kappa is largest, N's staying.

    Args:
        y: (rows,), of records that the network was not trained on.
        scores: (rows, classes), logits.
        classes: N, S and V among them.
    """
    tried = [TRIED.get(name, (0.0,)) for name in classes]

    def j_kappa(offsets: tuple[float, ...]) -> float:
        return figures(
            confusion(y, (scores + np.array(offsets, np.float32)).argmax(axis=1), len(classes)),
            classes,
        ).j_kappa

    return max(product(*tried), key=j_kappa)


def confusion(
    true: NDArray[np.integer], predicted: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Counts, `[true][predicted]`."""
    pairs = np.bincount(true * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def parse_offsets(text: str) -> tuple[float, ...]:
    """Numbers with commas between them, one a class, as in `0,-0.5,-1,-2`.

    Raises:
        InputError: it is not written so.
    """
    try:
        offsets = tuple(float(part) for part in text.split(","))
    except ValueError:
        offsets = (float("nan"),)
    if not np.isfinite(offsets).all():
        raise InputError(f"Offsets are numbers, one a class: 0,-0.5,-1,-2. Received: {text!r}")
    return offsets


def add_offsets(model: keras.Model, offsets: tuple[float, ...]) -> None:
    """Add them, one a class, to the bias of the layer `head`, so that the network costs no more."""
    bias = model.get_layer("head").bias
    bias.assign(bias + np.array(offsets, np.float32))
