"""FULLY_CONNECTED and convolutions: sums of products of int8 numbers, rescaled to int8."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .graph import Node, Tensor
from .moves import CONSTANT, in_order
from .program import INPUT, Program, View
from .rounding import Multiplier, limits, multiplier, product_scale

# How many rows of weights a kernel takes at once: their sums stay in registers.
BLOCKS = (4, 5)
# A row of weights takes up to so much more space, if its input need not be put in order then.
GAPS = 1.25


@dataclass(frozen=True)
class Product:
    """A layer of products, whichever operator it comes from.

    Attributes:
        x, y: input and output.
        weights: int8 (channels, numbers that each output reads).
        reads: index into x without its batch, (positions, the same numbers) for all channels,
            or (channels, positions, the same) where channels read different ones; -1 stands
            for a zero beyond the edge.
        bias: int32 (channels,).
        scales: each channel's multiplier.
        low, high: the least and greatest output.
    """

    x: Tensor
    y: Tensor
    weights: NDArray[np.int8]
    reads: NDArray[np.int64]
    bias: NDArray[np.int64]
    scales: list[Multiplier]
    low: int
    high: int

    @property
    def channels(self) -> int:
        return len(self.weights)


def product(node: Node) -> Product:
    """What a FULLY_CONNECTED, CONV_2D or DEPTHWISE_CONV_2D computes."""
    x, given, *rest = node.inputs
    bias = rest[0] if rest else None
    assert x is not None and given is not None
    if given.data is None or given.dtype != "int8" or given.zero_point or not given.scales.size:
        raise InputError(f"{node.name} has weights that are no int8 constants around zero")
    if bias is not None and bias.data is None:
        raise InputError(f"{node.name} has a computed bias, which C is not written of")
    if node.name == "FULLY_CONNECTED":
        weights = given.data
        reads = np.arange(int(np.prod(x.shape))).reshape(-1, weights.shape[1])
    else:
        weights, reads = _patches(node, x, given)
    channels = len(weights)
    scales = product_scale(x, given, node.outputs[0], channels, node.name)
    low, high = limits(node)
    biases = np.zeros(channels) if bias is None or bias.data is None else bias.data
    return Product(
        x,
        node.outputs[0],
        weights.reshape(channels, -1),
        reads,
        biases.astype(np.int64).reshape(channels),
        [multiplier(scale) for scale in scales],
        low,
        high,
    )


def _patches(node: Node, x: Tensor, given: Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights as (channels, taps) and what each tap reads, as in `Product`."""
    options, data = node.options, given.data
    assert data is not None
    _, rows, columns, depth = x.shape
    _, high, wide, channels = node.outputs[0].shape
    down = _positions(options, "H", rows, data.shape[1], high)
    right = _positions(options, "W", columns, data.shape[2], wide)
    pixels = (down[:, None, :, None] * columns + right[None, :, None, :]).astype(np.int64)
    outside = (down[:, None, :, None] < 0) | (right[None, :, None, :] < 0)
    pixels[outside] = -1
    pixels = pixels.reshape(high * wide, -1)
    if node.name == "DEPTHWISE_CONV_2D":
        weights, each, multiple = np.moveaxis(data[0], -1, 0), 1, channels // depth
        first = np.arange(channels) // multiple
    else:
        weights, each = data, data.shape[3]
        groups = depth // each
        first = np.arange(channels) // (channels // groups) * each
    inner = np.arange(each)
    numbers = first[:, None, None, None] + pixels[None, :, :, None] * depth + inner
    numbers = np.where(pixels[None, :, :, None] < 0, -1, numbers)
    numbers = numbers.reshape(channels, high * wide, -1)
    same = bool((numbers == numbers[:1]).all())
    return weights, numbers[0] if same else numbers


def _positions(options: Any, axis: str, size: int, taps: int, outputs: int) -> NDArray[np.int64]:
    """Row (or column) of each output's taps, shape (outputs, taps); -1 beyond the edge."""
    stride = getattr(options, f"stride{axis}")
    dilation = getattr(options, f"dilation{axis}Factor", 1) or 1
    before = 0
    if options.padding == schema.Padding.SAME:
        needed = (outputs - 1) * stride + (taps - 1) * dilation + 1
        before = max(needed - size, 0) // 2
    at = np.arange(outputs)[:, None] * stride + np.arange(taps) * dilation - before
    return np.where((at < 0) | (at >= size), -1, at)


def general(program: Program, made: Product, view: View) -> View:
    """The products as they stand, by the kernel for FULLY_CONNECTED."""
    if made.reads.ndim == 2 and len(made.reads) == 1 and view.buffer is not None:
        return _one(program, made, view)
    return _many(program, made, view)


def _one(program: Program, made: Product, view: View) -> View:
    """A single row of inputs: the weights are put in the order in which the inputs lie."""
    assert view.buffer is not None
    places = view.places.ravel()[made.reads[0]]
    first, last = int(places.min()), int(places.max())
    span = last - first + 1
    if len(np.unique(places)) < len(places) or span > GAPS * len(places):
        copied = in_order(program, view)
        return _one(program, made, copied) if copied is not view else _many(program, made, view)
    # What lies behind the inputs, in memory of our own, is read and multiplied by zero.
    room = 0 if view.buffer == INPUT else program.aligned(view.buffer) - first
    whole = -(-span // 4) * 4
    weights = np.zeros((made.channels, whole if whole <= room else span), np.int8)
    weights[:, places - first] = made.weights
    buffer = view.buffer
    target = program.buffer(made.channels)
    bias = _with_zero_point(made)
    _call(program, made, weights, bias, f"{{{buffer}}} + {first}", f"{{{target}}}", buffer, target)
    return View.of(target, made.y.shape)


def _many(program: Program, made: Product, view: View) -> View:
    """Each position's inputs are copied side by side, then the same product is made of them.

    Where a group of channels reads the same numbers, one product makes them all.
    """
    positions, taps = made.reads.shape[-2:]
    target = program.buffer(positions * made.channels)
    reads = made.reads if made.reads.ndim == 3 else made.reads[None]
    groups = _groups(reads)
    size = made.channels // len(groups) if made.reads.ndim == 3 else made.channels
    out = np.arange(positions * made.channels).reshape(positions, made.channels)
    bias = _with_zero_point(made)
    for number, group in enumerate(groups):
        flat = View(
            np.append(view.buffers.ravel(), CONSTANT),
            np.append(view.places.ravel(), made.x.zero_point),
        )
        patches = in_order(program, flat.like(lambda array, group=group: array[group]))
        assert patches.buffer is not None and patches.start is not None
        some = slice(number * size, (number + 1) * size)
        part = program.buffer(positions * size) if len(groups) > 1 else target
        start = f"{{{patches.buffer}}} + {patches.start}"
        loop = f"for (int i = 0; i < {positions}; i++) " if positions > 1 else ""
        along = (f" + {taps} * i", f" + {size} * i") if positions > 1 else ("", "")
        _call(
            program,
            made,
            made.weights[some],
            bias[some],
            start + along[0],
            f"{{{part}}}{along[1]}",
            patches.buffer,
            part,
            loop,
            some,
        )
        if part != target:
            where = out[:, some].ravel()
            program.step(
                f"for (int i = 0; i < {positions}; i++) "
                f"copy({{{part}}} + {size} * i, {size}, {{{target}}} + {int(where[0])} + "
                f"{made.channels} * i);",
                [part],
                target,
                ["copy"],
            )
    return View.of(target, made.y.shape)


def _groups(reads: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The different reads, each of as many channels in a row."""
    if len(reads) == 1:
        return [reads[0]]
    changes = [0] + [i for i in range(1, len(reads)) if (reads[i] != reads[i - 1]).any()]
    return [reads[i] for i in changes]


def _with_zero_point(made: Product) -> NDArray[np.int64]:
    """The bias of products with the stored numbers, which are zero_point more than the real."""
    bias: NDArray[np.int64] = made.bias - made.x.zero_point * made.weights.sum(1, dtype=np.int64)
    return bias


def _call(
    program: Program,
    made: Product,
    weights: NDArray[np.int8],
    bias: NDArray[np.int64],
    source: str,
    target: str,
    reads: int,
    writes: int,
    loop: str = "",
    some: slice = slice(None),
) -> None:
    scales = made.scales[some]
    rows = [
        (int(value), scale.value, scale.left, scale.right)
        for value, scale in zip(bias, scales, strict=True)
    ]
    if np.abs(bias).max() >= 2**31:
        raise InputError("the model has a bias beyond 32 bits; convert it again")
    block = min(BLOCKS, key=lambda size: (len(weights) % size, -size))
    packed = program.array("weights", _interleaved(weights, block))
    channels = program.structs("channels", "channel", rows)
    program.step(
        f"{loop}fully_connected_{block}({source}, {weights.shape[1]}, {packed}, {channels}, "
        f"{len(weights)}, {made.y.zero_point}, {made.low}, {made.high}, {target});",
        [reads],
        writes,
        ["words", "rescale", "channel", "rows_1", f"rows_{block}", f"fully_connected_{block}"],
    )


def _interleaved(weights: NDArray[np.int8], block: int) -> NDArray[np.int8]:
    """Four weights of each row of a block in turn; the rows beyond the last block alone."""
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
    whole = len(padded) // block * block
    blocks = padded[:whole].reshape(-1, block, padded.shape[1] // 4, 4).transpose(0, 2, 1, 3)
    return np.concatenate([blocks.ravel(), padded[whole:].ravel()])
