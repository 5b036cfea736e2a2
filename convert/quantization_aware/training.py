"""Training on with int8's rounding in the way: the values learn to live with it.

A trained classifier becomes a model of `tf_keras` layers (tensorflow-model-optimization knows no
others), which `fake_quantized` annotates and trains; what it learned goes into a copy of the
given model. Nothing of either library is imported before.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.cloning import clone_with
from keras_tvscm.models.graph import check_graph, is_relu

EPOCHS = 5
LEARNING_RATE = 1e-3
BATCH = 128

# The lowerings of TVSCM layers, and whether int8 rounds `a` and `b` to steps of the larger of
# the two. `hartley` rounds eigenvalues, `rfft2d` nothing: neither can be trained for.
TOGETHER = {
    **dict.fromkeys(("unrolled", "fc-sum", "maximum"), False),
    **dict.fromkeys(("convolution", "gather", "pack", "polyphase", "dense"), True),
}
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


def quantization_aware(
    model: keras.Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH,
    seed: int = 0,
    lowering: str = "unrolled",
) -> keras.Model:
    """A copy of a trained classifier, trained on for int8.

    In every step the forward pass rounds as the converted model will, and the gradient passes
    through unrounded (Jacob et al. 2018, arXiv 1712.05877): inputs and activations to 256
    steps between their smallest and largest value, the weights of a Dense layer to 127 steps
    of each unit's largest, `a` and `b` of each head to 127 steps of the larger one.

    What becomes of `a` and `b` of a TVSCM layer depends on its lowering. `"unrolled"`,
    `"fc-sum"` and `"maximum"` keep both as they are and round the sums that they multiply,
    the products and their sums. For `"convolution"`, `"gather"`, `"pack"`, `"polyphase"` and
    `"dense"` the pair is rounded once, to 127 steps of the larger one, and held (with the
    layer's bias), while the other layers learn to do with it; nothing before the output is
    rounded.

    Ranges are those of each batch; the converter sets them anew from its calibration rows.
    Dropout, regularizers and constraints play no part.

    Args:
        model: a built chain of Dense, TVSCM, TVSCMConv, pooling, Reshape, Flatten, ReLU and
            Activation layers; patterns frozen. It stays as it is.
        x: inputs, as the model takes them.
        y: class numbers, shape (rows,).
        epochs: passes over x.
        learning_rate: Adam's at the start; it falls to zero along a cosine.
        batch_size: rows a step.
        seed: of the order of the batches.
        lowering: what the TVSCM layers will be converted with.

    Raises:
        InputError: a layer that is not supported, numbers or labels out of range, or
            tensorflow-model-optimization is not installed.
    """
    if lowering not in TOGETHER:
        raise InputError(
            f"Training does not know how lowering {lowering!r} rounds; "
            f"expected one of {', '.join(TOGETHER)}"
        )
    if epochs < 1 or batch_size < 1 or not learning_rate > 0:
        raise InputError(
            "epochs and batch_size are at least 1, learning_rate above 0. "
            f"Received: {epochs}, {batch_size}, {learning_rate}"
        )
    if keras.backend.backend() != "tensorflow":
        raise InputError("Quantisation-aware training needs KERAS_BACKEND=tensorflow")
    layers = chain(model)
    rows, labels = np.asarray(x, np.float32), np.asarray(y)
    classes = model.output_shape[-1]
    whole = np.issubdtype(labels.dtype, np.integer)
    if labels.shape != (len(rows),) or not whole or not ((labels >= 0) & (labels < classes)).all():
        raise InputError(f"Labels are class numbers 0 to {classes - 1}, one for each row of x")
    try:
        from . import fake_quantized
    except ImportError as error:
        raise InputError(
            f"Quantisation-aware training needs {error.name}: pip install 'keras-tvscm[qat]'"
        ) from error
    twin = fake_quantized.twin(layers, model.inputs[0].shape[1:])
    rounded = fake_quantized.annotated(twin, TOGETHER[lowering])
    fake_quantized.train(rounded, rows, labels, epochs, learning_rate, batch_size, seed)
    copy = clone_with(model, {})
    fake_quantized.copy_back(rounded, copy)
    return copy


def chain(model: keras.Model) -> list[tuple[keras.layers.Layer, Any]]:
    """The layers from input to output, each with its activation (None for one without).

    A ReLU after a layer without an activation is that layer's, as in the converted model.

    Raises:
        InputError: the model branches, or has a layer or an activation that is not supported.
    """
    check_graph(model)
    found: list[tuple[keras.layers.Layer, Any]] = []
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
        if found and is_relu(layer) and found[-1][1] is keras.activations.linear:
            found[-1] = (found[-1][0], keras.activations.relu)
        else:
            found.append((layer, activation))
    return found


def _check(layer: keras.layers.Layer) -> None:
    if isinstance(layer, TVSCM | TVSCMConv):
        if layer.trained_pattern is not None:
            raise InputError(
                f"The pattern of layer {layer.name!r} is still learned; train freeze(model)"
            )
    elif type(layer) is not keras.layers.Dense and type(layer) not in PLAIN:
        names = ", ".join(one.__name__ for one in PLAIN)
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
