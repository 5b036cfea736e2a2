"""A C function in the making: its steps, the memory they use, the constants they read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUT = 0  # the buffer that the caller hands in

# Buffers start at multiples of it, so that words can be loaded from them.
ALIGNMENT = 4

STRUCT_BYTES = {"channel": 12, "filter": 20, "change": 8, "row": 16}

C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "float32": "float",
}


@dataclass(frozen=True)
class View:
    """Where each number of a tensor lies, so that reordering them costs nothing.

    Attributes:
        buffers: the number of the buffer; negative where it is a constant.
        places: the place in that buffer, or the constant itself. Both of the tensor's shape.
    """

    buffers: NDArray[np.int16]
    places: NDArray[np.int32]

    @property
    def buffer(self) -> int | None:
        """The buffer that all of it lies in; None if it is several, or has constants."""
        first = int(self.buffers.flat[0])
        return first if first >= 0 and bool((self.buffers == first).all()) else None

    @property
    def start(self) -> int | None:
        """The place of the first number if the others follow one by one, else None."""
        flat = self.places.ravel()
        whole = self.buffer is not None and bool((np.diff(flat) == 1).all())
        return int(flat[0]) if whole else None

    def like(self, change: Any) -> "View":
        """Both arrays changed alike."""
        return View(change(self.buffers), change(self.places))

    @staticmethod
    def of(buffer: int, shape: Sequence[int], places: NDArray[Any] | None = None) -> "View":
        """A whole buffer in order, or at those places."""
        if places is None:
            places = np.arange(int(np.prod(shape)))
        places = np.asarray(places, np.int32).reshape(shape)
        return View(np.full(shape, buffer, np.int16), places)


@dataclass(frozen=True)
class Pointer:
    """The start of a buffer, and what is added to it: numbers and expressions in C."""

    buffer: int
    terms: tuple[str, ...] = ()

    def __add__(self, term: Any) -> "Pointer":
        return self if term in (0, "0") else Pointer(self.buffer, (*self.terms, str(term)))


# Text of C with pointers in it.
Code = tuple[str | Pointer, ...]


def code(*parts: str | int | Pointer | Code) -> Code:
    """Parts one after another."""
    flat: list[str | Pointer] = []
    for part in parts:
        if isinstance(part, tuple):
            flat += part
        else:
            flat.append(part if isinstance(part, Pointer) else str(part))
    return tuple(flat)


def call(function: str, *arguments: str | int | Pointer | Code) -> Code:
    """A call of a function."""
    separated = [part for argument in arguments for part in (", ", argument)]
    return code(f"{function}(", *separated[1:], ")")


@dataclass(frozen=True)
class Step:
    """One statement of the function.

    Attributes:
        statement: text, in which pointers stand for places in buffers.
        writes: the buffer that it writes to.
        kernels: functions and types that it needs.
        instructions: about how many a Cortex-M4 takes for it.
    """

    statement: Code
    writes: int
    kernels: tuple[str, ...]
    instructions: float

    @property
    def buffers(self) -> set[int]:
        """All that it reads or writes."""
        return {part.buffer for part in self.statement if isinstance(part, Pointer)}


@dataclass
class Program:
    """What the translations of the operators add to.

    Attributes:
        dtype: of the working memory, `"int8"` or `"float32"`.
        sizes: numbers in each buffer, the caller's input first.
        dtypes: of each buffer; another one than `dtype` only at the ends.
        steps: in order.
        constants: declarations, by the name that they declare.
        planes: where a buffer holds channels of as many numbers each, the place of each number,
            (channels, numbers).
        functions: definitions of functions that belong to one step, by name.
        constant_bytes: of all constants.
        alignment: bytes, or numbers in float32, at whose multiples buffers start.
    """

    dtype: str
    sizes: list[int] = field(default_factory=list)
    dtypes: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    planes: dict[int, NDArray[np.int32]] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    constant_bytes: int = 0
    alignment: int = ALIGNMENT

    def buffer(
        self, size: int, planes: NDArray[Any] | None = None, dtype: str | None = None
    ) -> int:
        """A new buffer for that many numbers; without `planes`, all of one channel."""
        number = len(self.sizes)
        self.sizes.append(size)
        self.dtypes.append(dtype or self.dtype)
        planes = np.arange(size)[None] if planes is None else planes
        self.planes[number] = planes.astype(np.int32)
        return number

    def aligned(self, buffer: int) -> int:
        """The numbers of a buffer and what lies behind them up to the next one."""
        return -(-self.sizes[buffer] // self.alignment) * self.alignment

    def step(
        self, statement: Code, writes: int, kernels: Sequence[str], instructions: float
    ) -> None:
        """Add one; see `Step`. Its semicolon is added too."""
        self.steps.append(Step(code(statement, ";"), writes, tuple(kernels), instructions))

    def prune(self, output: int) -> None:
        """Leave out the steps whose results nobody reads, given what the caller reads: here none,
        as no translation replaces another's steps.
        """

    def array(self, name: str, values: NDArray[Any]) -> str:
        """The name of a constant array of these numbers."""
        hexadecimal = values.dtype == np.uint32
        numbers = [
            f"0x{value:08x}" if hexadecimal else _number(value)
            for value in np.ravel(values).tolist()
        ]
        body = _lines(numbers)
        what = f"{C_TYPES[values.dtype.name]} {{name}}[{len(numbers)}]"
        return self._declare(name, what, body, values.nbytes)

    def structs(self, name: str, kind: str, rows: Sequence[Sequence[Any]]) -> str:
        """The name of a constant array of structs."""
        body = _lines(["{" + ", ".join(_number(value) for value in row) + "}" for row in rows])
        what = f"struct {kind} {{name}}[{len(rows)}]"
        return self._declare(name, what, body, STRUCT_BYTES[kind] * len(rows))

    def function(self, name: str, parameters: str, lines: Sequence[str]) -> str:
        """The name of a new function with that body."""
        name = f"{name}_{len(self.functions)}"
        body = "".join(f"    {line}\n" for line in lines)
        self.functions[name] = f"KERNEL void {name}({parameters})\n{{\n{body}}}"
        return name

    def _declare(self, name: str, what: str, body: str, size: int) -> str:
        """Declare a constant, or find one that is the same."""
        for known, text in self.constants.items():
            if text == f"static const {what.format(name=known)} = {{{body}}};":
                return known
        name = f"{name}_{sum(known.rpartition('_')[0] == name for known in self.constants)}"
        self.constant_bytes += size
        self.constants[name] = f"static const {what.format(name=name)} = {{{body}}};"
        return name


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value.hex()}f"
    # The least int32 is no literal of C: -2147483648 is a minus before a long.
    return "INT32_MIN" if value == -(2**31) else str(value)


def _lines(items: Sequence[str], width: int = 96) -> str:
    lines, line = [""], ""
    for item in items:
        if len(line) + len(item) + 2 > width:
            lines.append(line.rstrip())
            line = ""
        line += item + ", "
    return "\n    ".join([*lines, line.rstrip()]) + "\n"
