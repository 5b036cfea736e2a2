"""Planes laid out so that the inputs of one pooling window meet in one lane of different vectors.

Each position of a window is a phase. An input that a phase reads `offset` numbers after the start
of the window lies, for all windows in a row, side by side: `lane(offset)` is where that of the
first window lies. An image's planes are those of each row within a window and of each column that
is read; shifting by whole windows of rows is moving on by a row of windows. A signal's planes are
its samples modulo the window.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Numbers behind what is needed that may be read and written.
SLACK = 64


@dataclass(frozen=True)
class Pooling:
    """Windows side by side over an image; a signal is one of one row.

    Attributes:
        rows, columns: of the image.
        down, right: of a window.
        above, before: how far the first window begins outside of the image.
        high, wide: windows below each other, and side by side.
    """

    rows: int
    columns: int
    down: int = 1
    right: int = 1
    above: int = 0
    before: int = 0
    high: int = 1
    wide: int = 1

    @staticmethod
    def none(n: int) -> "Pooling":
        """Windows of one number."""
        return Pooling(1, n, wide=n)

    @property
    def outputs(self) -> int:
        return self.high * self.wide

    @property
    def starts(self) -> list[int]:
        """What each phase begins with, in numbers after the start of the window."""
        return [
            (row - self.above) * self.columns + column - self.before
            for row in range(self.down)
            for column in range(self.right)
        ]

    def is_outside(self, phase: int, output: int) -> bool:
        """Whether the number of that phase of that window is none of the image's."""
        row, column = divmod(phase, self.right)
        down, right = divmod(output, self.wide)
        row += self.down * down - self.above
        column += self.right * right - self.before
        return not (0 <= row < self.rows and 0 <= column < self.columns)


@dataclass(frozen=True)
class Phases:
    """One plane, laid out.

    Attributes:
        extension: numbers on either side of the plane that go round.
        size: int16 numbers of all its phases.
        fill: C that writes them to `d`, from the extended plane `wide`.
        lane: where the first window's number lies, by its offset.
    """

    extension: int
    size: int
    fill: str
    lane: Callable[[int], int]


def phases(pooling: Pooling, shifts: Sequence[int], kind: str = "int8_t") -> Phases:
    """The layout for windows whose phases all read inputs at these shifts.

    Args:
        pooling: the windows.
        shifts: of the inputs.
        kind: of the numbers in `wide`, `int8_t` or `short_t`.
    """
    offsets = sorted({start + shift for start in pooling.starts for shift in shifts} or {0})
    if pooling.down == pooling.right == 1:
        return _flat(pooling, offsets, kind)
    layout = _signal if pooling.rows == 1 else _image
    return layout(pooling, offsets, kind)


def _flat(pooling: Pooling, offsets: list[int], kind: str) -> Phases:
    """Every number is a window: the extended plane as it is."""
    extension = max(map(abs, offsets))
    size = pooling.columns * pooling.rows + 2 * extension
    read = "widen" if kind == "int8_t" else "load"
    fill = f"for (int i = 0; i < {size}; i += LANES) V(store)(d + i, V({read})(wide + i));"
    return Phases(extension, size + SLACK, fill, lambda offset: extension + offset)


def _signal(pooling: Pooling, offsets: list[int], kind: str) -> Phases:
    step, outputs = pooling.right, pooling.wide
    reach = max(abs(offset // step) for offset in offsets)
    n = pooling.columns
    size = outputs + 2 * reach
    plane = size + SLACK
    extension = max(step * reach, step * (outputs + reach) - n)
    begin = extension - step * reach
    fill = _strided(size, f"wide + {begin}", step, range(step), plane, "d", kind)

    def lane(offset: int) -> int:
        return offset % step * plane + reach + offset // step

    return Phases(extension, step * plane, fill, lane)


def _image(pooling: Pooling, offsets: list[int], kind: str) -> Phases:
    columns, wide = pooling.columns, pooling.wide

    def place(offset: int) -> tuple[int, int]:
        row = (offset + columns // 2) // columns
        return row, offset - row * columns

    places = [place(offset) for offset in offsets]
    reach = max(abs(row // pooling.down) for row, _ in places)
    first = min(column for _, column in places)
    across = max(column for _, column in places) - first + 1
    high = pooling.high + 2 * reach
    plane = high * wide + SLACK
    top = -pooling.down * reach * columns + first
    bottom = (pooling.down * (pooling.high + reach) - 1) * columns + first + across
    bottom += pooling.right * (wide - 1)
    extension = max(-top, bottom - pooling.rows * columns, 0)
    source = f"wide + ({pooling.down} * row + phase) * {columns} + {extension + top}"
    target = f"d + phase * {across * plane} + row * {wide}"
    inner = _strided(wide, "from", pooling.right, range(across), plane, "to", kind)
    fill = (
        f"for (int phase = 0; phase < {pooling.down}; phase++) {{\n"
        f"    for (int row = 0; row < {high}; row++) {{\n"
        f"        const {kind} *from = {source};\n"
        f"        short_t *to = {target};\n{_indented(inner, 8)}\n    }}\n}}"
    )

    def lane(offset: int) -> int:
        row, column = place(offset)
        down, phase = divmod(row, pooling.down)
        return (phase * across + column - first) * plane + (down + reach) * wide

    return Phases(extension, pooling.down * across * plane, fill, lane)


def _strided(
    count: int, source: str, step: int, columns: range, plane: int, target: str, kind: str
) -> str:
    """C that takes every `step`-th number from each of these columns on, each to its plane."""
    if step == 2 and kind == "int8_t":
        lines, vectors, lanes = [], "V", "LANES"
        if count <= 8:
            vectors, lanes = "N", "8"
        for column in columns[::2]:
            lines.append(f"{vectors}(split)({source} + {column} + 2 * i, &even, &odd);")
            lines.append(f"{vectors}(store)({target} + {column * plane} + i, even);")
            if column + 1 in columns:
                lines.append(f"{vectors}(store)({target} + {(column + 1) * plane} + i, odd);")
        inner = "\n".join(lines)
        return (
            f"for (int i = 0; i < {count}; i += {lanes}) {{\n    {vectors}(shorts) even, odd;\n"
            f"{_indented(inner, 4)}\n}}"
        )
    lines = [
        f"({target})[{column * plane} + i] = ({source})[{column} + {step} * i];"
        for column in columns
    ]
    inner = "\n".join(lines)
    return f"for (int i = 0; i < {count}; i++) {{\n{_indented(inner, 4)}\n}}"


def _indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" for line in text.split("\n"))
