"""The rows of one epoch, in their order, as a recipe wants them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Split

from .balancing import weights
from .recipe import Recipe


class Epoch(NamedTuple):
    """What `model.fit` takes."""

    x: NDArray[np.float32]
    y: NDArray[np.int32]


def epoch_rows(recipe: Recipe, part: Split, epoch: int, used: int) -> Epoch:
    """Draw rows by the epoch's number.

    So a resumed run sees the same batches. In a balanced training rows are drawn by their
    weight, some several times: rare ones are met in every few batches, which weights in the loss
    would not do.

    Args:
        recipe: of the training.
        part: the training part.
        epoch: its number from 0.
        used: how many rows.
    """
    rng = np.random.default_rng([recipe.seed, epoch])
    if recipe.balanced:
        weight = weights(part).astype(np.float64)
        order = rng.choice(len(part.x), used, p=weight / weight.sum())
    else:
        order = rng.permutation(len(part.x))[:used]
    return Epoch(part.x[order], part.y[order])
