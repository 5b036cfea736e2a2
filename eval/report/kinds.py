"""Networks as tables and legends show them: a name, a colour, a marker."""

from dataclasses import dataclass
from typing import Any

from keras_tvscm.models import stacks


@dataclass(frozen=True)
class Kind:
    """What a network is called, and how its point is drawn.

    Attributes:
        label: in tables and legends.
        colour: one of Okabe and Ito's or near it, told apart by colour-blind readers.
        marker: Matplotlib's, which says it again; no two kinds share both.
        ours: whether it is of this library's layers, and no baseline.
    """

    label: str
    colour: str
    marker: str
    ours: bool = False


LAYER, FILTERS, DENSE, CNN = "#D55E00", "#B3366B", "#0072B2", "#8A5A00"
OTHER = Kind("other", "#77609A", "D")
WRITTEN_OUT = Kind("stack, written out", FILTERS, "d", ours=True)
KINDS = {
    "tvscm": Kind("tvscm", LAYER, "o", ours=True),
    "circulant": Kind("circulant", LAYER, "p", ours=True),
    "stack": Kind("stack", FILTERS, "P", ours=True),
    "fast": Kind("fast", FILTERS, ">", ours=True),
    "fastest": Kind("fastest", FILTERS, "*", ours=True),
    "tiny": Kind("tiny", FILTERS, "v", ours=True),
    "heads": Kind("heads", FILTERS, "h", ours=True),
    "heads-random": Kind("heads-random", FILTERS, "<", ours=True),
    "rhythm": Kind("rhythm", FILTERS, "s", ours=True),
    "dense": Kind("dense", DENSE, "s"),
    "dense-small": Kind("dense of few units", DENSE, "o"),
    "dense-pruned": Kind("dense, pruned", DENSE, "v"),
    "dense-clustered": Kind("dense, clustered", DENSE, "p"),
    "low-rank": Kind("low-rank", DENSE, "d"),
    "rhythm-dense": Kind("rhythm, dense", DENSE, "^"),
    "rhythm-numbers": Kind("rhythm, no samples", DENSE, "<"),
    "rhythm-linear": Kind("rhythm, linear", DENSE, ">"),
    "softmax": Kind("head-only floor", "#007A5A", "^"),
    "cnn-small": Kind("small CNN", CNN, "X"),
    "cnn-parameters": Kind("CNN of equal parameters", CNN, "P"),
    "cnn-bytes": Kind("CNN of equal bytes", CNN, "s"),
    "cnn-operations": Kind("CNN of equal operations", CNN, "^"),
    "rhythm-cnn": Kind("rhythm, CNN", CNN, "o"),
    "forest": Kind("random forest", "#4F7A28", "v"),
}


def kind(network: str | None) -> Kind:
    """Of a network's name; `OTHER` for one that is not of this library."""
    if network and stacks.is_description(network):
        return WRITTEN_OUT
    return KINDS.get(network or "", OTHER)


def is_ours(model: dict[str, Any]) -> bool:
    """Whether a model of a comparison has layers of this library's."""
    return bool(model["patterns"]) or kind(model["network"]).ours
