"""FULLY_CONNECTED and convolutions: sums of products of int8 numbers, rescaled to int8."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator, Tensor
from .moves import CONSTANT, in_order, pointer
from .program import INPUT, Code, Pointer, Program, View, call
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
        padding: rows before and after x, columns before and after.
        reads: index into x with its padding, (positions, the same numbers) for all channels, or
            (channels, positions, the same) where channels read different ones.
        bias: int32 (channels,).
        scales: each channel's multiplier.
        low, high: the least and greatest output.
    """

    x: Tensor
    y: Tensor
    weights: NDArray[np.int8]
    padding: tuple[tuple[int, int], tuple[int, int]]
    reads: NDArray[np.int64]
    bias: NDArray[np.int64]
    scales: list[Multiplier]
    low: int
    high: int

    @property
    def channels(self) -> int:
        return len(self.weights)

    def padded(self, view: View) -> View:
        """The view of x, with zeros around it."""
        if not np.any(self.padding):
            return view
        widths = ((0, 0), *self.padding, (0, 0))
        return View(
            np.pad(view.buffers, widths, constant_values=CONSTANT),
            np.pad(view.places, widths, constant_values=self.x.zero_point),
        )


def product(operator: Operator) -> Product:
    """What a FULLY_CONNECTED, CONV_2D or DEPTHWISE_CONV_2D computes."""
    x, given, *rest = operator.given
    bias = rest[0] if rest else None
    if (
        given.data is None
        or given.data.dtype != np.int8
        or given.zero_point
        or not given.scales.size
    ):
        raise InputError(f"{operator.name} has weights that are no int8 constants around zero")
    if bias is not None and bias.data is None:
        raise InputError(f"{operator.name} has a computed bias, which C is not written of")
    if operator.name == "FULLY_CONNECTED":
        weights, padding = given.data, ((0, 0), (0, 0))
        reads = np.arange(int(np.prod(x.shape))).reshape(-1, weights.shape[1])
    else:
        weights, reads, padding = _patches(operator, x, given.data)
    channels = len(weights)
    scales = product_scale(x, given, operator.outputs[0], channels)
    low, high = limits(operator)
    biases = np.zeros(channels) if bias is None or bias.data is None else bias.data
    return Product(
        x,
        operator.outputs[0],
        weights.reshape(channels, -1),
        padding,
        reads,
        biases.astype(np.int64).reshape(channels),
        [multiplier(scale) for scale in scales],
        low,
        high,
    )


def _patches(operator: Operator, x: Tensor, data: NDArray[np.int8]) -> tuple[Any, ...]:
    """Weights as (channels, taps), what each tap reads as in `Product`, and the padding."""
    options = operator.options
    _, rows, columns, depth = x.shape
    _, high, wide, channels = operator.outputs[0].shape
    down, above = _positions(options, "H", rows, data.shape[1], high)
    right, before = _positions(options, "W", columns, data.shape[2], wide)
    padding = (above, before)
    width = columns + sum(before)
    pixels = down[:, None, :, None] * width + right[None, :, None, :]
    pixels = pixels.reshape(high * wide, -1).astype(np.int64)
    if operator.name == "DEPTHWISE_CONV_2D":
        weights, each, multiple = np.moveaxis(data[0], -1, 0), 1, channels // depth
        first = np.arange(channels) // multiple
    else:
        weights, each = data, data.shape[3]
        groups = depth // each
        first = np.arange(channels) // (channels // groups) * each
    inner = np.arange(each)
    numbers = first[:, None, None, None] + pixels[None, :, :, None] * depth + inner
    numbers = numbers.reshape(channels, high * wide, -1)
    same = bool((numbers == numbers[:1]).all())
    return weights, numbers[0] if same else numbers, padding


def _positions(
    options: Any, axis: str, size: int, taps: int, outputs: int
) -> tuple[NDArray[np.int64], tuple[int, int]]:
    """Row (or column) of each output's taps, (outputs, taps), and the padding before and after."""
    stride = getattr(options, f"stride{axis}")
    dilation = getattr(options, f"dilation{axis}Factor", 1) or 1
    needed = (outputs - 1) * stride + (taps - 1) * dilation + 1
    padding = max(needed - size, 0) if options.padding == schema.Padding.SAME else 0
    at = np.arange(outputs)[:, None] * stride + np.arange(taps) * dilation
    return at, (padding // 2, padding - padding // 2)


def general(
    program: Program, linear: Product, view: View, rows: "type[Rows] | None" = None
) -> View:
    """The products as they stand, by the kernel for FULLY_CONNECTED that `rows` calls."""
    rows = rows or Rows
    if linear.reads.ndim == 2 and len(linear.reads) == 1 and view.buffer is not None:
        return _one(program, linear, view, rows)
    return _many(program, linear, view, rows)


def _one(program: Program, linear: Product, view: View, rows: "type[Rows]") -> View:
    """A single row of inputs: the weights are put in the order in which the inputs lie."""
    assert view.buffer is not None
    places = view.places.ravel()[linear.reads[0]]
    first, last = int(places.min()), int(places.max())
    span = last - first + 1
    if len(np.unique(places)) < len(places) or span > GAPS * len(places):
        copied = in_order(program, view)
        if copied is view:
            return _many(program, linear, view, rows)
        return _one(program, linear, copied, rows)
    # What lies behind the inputs, in memory of our own, is read and multiplied by zero.
    room = 0 if view.buffer == INPUT else program.aligned(view.buffer) - first
    whole = -(-span // 4) * 4
    weights = np.zeros((linear.channels, whole if whole <= room else span), np.int8)
    weights[:, places - first] = linear.weights
    target = program.buffer(linear.channels)
    products = rows(weights, _biases(linear), linear.scales)
    products.emit(program, linear, Pointer(view.buffer) + first, target)
    return View.of(target, linear.y.shape)


def _many(program: Program, linear: Product, view: View, rows: "type[Rows]") -> View:
    """The same product at many positions, whose inputs are copied if they do not lie in a row.

    Where channels read different numbers, each group of them is a product of its own.
    """
    positions, taps = linear.reads.shape[-2:]
    if positions * taps > view.places.size:
        # Many numbers are read more than once: one copy, instead of one for each position.
        view = in_order(program, view)
    flat = view.like(np.ravel)
    groups = _groups(linear)
    parts = []
    for group, reads in groups:
        patches = flat.like(lambda array, reads=reads: array[reads])
        step = _step(patches)
        if step is None:
            patches, step = in_order(program, patches), taps
        size = len(range(*group.indices(linear.channels)))
        target = program.buffer(positions * size)
        products = rows(linear.weights[group], _biases(linear)[group], linear.scales[group])
        source = pointer(patches)
        products.emit(program, linear, source, target, positions, step)
        parts.append(View.of(target, (positions, size)))
    joined = View(
        np.concatenate([part.buffers for part in parts], axis=1),
        np.concatenate([part.places for part in parts], axis=1),
    )
    return joined.like(lambda array: array.reshape(linear.y.shape))


def _groups(linear: Product) -> list[tuple[slice, NDArray[np.int64]]]:
    """Channels in a row that read the same numbers, and which those are."""
    if linear.reads.ndim == 2:
        return [(slice(None), linear.reads)]
    changes = [
        i for i in range(1, linear.channels) if (linear.reads[i] != linear.reads[i - 1]).any()
    ]
    return [
        (slice(begin, end), linear.reads[begin])
        for begin, end in pairwise([0, *changes, linear.channels])
    ]


def _step(patches: View) -> int | None:
    """How far it is from each position's inputs to the next's, if all lie in a row; else None."""
    places = patches.places
    steps = np.unique(np.diff(places[:, 0]))
    if patches.buffer is None or len(steps) > 1 or (np.diff(places, axis=1) != 1).any():
        return None
    return int(steps[0]) if len(steps) else 0


def _biases(linear: Product) -> NDArray[np.int64]:
    """The bias of products with the stored numbers, which are zero_point more than the real."""
    bias: NDArray[np.int64] = linear.bias - linear.x.zero_point * linear.weights.sum(
        1, dtype=np.int64
    )
    if np.abs(bias).max() >= 2**31:
        raise InputError("the model has a bias beyond 32 bits; convert it again")
    return bias


@dataclass(frozen=True)
class Rows:
    """What a call of the kernel takes: weights (rows, inputs), and each row's bias and scale."""

    weights: NDArray[np.int8]
    biases: NDArray[np.int64]
    scales: list[Multiplier]

    def emit(
        self,
        program: Program,
        linear: Product,
        source: Pointer,
        target: int,
        positions: int = 1,
        step: int = 0,
    ) -> None:
        """Add the call, for inputs at `source`, or for those at several positions from there."""
        rows, inputs = self.weights.shape
        block = min(BLOCKS, key=lambda size: (rows % size, -size))
        channels = [
            (int(bias), scale.value, scale.left, scale.right)
            for bias, scale in zip(self.biases, self.scales, strict=True)
        ]
        weights = program.array("weights", _interleaved(self.weights, block))
        constants = weights, program.structs("channels", "channel", channels)
        program.step(
            self.at_positions(
                f"fully_connected_{block}", constants, linear, source, target, positions, step
            ),
            target,
            ["words", "rescale", "channel", "rows_1", f"rows_{block}", f"fully_connected_{block}"],
            positions * (1.6 * rows * inputs + 45 * rows),
        )

    def at_positions(
        self,
        kernel: str,
        constants: tuple[str, str],
        linear: Product,
        source: Pointer,
        target: int,
        positions: int,
        step: int,
    ) -> Code:
        """The call of a kernel, with its weights and channels; a loop if positions are several."""
        rows, inputs = self.weights.shape
        loop, y = "", Pointer(target)
        if positions > 1:
            loop = f"for (int i = 0; i < {positions}; i++) "
            source, y = source + f"{step} * i", y + f"{rows} * i"
        outputs = linear.y.zero_point, linear.low, linear.high, y
        return call(f"{loop}{kernel}", source, inputs, *constants, rows, *outputs)


def _interleaved(weights: NDArray[np.int8], block: int) -> NDArray[np.uint32]:
    """Words of four weights of each row of a block in turn; rows beyond the last block alone."""
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
    whole = len(padded) // block * block
    blocks = padded[:whole].reshape(-1, block, padded.shape[1] // 4, 4).transpose(0, 2, 1, 3)
    return np.concatenate([blocks.ravel(), padded[whole:].ravel()]).view("<u4")
