"""Plain sums: slices and additions for few offsets, one sum over all for many.

W x = v sum(x) + (a - v) A(x) + (b - v) B(x), with v the value that most columns of the
first row carry (0, a or b), and A, B, the sums of rolled inputs, left out where their
factor vanishes. `banded` becomes slices and additions; `complete` becomes
SUM, MUL, ADD.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.pattern import Pattern

from .lowered import Lowered


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """One factor of the wide sums becomes 1 and leaves as the scale."""
    values = (0.0, a, b)
    shifts = [pattern.shifts(symbol) for symbol in (0, 1, 2)]
    background = max((0, 1, 2), key=lambda symbol: len(shifts[symbol]))
    wide = [
        (values[symbol] - values[background], shifts[symbol])
        for symbol in (0, 1, 2)
        if shifts[symbol] and values[symbol] != values[background]
    ]
    scale = abs(wide[0][0]) if wide else 1.0
    factors = [factor / scale for factor, _ in wide]

    def product(x: Any) -> Any:
        rolled = _rolls(x, [shift for _, group in wide for shift in group])
        sums = [_add(rolled[shift] for shift in group) for _, group in wide]
        # The term that needs no product comes last, so that the ReLU after it fuses
        # with the addition.
        terms = list(zip(factors, sums, strict=True))
        if values[background]:
            total = tf.reduce_sum(x, axis=-1, keepdims=True)
            if not wide:
                total = total * np.ones(pattern.n, np.float32)
            terms.append((values[background] / scale, total))
        return _combine(terms[::-1], x)

    return Lowered(scale, product)


def _rolls(x: Any, shifts: list[int]) -> dict[int, Any]:
    """Every roll as a slice of the input, which is extended at both ends once."""
    n = x.shape[-1]
    signed = {shift: shift if shift <= n // 2 else shift - n for shift in shifts}
    before = max((shift for shift in signed.values()), default=0)
    after = max((-shift for shift in signed.values()), default=0)
    parts = [_slice(x, n - before, before)] if before > 0 else []
    parts += [x]
    parts += [_slice(x, 0, after)] if after > 0 else []
    extended = tf.concat(parts, axis=-1) if len(parts) > 1 else x
    start = max(before, 0)
    return {shift: _slice(extended, start - by, n) if by else x for shift, by in signed.items()}


def _slice(x: Any, start: int, size: int) -> Any:
    zeros = [0] * (x.shape.rank - 1)
    return tf.slice(x, [*zeros, start], [*x.shape[:-1], size])


def _add(terms: Any) -> Any:
    total = None
    for term in terms:
        total = term if total is None else total + term
    return total


def _combine(terms: list[tuple[float, Any]], x: Any) -> Any:
    result = None
    for factor, term in terms:
        unit = abs(factor) == 1.0
        if result is None:
            result = term if factor == 1.0 else factor * term
        elif unit:
            result = result + term if factor > 0 else result - term
        else:
            result = result + factor * term
    return tf.zeros_like(x) if result is None else result
