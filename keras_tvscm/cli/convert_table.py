"""What a conversion compared to choose from, as a table for people."""

from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.convert.options import IN_C
from keras_tvscm.convert.record import Candidate, Record


def candidates(record: Record) -> Table | str:
    """The candidates and what became of them."""
    if not record.candidates:
        return "Nothing was chosen: one lowering was asked for, or no layer has several."
    in_c = record.target in IN_C
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
            _cost(candidate, 0 if in_c else 2),
            "" if candidate.bytes is None else f"{candidate.bytes:,}",
            Text("chosen" if chosen else candidate.reason or ""),
        )
    if any(candidate.estimate is not None for candidate in record.candidates):
        table.caption = (
            "~ is estimated: the table of costs lacks an operator, which is taken to cost what is "
            "usual for its size; what is estimated comes after what is known"
        )
    return table


def _cost(candidate: Candidate, digits: int) -> str:
    if candidate.cost is not None:
        return f"{candidate.cost:,.{digits}f}"
    return "" if candidate.estimate is None else f"~{candidate.estimate:,.{digits}f}"
