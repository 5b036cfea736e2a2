"""MAX_POOL_2D and AVERAGE_POOL_2D, wherever the numbers of the image lie."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .graph import Node
from .moves import in_order
from .program import Program, View
from .rounding import limits

KERNELS = {"MAX_POOL_2D": "max_pool", "AVERAGE_POOL_2D": "average_pool"}


def pool(program: Program, node: Node, view: View) -> View:
    """Channels are written one after another, as sums over them take theirs."""
    x, y = node.inputs[0], node.outputs[0]
    assert x is not None
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise InputError(f"{node.name} changes the scale, which C is not written of")
    strides = _strides(view)
    if strides is None:
        view = in_order(program, view)
        strides = _strides(view)
    assert strides is not None and view.buffer is not None
    _, rows, columns, channels = y.shape
    places = np.arange(channels * rows * columns).reshape(channels, rows * columns)
    target = program.buffer(places.size, places)
    low, high = limits(node)
    options = node.options
    window = [options.filterHeight, options.filterWidth, options.strideH, options.strideW]
    window += [
        _before(node, x.shape[1], rows, options.filterHeight, options.strideH),
        _before(node, x.shape[2], columns, options.filterWidth, options.strideW),
    ]
    source = [x.shape[3], x.shape[1], x.shape[2], *strides]
    to = [channels, rows, columns, rows * columns, columns, 1]
    program.step(
        f"{KERNELS[node.name]}({{{view.buffer}}} + {int(view.places.flat[0])}, "
        f"{_struct('image', source)}, {_struct('window', window)}, {low}, {high}, "
        f"{_struct('image', to)}, {{{target}}});",
        [view.buffer],
        target,
        ["rescale", "image", KERNELS[node.name]],
    )
    return View.of(target, y.shape, places.T)


def _struct(name: str, values: list[int]) -> str:
    return f"(struct {name}){{{', '.join(map(str, values))},}}"


def _strides(view: View) -> tuple[int, int, int] | None:
    """How far apart channels, rows and columns lie; None if they are not equally far apart."""
    places = view.places[0]
    if view.buffer is None:
        return None
    first = int(places.flat[0])
    rows, columns, channels = (_step(places, axis, first) for axis in range(3))
    i, j, k = np.ogrid[tuple(slice(size) for size in places.shape)]
    if (places != first + rows * i + columns * j + channels * k).any():
        return None
    return channels, rows, columns


def _step(places: NDArray[np.int32], axis: int, first: int) -> int:
    return int(places.take(1, axis).flat[0]) - first if places.shape[axis] > 1 else 0


def _before(node: Node, size: int, outputs: int, window: int, stride: int) -> int:
    """What the first window reaches beyond the edge."""
    if node.options.padding != schema.Padding.SAME:
        return 0
    return int(max((outputs - 1) * stride + window - size, 0) // 2)
