"""The rows of one epoch, in their order, as a recipe wants them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Split
from keras_tvscm.errors import InputError

from .augmentation import augmented, is_rhythm
from .balancing import weights
from .recipe import Recipe


class Epoch(NamedTuple):
    """What `model.fit` takes; `sample_weight` is None where every row weighs the same."""

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    sample_weight: NDArray[np.float32] | None


def epoch_rows(recipe: Recipe, part: Split, epoch: int, used: int) -> Epoch:
    """Draw the order, and what else is drawn, from the epoch's number.

    So a resumed run sees the same batches.

    Args:
        recipe: of the training.
        part: the training part.
        epoch: its number from 0.
        used: rows, the first in the drawn order.

    Raises:
        InputError: beats are to be moved, and the rows are none.
    """
    rng = np.random.default_rng([recipe.seed, epoch])
    order = rng.permutation(len(part.x))[:used]
    x = part.x[order]
    if recipe.augmented:
        if not is_rhythm(x.shape[1]):
            raise InputError(
                "--augmented moves the beats in rows of heartbeat-rhythm or of recordings; these "
                f"rows have {x.shape[1]} features"
            )
        x = augmented(x, rng)
    return Epoch(x, part.y[order], weights(part)[order] if recipe.balanced else None)
