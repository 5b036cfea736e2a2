"""A Keras model's graph of calls, which Keras keeps under private names.

A model may hold models, wrappers, and layers that are called several times. `run` walks through
all of them, whether to compute numbers or to build the model anew.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
from keras import ops, tree

from keras_tvscm.errors import InputError
from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant
from keras_tvscm.layers.tvscm import TVSCM

L = keras.layers

# They treat every vector along the last axis by itself, so TimeDistributed adds nothing to them.
ALONG_LAST_AXIS = (
    L.Activation,
    L.Dense,
    L.Dropout,
    L.Identity,
    L.LeakyReLU,
    L.ReLU,
    L.Rescaling,
    SymmetricCirculant,
    TVSCM,
)
# They hold weights, but what they give out is number by number what they took in.
NORMALIZATIONS = (L.BatchNormalization, L.GroupNormalization, L.LayerNormalization, L.PReLU)


def check_graph(model: keras.Model) -> None:
    """Refuse a model that is not built, or has no static graph.

    Raises:
        InputError: it is so.
    """
    if isinstance(model, keras.Sequential) and not model.built:
        raise InputError("The model is not built: give it an Input, or call it")
    if not has_graph(model):
        raise InputError(
            f"Only Sequential and functional Keras models can be rebuilt, and {model.name!r} "
            f"({type(model).__name__}) is neither. If its call does nothing but call layers, write "
            "inputs = keras.Input(shape); model = keras.Model(inputs, model.call(inputs))"
        )


def has_graph(model: Any) -> bool:
    """Whether it is a built Sequential or a functional model, and does what its graph says."""
    if not isinstance(model, keras.Model):
        return False
    called = next(kind for kind in type(model).__mro__ if "call" in vars(kind))
    if isinstance(model, keras.Sequential):
        return called is keras.Sequential and model._functional is not None
    # Keras exports no name for the class of keras.Model(inputs, outputs).
    return hasattr(model, "_nodes_by_depth") and called.__name__ == "Functional"


def nodes_of(model: keras.Model) -> list[Any]:
    """The calls of a built model's layers, each after those that it reads.

    A node has `operation`, the layer, and `input_tensors` and `outputs`.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    # The inputs have the greatest depth, the outputs 0.
    by_depth = sorted(graph._nodes_by_depth.items(), reverse=True)
    return [node for _, nodes in by_depth for node in nodes]


def run(
    model: keras.Model, inputs: Sequence[Any], call: Callable[..., Any], training: Any = None
) -> list[Any]:
    """Walk through a model's graph, and through those of the models inside it.

    Args:
        model: has a static graph.
        inputs: one for each of `model.inputs`: numbers, or symbolic tensors.
        call: gets an operation (mostly a layer; never a model with a graph, nor TimeDistributed
            around what works along the last axis) and its arguments, and returns its outputs.
        training: what the calls are given of that name, where the model itself was.

    Returns:
        One for each of `model.outputs`.
    """
    values = dict(zip(map(id, model.inputs), inputs, strict=True))
    for node in nodes_of(model):
        if node.is_input:
            continue
        operation = node.operation
        args, kwargs = node.arguments.fill_in(values)
        if training is not None and getattr(operation, "_call_has_training_arg", False):
            kwargs = {**kwargs, "training": training}
        if has_graph(operation):
            given = tree.flatten(args or kwargs.pop("inputs"))
            given = [_fitted(x, to) for x, to in zip(given, operation.inputs, strict=True)]
            outputs = run(operation, given, call, kwargs.get("training"))
        elif (chain := _per_step(operation)) is not None:
            outputs = args[0]
            for layer in chain:
                outputs = call(layer, outputs)
        else:
            outputs = call(operation, *args, **kwargs)
        values.update(zip(map(id, node.outputs), tree.flatten(outputs), strict=True))
    return [values[id(tensor)] for tensor in model.outputs]


def _fitted(x: Any, to: Any) -> Any:
    """As a model takes what it is called with: of the type and the rank of its own input."""
    if len(x.shape) == len(to.shape) + 1 and x.shape[-1] == 1:
        x = ops.squeeze(x, axis=-1)
    elif len(x.shape) == len(to.shape) - 1 and to.shape[-1] == 1:
        x = ops.expand_dims(x, axis=-1)
    same = keras.backend.standardize_dtype(x.dtype) == to.dtype
    return x if same else ops.cast(x, to.dtype)


def _per_step(operation: Any) -> list[keras.layers.Layer] | None:
    """The layers that TimeDistributed may be left away from; None if it may not."""
    if type(operation) is not L.TimeDistributed:
        return None
    inner = operation.layer
    sequential = isinstance(inner, keras.Sequential) and has_graph(inner)
    chain = list(inner.layers) if sequential else [inner]
    return chain if all(isinstance(layer, ALONG_LAST_AXIS) for layer in chain) else None


def is_flat(model: keras.Model) -> bool:
    """Whether no layer is a model, or a wrapper that `run` leaves away."""
    operations = [node.operation for node in nodes_of(model)]
    return not any(has_graph(member) or _per_step(member) is not None for member in operations)


def all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Every layer inside a model, at whatever depth: in models, in wrappers, in custom layers."""
    every = model._flatten_layers(include_self=False)
    return [layer for layer in every if not isinstance(layer, L.InputLayer)]


def refuse_enclosed(model: keras.Model, layers: Iterable[keras.layers.Layer], task: str) -> None:
    """Refuse layers that stand inside a layer of a model in which only its own can be replaced.

    Args:
        model: is flat.
        layers: some of `all_layers(model)`.
        task: what cannot be done with them there, as in "frozen".

    Raises:
        InputError: one of them is not the model's own; it names both.
    """
    own = {id(layer) for layer in model.layers}
    for layer in layers:
        if id(layer) in own:
            continue
        around = next(
            outer
            for outer in model.layers
            if any(layer is member for member in outer._flatten_layers())
        )
        raise InputError(
            f"Layer {layer.name!r} ({type(layer).__name__}) is inside of layer {around.name!r} "
            f"({type(around).__name__}), where it cannot be {task}. Call it in the model itself or "
            "in a Sequential or functional model inside; TimeDistributed may be around what works "
            "along the last axis alone"
        )


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


def heads(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers with weights that the outputs come from.

    Between such a layer and an output stand at most layers without weights (an activation, a
    Reshape, an Add of two branches) and normalizations.

    Args:
        model: is flat.
    """
    writers = {id(output): node for node in nodes_of(model) for output in node.outputs}
    waiting = [writers[id(tensor)] for tensor in model.outputs]
    passed, last = set(), {}
    while waiting:
        node = waiting.pop()
        if id(node) in passed:
            continue
        passed.add(id(node))
        layer = node.operation
        if getattr(layer, "weights", None) and not isinstance(layer, NORMALIZATIONS):
            last[id(layer)] = layer
        else:
            waiting += [writers[id(tensor)] for tensor in node.input_tensors]
    return list(last.values())


def gives_probabilities(model: keras.Model) -> bool:
    """Whether the first output is a softmax, in whatever layer, and at most reshaped after it."""
    writers = {id(output): node for node in nodes_of(model) for output in node.outputs}
    node = writers[id(model.outputs[0])]
    while type(node.operation) in (L.Dropout, L.Flatten, L.Identity, L.Reshape):
        node = writers[id(node.input_tensors[0])]
    layer = node.operation
    if has_graph(layer):
        return gives_probabilities(layer)
    activation = getattr(layer, "activation", None)
    return isinstance(layer, L.Softmax) or activation is keras.activations.softmax


def is_relu(layer: Any) -> bool:
    """Whether a Keras layer computes max(x, 0), and nothing else."""
    if type(layer) is L.Activation:
        return layer.activation is keras.activations.relu
    return (
        type(layer) is L.ReLU
        and layer.max_value is None
        and not layer.negative_slope
        and not layer.threshold
    )


def structure_of(model: keras.Model, name: str) -> Any:
    """What the model was given: one tensor, or a list or dictionary of them."""
    return getattr(model._functional if isinstance(model, keras.Sequential) else model, name)
