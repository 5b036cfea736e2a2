"""The algebra of a symmetric circulant matrix, in NumPy.

Everything follows from the first row c: `W[i, j] = c[(j - i) mod n]`, and symmetry
means `c[k] == c[n - k]`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_tvscm.errors import InputError

from .offsets import Symbol
from .pattern import Pattern

Floats = NDArray[np.float64]


def first_row(pattern: Pattern, a: float, b: float) -> Floats:
    """First row c, shape (n,), float64."""
    values = {Symbol.ZERO: 0.0, Symbol.A: a, Symbol.B: b}
    row: Floats = np.array([values[symbol] for symbol in Symbol])[pattern.row]
    return row


def matrix(row: ArrayLike) -> Floats:
    """The matrix W, shape (n, n), of a first row c, shape (n,)."""
    c = _checked(row)
    j = np.arange(c.size)
    full: Floats = c[(j[None, :] - j[:, None]) % c.size]
    return full


def eigenvalues(row: ArrayLike) -> Floats:
    """Eigenvalues of W, shape (n // 2 + 1,).

    All but the first and, for even n, the last occur twice. They are real because c is
    symmetric: W x = irfft(eigenvalues * rfft(x)).

    Raises:
        InputError: c is not symmetric, or not of shape (n,).
    """
    c = _checked(row)
    if not np.array_equal(c[1:], c[:0:-1]):
        raise InputError("Eigenvalues are real for a symmetric row only: c[k] == c[n - k]")
    return np.fft.rfft(c).real


def _checked(row: ArrayLike) -> Floats:
    c = np.asarray(row, np.float64)
    if c.ndim != 1 or not c.size:
        raise InputError(f"A first row has shape (n,), n >= 1. Received shape: {c.shape}")
    return c


@dataclass(frozen=True)
class Operations:
    """Multiplications and additions of one product W x."""

    multiplications: int
    additions: int


def operations(pattern: Pattern) -> Operations:
    """Operations of W x by plain sums (no Fourier transform, no partial sum used twice).

    Each symbol is tried as the background, and the cheapest counts: `pattern.background` need
    not be that, as zeros cost no sum of all inputs. With zero, each output sums its `a` inputs
    and its `b` inputs, then multiplies twice. With another value v, y = v sum(x) + the other
    offsets' sums times their difference from v.
    """
    counts = [_operations(pattern, background) for background in Symbol]
    return min(counts, key=lambda count: count.multiplications + count.additions)


def _operations(pattern: Pattern, background: Symbol) -> Operations:
    n = pattern.n
    sums = [len(pattern.shifts(symbol)) for symbol in Symbol if symbol != background]
    terms = sum(sums)
    products = sum(1 for count in sums if count)
    if background == Symbol.ZERO:
        return Operations(n * products, n * max(0, terms - 1))
    return Operations(n * products + 1, (n - 1) + n * terms)
