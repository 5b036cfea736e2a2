"""A TVSCM layer that is linear, as its ReLU never clips, belongs to the Dense layer after it.

Without the ReLU, two matrices in a row are one: the network is a softmax regression, and one
FULLY_CONNECTED computes it.
"""

from dataclasses import dataclass

import keras
import numpy as np

from keras_tvscm.errors import CheckError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.models.cloning import clone_with

from .bounds import bounds
from .placements import Placement, placements


@dataclass(frozen=True)
class Linear:
    """A TVSCM layer that computes nothing that the Dense layer after it cannot.

    Attributes:
        placement: the layer and its place; it has a head.
        reason: in a few words.
        always: whether it is linear for all inputs, not only those within the range.
    """

    placement: Placement
    reason: str
    always: bool


def linear(model: keras.Model, low: float, high: float) -> list[Linear]:
    """The TVSCM layers before a Dense layer that are linear for inputs from `low` to `high`."""
    limits = bounds(model, low, high)
    found = []
    for placement in placements(model):
        if not isinstance(placement.layer, TVSCM) or placement.head is None:
            continue
        if placement.activation is keras.activations.linear:
            found.append(Linear(placement, f"layer {placement.name!r} has no activation", True))
        elif (
            placement.is_relu and placement.name in limits and limits[placement.name][0].min() >= 0
        ):
            reason = (
                f"the ReLU of layer {placement.name!r} never clips on inputs {low:g} to {high:g}"
            )
            found.append(Linear(placement, reason, False))
    return found


def collapse(
    model: keras.Model, low: float, high: float, everywhere: bool = False
) -> tuple[keras.Model, list[Linear]]:
    """The model without its linear TVSCM layers, which go into the Dense layers after them.

    Args:
        model: a built Sequential or functional model with one input and fixed patterns.
        low, high: of every input number.
        everywhere: only layers that are linear for any input.

    Returns:
        A model of the same function on inputs from `low` to `high`, and the layers left out.
    """
    gone: list[Linear] = []
    while True:
        # One at a time: the layer before may then stand before the Dense layer.
        here = [one for one in linear(model, low, high) if one.always or not everywhere]
        if not here:
            return model, gone
        gone.append(here[-1])
        model = _without(model, here[-1].placement)


def refuse_dead(model: keras.Model, low: float, high: float) -> None:
    """Int8 has no range for a layer that gives nothing but zero.

    Raises:
        CheckError: a ReLU never fires for inputs from `low` to `high`.
    """
    limits = bounds(model, low, high)
    for placement in placements(model):
        if placement.is_relu and placement.name in limits and limits[placement.name][1].max() <= 0:
            raise CheckError(
                f"the ReLU of layer {placement.name!r} never fires on inputs {low:g} to {high:g}, "
                "so all its outputs are zero; train it with another pattern or seed; "
                "nothing written"
            )


def _without(model: keras.Model, placement: Placement) -> keras.Model:
    layer, head = placement.layer, placement.head
    assert isinstance(layer, TVSCM) and head is not None
    matrix = layer.kernel[: layer.input_spec.axes[-1], : layer.units].astype(np.float64)
    kernel = keras.ops.convert_to_numpy(head.kernel).astype(np.float64)
    weights = [matrix @ kernel]
    if head.use_bias or layer.use_bias:
        bias = np.zeros(kernel.shape[1])
        if head.use_bias:
            bias += keras.ops.convert_to_numpy(head.bias)
        if layer.use_bias:
            bias += keras.ops.convert_to_numpy(layer.bias) @ kernel
        weights.append(bias)
    config = head.get_config() | {"use_bias": len(weights) == 2}
    dropped = [layer.name] if placement.relu is None else [layer.name, placement.relu.name]
    copy = clone_with(model, {head.name: lambda: keras.layers.Dense.from_config(config)}, dropped)
    copy.get_layer(head.name).set_weights(weights)
    return copy
