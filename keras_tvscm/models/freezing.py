"""From the training form of learned patterns to two trainable scalars a pattern."""

from typing import Any

import keras
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv

from .cloning import clone_with, flattened
from .graph import all_layers, check_graph, refuse_enclosed, sole_reader


def freeze(model: keras.Model) -> keras.Model:
    """A model of the same outputs whose learned patterns are fixed.

    Every learned `TVSCM` and `TVSCMConv` layer keeps its values `a` and `b` as trainable
    scalars, and its pattern as structure, packed in the saved file at no more than two bits
    an offset. A `BatchNormalization` that alone reads a linear `TVSCMConv` layer with biases
    is folded into it, for inference as it stands.

    Models inside the model give it their layers, and TimeDistributed is left away from layers
    that work along the last axis.

    The model returned is not compiled; training may go on. The one given stays as it is.

    Args:
        model: a built Sequential or functional model.

    Raises:
        InputError: there is nothing to freeze, the model has no static graph, a layer to freeze is
            inside of one that cannot be made anew, or a copy of another layer answers otherwise.

    Examples:

        >>> import keras
        >>> from keras_tvscm import TVSCM, freeze
        >>> model = keras.Sequential([keras.Input((12,)), TVSCM("learned")])
        >>> model.count_params(), freeze(model).count_params()
        (7, 2)
    """
    check_graph(model)
    if not trained_pattern_layers(model):
        raise InputError(
            "The model has no learned pattern to freeze; one that was frozen stays frozen"
        )
    model = flattened(model)
    trained = trained_pattern_layers(model)
    refuse_enclosed(model, trained, "frozen")
    normalizations = _foldable(model)
    copy = clone_with(model, {layer.name: layer.frozen for layer in trained}, normalizations)
    for name, filters in normalizations.items():
        _fold(model.get_layer(name), copy.get_layer(filters))
    return copy


def trained_pattern_layers(model: keras.Model) -> list[TVSCM | TVSCMConv]:
    """The layers whose patterns are being trained, at whatever depth."""
    ours = [layer for layer in all_layers(model) if isinstance(layer, TVSCM | TVSCMConv)]
    return [layer for layer in ours if layer.trained_pattern is not None]


def _foldable(model: keras.Model) -> dict[str, str]:
    """Per BatchNormalization layer that can be folded, the learned filters before it."""
    folded = {}
    for layer in model.layers:
        if not isinstance(layer, TVSCMConv) or not layer.trained_pattern or layer.bias is None:
            continue
        reader = sole_reader(model, layer)
        if (
            isinstance(reader, keras.layers.BatchNormalization)
            and reader.axis in (-1, 2)
            and layer.activation is keras.activations.linear
        ):
            folded[reader.name] = layer.name
    return folded


def _fold(normalization: Any, filters: Any) -> None:
    """gamma (y - mean) / sqrt(variance + epsilon) + beta, as factors of a, b and the bias."""
    mean, variance = normalization.moving_mean, normalization.moving_variance
    factor = ops.rsqrt(variance + normalization.epsilon)
    if normalization.gamma is not None:
        factor = factor * normalization.gamma
    filters.a.assign(filters.a * factor)
    filters.b.assign(filters.b * factor)
    bias = (filters.bias - mean) * factor
    filters.bias.assign(bias if normalization.beta is None else bias + normalization.beta)
