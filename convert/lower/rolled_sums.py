"""W x as plain sums over one background value, in an order that suits int8.

W x = v sum(x) + (a - v) A(x) + (b - v) B(x), with v the background and A, B the sums of rolled
inputs. The background is what most columns of the first row carry (0, a or b). Where a and b
share them, v = (a + b) / 2 is better in int8:

    W x = v sum(x) + (a - b) / 2 (A - B)(x).

With one of the values itself, two sums as large as the input is bright would nearly cancel, and
what they were rounded to would be left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

Shifts = tuple[int, ...]


@dataclass(frozen=True)
class Rolled:
    """(of_a * a + of_b * b) times the rolled inputs of `plus`, less those of `minus`.

    `plus` has as many shifts as `minus` at least.
    """

    of_a: float
    of_b: float
    plus: Shifts
    minus: Shifts = ()


@dataclass(frozen=True)
class Sums:
    """What makes up W x.

    Attributes:
        background: the factors of a and b in what all inputs' sum is multiplied by.
        rolled: the rest.
    """

    background: tuple[float, float]
    rolled: tuple[Rolled, ...]


def sums(pattern: Pattern) -> Sums:
    """The sums for a pattern, whatever its two values."""
    shifts = {symbol: pattern.shifts(symbol) for symbol in Symbol}
    in_a, in_b = shifts[Symbol.A], shifts[Symbol.B]
    if not shifts[Symbol.ZERO] and 4 * min(len(in_a), len(in_b)) > pattern.n:
        halves = Rolled(0.5, -0.5, in_a, in_b)
        if len(in_a) < len(in_b):
            halves = Rolled(-0.5, 0.5, in_b, in_a)
        return Sums((0.5, 0.5), (halves,))
    parts = {Symbol.ZERO: (0.0, 0.0), Symbol.A: (1.0, 0.0), Symbol.B: (0.0, 1.0)}
    background = parts[pattern.background]
    rolled = [
        Rolled(of_a - background[0], of_b - background[1], shifts[symbol])
        for symbol, (of_a, of_b) in parts.items()
        if symbol != pattern.background and shifts[symbol]
    ]
    return Sums(background, tuple(rolled))


def in_halves(
    plus: Shifts,
    minus: Shifts,
    roll: Callable[[int], Any],
    rounded: Callable[[Any], Any] = lambda x: x,
) -> Any:
    """The rolled inputs of `plus` less those of `minus`, as two halves that are added.

    In int8 every addition rounds to a step that grows with the sum. One after another, m of
    them leave an error that grows as the root of m in steps of the result; halves of halves
    leave one that does not grow. A roll is made where it is added, so that few are kept.

    Args:
        plus, minus: as in `Rolled`.
        roll: gives x rolled by a shift.
        rounded: what becomes of every sum but the last.
    """

    def part(plus: Shifts, minus: Shifts) -> Any:
        if len(plus) == 1:
            return roll(plus[0]) - roll(minus[0]) if minus else roll(plus[0])
        half, other = (len(plus) + 1) // 2, (len(minus) + 1) // 2
        first, second = part(plus[:half], minus[:other]), part(plus[half:], minus[other:])
        return rounded(first) + rounded(second)

    return part(plus, minus)
