"""Tables, ratios and bounds in Markdown."""

from ..report.tables import DASH
from ..report.tables import times as ratio_with_sign


def table(header: list[str], rows: list[list[str]], text_columns: int = 1) -> list[str]:
    """Lines of a table, its first columns text and the others figures."""
    marks = ["---"] * text_columns + ["---:"] * (len(header) - text_columns)
    return [f"| {' | '.join(row)} |" for row in (header, marks, *rows)] + [""]


def times(value: float | None) -> str:
    """A ratio, or nothing."""
    return "" if value is None else ratio_with_sign(value)


def bounds(value: dict[str, float] | None) -> str:
    """Two bounds in three digits, one if they are alike, a dash if there are none."""
    if value is None:
        return DASH
    low, high = (f"{float(f'{value[end]:.3g}'):,.10g}" for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"
