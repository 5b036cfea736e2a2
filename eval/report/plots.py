"""The report's pictures: accuracy over cost, confusion matrices, patterns.

Each is returned as the bytes of one image file, the same bytes for the same data.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

from .tables import kind, plain

# Okabe and Ito's colours, told apart by colour-blind readers; the marker says it again.
KINDS: dict[str | None, tuple[str, str]] = {
    "dense": ("#0072B2", "s"),
    "tvscm": ("#D55E00", "o"),
    "filters": ("#B3366B", "P"),
    "softmax": ("#007A5A", "^"),
    "cnn-small": ("#8A5A00", "X"),
    None: ("#77609A", "D"),
}
PATTERN_COLOURS = ("#EEF0F2", "#0072B2", "#E69F00")  # zero, a, b
PATTERN_PIXELS = 256
INK, QUIET, LINE = "#22262B", "#5B6470", "#D9DDE2"
STYLE: Any = {
    "svg.hashsalt": "keras-tvscm",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "text.color": INK,
    "text.parse_math": False,
}
# Where a label may stand beside its point, in points, the first that is free.
PLACES = [
    (7, 0, "left", "center"),
    (-7, 0, "right", "center"),
    (0, 7, "center", "bottom"),
    (0, -7, "center", "top"),
    (7, 9, "left", "bottom"),
    (7, -9, "left", "top"),
    (-7, 9, "right", "bottom"),
    (-7, -9, "right", "top"),
    (7, 20, "left", "bottom"),
    (7, -20, "left", "top"),
    (-7, 20, "right", "bottom"),
    (-7, -20, "right", "top"),
]

Point = tuple[str, str | None, str | None, float, float]


def trade_off(points: list[Point], cost: str) -> bytes:
    """Accuracy over a cost on a logarithmic axis, and the line of those nobody beats (SVG).

    Args:
        points: name, network, dtype, cost and accuracy (a fraction) of each model.
        cost: the axis label, with its unit.
    """
    with _figure(4.6, 3.3) as figure:
        axes = figure.add_subplot()
        _quiet(axes)
        axes.set_xscale("log")
        axes.set_xlabel(cost)
        axes.set_ylabel("accuracy %")
        axes.grid(True, color=LINE, linewidth=0.6)
        front = _front(points)
        axes.step(
            [x for x, _ in front],
            [y for _, y in front],
            where="post",
            color="#AEB6BF",
            linewidth=1.2,
            zorder=1,
        )
        for _, network, dtype, x, accuracy in points:
            colour, marker = KINDS[kind(network)]
            axes.plot(
                x,
                100 * accuracy,
                marker,
                markersize=7,
                color=colour,
                markerfacecolor="white" if dtype == "float32" else colour,
                markeredgewidth=1.6,
            )
        axes.margins(0.22, 0.14)
        axes.xaxis.set_major_formatter(FuncFormatter(_short))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
        _fit_decades(axes)
        _label(figure, axes, points)
        return _svg(figure)


def confusion(counts: list[list[int]], classes: list[str]) -> bytes:
    """Counts, true classes down, predicted ones across; colour is the row's share (SVG)."""
    table = np.asarray(counts)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    names = [_cut(name, 12) for name in classes]
    size = min(2.2 + 0.2 * len(names), 6)
    with _figure(size, size) as figure:
        axes = figure.add_subplot()
        colours = LinearSegmentedColormap.from_list("share", ["#FFFFFF", "#0072B2"])
        axes.pcolormesh(share, cmap=colours, vmin=0, vmax=1, edgecolors="#EEF0F2", linewidth=0.5)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        _quiet(axes)
        axes.tick_params(length=0)
        ticks = np.arange(len(names)) + 0.5
        turned = 90 if max(map(len, names)) > 3 else 0
        axes.set_xticks(ticks, names, rotation=turned)
        axes.set_yticks(ticks, names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        if len(names) <= 20:
            for (i, j), count in np.ndenumerate(table):
                if count:
                    colour = "white" if share[i, j] > 0.55 else INK
                    text = f"{count:,}"
                    axes.text(
                        j + 0.5,
                        i + 0.5,
                        text,
                        ha="center",
                        va="center",
                        color=colour,
                        fontsize=8 if len(text) < 4 else 6,
                    )
        return _svg(figure)


def pattern(shape: Pattern) -> bytes:
    """The matrix that a pattern stands for, at most 256 pixels a side (PNG).

    Wider matrices are drawn in square blocks: a block is coloured if any of its entries
    is, in the mixture of its entries' colours, so that thin diagonals stay visible.
    """
    n = shape.n
    step = -(-n // PATTERN_PIXELS)
    # The entries of a step x step block lie on 2 step - 1 diagonals; how many on each:
    reach = np.arange(1 - step, step)
    weights = step - np.abs(reach)
    diagonal = (np.arange(n)[:, None] + reach) % n
    entries = shape.row[diagonal]
    counts = np.stack([(entries == value) @ weights for value in (Symbol.A, Symbol.B)], axis=-1)
    colours = np.array([_rgb(colour) for colour in PATTERN_COLOURS])
    total = counts.sum(axis=-1, keepdims=True)
    mixed = np.where(total > 0, counts @ colours[1:] / np.maximum(total, 1), colours[0])
    block = np.arange(0, n, step)
    pixels = mixed[(block[None, :] - block[:, None]) % n]
    # Small ones are enlarged here, so that they look the same in every viewer.
    pixels = np.kron(pixels, np.ones((max(1, PATTERN_PIXELS // len(block)),) * 2 + (1,)))
    file = io.BytesIO()
    nameless: Any = {"Software": None}  # Matplotlib's version would change the bytes
    imsave(file, pixels.astype(np.uint8), format="png", metadata=nameless)
    return file.getvalue()


def _front(points: list[Point]) -> list[tuple[float, float]]:
    """Cost and accuracy % of the models that none beats in both, cheapest first."""
    front: list[tuple[float, float]] = []
    for x, y in sorted(((p[3], 100 * p[4]) for p in points), key=lambda p: (p[0], -p[1])):
        if not front or y > front[-1][1]:
            front.append((x, y))
    return front


def _fit_decades(axes: Axes) -> None:
    """A span below a decade would have one tick or none: name some between."""
    low, high = axes.get_xlim()
    if high / low < 30:
        exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        marks = [m * 10.0**e for e in exponents for m in (1, 2, 5)]
        axes.set_xticks([mark for mark in marks if low <= mark <= high])


def _label(figure: Figure, axes: Axes, points: list[Point]) -> None:
    """Put each name beside its point, where it covers neither a point nor a name."""
    figure.draw_without_rendering()
    inside = axes.get_window_extent()
    spots = [axes.transData.transform((x, 100 * y)) for *_, x, y in points]
    half = 5 * figure.dpi / 72
    taken = [Bbox.from_bounds(x - half, y - half, 2 * half, 2 * half) for x, y in spots]
    for i, (name, network, _, x, accuracy) in enumerate(points):
        placed = None
        for dx, dy, across, up in PLACES:
            label = axes.annotate(
                _cut(name, 28),
                (x, 100 * accuracy),
                (dx, dy),
                textcoords="offset points",
                ha=across,
                va=up,
                fontsize=8,
                color=KINDS[kind(network)][0],
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
                zorder=1.5,  # over the line, under the points
            )
            box = label.get_window_extent().padded(1)
            others = taken[:i] + taken[i + 1 :]
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1
            fits = fits and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(box.overlaps(other) for other in others):
                placed = label
                break
            label.remove()
        if isinstance(placed, Annotation):
            taken.append(placed.get_window_extent())


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # A name in a script that the measuring font lacks: the reader's own font has it.
        warnings.filterwarnings("ignore", "Glyph")
        yield Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure) -> bytes:
    file = io.StringIO()
    nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(file, format="svg", metadata=nothing)
    text = file.getvalue()
    return text[text.index("<svg") :].encode()


def _quiet(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=LINE)


def _short(value: float, _: Any) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _cut(name: str, length: int) -> str:
    name = plain(name)
    return name if len(name) <= length else name[: length - 1] + "…"


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
