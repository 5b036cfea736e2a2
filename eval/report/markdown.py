"""The report as Markdown."""

import re
from typing import Any

from ..comparison import Comparison
from .headline import headline
from .method import method
from .tables import Row, Table, facts, plain, recall, results, runtimes


def markdown(comparison: Comparison) -> str:
    """The whole report; text from elsewhere is escaped, so it shows as it is written."""
    parts = [
        f"# {escape(comparison.dataset['name'])}: models compared",
        escape(comparison.dataset["source"]),
        escape(" ".join(headline(comparison).sentences)),
    ]
    for runtime in runtimes(comparison):
        emulated = ", emulated: instructions are counted" if runtime in comparison.cores else ""
        parts += [f"## {escape(runtime)}{emulated}", _table(results(comparison, runtime))]
    parts += ["## Recall per class, %", _table(recall(comparison))]
    parts += ["## Models", _table(facts(comparison))]
    parts.append("## How this was measured")
    parts.append("\n".join(f"- {what}: {escape(how)}" for what, how in method(comparison)))
    return "\n\n".join(parts) + "\n"


def escape(text: Any) -> str:
    """One line in which no character has a meaning in Markdown or HTML."""
    line = re.sub(r"([\\`*_{}\[\]#|~$])", r"\\\1", plain(text))
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(table: Table) -> str:
    lines = [
        _line(["model", *map(escape, table.heads)]),
        _line(["---", *("---:" for _ in table.heads)]),
    ]
    return "\n".join(lines + [_line(_cells(row, len(table.heads))) for row in table.rows])


def _cells(row: Row, width: int) -> list[str]:
    name = escape(row.name) + (f" ({escape(row.kind)})" if row.baseline else "")
    if row.reason:
        return [name, f"unavailable: {escape(row.reason)}", *[""] * (width - 1)]
    cells = []
    for cell in row.cells:
        text = f"**{escape(cell.text)}**" if cell.best else escape(cell.text)
        cells.append(f"{text} ({escape(cell.note)})" if cell.note else text)
    return [name, *cells]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
