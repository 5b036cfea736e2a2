"""A trained Keras model as one that holds TFLite's own operators alone."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_tvscm.errors import InputError
from keras_tvscm.free import SymmetricCirculant
from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM

from .lowering import LOWERINGS, Lowered


class _LoweredLayer(keras.layers.Layer):
    """A TVSCM layer with its weights turned into constants."""

    def __init__(self, layer: TVSCM, lowered: Lowered, folded: bool) -> None:
        super().__init__(name=layer.name)
        self.lowered = lowered
        self.activation = layer.activation
        self.factor = 1.0 if folded else lowered.scale
        self.padding = max(0, layer.pattern.n - layer.input_spec.axes[-1])
        self.units = layer.units
        self.bias = None if layer.bias is None else keras.ops.convert_to_numpy(layer.bias)

    def call(self, inputs: Any) -> Any:
        if self.padding:
            inputs = tf.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, self.padding]])
        product = self.lowered.product(inputs)
        if self.units:
            product = product[..., : self.units]
        if self.factor != 1.0:
            product = product * self.factor
        if self.bias is not None:
            product = product + self.bias
        return self.activation(product)


def lower(model: keras.Model, lowering: str) -> keras.Model:
    """Replace every TVSCM layer by its lowering; batch size 1.

    The model returned computes the same function in float arithmetic. It is meant for
    `tf.lite.TFLiteConverter.from_keras_model` and cannot be saved.

    Args:
        model: a built Sequential or functional model with one input and one output.
        lowering: a name in `LOWERINGS`.

    Raises:
        InputError: unknown lowering, a model that has no static graph, patterns that are not
            frozen, or heads, for which there is no lowering.
    """
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            "Conversion runs on Keras' TensorFlow backend: set KERAS_BACKEND=tensorflow "
            "(models trained on another backend load there)"
        )
    if lowering not in LOWERINGS:
        raise InputError(f"Unknown lowering {lowering!r}; expected one of {', '.join(LOWERINGS)}")
    if not isinstance(model, keras.Sequential) and not hasattr(model, "_nodes_by_depth"):
        raise InputError("Only Sequential and functional Keras models can be converted")
    for layer in model.layers:
        if isinstance(layer, TVSCMHeads | SymmetricCirculant):
            raise InputError(
                f"Layer {layer.name!r} is a {type(layer).__name__}, which has no lowering to "
                "TFLite yet; networks of TVSCM layers can be converted"
            )
        if isinstance(layer, TVSCM) and layer.learned:
            raise InputError(
                f"The pattern of layer {layer.name!r} is still learned; convert freeze(model)"
            )
        if isinstance(layer, keras.Model):
            raise InputError(
                f"Layer {layer.name!r} is a model inside the model; build it from layers alone"
            )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            "A model to convert has one input and one output. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}"
        )
    shape = model.inputs[0].shape[1:]
    if None in shape:
        raise InputError(f"The input's shape must be known. Received: {tuple(shape)}")

    layers = [layer for layer in model.layers if isinstance(layer, TVSCM)]
    lowered = {
        layer.name: LOWERINGS[lowering](
            layer.pattern, float(layer.a.numpy()), float(layer.b.numpy())
        )
        for layer in layers
    }
    heads = {layer.name: _foldable_head(model, layer) for layer in layers}

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if not isinstance(layer, TVSCM):
            return layer.__class__.from_config(layer.get_config())
        return _LoweredLayer(layer, lowered[layer.name], heads[layer.name] is not None)

    # Named, because Keras' own names count up and would end in the file.
    inputs = keras.Input(batch_shape=(1, *shape), dtype=model.inputs[0].dtype, name="input")
    copy = keras.models.clone_model(model, input_tensors=inputs, clone_function=clone)
    _copy_weights(model, copy, layers)
    for layer in layers:
        head = heads[layer.name]
        if head is not None:
            kernel = copy.get_layer(head.name).kernel
            kernel.assign(kernel * np.float32(lowered[layer.name].scale))
    return copy


def _foldable_head(model: keras.Model, layer: TVSCM) -> keras.layers.Dense | None:
    """The Dense layer that alone reads `layer`, if a positive factor can move into it."""
    homogeneous = layer.activation in (keras.activations.linear, keras.activations.relu)
    if not homogeneous or layer.bias is not None:
        return None
    graph = model._functional if isinstance(model, keras.Sequential) else model
    nodes = [node for depth in graph._nodes_by_depth.values() for node in depth]
    calls = [node for node in nodes if node.operation is layer]
    readers = [node.operation for node in nodes if _reads(node.input_tensors, calls)]
    if len(calls) != 1 or len(readers) != 1 or _reads(graph.outputs, calls):
        return None
    head = readers[0]
    used_once = sum(node.operation is head for node in nodes) == 1
    return head if used_once and type(head) is keras.layers.Dense else None


def _reads(tensors: list[Any], calls: list[Any]) -> bool:
    outputs = [output for call in calls for output in call.outputs]
    return any(tensor is output for tensor in tensors for output in outputs)


def _copy_weights(model: keras.Model, copy: keras.Model, lowered: list[TVSCM]) -> None:
    constants = {id(weight) for layer in lowered for weight in layer.weights}
    sources = [weight for weight in model.weights if id(weight) not in constants]
    for source, target in zip(sources, copy.weights, strict=True):
        target.assign(tf.convert_to_tensor(source.numpy()))
