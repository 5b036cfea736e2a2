"""Operators that move numbers about, which cost nothing until somebody needs them in order.

Each is carried out on the places of the numbers instead of the numbers themselves. Where a
kernel needs them side by side, `in_order` writes one copy, whatever led there: a GATHER, a
RESHAPE and a SLICE that extend an image come out as a few loops.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator, Tensor
from .program import Code, Pointer, Program, View, call, code

CONSTANT = -1
# Loops that a copy is written as; beyond this, a table of places is shorter.
MOST_LOOPS = 24


def constant(data: NDArray[Any]) -> View:
    """The view of numbers that are known."""
    return View(np.full(data.shape, CONSTANT, np.int16), data.astype(np.int32))


def move(operator: Operator, views: list[View]) -> list[View]:
    """The views of a moving operator's outputs, from those of its inputs."""
    y = operator.outputs[0]
    changed = MOVES[operator.name](operator, views)
    moved = changed if isinstance(changed, list) else [changed]
    if len(moved) != len(operator.outputs) or any(
        view.places.size != int(np.prod(output.shape))
        for view, output in zip(moved, operator.outputs, strict=True)
    ):
        raise InputError(f"{operator.name} makes another shape than {y.shape}; convert again")
    return [
        view.like(lambda array, shape=output.shape: array.reshape(shape))
        for view, output in zip(moved, operator.outputs, strict=True)
    ]


def _numbers(operator: Operator, index: int) -> list[int]:
    tensor = operator.inputs[index] if index < len(operator.inputs) else None
    if tensor is None or tensor.data is None:
        raise InputError(
            f"{operator.name} takes a computed shape or index, which C is not written of"
        )
    return [int(value) for value in tensor.data.ravel()]


def _reshape(operator: Operator, views: list[View]) -> View:
    return views[0]


def _concatenation(operator: Operator, views: list[View]) -> View:
    axis = operator.options.axis
    return View(
        np.concatenate([view.buffers for view in views], axis),
        np.concatenate([view.places for view in views], axis),
    )


def _gather(operator: Operator, views: list[View]) -> View:
    if operator.options.batchDims:
        raise InputError("GATHER by batches is not known in C; choose another lowering")
    tensor = operator.given[1]
    indices = np.reshape(_numbers(operator, 1), tensor.shape)
    return views[0].like(lambda array: np.take(array, indices, axis=operator.options.axis))


def _pad(operator: Operator, views: list[View]) -> View:
    widths = np.reshape(_numbers(operator, 1), (-1, 2))
    x = operator.given[0]
    value = _numbers(operator, 2)[0] if operator.name == "PADV2" else x.zero_point
    view = views[0]
    return View(
        np.pad(view.buffers, widths, constant_values=CONSTANT),
        np.pad(view.places, widths, constant_values=value),
    )


def _slice(operator: Operator, views: list[View]) -> View:
    begin, size = _numbers(operator, 1), _numbers(operator, 2)
    where = tuple(
        slice(first, None if count == -1 else first + count)
        for first, count in zip(begin, size, strict=True)
    )
    return views[0].like(lambda array: array[where])


def _strided_slice(operator: Operator, views: list[View]) -> View:
    options = operator.options
    if options.ellipsisMask or options.newAxisMask:
        raise InputError("STRIDED_SLICE with an ellipsis or a new axis is not known in C")
    where: list[Any] = []
    parts = zip(_numbers(operator, 1), _numbers(operator, 2), _numbers(operator, 3), strict=True)
    for axis, (begin, end, stride) in enumerate(parts):
        if options.shrinkAxisMask >> axis & 1:
            where.append(begin)
            continue
        first = None if options.beginMask >> axis & 1 else begin
        last = None if options.endMask >> axis & 1 else end
        where.append(slice(first, last, stride))
    return views[0].like(lambda array: array[tuple(where)])


def _split(operator: Operator, views: list[View]) -> list[View]:
    axis = _numbers(operator, 0)[0]
    return [
        views[1].like(lambda array, i=i: np.split(array, len(operator.outputs), axis)[i])
        for i in range(len(operator.outputs))
    ]


def _transpose(operator: Operator, views: list[View]) -> View:
    order = _numbers(operator, 1)
    return views[0].like(lambda array: np.transpose(array, order))


def _pack(operator: Operator, views: list[View]) -> View:
    return View(
        np.stack([view.buffers for view in views], operator.options.axis),
        np.stack([view.places for view in views], operator.options.axis),
    )


def _unpack(operator: Operator, views: list[View]) -> list[View]:
    axis = operator.options.axis
    return [
        views[0].like(lambda array, i=i: np.take(array, i, axis))
        for i in range(len(operator.outputs))
    ]


MOVES: dict[str, Callable[[Operator, list[View]], View | list[View]]] = {
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _reshape,
    "GATHER": _gather,
    "PACK": _pack,
    "PAD": _pad,
    "PADV2": _pad,
    "RESHAPE": _reshape,
    "SLICE": _slice,
    "SPLIT": _split,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _strided_slice,
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
}


def check_scales(operator: Operator) -> None:
    """Numbers can be moved as they are stored only where all have one scale."""
    y = operator.outputs[0]
    for tensor in [*operator.inputs, *operator.outputs]:
        if tensor is None or tensor.dtype != "int8" or not tensor.scales.size:
            continue
        if (tensor.scale, tensor.zero_point) != (y.scale, y.zero_point):
            raise InputError(
                f"{operator.name} joins int8 tensors of different scales; convert again"
            )


def in_order(program: Program, view: View, spare: int = 0) -> View:
    """The same numbers one after another in one buffer: as they are, or in a copy.

    Args:
        program: gets the copy.
        view: where they are.
        spare: how many numbers behind them have to be there to be read, whatever they are.
    """
    if view.buffer is not None and view.start is not None:
        end = view.start + view.places.size + spare
        if end <= program.sizes[view.buffer]:
            return view
    shape = view.places.shape
    target = program.buffer(view.places.size + spare)
    copy(program, view, target)
    return View.of(target, shape)


def pointer(view: View) -> Pointer:
    """To the first number of a view that lies in one buffer."""
    if view.buffer is None:
        raise InputError("the model joins numbers in a way that C is not written of")
    return Pointer(view.buffer) + int(view.places.flat[0])


def copy(program: Program, view: View, target: int) -> None:
    """Write the numbers, in order, to the start of a buffer."""
    dtypes = {program.dtypes[buffer] for buffer in np.unique(view.buffers) if buffer >= 0}
    if dtypes - {program.dtype} or program.dtypes[target] != program.dtype:
        raise InputError(
            f"the model reorders its {' and '.join(sorted(dtypes))} input or output outside of "
            "the int8 network; reorder it before and after"
        )
    loops = _loops(view)
    if len(loops) > MOST_LOOPS and view.buffer is not None and program.dtype == "int8":
        places = view.places.ravel()
        table = program.array("places", places.astype(np.uint16 if places.max() < 2**16 else int))
        program.step(
            call("pick", Pointer(view.buffer), table, places.size, Pointer(target)),
            target,
            ["pick"],
            5 * places.size,
        )
        return
    position = 0
    for loop in loops:
        kernels = [] if loop.buffer == CONSTANT else ["copy"]
        if kernels and program.dtype == "int8":
            kernels.append("words")
        program.step(
            loop.statement(position, target),
            target,
            kernels,
            loop.size * (0.6 if loop.strides[-1] == 1 else 4),
        )
        position += loop.size


@dataclass(frozen=True)
class _Loop:
    """Numbers from regular places of one buffer: up to some loops, the innermost last."""

    buffer: int
    first: int
    counts: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        return int(np.prod(self.counts))

    def statement(self, position: int, target: int) -> Code:
        """One statement that copies them to that position of the target."""
        *outer, (count, stride) = [
            (count, stride)
            for count, stride in zip(self.counts, self.strides, strict=True)
            if count > 1
        ] or [(1, 1)]
        places, to = [str(self.first)], [str(position)]
        size = self.size
        head = ""
        for level, (times, step) in enumerate(outer):
            name = f"i{level}"
            size //= times
            head += f"for (int {name} = 0; {name} < {times}; {name}++) "
            places.append(_times(step, name))
            to.append(_times(size, name))
        where, there = _sum(places), _sum(to)
        loop = f"for (int i = 0; i < {count}; i++) "
        if self.buffer == CONSTANT:
            inner = code(loop, _element(target, f"{there} + i"), f" = {self.first}")
        elif stride == 1 and count > 2:
            inner = call("copy", Pointer(self.buffer) + where, count, Pointer(target) + there)
        elif count == 1:
            inner = code(_element(target, there), " = ", _element(self.buffer, where))
        else:
            source = _element(self.buffer, f"{where} + {_times(stride, 'i')}")
            inner = code(loop, _element(target, f"{there} + i"), " = ", source)
        return code(head, inner)


def _element(buffer: int, index: str) -> Code:
    return code("(", Pointer(buffer), f")[{index.removeprefix('0 + ')}]")


def _times(factor: int, name: str) -> str:
    return name if factor == 1 else f"{factor} * {name}"


def _sum(terms: list[str]) -> str:
    kept = [term for term in terms if term != "0" and not term.startswith("0 *")]
    return " + ".join(kept) or "0"


def _loops(view: View) -> list[_Loop]:
    """The view as loops, found greedily from the inside out."""
    buffers, places = view.buffers.ravel(), view.places.ravel()
    loops: list[_Loop] = []
    for buffer, place in zip(buffers.tolist(), places.tolist(), strict=True):
        last = loops[-1] if loops else None
        if last and last.buffer == buffer:
            if buffer == CONSTANT:
                if place == last.first:
                    loops[-1] = _Loop(buffer, place, (last.counts[0] + 1,), (0,))
                    continue
            elif last.counts == (1,):
                loops[-1] = _Loop(buffer, last.first, (2,), (place - last.first,))
                continue
            elif place == last.first + last.counts[0] * last.strides[0]:
                loops[-1] = _Loop(buffer, last.first, (last.counts[0] + 1,), last.strides)
                continue
        loops.append(_Loop(buffer, place, (1,), (1,)))
    while True:
        joined = _joined(loops)
        if len(joined) == len(loops):
            return loops
        loops = joined


def _joined(loops: list[_Loop]) -> list[_Loop]:
    """Runs of equal loops whose starts are equally far apart, each as a loop over them."""
    joined: list[_Loop] = []
    index = 0
    while index < len(loops):
        nest, count = loops[index], 1
        step = loops[index + 1].first - nest.first if index + 1 < len(loops) else 0
        while index + count < len(loops) and loops[index + count] == _Loop(
            nest.buffer, nest.first + count * step, nest.counts, nest.strides
        ):
            count += 1
        if count > 2 and nest.buffer != CONSTANT and len(nest.counts) < 4:
            joined.append(
                _Loop(nest.buffer, nest.first, (count, *nest.counts), (step, *nest.strides))
            )
            index += count
        else:
            joined.append(nest)
            index += 1
    return joined


def view_of(tensor: Tensor, views: dict[int, View]) -> View:
    """Of an operator's input: what was computed, or a constant."""
    if tensor.data is not None:
        return constant(tensor.data)
    return views[id(tensor)]
