"""A TVSCM layer that is linear, as its ReLU never clips, belongs to the Dense layer after it.

Without the ReLU, two matrices in a row are one: the network is a softmax regression, and one
FULLY_CONNECTED computes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from keras_tvscm.errors import CheckError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.models.cloning import clone_with

from .bounds import Bounds, bounds
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


@dataclass(frozen=True)
class Bounded:
    """A model, what stands where in it, and what its layers can give.

    Attributes:
        model: a built Sequential or functional model with one input and fixed patterns.
        placements: its TVSCM and TVSCMConv layers.
        low, high: of every input number.
        limits: by a layer's name, for inputs from `low` to `high` (see `bounds`).
    """

    model: keras.Model
    placements: tuple[Placement, ...]
    low: float
    high: float
    limits: Mapping[str, Bounds]

    @classmethod
    def of(cls, model: keras.Model, low: float, high: float) -> "Bounded":
        """Ask once for all."""
        return cls(model, tuple(placements(model)), low, high, bounds(model, low, high))


def linear(bounded: Bounded) -> list[Linear]:
    """The TVSCM layers before a Dense layer that are linear within the bounds."""
    layers = []
    for placement in bounded.placements:
        if not isinstance(placement.layer, TVSCM) or placement.head is None:
            continue
        limits = bounded.limits.get(placement.name)
        if placement.activation is keras.activations.linear:
            layers.append(Linear(placement, f"layer {placement.name!r} has no activation", True))
        elif placement.is_relu and limits and limits[0].min() >= 0:
            reason = (
                f"the ReLU of layer {placement.name!r} never clips on inputs "
                f"{bounded.low:g} to {bounded.high:g}"
            )
            layers.append(Linear(placement, reason, False))
    return layers


def collapse(bounded: Bounded, everywhere: bool = False) -> tuple[Bounded, list[Linear]]:
    """The model without its linear TVSCM layers, which go into the Dense layers after them.

    Args:
        bounded: the model; the same comes back where nothing is linear.
        everywhere: only layers that are linear for any input.

    Returns:
        A model of the same function within the bounds, and the layers left out.
    """
    left_out: list[Linear] = []
    while True:
        # One at a time: the layer before may then stand before the Dense layer.
        able = [layer for layer in linear(bounded) if layer.always or not everywhere]
        if not able:
            return bounded, left_out
        left_out.append(able[-1])
        smaller = _without(bounded.model, able[-1].placement)
        bounded = Bounded.of(smaller, bounded.low, bounded.high)


def refuse_dead(bounded: Bounded) -> None:
    """Int8 has no range for a layer that gives nothing but zero.

    Raises:
        CheckError: a ReLU never fires within the bounds.
    """
    for placement in bounded.placements:
        limits = bounded.limits.get(placement.name)
        if placement.is_relu and limits and limits[1].max() <= 0:
            raise CheckError(
                f"the ReLU of layer {placement.name!r} never fires on inputs {bounded.low:g} to "
                f"{bounded.high:g}, so all its outputs are zero; train it with another pattern or "
                "seed; nothing written"
            )


def _without(model: keras.Model, placement: Placement) -> keras.Model:
    layer, head = placement.layer, placement.head
    if head is None:
        raise ValueError(f"no Dense layer reads {placement.name!r}")
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
