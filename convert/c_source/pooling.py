"""MAX_POOL_2D and AVERAGE_POOL_2D, wherever the numbers of the image lie."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator
from .moves import in_order, pointer
from .program import INPUT, Pointer, Program, View, call
from .rounding import limits

KERNELS = {"MAX_POOL_2D": "max_pool", "AVERAGE_POOL_2D": "average_pool"}


def pool(program: Program, operator: Operator, view: View) -> View:
    """Channels are written one after another, as sums over them take theirs."""
    x, y = operator.given[0], operator.outputs[0]
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise InputError(f"{operator.name} changes the scale, which C is not written of")
    _, rows, columns, channels = y.shape
    plane = _plane(program, view)
    if plane is None:
        view = in_order(program, view.like(lambda array: np.moveaxis(array[0], -1, 0)), spare=3)
        plane = x.shape[1] * x.shape[2]
    assert view.buffer is not None
    places = np.arange(channels * rows * columns).reshape(channels, rows * columns)
    target = program.buffer(places.size, places)
    low, high = limits(operator)
    options = operator.options
    window = [options.filterHeight, options.filterWidth, options.strideH, options.strideW]
    window += [
        before(operator, x.shape[1], rows, options.filterHeight, options.strideH),
        before(operator, x.shape[2], columns, options.filterWidth, options.strideW),
    ]
    source = [x.shape[3], x.shape[1], x.shape[2], plane]
    line: list[Pointer] = []
    if operator.name == "MAX_POOL_2D":
        buffer = program.buffer(2 * options.filterWidth + x.shape[2] + 3)
        line = [Pointer(buffer)]
    program.step(
        call(
            KERNELS[operator.name],
            pointer(view),
            _struct("image", source),
            _struct("window", window),
            low,
            high,
            _struct("image", [channels, rows, columns, rows * columns]),
            *line,
            Pointer(target),
        ),
        target,
        ["words", "rescale", "image", KERNELS[operator.name]],
        2 * view.places.size + 18 * places.size,
    )
    return View.of(target, y.shape, places.T)


def _struct(name: str, values: list[int]) -> str:
    return f"(struct {name}){{{', '.join(map(str, values))},}}"


def _plane(program: Program, view: View) -> int | None:
    """How far apart channels lie whose numbers lie row by row; None if they do not, or if the
    words of the last row would end beyond the buffer."""
    buffer, places = view.buffer, np.moveaxis(view.places[0], -1, 0)
    if buffer is None:
        return None
    channels = places.reshape(len(places), -1)
    plane = int(channels[1, 0] - channels[0, 0]) if len(channels) > 1 else channels.size
    inner = np.arange(channels.shape[1])
    if (channels != channels[0, 0] + np.arange(len(channels))[:, None] * plane + inner).any():
        return None
    end = int(channels[-1, -1]) + 1 + -places.shape[-1] % 4
    there = program.sizes[INPUT] if buffer == INPUT else program.aligned(buffer)
    return plane if end <= there else None


def before(operator: Operator, size: int, outputs: int, window: int, stride: int) -> int:
    """What the first window reaches beyond the edge."""
    if operator.options.padding != schema.Padding.SAME:
        return 0
    return int(max((outputs - 1) * stride + window - size, 0) // 2)
