"""What a conversion compared to choose from, as a table for people."""

from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.convert.record import Record


def candidates(record: Record) -> Table | str:
    """The candidates and what became of them."""
    if not record.candidates:
        return "Nothing was chosen: one lowering was asked for, or no layer has several."
    in_c = record.target in ("c", "native")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    cost = "predicted instructions" if in_c else "predicted µs"
    for heading in ("layer", "lowering", cost, "bytes", ""):
        table.add_column(heading, justify="right" if heading in (cost, "bytes") else "left")
    for candidate in record.candidates:
        chosen = record.lowerings.get(candidate.layer) == candidate.lowering
        table.add_row(
            # Not markup: a layer may bear any name.
            Text(candidate.layer),
            candidate.lowering,
            "" if candidate.cost is None else f"{candidate.cost:,.{0 if in_c else 2}f}",
            "" if candidate.bytes is None else f"{candidate.bytes:,}",
            Text("chosen" if chosen else candidate.reason or ""),
        )
    return table
