"""This library's layers, each where it stands in a model."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.graph import is_relu, sole_reader

from .mean import Mean, mean_before


@dataclass(frozen=True)
class Placement:
    """A layer to lower, with what its neighbours let a lowering do.

    Attributes:
        layer: the layer, its pattern fixed.
        activation: what is applied to its outputs: the layer's own, or ReLU where the layer
            is linear and a ReLU layer alone reads it.
        relu: that ReLU layer.
        head: the Dense layer that alone reads the activated outputs, if there is one.
        mean: what the inputs of filters are means of, where nothing else reads these.
    """

    layer: TVSCM | TVSCMConv
    activation: Any
    relu: keras.layers.Layer | None
    head: keras.layers.Dense | None
    mean: Mean | None = None

    @property
    def name(self) -> str:
        return str(self.layer.name)

    @property
    def is_relu(self) -> bool:
        return self.activation is keras.activations.relu


def placements(model: keras.Model) -> list[Placement]:
    """The TVSCM and TVSCMConv layers of a built Sequential or functional model."""
    placed = []
    for layer in model.layers:
        if not isinstance(layer, TVSCM | TVSCMConv):
            continue
        activation, relu = layer.activation, None
        reader = sole_reader(model, layer)
        if activation is keras.activations.linear and is_relu(reader):
            activation, relu = keras.activations.relu, reader
            reader = sole_reader(model, reader)
        head = reader if type(reader) is keras.layers.Dense else None
        mean = mean_before(model, layer) if isinstance(layer, TVSCMConv) else None
        placed.append(Placement(layer, activation, relu, head, mean))
    return placed
