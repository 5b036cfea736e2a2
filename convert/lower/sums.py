"""The sums that make up W x (see `rolled_sums`), with values, as operators."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_tvscm.patterns.pattern import Pattern

from . import rolled_sums
from .extension import extended
from .rolled_sums import Shifts, in_halves

Term = tuple[float, Any]


@dataclass(frozen=True)
class Sums:
    """W x = scale * (background * sum(x) + the sum of factor * (rolls by plus - by minus)).

    Attributes:
        n: width.
        scale: positive; one of the factors is 1 or -1 for it.
        rolled: factor, plus and minus.
        background: 0.0 where no sum over all inputs is needed.
    """

    n: int
    scale: float
    rolled: list[tuple[float, Shifts, Shifts]]
    background: float

    @property
    def reach(self) -> tuple[int, int]:
        """How far x is rolled back at most, and forth."""
        shifts = [shift for _, plus, minus in self.rolled for shift in plus + minus]
        signed = [shift if shift <= self.n // 2 else shift - self.n for shift in shifts]
        return -min([0, *signed]), max([0, *signed])

    @property
    def ahead(self) -> int:
        """Number j of each term is the one of output (j + ahead) mod n."""
        return self.reach[1]

    def terms(self, x: Any) -> list[Term]:
        """The rolled sums of x, shape (..., n), each with its factor."""
        roll = _roller(x, *self.reach)
        return [(factor, in_halves(plus, minus, roll)) for factor, plus, minus in self.rolled]


def sums(pattern: Pattern, a: float, b: float) -> Sums:
    """The sums that make up a pattern with these values."""
    summed = rolled_sums.sums(pattern)
    rolled = [(group.of_a * a + group.of_b * b, group.plus, group.minus) for group in summed.rolled]
    rolled = [group for group in rolled if group[0]]
    scale = abs(rolled[0][0]) if rolled else 1.0
    background = summed.background[0] * a + summed.background[1] * b
    shares = [(factor / scale, plus, minus) for factor, plus, minus in rolled]
    return Sums(pattern.n, scale, shares, background / scale)


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


def _roller(x: Any, back: int, forth: int) -> Callable[[int], Any]:
    """What gives x rolled by a shift less `forth`: a slice of x, which is extended once."""
    n = x.shape[-1]
    wide = extended(x, 0, back + forth, axis=-1)

    def rolled(shift: int) -> Any:
        start = (forth - shift) % n
        return _slice(wide, start, n) if start else x

    return rolled


def _slice(x: Any, start: int, size: int) -> Any:
    zeros = [0] * (x.shape.rank - 1)
    return tf.slice(x, [*zeros, start], [*x.shape[:-1], size])
