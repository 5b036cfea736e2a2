"""What a model answers, without the compilation that `predict` begins with."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

BATCH = 1024


def predictions(model: keras.Model, x: NDArray[Any]) -> NDArray[Any]:
    """The outputs for all rows, as `model.predict` gives them up to rounding.

    `predict` of a model that was not compiled traces it, and compiles it by XLA for each size of
    batch: that takes longer than a small network takes for all its rows.

    Args:
        model: of one input and one output.
        x: (rows, ...), as the model takes them.
    """
    batches = [model(x[start : start + BATCH], training=False) for start in range(0, len(x), BATCH)]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])
