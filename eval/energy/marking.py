"""What says when inferences ran: a column of the recording, or the clock."""

from dataclasses import dataclass
from itertools import pairwise

from keras_tvscm.errors import InputError

# What a digital channel reads while it is high. PPK2's X is a sample that saw both levels: its
# current is the mean of both, so that it belongs to the window, and what is idle in it is
# subtracted.
HIGH = ("1", "X")

Stretch = tuple[float, float]


@dataclass(frozen=True)
class Marked:
    """Windows that a column marks.

    Attributes:
        column: its heading.
        start: what its cells hold all through a window; None for HIGH. With `stop`, what the
            first cell of a window holds.
        stop: what the last one holds.
    """

    column: str
    start: str | None = None
    stop: str | None = None

    def code(self, cell: str) -> int:
        """1 for a cell that holds `start`, 2 for `stop`, 0 for any other."""
        cell = cell.strip()
        if cell == self.start or (self.start is None and cell in HIGH):
            return 1
        return 2 if cell == self.stop else 0


def parse(window: str) -> Marked | list[Stretch]:
    """What `--window` means: COLUMN, COLUMN/VALUE, COLUMN/START/STOP, or seconds.

    Raises:
        InputError: none of these.

    Examples:

        >>> from keras_tvscm.eval.energy.marking import parse
        >>> parse("D0"), parse("1.2:3.4,5:6")
        (Marked(column='D0', start=None, stop=None), [(1.2, 3.4), (5.0, 6.0)])
    """
    if ":" in window:
        return stretches(window)
    words = window.split("/")
    if not all(words) or len(words) > 3 or len(set(words[1:])) < len(words[1:]):
        raise InputError(
            f"a window of '{window}'; expected a column as in D0, COLUMN/VALUE, COLUMN/START/STOP, "
            "or seconds as in 1.2:3.4"
        )
    return Marked(*words)


def stretches(text: str) -> list[Stretch]:
    """Stretches of time in seconds, "1.2:3.4" or several with commas, in order.

    Raises:
        InputError: no numbers, one that ends before it starts, or two that overlap.
    """
    try:
        pairs = [map(float, pair.split(":")) for pair in text.split(",")]
        found = sorted((start, stop) for start, stop in pairs)
    except ValueError:
        found = []
    if not found or not all(start < stop < float("inf") for start, stop in found):
        raise InputError(f"seconds of '{text}'; expected START:STOP, such as 1.2:3.4")
    if any(stop > start for (_, stop), (start, _) in pairwise(found)):
        raise InputError(f"seconds of '{text}' overlap; expected one after the other")
    return found
