"""A Keras model's graph of calls, which Keras keeps under private names."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_tvscm.errors import InputError


def check_graph(model: keras.Model) -> None:
    """Refuse a model that is not built, or has no static graph.

    Raises:
        InputError: it is so.
    """
    if not has_graph(model):
        raise InputError("Only Sequential and functional Keras models can be rebuilt")
    if not model.built:
        raise InputError("The model is not built: give it an Input, or call it")


def has_graph(model: keras.Model) -> bool:
    """Whether it is a Sequential or a functional model."""
    return isinstance(model, keras.Sequential) or hasattr(model, "_nodes_by_depth")


def nodes_of(model: keras.Model) -> list[Any]:
    """The calls of a built model's layers, each after those that it reads.

    A node has `operation`, the layer, and `input_tensors` and `outputs`.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    # The inputs have the greatest depth, the outputs 0.
    by_depth = sorted(graph._nodes_by_depth.items(), reverse=True)
    return [node for _, nodes in by_depth for node in nodes]


def sole_reader(model: keras.Model, layer: keras.layers.Layer) -> Any:
    """The layer that reads `layer`, where each is called once and nothing else reads it."""
    nodes = nodes_of(model)
    calls = [node for node in nodes if node.operation is layer]
    readers = [node.operation for node in nodes if _reads(node.input_tensors, calls)]
    if len(calls) != 1 or len(readers) != 1 or _reads(model.outputs, calls):
        return None
    used_once = sum(node.operation is readers[0] for node in nodes) == 1
    return readers[0] if used_once else None


def _reads(tensors: Sequence[Any], calls: list[Any]) -> bool:
    outputs = [output for call in calls for output in call.outputs]
    return any(tensor is output for tensor in tensors for output in outputs)


def is_relu(layer: Any) -> bool:
    """Whether a Keras layer computes max(x, 0), and nothing else."""
    if type(layer) is keras.layers.Activation:
        return layer.activation is keras.activations.relu
    return (
        type(layer) is keras.layers.ReLU
        and layer.max_value is None
        and not layer.negative_slope
        and not layer.threshold
    )
