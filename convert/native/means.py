"""Means of two samples or of two times two pixels: of AVERAGE_POOL_2D, or of a convolution."""

from collections.abc import Callable

import numpy as np

from ..c_source.circulant import Circulant
from ..c_source.program import Pointer, call
from ..c_source.tiles import Tiles
from .filter_bank import FilterBank
from .program import VectorProgram, width

# Columns of means that a vector of the narrowest kind holds.
LEAST_COLUMNS = 8


def has_pairs(tiles: Tiles) -> bool:
    """Whether the tiles are of pairs side by side, in one or two rows, and enough for a vector."""
    pairs = tiles.offsets[::2]
    is_pairs = tiles.offsets == tuple(place for first in pairs for place in (first, first + 1))
    return is_pairs and tiles.right == 2 and len(pairs) <= 2 and tiles.columns >= LEAST_COLUMNS


def means(program: VectorProgram, source: Pointer, tiles: Tiles, alone: bool) -> int:
    """The buffer of the means as AVERAGE_POOL_2D rounds them.

    Args:
        program: gets the step.
        source: of what the means are taken.
        tiles: for which `has_pairs`.
        alone: whether a last number is a mean alone.
    """

    def put(place: str, sums: str) -> str:
        return f"V(narrow)({place}, V(mean)({sums}, {len(tiles.offsets) // 2}));"

    last = [f"y[{tiles.columns}] = x[{2 * tiles.columns}];"] if alone else []
    return _of_pairs(program, source, tiles, put, last, "half away from zero")


def tile_sums(program: VectorProgram, matrix: Circulant, bank: FilterBank) -> int | None:
    """The buffer of the outputs, where a product is of such tiles, all of one weight; else None."""
    tiles = Tiles.of(matrix)
    weights = np.unique(matrix.kernel[:, :, 0])
    if tiles is None or len(weights) > 1 or not has_pairs(tiles):
        return None
    by = bank.filters[0].rescaling
    scale = f"(struct scale){{{', '.join(map(str, by.fields))}}}"

    def put(place: str, sums: str) -> str:
        values = f"(const int16_t[8]){{UP({weights[0]}, {by.up})}}"
        product = f"V(madd)({sums}, (V(shorts)){{0}}, {values}, 0)"
        return f"V(put)({place}, V(rescaled)({product}, &{scale}, 0));"

    source = Pointer(matrix.buffer) + tiles.first
    return _of_pairs(program, source, tiles, put, [], "rescaled")


def _of_pairs(
    program: VectorProgram,
    source: Pointer,
    tiles: Tiles,
    put: Callable[[str, str], str],
    last: list[str],
    rounding: str,
) -> int:
    """The buffer that is written to.

    Args:
        program, source, tiles: as for `means`.
        put: gives C that writes to a place what it makes of sums.
        last: C that follows.
        rounding: what a comment says of it.
    """
    columns = tiles.columns
    pairs = (f"V(pairs)(x + {tiles.down} * row + {first} + 2 * i)" for first in tiles.offsets[::2])
    place, sums = f"y + {columns} * row + i", " + ".join(pairs)
    lines = [
        f"for (int row = 0; row < {tiles.rows}; row++) {{",
        f"    for (int i = 0; i < {columns}; i += LANES) {{",
        f"        if (i > {columns} - LANES) i = {columns} - LANES;",
        f"        {put(place, sums)}",
        "    }",
        "}",
        *last,
    ]
    outputs = tiles.rows * columns + len(last)
    target = program.buffer(outputs + 3, np.arange(outputs)[None])
    body = "\n".join(f"    {line}" for line in lines)
    what = f"means of {len(tiles.offsets) // 2} x 2, {rounding}"
    parameters = "const int8_t *x, int8_t *y"
    name = program.layer("means", parameters, width(columns, exact=True), body, what)
    program.step(call(name, source, Pointer(target)), target, [], outputs)
    return target
