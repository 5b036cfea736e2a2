"""`doctor` and `--version`: what is installed, and what works here."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.table import Table

from keras_tvscm.machine import versions

from .console import out, screen, steps_bar

if TYPE_CHECKING:
    from .installation import Fact

# What a version is asked for with a report of a fault.
NAMED = {"keras": "Keras", "tensorflow": "TensorFlow", "ai-edge-litert": "LiteRT"}
# Of the extras these add nothing to a command: they are for changing the project, or are others.
NO_COMMANDS = {"docs", "all", "test", "dev"}


def doctor() -> None:
    """Say what is installed, what works here, and what to do about the rest."""
    from .installation import facts

    with steps_bar("looking") as progress:
        found = facts(progress)
    out.print(_page(found))
    out.print("tvscm doctor --json says what each of these was found to be")
    out.result({"facts": [asdict(fact) for fact in found]})


def _page(found: Sequence["Fact"]) -> Table:
    """What works in a line a kind, then what does not, each with what to do about it."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("works", no_wrap=True)
    table.add_column("", overflow="fold")
    working = [fact for fact in found if fact.works]
    for about, facts in groupby(working, key=lambda fact: fact.about):
        shown = (
            f"{fact.name} {fact.said}" if about in ("package", "backend") else fact.name
            for fact in facts
        )
        table.add_row(about, ", ".join(shown))
    missing = [fact for fact in found if not fact.works and fact.name not in NO_COMMANDS]
    if missing:
        table.add_section()
        table.add_row("does not", "")
        table.add_section()
    for (about, said), facts in groupby(missing, key=lambda fact: (fact.about, fact.said)):
        table.add_row(about, f"{', '.join(fact.name for fact in facts)}: {said}")
    return table


def show_version(asked: bool) -> None:
    """For `--version`: without importing what it names."""
    if not asked:
        return
    installed = versions()
    others = [f"{label} {installed[name]}" for name, label in NAMED.items() if name in installed]
    screen.print(f"keras-tvscm {installed['keras-tvscm']} ({', '.join(others)})")
    raise typer.Exit()
