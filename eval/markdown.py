"""Tables and numbers as Markdown, the same on every page."""

from collections.abc import Sequence

MULTIPLIED, MINUS, DASH = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}", "\N{EN DASH}"
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit


def table(header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> list[str]:
    """Lines of a table and an empty one; its first columns are text, the others figures."""
    marks = ["---"] * text_columns + ["---:"] * (len(header) - text_columns)
    return [f"| {' | '.join(row)} |" for row in (header, marks, *rows)] + [""]


def times(ratio: float | None) -> str:
    """A ratio with its sign, as in 8.6 times; nothing for None."""
    if ratio is None:
        return ""
    return f"{ratio:,.{2 if ratio < 1 else 1 if ratio < 100 else 0}f}{MULTIPLIED}"


def printed(ratio: float) -> str:
    """A ratio as the paper prints it, with the digits that it has."""
    return f"{ratio:g}{MULTIPLIED}"


def bounds(value: dict[str, float] | None) -> str:
    """`low` and `high` in three digits, one of them if they are alike, a dash for None."""
    if value is None:
        return DASH
    low, high = (f"{float(f'{value[end]:.3g}'):,.10g}" for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def spread(mean: float, deviation: float | None) -> str:
    """A mean and, where there are several runs, its standard deviation."""
    return f"{mean:.2f}" + ("" if deviation is None else f" ± {deviation:.2f}")
