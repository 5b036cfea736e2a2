"""The offsets that a pattern may use: all of them, or those near to zero."""

import math
import operator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .offsets import offset_of


@dataclass(frozen=True)
class Neighbourhood:
    """Offsets within reach of each input, in one dimension or two.

    Args:
        n: width of the matrix.
        reach: offsets 0 to `reach`; at most n // 2.
        window: rows and columns of a window, both odd, centred on a pixel of an image that
            was flattened row by row. Its offsets are `columns * i + j`; beyond an edge of the
            image they go on in the next row, as the circulant matrix does.
        columns: of that image; by default the image is square.

    Raises:
        InputError: both a reach and a window, one that n does not have, or an n that is no
            such image.
    """

    n: int
    reach: int | None = None
    window: tuple[int, int] | None = None
    columns: int | None = None

    def __post_init__(self) -> None:
        if self.reach is not None and self.window is not None:
            raise InputError("A neighbourhood is a reach or a window, not both")
        for name in ("reach", "columns"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise InputError(f"{name} is a whole number. Received: {name}={value!r}")
        if self.columns is not None and self.window is None:
            raise InputError("columns says how a window lies; give window=7x7 or leave it out")
        if self.reach is not None and not 0 <= self.reach <= self.n // 2:
            raise InputError(
                f"Width {self.n} has offsets 0 to {self.n // 2}. Received: reach={self.reach}"
            )
        if self.window is not None:
            rows, columns = self.image
            for size, most, axis in zip(
                self.window, (rows, columns), ("rows", "columns"), strict=True
            ):
                if size < 1 or size % 2 == 0 or size > most:
                    raise InputError(
                        f"A window has an odd number of {axis}, 1 to {most} in an image of "
                        f"{rows} x {columns}. Received: {self.window[0]}x{self.window[1]}"
                    )

    @classmethod
    def from_options(cls, n: int, options: dict[str, Any]) -> "Neighbourhood":
        """From `reach`, `window` ("7x7", 7 or (7, 7)) and `columns`."""
        unknown = set(options) - {"reach", "window", "columns"}
        if unknown:
            raise InputError(f"A neighbourhood has no option {min(unknown)!r}")
        window = options.get("window")
        window = None if window is None else _window(window)
        return cls(n, options.get("reach"), window, options.get("columns"))

    def to_config(self) -> dict[str, Any]:
        """The options that `from_options` reads back."""
        window = None if self.window is None else list(self.window)
        options = {"reach": self.reach, "window": window, "columns": self.columns}
        return {name: value for name, value in options.items() if value is not None}

    @property
    def image(self) -> tuple[int, int]:
        """Rows and columns of the image that a window lies in."""
        columns = math.isqrt(self.n) if self.columns is None else self.columns
        if columns < 1 or self.n % columns or (self.columns is None and columns**2 != self.n):
            raise InputError(
                f"A window needs an image of {self.n} pixels: "
                + (
                    f"{self.n} is not a multiple of columns={columns}"
                    if self.columns is not None
                    else f"{self.n} is no square, so give columns="
                )
            )
        return self.n // columns, columns

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """The offsets, rising, shape (count,), each 0 <= k <= n // 2."""
        if self.window is None:
            last = self.n // 2 if self.reach is None else self.reach
            return np.arange(last + 1)
        return np.unique(self.taps)

    @cached_property
    def taps(self) -> NDArray[np.int64]:
        """The offset at each place of the window, its shape: symmetric about the middle."""
        if self.window is None:
            raise ValueError("only a window has taps")
        rows, columns = self.window
        down = np.arange(rows)[:, None] - rows // 2
        right = np.arange(columns)[None, :] - columns // 2
        shift = (self.image[1] * down + right) % self.n
        return offset_of(shift, self.n)


def _window(value: Any) -> tuple[int, int]:
    if isinstance(value, str):
        parts: Any = value.split("x")
    else:
        parts = [value] if isinstance(value, int) else value
    try:
        sides = [int(part) if isinstance(part, str) else operator.index(part) for part in parts]
        rows, columns = sides * 2 if len(sides) == 1 else sides
    except (TypeError, ValueError):
        raise InputError(f"A window is written 7x7. Received: {value!r}") from None
    return rows, columns
