"""This library's layers, each where it stands in a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM
from keras_tvscm.relu import is_relu


@dataclass(frozen=True)
class Site:
    """A layer to lower, with what its neighbours let a lowering do.

    Attributes:
        layer: the layer, its pattern fixed.
        activation: what is applied to its outputs: the layer's own, or ReLU where the layer
            is linear and a ReLU layer alone reads it.
        relu: that ReLU layer.
        head: the Dense layer that alone reads the activated outputs, if there is one.
    """

    layer: TVSCM | TVSCMHeads
    activation: Any
    relu: keras.layers.Layer | None
    head: keras.layers.Dense | None

    @property
    def name(self) -> str:
        return str(self.layer.name)

    @property
    def is_relu(self) -> bool:
        return self.activation is keras.activations.relu


def sites(model: keras.Model) -> list[Site]:
    """The TVSCM and TVSCMHeads layers of a built Sequential or functional model."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    nodes = [node for depth in graph._nodes_by_depth.values() for node in depth]
    found = []
    for layer in model.layers:
        if not isinstance(layer, TVSCM | TVSCMHeads):
            continue
        activation, relu = layer.activation, None
        reader = _sole_reader(nodes, graph.outputs, layer)
        if activation is keras.activations.linear and is_relu(reader):
            activation, relu = keras.activations.relu, reader
            reader = _sole_reader(nodes, graph.outputs, reader)
        head = reader if type(reader) is keras.layers.Dense else None
        found.append(Site(layer, activation, relu, head))
    return found


def _sole_reader(nodes: list[Any], ends: Sequence[Any], layer: Any) -> Any:
    """The layer that reads `layer`, where each is called once and nothing else reads it."""
    calls = [node for node in nodes if node.operation is layer]
    readers = [node.operation for node in nodes if _reads(node.input_tensors, calls)]
    if len(calls) != 1 or len(readers) != 1 or _reads(ends, calls):
        return None
    used_once = sum(node.operation is readers[0] for node in nodes) == 1
    return readers[0] if used_once else None


def _reads(tensors: Sequence[Any], calls: list[Any]) -> bool:
    outputs = [output for call in calls for output in call.outputs]
    return any(tensor is output for tensor in tensors for output in outputs)
