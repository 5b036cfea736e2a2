"""Sums of blocks side by side, as the means of an image are that a convolution computes."""

from dataclasses import dataclass

import numpy as np

from .channel import Filter, folded
from .circulant import Circulant
from .program import Pointer, Program, call


@dataclass(frozen=True)
class Tiles:
    """Blocks of an image or a signal, side by side, the sum of each of which is an output.

    Attributes:
        first: where the first block begins.
        offsets: where its other numbers lie, counted from there.
        rows, columns: of blocks.
        down, right: how far apart they are.
    """

    first: int
    offsets: tuple[int, ...]
    rows: int
    columns: int
    down: int
    right: int

    @staticmethod
    def of(matrix: Circulant) -> "Tiles | None":
        """Those of a product; None if it is no such sum."""
        channels, planes, n = matrix.kernel.shape
        most = int(matrix.places.max() - matrix.places.min())
        if channels > 1 or planes == 1 or most >= 2**15 or matrix.kernel[:, :, 1:].any():
            return None
        offsets = matrix.places[:, 0] - matrix.places[0, 0]
        starts = matrix.places[0] - matrix.places[0, 0]
        right = int(starts[1])
        columns = int((starts == right * np.arange(n)).sum())
        down = int(starts[columns]) if columns < n else 0
        row, column = np.divmod(np.arange(n), columns)
        tiles = starts + offsets[:, None]
        if (tiles != matrix.places - matrix.places[0, 0]).any() or n % columns:
            return None
        if (starts != down * row + right * column).any():
            return None
        first = int(matrix.places[0, 0])
        return Tiles(first, tuple(offsets.tolist()), n // columns, columns, down, right)


def tile_sums(program: Program, buffer: int, tiles: Tiles, channel: Filter) -> int:
    """The buffer that the sums are written to, each times the channel's only value, rescaled."""
    n = tiles.rows * tiles.columns
    planes = np.concatenate([term.planes for term in channel.terms])
    offsets = program.array("offsets", np.array(tiles.offsets, np.int16)[planes])
    bias, *others = channel.fields
    target = program.buffer(n + 3)
    lines = [
        f"const struct filter filter = {{{bias}, {', '.join(map(str, others))}}};",
        f"const struct folded folded = {{{', '.join(map(str, folded(channel)))}}};",
        f"for (int row = 0; row < {tiles.rows}; row++, x += {tiles.down}) {{",
        f"    for (int i = 0; i < {tiles.columns}; i++, y++) {{",
        f"        const int8_t *from = x + {tiles.right} * i;",
        f"        *y = folded.shift ? folded_output(from, {offsets}, filter, folded)",
        f"                          : one_output(from, {offsets}, filter);",
        "    }",
        "}",
    ]
    name = program.function("tiles", "const int8_t *x, int8_t *y", lines)
    kernels = ["words", "rescale", "filter", "quad", "segment"]
    source = Pointer(buffer) + tiles.first
    program.step(call(name, source, Pointer(target)), target, kernels, n * (10 + 2 * len(planes)))
    return target
