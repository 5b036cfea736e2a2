"""W x as plain sums over one background value.

W x = v sum(x) + (a - v) A(x) + (b - v) B(x), with v the value that most columns of the
first row carry (0, a or b), and A, B the sums of rolled inputs, left out where their factor
vanishes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_tvscm.pattern import Pattern

from .extension import extended

Term = tuple[float, Any]


@dataclass(frozen=True)
class Sums:
    """W x = scale * (background * sum(x) + the sum over (factor, shifts) of factor * rolls).

    Attributes:
        scale: positive; one of the factors is 1 or -1 for it.
        rolled: pairs of a factor and the shifts whose rolled inputs it multiplies.
        background: 0.0 where no sum over all inputs is needed.
    """

    scale: float
    rolled: list[tuple[float, tuple[int, ...]]]
    background: float

    def terms(self, x: Any) -> list[Term]:
        """The rolled sums of x, shape (..., n), each with its factor."""
        rolled = _roller(x, [shift for _, group in self.rolled for shift in group])
        return [(factor, _sum(group, rolled)) for factor, group in self.rolled]


def sums(pattern: Pattern, a: float, b: float) -> Sums:
    """The sums that make up a pattern with these values."""
    values = (0.0, a, b)
    shifts = [pattern.shifts(symbol) for symbol in (0, 1, 2)]
    background = max((0, 1, 2), key=lambda symbol: len(shifts[symbol]))
    wide = [
        (values[symbol] - values[background], shifts[symbol])
        for symbol in (0, 1, 2)
        if shifts[symbol] and values[symbol] != values[background]
    ]
    scale = abs(wide[0][0]) if wide else 1.0
    rolled = [(factor / scale, group) for factor, group in wide]
    return Sums(scale, rolled, values[background] / scale)


def combined(terms: list[Term], x: Any) -> Any:
    """The sum of factor * term; zeros of x's shape if there is no term."""
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


def _roller(x: Any, shifts: Sequence[int]) -> Callable[[int], Any]:
    """What gives x rolled by one of the shifts: a slice of x, which is extended once."""
    n = x.shape[-1]
    signed = {shift: shift if shift <= n // 2 else shift - n for shift in shifts}
    before = max(0, *signed.values()) if signed else 0
    after = max(0, *(-shift for shift in signed.values())) if signed else 0
    wide = extended(x, before, after, axis=-1)

    def rolled(shift: int) -> Any:
        by = signed[shift]
        return _slice(wide, before - by, n) if by else x

    return rolled


def _slice(x: Any, start: int, size: int) -> Any:
    zeros = [0] * (x.shape.rank - 1)
    return tf.slice(x, [*zeros, start], [*x.shape[:-1], size])


def _sum(shifts: Sequence[int], rolled: Callable[[int], Any]) -> Any:
    """The sum of x rolled by each of the shifts, as the sum of two halves.

    In int8 every addition rounds to a step that grows with the sum. One after another, m of
    them leave an error that grows as the root of m in steps of the result; halves of halves
    leave one that does not grow. A roll is made where it is added, so that few are kept.
    """
    if len(shifts) == 1:
        return rolled(shifts[0])
    half = len(shifts) // 2
    return _sum(shifts[:half], rolled) + _sum(shifts[half:], rolled)
