"""A table as values, which Markdown and HTML write each in their way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """`text`, with quieter `notes` after it.

    Attributes:
        best: whether no other model does better.
        number: what the column is sorted by; None where there is none.
    """

    text: str
    notes: tuple[str, ...] = ()
    best: bool = False
    number: float | None = None


@dataclass(frozen=True)
class Row:
    """A name, what it is, and its cells, or the reason why there are none.

    Attributes:
        reason: also beside cells, of a figure that is missing there.
        baseline: whether it takes no part in the ranking.
    """

    name: str
    kind: str
    cells: tuple[Cell, ...] = ()
    reason: str = ""
    baseline: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under heads.

    Attributes:
        caption: what it shows.
        first: head of the names, which are models if it is "model".
        heads: of the cells.
        words: whether its cells are text rather than figures.
    """

    caption: str
    first: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    words: bool = False
