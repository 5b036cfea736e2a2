"""Dense layers of a model that a user brings, swapped for TVSCM layers."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from keras_tvscm.cloning import clone_with
from keras_tvscm.errors import InputError
from keras_tvscm.freezing import freeze, learned_layers
from keras_tvscm.layer import TVSCM
from keras_tvscm.learned import BudgetSchedule
from keras_tvscm.pattern import Pattern

FROZEN_AFTER = 0.75


def compress(
    model: keras.Model,
    pattern: str | Mapping[str, Any] | Pattern = "learned",
    layers: Sequence[str] | None = None,
    seed: int = 0,
) -> keras.Model:
    """A copy of `model` with Dense layers swapped for TVSCM layers.

    Each starts from the matrix of its pattern that is nearest in least squares to the
    dense kernel: `a` is the mean of the kernel over the entries that carry `a`, `b` over those
    that carry `b`. A learned pattern starts from the nearest symmetric circulant matrix. Biases
    stay. How much that leaves of an ordinary kernel is little: train on, with `model.fit` as
    always or with `distil`.

    Args:
        model: a built Sequential or functional model.
        pattern: of the new layers; see `keras_tvscm.TVSCM`.
        layers: names of Dense layers; by default all but the model's last layer.
        seed: draws the patterns where their text names no seed.

    Raises:
        InputError: a name that is no Dense layer's, nothing to swap, or a pattern that a
            layer's width does not have.
    """
    dense = {layer.name: layer for layer in model.layers if type(layer) is keras.layers.Dense}
    if layers is None:
        layers = [name for name in dense if name != model.layers[-1].name]
    unknown = [name for name in layers if name not in dense]
    if unknown:
        raise InputError(
            f"The model has no Dense layer {unknown[0]!r}; it has: {', '.join(dense) or 'none'}"
        )
    if not layers:
        raise InputError("The model has no Dense layer to swap beside its last")
    return clone_with(
        model, {name: partial(_swapped, dense[name], pattern, seed) for name in layers}
    )


def _swapped(dense: keras.layers.Dense, pattern: Any, seed: int) -> TVSCM:
    layer = TVSCM(
        pattern,
        units=dense.units,
        activation=dense.activation,
        use_bias=dense.use_bias,
        seed=seed,
        name=dense.name,
        dtype=dense.dtype_policy,
    )
    kernel = ops.convert_to_numpy(dense.kernel)
    layer.build((None, kernel.shape[0]))
    sums, counts = by_offset(kernel)
    if layer.learned is not None:
        offsets = layer.learned.neighbourhood.offsets
        layer.weights_of_offsets.assign(sums[offsets] / counts[offsets])
    else:
        for weight, carried in ((layer.a, layer.pattern.a), (layer.b, layer.pattern.b)):
            if carried:
                weight.assign(sums[list(carried)].sum() / counts[list(carried)].sum())
    if layer.bias is not None:
        layer.bias.assign(dense.bias)
    return layer


def by_offset(kernel: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Per offset, the sum of the kernel's entries there and their number.

    Args:
        kernel: shape (n, units); part of a circulant matrix of size max(n, units).

    Returns:
        Two arrays of shape (size // 2 + 1,).
    """
    entries = np.asarray(kernel, np.float64)
    size = max(entries.shape)
    shift = (np.arange(entries.shape[1])[None, :] - np.arange(entries.shape[0])[:, None]) % size
    offset = np.minimum(shift, size - shift).ravel()
    length = size // 2 + 1
    sums = np.bincount(offset, entries.ravel(), minlength=length)
    return sums, np.bincount(offset, minlength=length)


def distil(
    student: keras.Model,
    teacher: keras.Model,
    x: ArrayLike,
    *,
    epochs: int = 20,
    learning_rate: float = 3e-3,
    batch_size: int = 128,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> keras.Model:
    """Train `student` to give the teacher's outputs on `x`; no labels are needed.

    The loss is the mean squared difference of the outputs (Ba and Caruana 2014, arXiv
    1312.6184), which suits logits and regressions. Learned patterns are frozen after three
    quarters of the epochs.

    Args:
        student: a compressed model; it is trained, and left compiled.
        teacher: the model it came from.
        x: inputs, as the models take them.
        epochs: passes over x, at least 2 if patterns are learned.
        learning_rate: Adam's at the start; it falls to zero.
        batch_size: rows a step.
        callbacks: as for `model.fit`.

    Returns:
        The trained student; another model than `student` if patterns were frozen.
    """
    if epochs < 1:
        raise InputError(f"Training takes at least 1 epoch. Received: {epochs}")
    rows = np.asarray(x)
    targets = teacher.predict(rows, batch_size=1024, verbose=0)
    steps = -(-len(rows) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps * epochs)
    done = 0
    if learned_layers(student):
        done = max(1, round(FROZEN_AFTER * epochs))
        student.compile(keras.optimizers.Adam(schedule), "mse")
        student.fit(
            rows,
            targets,
            batch_size=batch_size,
            epochs=done,
            verbose=0,
            callbacks=[BudgetSchedule(), *callbacks],
        )
        student = freeze(student)
    if done < epochs:
        left = keras.optimizers.schedules.CosineDecay(
            float(schedule(steps * done)), steps * (epochs - done)
        )
        student.compile(keras.optimizers.Adam(left), "mse")
        student.fit(
            rows,
            targets,
            batch_size=batch_size,
            epochs=epochs,
            initial_epoch=done,
            verbose=0,
            callbacks=list(callbacks),
        )
    return student
