"""The sums that make up W x (see `keras_tvscm.rolled_sums`), with values, as operators."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_tvscm import rolled_sums
from keras_tvscm.pattern import Pattern
from keras_tvscm.rolled_sums import Shifts

from .extension import extended

Term = tuple[float, Any]


@dataclass(frozen=True)
class Sums:
    """W x = scale * (background * sum(x) + the sum of factor * (rolls by plus - by minus)).

    Attributes:
        scale: positive; one of the factors is 1 or -1 for it.
        rolled: factor, plus and minus.
        background: 0.0 where no sum over all inputs is needed.
    """

    scale: float
    rolled: list[tuple[float, Shifts, Shifts]]
    background: float

    def terms(self, x: Any) -> list[Term]:
        """The rolled sums of x, shape (..., n), each with its factor."""
        roll = _roller(x, [shift for _, plus, minus in self.rolled for shift in plus + minus])
        return [
            (factor, rolled_sums.in_halves(plus, minus, roll))
            for factor, plus, minus in self.rolled
        ]


def sums(pattern: Pattern, a: float, b: float) -> Sums:
    """The sums that make up a pattern with these values."""
    found = rolled_sums.sums(pattern)
    rolled = [(one.of_a * a + one.of_b * b, one.plus, one.minus) for one in found.rolled]
    rolled = [one for one in rolled if one[0]]
    scale = abs(rolled[0][0]) if rolled else 1.0
    background = found.background[0] * a + found.background[1] * b
    shares = [(factor / scale, plus, minus) for factor, plus, minus in rolled]
    return Sums(scale, shares, background / scale)


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
