"""Training on with int8's rounding in the way: the values learn to live with it.

A trained classifier becomes a model of `tf_keras` layers (`twin`), which rounds and is trained
(`rounding`); what it learned goes into a copy of the given model.
"""

import keras
import numpy as np
from numpy.typing import ArrayLike

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.models.cloning import clone_with, flattened
from keras_tvscm.training.defaults import (
    BATCH,
    QUANTIZATION_AWARE_EPOCHS,
    QUANTIZATION_AWARE_LEARNING_RATE,
)
from keras_tvscm.training.fit import Progress

from ..lower import ROUNDED_TOGETHER
from .chain import chain


def quantization_aware(
    model: keras.Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = QUANTIZATION_AWARE_EPOCHS,
    learning_rate: float = QUANTIZATION_AWARE_LEARNING_RATE,
    batch_size: int = BATCH,
    seed: int = 0,
    lowering: str = "unrolled",
    progress: Progress | None = None,
) -> keras.Model:
    """A copy of a trained classifier, trained on for int8.

    In every step the forward pass rounds as the converted model will, and the gradient passes
    through unrounded (Jacob et al. 2018, arXiv 1712.05877): inputs and activations to 256
    steps between their smallest and largest value, the weights of a Dense layer to 127 steps
    of each unit's largest, `a` and `b` of each filter to 127 steps of the larger one.

    What becomes of `a` and `b` of a TVSCM layer depends on its lowering. `"unrolled"`,
    `"fc-sum"` and `"maximum"` keep both as they are and round the sums that they multiply,
    the products and their sums. For `"convolution"`, `"gather"`, `"pack"`, `"polyphase"` and
    `"dense"` the pair is rounded once, to 127 steps of the larger one, and held (with the
    layer's bias), while the other layers learn to do with it; nothing before the output is
    rounded.

    Ranges are those of each batch; the converter sets them anew from its calibration rows.
    Dropout, regularizers and constraints play no part.

    Args:
        model: a built chain of Dense, TVSCM, TVSCMConv, pooling, Reshape, Flatten, ReLU and
            Activation layers; patterns frozen. It stays as it is.
        x: inputs, as the model takes them.
        y: class numbers, shape (rows,).
        epochs: passes over x.
        learning_rate: Adam's at the start; it falls to zero along a cosine.
        batch_size: rows a step.
        seed: of the order of the batches.
        lowering: what the TVSCM layers will be converted with.
        progress: called after each epoch with the number of epochs done and no scores.

    Raises:
        InputError: a layer that is not supported, numbers or labels out of range, or
            the extra `qat` is not installed.

    Examples:

        >>> from keras_tvscm import quantization_aware
        >>> aware = quantization_aware(small, x, y, epochs=1)
        >>> aware.count_params() == small.count_params()
        True
    """
    need("qat", "Quantisation-aware training")
    if lowering not in ROUNDED_TOGETHER:
        raise InputError(
            f"Training does not know how lowering {lowering!r} rounds; "
            f"expected one of {', '.join(ROUNDED_TOGETHER)}"
        )
    if epochs < 1 or batch_size < 1 or not learning_rate > 0:
        raise InputError(
            "epochs and batch_size are at least 1, learning_rate above 0. "
            f"Received: {epochs}, {batch_size}, {learning_rate}"
        )
    if keras.backend.backend() != "tensorflow":
        raise InputError("Quantisation-aware training needs KERAS_BACKEND=tensorflow")
    model = flattened(model)
    layers = chain(model)
    rows, labels = np.asarray(x, np.float32), np.asarray(y)
    classes = model.output_shape[-1]
    whole = np.issubdtype(labels.dtype, np.integer)
    if labels.shape != (len(rows),) or not whole or not ((labels >= 0) & (labels < classes)).all():
        raise InputError(f"Labels are class numbers 0 to {classes - 1}, one for each row of x")
    # Loaded here, for they bring a second Keras.
    from . import rounding, twin

    rounded = rounding.annotated(
        twin.twin(layers, model.inputs[0].shape[1:]), ROUNDED_TOGETHER[lowering]
    )
    rounding.train(rounded, rows, labels, epochs, learning_rate, batch_size, seed, progress)
    copy = clone_with(model, {})
    twin.copy_back(rounded, copy)
    return copy
