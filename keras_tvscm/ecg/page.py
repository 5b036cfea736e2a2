"""A page of ECG paper, 25 mm a second and 10 mm a millivolt, with the class of each beat."""

import math
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .beat_files import WRITTEN
from .classification import UNREADABLE, Classified, clock
from .source import Source

ROW = 10  # seconds
ROWS = 6  # a minute on a page
SPEED, GAIN = 25, 10  # mm a second, a millivolt
LARGE = 5  # mm: a large square, of five small ones
INCH = 25.4
# mm around the rows, between two of them, and for the text above and below.
MARGIN, BETWEEN, HEAD, FOOT = 14, 6, 12, 9
LEAST, MOST = 3.0, 6.0  # mV that a row shows
# Apart for colour-blind eyes, too (https://doi.org/10.1038/nmeth.1618), and each has its letter.
COLOURS = {"N": "#333333", "S": "#0072b2", "V": "#d55e00", "F": "#8e44ad", UNREADABLE: "#777777"}
OTHER = "#009e73"
PAPER = {1: ("#f6d5d5", 0.3), LARGE: ("#e79f9f", 0.5)}  # colour and width of a line by its mm


def busiest(found: Classified) -> float:
    """The second at which the minute with the most V and S beats begins; 0 where there are none."""
    seconds = found.seconds[np.isin(found.labels, ("S", "V"))]
    if not len(seconds) or found.length / found.rate <= ROW * ROWS:
        return 0.0
    inside = np.searchsorted(seconds, seconds + ROW * ROWS) - np.arange(len(seconds))
    # Two seconds before the first of them, on a whole second; not past the end.
    start = math.floor(seconds[inside.argmax()]) - 2
    return float(max(0, min(start, math.ceil(found.length / found.rate) - ROW * ROWS)))


def draw(
    source: Source, found: Classified, start: float, path: str | os.PathLike[str], form: str
) -> None:
    """Draw a minute.

    Args:
        source: the recording; that minute of it is read.
        found: its beats.
        start: seconds.
        path: of the file to write.
        form: "svg" or "png".
    """
    import matplotlib
    from matplotlib.figure import Figure

    end = min(start + ROW * ROWS, source.length / source.rate)
    rows = max(1, math.ceil((end - start) / ROW))
    signal = source.read(round(start * source.rate), round(end * source.rate))
    middle, height = _extent(signal)
    width_mm = 2 * MARGIN + ROW * SPEED
    height_mm = HEAD + FOOT + rows * (height * GAIN + BETWEEN)
    figure = Figure(figsize=(width_mm / INCH, height_mm / INCH))
    figure.text(
        MARGIN / width_mm,
        1 - HEAD / 2 / height_mm,
        f"{found.name}   {found.lead}   {clock(start)} to {clock(end)}   25 mm/s   10 mm/mV",
        va="center",
        fontsize=9,
    )
    figure.text(MARGIN / width_mm, FOOT / 2 / height_mm, WRITTEN, va="center", fontsize=7)
    for row in range(rows):
        top = HEAD + row * (height * GAIN + BETWEEN)
        axes = figure.add_axes(
            (
                MARGIN / width_mm,
                1 - (top + height * GAIN) / height_mm,
                ROW * SPEED / width_mm,
                height * GAIN / height_mm,
            )
        )
        _row(axes, source.rate, signal, found, start, row, middle, height)
    with matplotlib.rc_context({"svg.hashsalt": "keras-tvscm", "svg.fonttype": "none"}):
        about: dict[str, Any] = {"Creator": WRITTEN, "Date": None}
        figure.savefig(
            path, format=form, dpi=200, metadata=about if form == "svg" else {"Software": WRITTEN}
        )


def _extent(signal: NDArray[np.float32]) -> tuple[float, float]:
    """What is in the middle of a row, and how much it shows, in mV."""
    known = signal[np.isfinite(signal)]
    if not len(known):
        return 0.0, LEAST
    low, high = np.percentile(known, (0.1, 99.9))
    large = LARGE / GAIN
    # Room for the letters above; whole large squares.
    height = min(MOST, max(LEAST, math.ceil((high - low + 0.8) / large) * large))
    return round(float(low + high + 0.3) / 2 / large) * large, height


def _row(
    axes: Any,
    rate: float,
    signal: NDArray[np.float32],
    found: Classified,
    start: float,
    row: int,
    middle: float,
    height: float,
) -> None:
    """Ten seconds: the paper, the signal, and a letter above each R."""
    first = start + row * ROW
    bottom, top = middle - height / 2, middle + height / 2
    axes.set(xlim=(first, first + ROW), ylim=(bottom, top), xticks=[], yticks=[])
    for mm, (colour, width) in PAPER.items():
        seconds = first + np.arange(ROW * SPEED // mm + 1) * (mm / SPEED)
        levels = bottom + np.arange(round(height * GAIN) // mm + 1) * (mm / GAIN)
        axes.vlines(seconds, bottom, top, colour, linewidth=width, zorder=0)
        axes.hlines(levels, first, first + ROW, colour, linewidth=width, zorder=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    begin = round(row * ROW * rate)
    part = signal[begin : begin + round(ROW * rate) + 1]
    axes.plot(start + (begin + np.arange(len(part))) / rate, part, "black", linewidth=0.6)
    axes.text(
        -0.004,
        0.5,
        clock(first),
        transform=axes.transAxes,
        ha="right",
        va="center",
        rotation=90,
        fontsize=7,
    )
    here = (found.seconds >= first) & (found.seconds < first + ROW)
    for second, label in zip(
        found.seconds[here].tolist(), found.labels[here].tolist(), strict=True
    ):
        colour = COLOURS.get(label, OTHER)
        normal = label == "N"
        axes.text(
            second,
            top - 0.05,
            label,
            color=colour,
            ha="center",
            va="top",
            fontsize=7 if normal else 9,
            fontweight="normal" if normal else "bold",
        )
        if not normal:
            axes.axvline(second, ymax=1 - 0.35 / height, color=colour, linewidth=0.8, alpha=0.6)
