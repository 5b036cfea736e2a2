"""Rows of beats as another electrode, and another finder of R peaks, would give them."""

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.front_end import ROW
from keras_tvscm.ecg.template import WINDOW

SHIFT = 2  # samples, 17 ms: how far two who annotate R differ
GAIN = 0.1  # how much the usual amplitude of a QRS complex changes with posture and electrode


def is_rhythm(features: int) -> bool:
    """Whether rows are such as `front_end.to_float` gives, by their width."""
    return features == ROW + 1


def augmented(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Each beat moved by up to two samples and scaled by up to a tenth, its numbers as they are.

    Args:
        x: float32, (rows, 238), of `front_end.to_float`.
        rng: draws for each row anew.
    """
    shift = rng.integers(-SHIFT, SHIFT + 1, (len(x), 1))
    gain = (1 + GAIN * rng.uniform(-1, 1, (len(x), 1))).astype(np.float32)
    places = np.clip(np.arange(WINDOW) + shift, 0, WINDOW - 1)
    changed = x.copy()
    for start in (0, WINDOW):
        samples = x[:, start : start + WINDOW]
        changed[:, start : start + WINDOW] = gain * np.take_along_axis(samples, places, axis=1)
    return changed
