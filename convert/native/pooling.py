"""MAX_POOL_2D after filters, as one function with them, and AVERAGE_POOL_2D of two or four."""

import numpy as np

from ..c_source.moves import in_order, pointer
from ..c_source.pooling import before
from ..c_source.pooling import pool as portable
from ..c_source.program import Pointer, Program, View, call
from ..c_source.rounding import limits
from ..tflite.graph import Operator
from .filters import filters
from .phases import Pooling
from .program import VectorProgram, width

# Columns of means that a vector of the narrowest kind holds.
LEAST_COLUMNS = 8


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
    down, right, wide = pooling.down, pooling.right, pooling.wide
    whole = pooling.columns // 2
    fits = right == 2 and pooling.above == pooling.before == 0 and view.places.shape[-1] == 1
    if not fits or whole < LEAST_COLUMNS:
        return None
    is_image = down == 2 and pooling.rows == 2 * pooling.high and wide == whole
    is_signal = down == pooling.rows == 1
    if not is_image and not is_signal:
        return None
    target = program.buffer(pooling.outputs + 3, np.arange(pooling.outputs)[None])
    rows = " + ".join(
        f"V(pairs)(x + {pooling.columns} * ({down} * row + {i}) + 2 * i)" for i in range(down)
    )
    lines = [
        f"for (int row = 0; row < {pooling.high}; row++) {{",
        f"    for (int i = 0; i < {whole}; i += LANES) {{",
        f"        if (i > {whole} - LANES) i = {whole} - LANES;",
        f"        V(narrow)(y + {wide} * row + i, V(mean)({rows}, {down}));",
        "    }",
        "}",
    ]
    if wide > whole:
        # Of an odd number of samples the last is a mean alone.
        lines.append(f"y[{whole}] = x[{2 * whole}];")
    body = "\n".join(f"    {line}" for line in lines)
    what = f"means of {down} x {right}, half away from zero"
    name = program.layer(
        "means", "const int8_t *x, int8_t *y", width(whole, exact=True), body, what
    )
    source = pointer(in_order(program, view))
    program.step(call(name, source, Pointer(target)), target, [], pooling.outputs)
    return target
