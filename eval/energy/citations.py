"""Every constant of the energy model on one page, as it is printed and where."""

from . import horowitz
from .cited import Cited
from .parts import PARTS


def as_markdown() -> str:
    """A table: of what, value, source, remarks."""
    lines = ["| of | value | from | remark |", "| --- | ---: | --- | --- |"]
    timings = {part.timing.core: part.timing for part in PARTS}
    groups: list[tuple[str, tuple[Cited, ...]]] = [
        *((core, timing.sources) for core, timing in timings.items()),
        *((part.name, part.constants) for part in PARTS),
        ("Horowitz", horowitz.constants()),
    ]
    lines += [_line(name, constant) for name, constants in groups for constant in constants]
    return "\n".join(lines) + "\n"


def _line(name: str, constant: Cited) -> str:
    where = f"{constant.document}, {constant.place}, {constant.url}"
    return f"| {name} | {constant.printed} | {where} | {constant.remark} |"
