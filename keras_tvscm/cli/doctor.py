"""`doctor` and `--version`: what is installed, and what works here."""

from dataclasses import asdict

import typer
from rich import box
from rich.table import Table

from keras_tvscm.machine import versions

from .console import out, screen, steps_bar

# What a version is asked for with a report of a fault.
NAMED = {"keras": "Keras", "tensorflow": "TensorFlow", "ai-edge-litert": "LiteRT"}


def doctor() -> None:
    """Say what is installed, what works here, and what to do about the rest."""
    from .installation import facts

    with steps_bar("looking") as progress:
        found = facts(progress)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in ("about", "", "works"):
        table.add_column(heading, no_wrap=True)
    table.add_column("", overflow="fold")
    kind = ""
    for fact in found:
        table.add_row(
            fact.about if fact.about != kind else "",
            fact.name,
            "yes" if fact.works else "no",
            fact.said,
        )
        kind = fact.about
    out.print(table)
    out.result({"facts": [asdict(fact) for fact in found]})


def show_version(asked: bool) -> None:
    """For `--version`: without importing what it names."""
    if not asked:
        return
    installed = versions()
    others = [f"{label} {installed[name]}" for name, label in NAMED.items() if name in installed]
    screen.print(f"keras-tvscm {installed['keras-tvscm']} ({', '.join(others)})")
    raise typer.Exit()
