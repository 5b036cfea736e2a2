"""How far each operator of a converted model is off, as a table for people."""

import math

from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.convert.verify.explain import Explanation


def operators(explanation: Explanation) -> Table:
    """Every operator of the converted model, the first that loses the agreement marked."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", justify="right")
    for heading in ("operator", "output", "layer"):
        table.add_column(heading)
    for heading in ("float error", "signal over noise, dB"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for error in explanation.operators:
        table.add_row(
            str(error.index),
            error.operator,
            " x ".join(map(str, error.shape)),
            # Not markup: a layer may bear any name.
            Text(error.layer or ""),
            "" if error.float_error is None else f"{error.float_error:.0e}",
            _decibels(error.sqnr),
            "first" if error is explanation.first else "",
        )
    return table


def _decibels(sqnr: float | None) -> str:
    if sqnr is None:
        return ""
    return "equal" if sqnr == math.inf else f"{sqnr:.1f}"
