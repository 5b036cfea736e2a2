"""The layers that can be trained with rounding, in the order in which data runs through them."""

from typing import Any

import keras

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.graph import check_graph, is_relu

# A layer, and its activation where it has one.
Chain = list[tuple[keras.layers.Layer, Any]]

# Layers without weights, and the options that make a twin of theirs.
POOL = ("pool_size", "strides", "padding", "data_format")
GLOBAL_POOL = ("keepdims", "data_format")
PLAIN = {
    keras.layers.Reshape: ("target_shape",),
    keras.layers.Flatten: ("data_format",),
    keras.layers.MaxPooling1D: POOL,
    keras.layers.MaxPooling2D: POOL,
    keras.layers.AveragePooling1D: POOL,
    keras.layers.AveragePooling2D: POOL,
    keras.layers.GlobalMaxPooling1D: GLOBAL_POOL,
    keras.layers.GlobalMaxPooling2D: GLOBAL_POOL,
    keras.layers.GlobalAveragePooling1D: GLOBAL_POOL,
    keras.layers.GlobalAveragePooling2D: GLOBAL_POOL,
    keras.layers.ReLU: ("max_value", "negative_slope", "threshold"),
    keras.layers.Activation: ("activation",),
}
LEFT_OUT = (keras.layers.InputLayer, keras.layers.Dropout, keras.layers.Identity)
# Those that tensorflow-model-optimization rounds.
ACTIVATIONS = ("linear", "relu", "sigmoid", "softmax", "tanh")


def chain(model: keras.Model) -> Chain:
    """The layers from input to output, each with its activation (None for one without).

    A ReLU after a layer without an activation is that layer's, as in the converted model.

    Raises:
        InputError: the model branches, or has a layer or an activation that is not supported.
    """
    check_graph(model)
    layers: Chain = []
    before = model.inputs[0]
    for layer in model.layers:
        if not isinstance(model, keras.Sequential):
            if len(layer._inbound_nodes) != 1 or (
                not isinstance(layer, keras.layers.InputLayer) and layer.input is not before
            ):
                raise InputError(
                    "Only a chain of layers, each reading the one before, can be trained with "
                    f"rounding; layer {layer.name!r} is outside of it"
                )
            before = layer.output
        if isinstance(layer, LEFT_OUT):
            continue
        _check(layer)
        activation = getattr(layer, "activation", None)
        if layers and is_relu(layer) and layers[-1][1] is keras.activations.linear:
            layers[-1] = (layers[-1][0], keras.activations.relu)
        else:
            layers.append((layer, activation))
    return layers


def _check(layer: keras.layers.Layer) -> None:
    if isinstance(layer, TVSCM | TVSCMConv):
        if layer.trained_pattern is not None:
            raise InputError(
                f"The pattern of layer {layer.name!r} is still learned; train freeze(model)"
            )
    elif type(layer) is not keras.layers.Dense and type(layer) not in PLAIN:
        names = ", ".join(kind.__name__ for kind in PLAIN)
        raise InputError(
            f"Layer {layer.name!r} is a {type(layer).__name__}, which cannot be trained with "
            f"rounding; expected Dense, TVSCM, TVSCMConv, {names}"
        )
    activation = getattr(layer, "activation", keras.activations.linear)
    name = getattr(activation, "__name__", str(activation))
    if name not in ACTIVATIONS:
        raise InputError(
            f"Activation {name!r} of layer {layer.name!r} cannot be trained with rounding; "
            f"expected one of {', '.join(ACTIVATIONS)}"
        )
    if layer.weights and not layer.trainable:
        raise InputError(
            f"Layer {layer.name!r} is not trainable; set layer.trainable = True for this training"
        )
    if layer.dtype_policy.name != "float32":
        raise InputError(
            f"Layer {layer.name!r} computes in {layer.dtype_policy.name}; rounding is trained in "
            "float32"
        )
