"""The study's plots: accuracy over parameters, over operations, over nonzero offsets."""

import os
from typing import Any

from matplotlib.figure import Figure

AXES = ("parameters", "operations", "nonzeros")
TITLES = {"nonzeros": "nonzero offsets", "operations": "operations per inference"}


def draw(results: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw the table of a study as an SVG.

    Args:
        results: as `reproduce.reproduce` returns them.
        path: of the file to write.
    """
    figure = Figure(figsize=(15, 5), layout="constrained")
    for axes, name in zip(figure.subplots(1, 3, sharey=True), AXES, strict=True):
        for row in results["table"]:
            if not row[name]:
                continue
            colour = _colour(row["network"])
            axes.errorbar(
                row[name], row["mean"], row["deviation"], fmt="o", color=colour, capsize=3
            )
            axes.annotate(
                _short(row["label"]),
                (row[name], row["mean"]),
                xytext=(5, 3),
                textcoords="offset points",
                fontsize=7,
                color=colour,
            )
        axes.set(xscale="log", xlabel=TITLES.get(name, name))
        axes.margins(x=0.15)
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel(f"test accuracy %, {results['dataset']['name']}")
    figure.savefig(path, format="svg", metadata={"Date": None})


def _colour(network: str) -> str:
    if network in ("dense", "dense-small", "softmax", "circulant"):
        return "0.45"
    return "tab:blue" if network == "tvscm" else "tab:red"


def _short(label: str) -> str:
    return label.partition(" (")[0].removeprefix("tvscm, ").removesuffix(", frontier")
