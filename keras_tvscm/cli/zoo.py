"""`zoo`: the trained networks that ship with the package."""

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from keras_tvscm.zoo import NAMES, Card, card

from .console import out


def zoo(
    name: Annotated[str | None, typer.Argument(help="Show the card of this one alone.")] = None,
) -> None:
    """List the trained networks that ship; `zoo:NAME` stands for one in convert and others.

    \b
    Examples:
      tvscm zoo
      tvscm zoo mnist-fast
    """
    if name:
        out.print(str(card(name)))
        out.result(card(name).to_json())
        return
    cards = [card(name) for name in NAMES]
    out.print(_table(cards))
    out.print("tvscm zoo NAME shows how one was made; tvscm convert zoo:NAME converts it")
    out.result([each.to_json() for each in cards])


def _table(cards: list[Card]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    heads = ("name", "parameters", "int8\nbytes", "int8\naccuracy %", "macro-F1")
    for number, head in enumerate((*heads, "Cortex-M4\ninstructions")):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    for each in cards:
        table.add_row(
            each.name,
            f"{each.parameters:,}",
            f"{each.bytes:,}",
            f"{100 * each.int8_accuracy:.2f}",
            f"{each.macro_f1:.3f}",
            f"{each.counted.instructions:,}",
        )
    return table
