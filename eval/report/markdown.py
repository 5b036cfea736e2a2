"""The report as Markdown."""

import re
from itertools import chain
from typing import Any

from ..comparison import Comparison
from .claims import claims
from .decision import decide
from .energy_table import energies, without_energy
from .headline import choices, headline
from .measured import first, runtimes
from .method import method
from .models import by_operator, confusion, facts, recall
from .runtime_table import conditions, nothing_ran, results
from .table import Row, Table
from .text import plain


def markdown(comparison: Comparison) -> str:
    """The whole report; text from elsewhere is escaped, so it shows as it is written."""
    said = headline(comparison)
    parts = [
        f"# {escape(comparison.dataset['name'])}: models compared",
        escape(comparison.dataset["source"]),
        escape(" ".join(said.decision)),
        escape(" ".join(said.beside)),
    ]
    if table := choices(comparison):
        parts += [f"{escape(table.caption)}:", _table(table)]
    for runtime in runtimes(comparison):
        parts.append(f"## {escape(runtime)}")
        if reason := nothing_ran(comparison, runtime):
            parts.append(escape(reason))
            continue
        if about := conditions(comparison, runtime):
            parts.append(escape(f"{'; '.join(about)}."))
        parts.append(_table(results(comparison, runtime)))
    known, missing = energies(comparison), without_energy(comparison)
    if known or missing:
        parts.append("## Energy")
    for table in known:
        parts += [f"{escape(table.caption)}:", _table(table)]
    if missing:
        parts.append("\n".join(f"- {escape(line)}" for line in missing))
    for table in (claims(comparison), recall(comparison), facts(comparison)):
        if table and table.rows:
            parts += [f"## {table.caption}", _table(table)]
    if tables := _confusions(comparison):
        parts += ["## Confusion matrices", "Of the web page's, those of each side's best."]
    for table in tables:
        parts += [f"{escape(table.caption)}:", _table(table)]
    by_model = [by_operator(comparison, model["name"]) for model in comparison.models]
    if any(by_model):
        parts.append("## By operator")
    for table in chain(*by_model):
        parts += [f"{escape(table.caption)}:", _table(table)]
    parts.append("## How this was measured")
    parts.append("\n".join(f"- {what}: {escape(how)}" for what, how in method(comparison)))
    return "\n\n".join(parts) + "\n"


def _confusions(comparison: Comparison) -> list[Table]:
    """Of the most accurate model of each side: of all models they would be most of the page."""
    scored = first(comparison)
    if decision := decide(comparison):
        best = [decision.ours.model, decision.theirs.model]
    else:
        best = sorted(scored, key=lambda name: -scored[name].accuracy)[:1]
    return [confusion(comparison, scored[name]) for name in best]


def escape(text: Any) -> str:
    """One line in which no character has a meaning in Markdown or HTML."""
    line = re.sub(r"([\\`*_{}\[\]#|~$])", r"\\\1", plain(text))
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(table: Table) -> str:
    mark = "---" if table.words else "---:"
    lines = [
        _line([table.first, *map(escape, table.heads)]),
        _line(["---", *(mark for _ in table.heads)]),
    ]
    return "\n".join(lines + [_line(_cells(row, len(table.heads))) for row in table.rows])


def _cells(row: Row, width: int) -> list[str]:
    beside = [row.kind] if row.baseline else []
    if not row.cells:
        reason = f"unavailable: {escape(row.reason)}"
        return [escape(row.name), reason, *[""] * (width - 1)]
    if row.reason:
        beside.append(row.reason)
    name = escape(row.name) + (f" ({escape('; '.join(beside))})" if beside else "")
    cells = []
    for cell in row.cells:
        text = f"**{escape(cell.text)}**" if cell.best else escape(cell.text)
        notes = escape("; ".join(cell.notes)) if cell.notes else ""
        cells.append(f"{text} ({notes})" if notes else text)
    return [name, *cells]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
