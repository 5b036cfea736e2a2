"""Dense layers of a model that a user brings, swapped for TVSCM layers."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.patterns.pattern import Pattern

from .cloning import clone_with, flattened
from .graph import all_layers, check_graph, heads, refuse_enclosed

# Of a kernel's squared norm, for its nearest matrix to be worth starting from.
LEAST_SHARE = 0.1


def compress(
    model: keras.Model,
    pattern: str | Mapping[str, Any] | Pattern = "learned",
    layers: Sequence[str] | None = None,
    initial: str = "auto",
    seed: int = 0,
) -> keras.Model:
    """A copy of `model` with Dense layers swapped for TVSCM layers.

    The nearest matrix of a pattern in least squares has as `a` the mean of the kernel over the
    entries that carry `a`, and `b` likewise; a learned pattern's is the nearest symmetric
    circulant matrix. A kernel that was trained without such a structure keeps almost nothing
    of itself that way (on MNIST 1 % of its squared norm), and the ReLUs behind it die. So a
    layer starts from the nearest matrix where that keeps at least a tenth, and else from the
    values that a new layer starts from. Biases stay. Either way train on, with `model.fit` as
    always, or with `distil` or `fine_tune`.

    Models inside the model give it their layers, and TimeDistributed is left away from layers
    that work along the last axis.

    Args:
        model: a built Sequential or functional model.
        pattern: of the new layers; see `keras_tvscm.TVSCM`.
        layers: names of Dense layers; by default all but those that an output comes from, whatever
            activation, reshaping or normalization stands between.
        initial: "nearest" starts from the nearest matrix whatever it keeps, "new" from a new
            layer's values; "auto" decides as above.
        seed: draws the patterns where their text names no seed.

    Raises:
        InputError: a name that is no Dense layer's, nothing to swap, or a pattern that a
            layer's width does not have; as `freeze` where a layer cannot be copied.

    Examples:

        >>> import keras
        >>> from keras_tvscm import compress
        >>> layers = keras.layers.Dense(12, "relu"), keras.layers.Dense(3)
        >>> dense = keras.Sequential([keras.Input((12,)), *layers])
        >>> small = compress(dense, "random:k=1,seed=3")
        >>> dense.count_params(), small.count_params()
        (195, 53)
    """
    if initial not in ("auto", "nearest", "new"):
        raise InputError(f"initial is auto, nearest or new. Received: {initial!r}")
    check_graph(model)
    model = flattened(model)
    dense = {layer.name: layer for layer in model.layers if type(layer) is keras.layers.Dense}
    if layers is None:
        every = [layer for layer in all_layers(model) if type(layer) is keras.layers.Dense]
        refuse_enclosed(model, every, "swapped (`layers` can name others)")
        kept = {layer.name for layer in heads(model)}
        layers = [name for name in dense if name not in kept]
    unknown = [name for name in layers if name not in dense]
    if unknown:
        raise InputError(
            f"The model has no Dense layer {unknown[0]!r}; it has: {', '.join(dense) or 'none'}"
        )
    if not layers:
        raise InputError(
            "The model has no Dense layer to swap beside its last: what an output comes from "
            "stays, unless it is named in `layers`"
        )
    return clone_with(
        model, {name: partial(_swapped, dense[name], pattern, initial, seed) for name in layers}
    )


def _swapped(dense: keras.layers.Dense, pattern: Any, initial: str, seed: int) -> TVSCM:
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
    if initial == "nearest" or (initial == "auto" and kept_share(kernel, layer) >= LEAST_SHARE):
        for weight, values in zip(_values(layer), nearest(kernel, layer), strict=True):
            weight.assign(values)
    if layer.bias is not None:
        layer.bias.assign(dense.bias)
    return layer


def _values(layer: TVSCM) -> list[Any]:
    return [layer.a, layer.b] if layer.trained_pattern is None else [layer.weights_of_offsets]


def nearest(kernel: NDArray[Any], layer: TVSCM) -> list[Any]:
    """What makes the layer's matrix nearest to `kernel` in least squares.

    Args:
        kernel: shape (n, units).
        layer: built for that shape.

    Returns:
        `a` and `b`, or the weights of a learned pattern's offsets.
    """
    sums, counts = by_offset(kernel)
    if layer.trained_pattern is not None:
        offsets = layer.trained_pattern.neighbourhood.offsets
        return [sums[offsets] / counts[offsets]]
    groups = [list(layer.pattern.a), list(layer.pattern.b)]
    return [sums[group].sum() / max(1, counts[group].sum()) for group in groups]


def kept_share(kernel: NDArray[Any], layer: TVSCM) -> float:
    """The share, 0 to 1, of the kernel's squared norm that its nearest matrix keeps."""
    _, counts = by_offset(kernel)
    if layer.trained_pattern is not None:
        entries = [counts[layer.trained_pattern.neighbourhood.offsets]]
    else:
        entries = [counts[list(group)].sum() for group in (layer.pattern.a, layer.pattern.b)]
    squares = [np.sum(n * v**2) for n, v in zip(entries, nearest(kernel, layer), strict=True)]
    norm = np.sum(np.square(kernel, dtype=np.float64))
    return float(sum(squares) / norm) if norm else 0.0


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
