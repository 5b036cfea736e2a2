"""A C function in the making whose products and pooling have vector kernels."""

from dataclasses import dataclass, field

from ..c_source.program import Program
from .filter_bank import FilterBank

# Bytes of a cache line, which no vector is wider than.
ALIGNMENT = 64


@dataclass
class VectorProgram(Program):
    """What the translations add to, as `Program`.

    Attributes:
        layers: functions that are compiled once for each instruction set, by name.
        banks: the filters that a buffer's numbers come from.
    """

    layers: dict[str, str] = field(default_factory=dict)
    banks: dict[int, FilterBank] = field(default_factory=dict)
    alignment: int = ALIGNMENT

    def layer(self, kind: str, parameters: str, width: str, body: str, what: str) -> str:
        """The name of a new function of the instruction set, as it is called.

        Args:
            kind: what its name begins with.
            parameters: in C.
            width: lines that define `WIDTH`, the bytes of its vectors.
            body: its statements.
            what: a comment on what it computes.
        """
        name = f"F({kind}_{len(self.layers)})"
        text = f"/* {what} */\nKERNEL void {name}({parameters})\n{{\n{body}\n}}\n"
        self.layers[name] = f"{width}{text}#undef WIDTH\n"
        return name

    def prune(self, output: int) -> None:
        """Leave out the steps whose results nobody reads, and the functions that they called.

        Args:
            output: the buffer that the caller gets.
        """
        read, steps = {output}, []
        for step in reversed(self.steps):
            if step.writes in read:
                steps.append(step)
                read |= step.buffers
        self.steps = steps[::-1]
        called = {part for step in self.steps for part in step.statement if isinstance(part, str)}
        text = " ".join(called)
        self.layers = {name: layer for name, layer in self.layers.items() if f"{name}(" in text}


def width(lanes: int, exact: bool = False) -> str:
    """Lines that define `WIDTH` for so many outputs: the fewest vectors, and then the narrowest.

    Args:
        lanes: how many outputs.
        exact: whether no vector may be of more.
    """

    def best(widest: int) -> int:
        sizes = [size for size in (16, 32, 64) if size <= widest]
        if exact:
            sizes = [size for size in sizes if size // 2 <= lanes]
        return min(sizes, key=lambda size: (-(-lanes // (size // 2)), size))

    return (
        f"#if WIDEST == 64\n#define WIDTH {best(64)}\n"
        f"#elif WIDEST == 32\n#define WIDTH {best(32)}\n#else\n#define WIDTH 16\n#endif\n"
    )
