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
    """List the trained networks that ship; `zoo:NAME` stands for one in convert and others."""
    if name:
        out.print(str(card(name)))
        out.result(card(name).to_json())
        return
    cards = [card(name) for name in NAMES]
    out.print(_table(cards))
    out.print("tvscm zoo NAME shows a card; tvscm convert zoo:NAME converts one")
    out.result([each.to_json() for each in cards])


def _table(cards: list[Card]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    heads = ("name", "parameters", "int8 bytes", "accuracy %", "macro-F1", "M4 instructions")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left")
    table.add_column("made by", overflow="fold")
    for each in cards:
        table.add_row(
            each.name,
            f"{each.parameters:,}",
            f"{each.bytes:,}",
            f"{100 * each.int8_accuracy:.2f}",
            f"{each.macro_f1:.3f}",
            f"{each.counted.instructions:,}",
            each.command,
        )
    return table
