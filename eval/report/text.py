"""Numbers and words as the report writes them."""

from typing import Any

from ..markdown import DASH, MINUS, SPACE, times
from ..statistics import Interval

ABSENT = DASH


def plain(value: Any) -> str:
    """One line of printable text; a dash for nothing."""
    if value is None or value == "":
        return ABSENT
    text = "".join(c if c.isprintable() or c == SPACE else " " for c in str(value))
    return " ".join(word for word in text.split(" ") if word) or ABSENT


def percent(fraction: float, rows: int) -> str:
    """In percent, with no more digits than that many test rows can tell apart."""
    return f"{100 * fraction:.{2 if rows >= 5000 else 1}f}"


def share(fraction: float) -> str:
    """In whole percent, with the sign."""
    return f"{100 * fraction:.0f}{SPACE}%"


def points(difference: float, rows: int) -> str:
    """A difference of two accuracies in percentage points, with its sign."""
    return f"{100 * difference:+.{2 if rows >= 5000 else 1}f}".replace("-", MINUS)


def microseconds(nanoseconds: float) -> str:
    """Three significant digits or so."""
    us = nanoseconds / 1000
    return f"{us:,.{2 if us < 10 else 1 if us < 100 else 0}f}"


def megabytes(count: int) -> str:
    """Of 10^6 bytes."""
    return f"{count / 1e6:,.1f}"


def span(interval: Interval) -> str:
    """A ratio's bounds, in the digits of `times`."""
    low, high = (times(bound)[:-1] for bound in interval)
    return f"{low} to {high}"


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last
