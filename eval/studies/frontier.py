"""The study's plots: accuracy over parameters, over operations, over nonzero offsets."""

import os
from typing import Any

import numpy as np
from matplotlib.figure import Figure

AXES = ("parameters", "operations", "nonzeros")
TITLES = {"nonzeros": "nonzero offsets", "operations": "operations per inference"}
# Labels nearer than this to one another, as a share of an axis, would overlap.
WIDTH, HEIGHT = 0.35, 0.032
TOP = 0.98


def draw(results: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw the table of a study as an SVG.

    Args:
        results: as `reproduce.reproduce` returns them.
        path: of the file to write.
    """
    figure = Figure(figsize=(16, 7), layout="constrained")
    plots = list(zip(figure.subplots(1, 3, sharey=True), AXES, strict=True))
    plots[0][0].set_ylabel(f"test accuracy %, {results['dataset']['name']}")
    for axes, name in plots:
        shown = [row for row in results["table"] if row[name]]
        for row in shown:
            colour = _colour(row["network"])
            axes.errorbar(
                row[name], row["mean"], row["deviation"], fmt="o", color=colour, capsize=3, ms=4
            )
        axes.set(xscale="log", xlabel=TITLES.get(name, name))
        # Room on the right for names.
        axes.set_xlim(min(row[name] for row in shown) / 2, max(row[name] for row in shown) * 15)
        axes.margins(y=0.08)
        axes.grid(alpha=0.3)
    # The labels need to know where everything is.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes, name in plots:
        _label(axes, [row for row in results["table"] if row[name]], name)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _label(axes: Any, shown: list[dict[str, Any]], name: str) -> None:
    """Name every point, each label clear of those that it would cover."""
    rows = sorted(shown, key=lambda row: row["mean"])
    to_axes = axes.transData + axes.transAxes.inverted()
    x, y = to_axes.transform([(row[name], row["mean"]) for row in rows]).T
    near = np.abs(x[:, None] - x[None, :]) < WIDTH
    # From the lowest up each is pushed above those before it; then, from the highest down, the
    # pile is pushed back below the upper edge.
    for i in range(len(rows)):
        y[i] = max([y[i], *(y[:i][near[i, :i]] + HEIGHT)])
    for i in reversed(range(len(rows))):
        y[i] = min([y[i], TOP, *(y[i + 1 :][near[i, i + 1 :]] - HEIGHT)])
    for row, place in zip(rows, np.stack([x + 0.03, y], axis=1), strict=True):
        axes.annotate(
            _short(row["label"]),
            (row[name], row["mean"]),
            xytext=tuple(place),
            textcoords="axes fraction",
            va="center",
            fontsize=7,
            color=_colour(row["network"]),
            arrowprops={"arrowstyle": "-", "color": "0.8", "lw": 0.6, "shrinkB": 3},
        )


def _colour(network: str) -> str:
    if network in ("dense", "dense-small", "softmax", "circulant"):
        return "0.45"
    return "tab:blue" if network == "tvscm" else "tab:red"


def _short(label: str) -> str:
    return label.partition(" (")[0].removeprefix("tvscm, ").removesuffix(", frontier")
