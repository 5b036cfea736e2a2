"""What a pattern that is trained may become: its offsets, its budget and where it starts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern, resolve
from keras_tvscm.patterns.spec import Spec


@dataclass(frozen=True)
class TrainedPattern:
    """What a learned pattern may become.

    Attributes:
        neighbourhood: the offsets that may be nonzero.
        nonzeros: most nonzero offsets, at least 1; None leaves their number to the training.
        start: the fixed pattern that the training starts from; None for a random one.
    """

    neighbourhood: Neighbourhood
    nonzeros: int | None = None
    start: Pattern | None = None

    def check_budget(self, channels: int = 1) -> None:
        """Refuse a budget that one output, over all its input channels, does not have.

        Raises:
            InputError: it is no whole number, below 1, or above the number of offsets.
        """
        if self.nonzeros is None:
            return
        most = len(self.neighbourhood.offsets) * channels
        whole = isinstance(self.nonzeros, int) and not isinstance(self.nonzeros, bool)
        if not whole or not 1 <= self.nonzeros <= most:
            raise InputError(
                f"A budget of nonzero offsets is 1 to {most} here. Received: {self.nonzeros!r}"
            )

    def initial(self, shape: tuple[int, ...], scale: float, seed: int) -> NDArray[np.float32]:
        """Real weights of `shape`, (..., offsets): normal with deviation `scale`, or near `start`.

        The weight of an offset that `start` leaves zero is small, so that it stays out at
        first but can come in.
        """
        normal = np.random.default_rng(seed).normal(size=shape)
        if self.start is None:
            return (scale * normal).astype(np.float32)
        symbols = self.start.symbols[self.neighbourhood.offsets]
        signs = np.select([symbols == Symbol.A, symbols == Symbol.B], [1.0, -1.0], 0.0)
        # Bounded, and the zeros' by how few offsets carry a value, which is what the mean
        # magnitude goes by: no weight begins on the other side of the threshold.
        noise = 0.1 * normal.clip(-2, 2) * np.where(signs, 1.0, np.abs(signs).mean())
        return (scale * (signs + noise)).astype(np.float32)


def trained_pattern(
    spec: Any, n: int, nonzeros: int | None = None, seed: int = 0
) -> TrainedPattern | None:
    """What `spec` asks to be learned at width n, or None if its pattern is fixed.

    Args:
        spec: text such as `learned`, `learned:nonzeros=8`, `learned:reach=15`,
            `learned:window=7x7,columns=28`, `learned:start=half`, or any fixed pattern.
        n: width of the matrix.
        nonzeros: the budget, where the text gives none.
        seed: of a `start` that is drawn.

    Raises:
        InputError: unknown options, a neighbourhood or a start that n does not have, a
            budget of a fixed pattern, or one given twice.
    """
    parsed = Spec.parse(spec) if isinstance(spec, str) else None
    if parsed is None or parsed.kind != "learned":
        if nonzeros is not None:
            raise InputError("nonzeros= is the budget of a learned pattern; this one is fixed")
        return None
    if nonzeros is not None and "nonzeros" in parsed.options:
        raise InputError(f"The budget is given twice: nonzeros={nonzeros} and {spec!r}")
    neighbourhood = Neighbourhood.from_options(n, parsed.near)
    start = parsed.options.get("start")
    pattern = None if start is None else resolve(start, n, seed)
    if pattern is not None:
        outside = set(pattern.a + pattern.b) - set(neighbourhood.offsets.tolist())
        if outside:
            raise InputError(
                f"start={start} has offset {min(outside)}, which the neighbourhood leaves out"
            )
    return TrainedPattern(neighbourhood, parsed.options.get("nonzeros", nonzeros), pattern)


def budget_at(progress: float, most: int, nonzeros: int) -> int:
    """The budget after a share `progress` of a training: from all offsets down to `nonzeros`.

    It falls by the same factor in every step, and stands at `nonzeros` from half-way on.
    """
    share = min(1.0, 2 * progress)
    return round(most * (nonzeros / most) ** share)
