"""From a name to the network that ships under it."""

from pathlib import Path
from typing import TYPE_CHECKING

from keras_tvscm.errors import InputError
from keras_tvscm.files import read_json

from .card import Card

# `tvscm zoo` need not wait for Keras.
if TYPE_CHECKING:
    import keras

MODELS = Path(__file__).parent / "models"
# The networks by the data set that they were trained on.
NETWORKS = {
    "mnist": ("stack", "fast", "tvscm", "cnn-small"),
    "heartbeat": ("stack", "fast", "tvscm", "cnn-small"),
}
NAMES = tuple(f"{dataset}-{network}" for dataset in NETWORKS for network in NETWORKS[dataset])


def folder(name: str) -> Path:
    """Where a network's `model.keras` and `card.json` lie.

    Raises:
        InputError: none has that name.
    """
    if name not in NAMES:
        raise InputError(f"the zoo has no {name!r}; expected one of {', '.join(NAMES)}")
    return MODELS / name


def is_zoo(path: Path) -> bool:
    """Whether a path is the folder of one of them."""
    return path.parent == MODELS


def card(name: str) -> Card:
    """The card of one of `NAMES`.

    Examples:

        >>> from keras_tvscm.zoo import card
        >>> card("mnist-fast").parameters
        7206
    """
    return Card.from_json(read_json(folder(name) / "card.json"))


def load(name: str) -> "keras.Model":
    """A trained network, from (batch, features) float32 to (batch, classes) logits.

    Args:
        name: one of `NAMES`, as in `tvscm zoo`.

    Raises:
        InputError: none has that name.

    Examples:

        >>> from keras_tvscm import zoo
        >>> zoo.load("mnist-fast").output_shape
        (None, 10)
    """
    from keras_tvscm.models import loading

    return loading.load(folder(name))
