"""MAX_POOL_2D after filters, as one function with them, and AVERAGE_POOL_2D of two or four."""

import numpy as np

from ..c_source.moves import in_order, pointer
from ..c_source.pooling import before
from ..c_source.pooling import pool as portable
from ..c_source.program import Program, View
from ..c_source.rounding import limits
from ..c_source.tiles import Tiles
from ..tflite.graph import Operator
from .filters import filters
from .means import has_pairs, means
from .phases import Pooling
from .program import VectorProgram


def pool(program: Program, operator: Operator, view: View) -> View:
    """By vector kernels where they know it, else by the portable ones."""
    assert isinstance(program, VectorProgram)
    pooling = _side_by_side(operator)
    if pooling and operator.name == "MAX_POOL_2D":
        target = _with_filters(program, pooling, view)
    else:
        target = _means(program, pooling, view) if pooling else None
    if target is None:
        return portable(program, operator, view)
    return View.of(target, operator.outputs[0].shape, program.planes[target].T)


def _side_by_side(operator: Operator) -> Pooling | None:
    """The windows, if each number belongs to one at most and nothing is cut off or rescaled."""
    x, y, options = operator.given[0], operator.outputs[0], operator.options
    window = options.filterHeight, options.filterWidth
    same = (x.scale, x.zero_point) == (y.scale, y.zero_point)
    if not same or window != (options.strideH, options.strideW) or limits(operator) != (-128, 127):
        return None
    (_, rows, columns, _), (_, high, wide, _) = x.shape, y.shape
    above = before(operator, rows, high, *[window[0]] * 2)
    left = before(operator, columns, wide, *[window[1]] * 2)
    if columns == wide == 1:
        # A signal that stands upright.
        rows, columns, window, above, left, high, wide = 1, rows, (1, window[0]), 0, above, 1, high
    return Pooling(rows, columns, *window, above, left, high, wide)


def _with_filters(program: VectorProgram, pooling: Pooling, view: View) -> int | None:
    """Filters and pooling in one; the step of the filters alone is left without a reader."""
    bank = program.banks.get(view.buffer if view.buffer is not None else -1)
    if bank is None or view.buffer is None:
        return None
    planes = view.places.reshape(-1, view.places.shape[-1]).T
    if not np.array_equal(planes, program.planes[view.buffer]):
        return None
    return filters(program, bank, pooling)


def _means(program: VectorProgram, pooling: Pooling, view: View) -> int | None:
    """Means of two samples, or of two times two pixels, of one channel."""
    down, wide, columns = pooling.down, pooling.wide, pooling.columns
    whole = columns // 2
    fits = (
        pooling.right == 2 and pooling.above == pooling.before == 0 and view.places.shape[-1] == 1
    )
    is_image = down == 2 and pooling.rows == 2 * pooling.high and wide == whole
    is_signal = down == pooling.rows == 1
    if not fits or not (is_image or is_signal):
        return None
    offsets = (0, 1, columns, columns + 1)[: 2 * down]
    tiles = Tiles(0, offsets, pooling.high, whole, down * columns, 2)
    if not has_pairs(tiles):
        return None
    source = pointer(in_order(program, view))
    # Of an odd number of samples the last is a mean alone.
    return means(program, source, tiles, alone=wide > whole)
