"""Products with symmetric circulant matrices given by their values at some offsets.

All are written in keras.ops, and none builds an n x n array. `values` holds the first
row's entries at `offsets`, which rise; the rest of the row is zero.
"""

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.offsets import offset_of

Offsets = NDArray[np.int64]

# A convolution over more taps than this is slower than the transform (n = 784, 16 filters).
MOST_TAPS = 129


def roll(inputs: Any, shift: int) -> Any:
    """`inputs` moved round by `shift` places along the last axis."""
    return ops.roll(inputs, shift, axis=-1) if shift else inputs


def by_rolls(inputs: Any, offsets: Offsets, values: Any) -> Any:
    """Sum over rolled inputs, (..., n) to (..., n); `values` has shape (offsets,)."""
    n = inputs.shape[-1]
    terms = []
    for index, offset in enumerate(offsets.tolist()):
        both = roll(inputs, offset)
        if 0 < offset < n - offset:
            both = both + roll(inputs, n - offset)
        terms.append(values[index] * both)
    return sum(terms[1:], terms[0])


def eigenvalues(n: int, offsets: Offsets, values: Any) -> Any:
    """Eigenvalues (..., n // 2 + 1) of matrices with `values` (..., offsets)."""
    # Every place of the row reads its offset's value; places without one read a zero.
    place = offset_of(np.arange(n), n)
    index = np.searchsorted(offsets, place)
    listed = (index < len(offsets)) & (offsets[np.minimum(index, len(offsets) - 1)] == place)
    zero = ops.zeros_like(values[..., :1])
    row = ops.take(
        ops.concatenate([values, zero], axis=-1), np.where(listed, index, len(offsets)), axis=-1
    )
    return ops.rfft(row)[0]


def transform_dtype(dtype: str) -> str:
    """What to transform inputs of `dtype` in: Keras' transforms know float32 and float64 alone."""
    return "float64" if dtype == "float64" else "float32"


def by_transform(inputs: Any, spectrum: Any) -> Any:
    """irfft(spectrum * rfft(inputs)), (..., n) to (..., n); `spectrum` in `transform_dtype`."""
    real, imaginary = ops.rfft(ops.cast(inputs, spectrum.dtype))
    product = ops.irfft((real * spectrum, imaginary * spectrum), fft_length=inputs.shape[-1])
    return ops.cast(product, inputs.dtype)


def of_filters(inputs: Any, near: Neighbourhood, values: Any) -> Any:
    """(batch, n, channels) to (batch, n, filters); `values` is (filters, channels, offsets)."""
    if near.window is not None:
        return _by_window(inputs, near, values)
    n, reach = near.n, int(near.offsets[-1])
    if 2 * reach + 1 <= min(n, MOST_TAPS):
        taps = np.searchsorted(near.offsets, np.abs(np.arange(-reach, reach + 1)))
        kernel = ops.transpose(ops.take(values, taps, axis=2), (2, 1, 0))
        if reach:
            inputs = ops.concatenate([inputs[:, n - reach :], inputs, inputs[:, :reach]], axis=1)
        return ops.conv(inputs, kernel, padding="valid")
    dtype = transform_dtype(inputs.dtype)
    spectrum = eigenvalues(n, near.offsets, ops.cast(values, dtype))
    real, imaginary = ops.rfft(ops.cast(ops.swapaxes(inputs, 1, 2), dtype))
    mixed = [ops.einsum("bcf,hcf->bhf", part, spectrum) for part in (real, imaginary)]
    product = ops.irfft((mixed[0], mixed[1]), fft_length=n)
    return ops.cast(ops.swapaxes(product, 1, 2), inputs.dtype)


def _by_window(inputs: Any, near: Neighbourhood, values: Any) -> Any:
    """One convolution over the image, extended by what the circulant matrix reads beyond it."""
    rows, columns = near.image
    down, right = (size // 2 for size in near.taps.shape)
    shape = (-1, rows, columns, inputs.shape[-1])
    wide = ops.reshape(inputs, shape)
    if right:
        # Left of a row stands the end of the row before, right of it the start of the next.
        before = ops.reshape(ops.roll(inputs, right, axis=1), shape)[:, :, :right]
        after = ops.reshape(ops.roll(inputs, -right, axis=1), shape)[:, :, columns - right :]
        wide = ops.concatenate([before, wide, after], axis=2)
    if down:
        wide = ops.concatenate([wide[:, rows - down :], wide, wide[:, :down]], axis=1)
    taps = np.searchsorted(near.offsets, near.taps.ravel())
    kernel = ops.reshape(ops.take(values, taps, axis=2), (*values.shape[:2], *near.taps.shape))
    product = ops.conv(wide, ops.transpose(kernel, (2, 3, 1, 0)), padding="valid")
    return ops.reshape(product, (-1, near.n, values.shape[0]))
