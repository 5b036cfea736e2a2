"""From the training form of learned patterns to two trainable scalars a pattern."""

from typing import Any

import keras
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMHeads

from .cloning import clone_with
from .graph import check_graph, sole_reader


def freeze(model: keras.Model) -> keras.Model:
    """A model of the same outputs whose learned patterns are fixed.

    Every learned `TVSCM` and `TVSCMHeads` layer keeps its values `a` and `b` as trainable
    scalars, and its pattern as structure, packed in the saved file at no more than two bits
    an offset. A `BatchNormalization` that alone reads a linear `TVSCMHeads` layer with biases
    is folded into it, for inference as it stands.

    The model returned is not compiled; training may go on. The one given stays as it is.

    Args:
        model: a built Sequential or functional model.

    Raises:
        InputError: there is nothing to freeze, or the model has no static graph.
    """
    check_graph(model)
    learned = learned_layers(model)
    if not learned:
        raise InputError(
            "The model has no learned pattern to freeze; one that was frozen stays frozen"
        )
    folded = _foldable(model)
    copy = clone_with(model, {layer.name: layer.frozen for layer in learned}, folded)
    for name, heads in folded.items():
        _fold(model.get_layer(name), copy.get_layer(heads))
    return copy


def learned_layers(model: keras.Model) -> list[TVSCM | TVSCMHeads]:
    """The layers whose patterns are being trained."""
    ours = [layer for layer in model.layers if isinstance(layer, TVSCM | TVSCMHeads)]
    return [layer for layer in ours if layer.learned is not None]


def _foldable(model: keras.Model) -> dict[str, str]:
    """Per BatchNormalization layer that can be folded, the learned heads before it."""
    found = {}
    for layer in model.layers:
        if not isinstance(layer, TVSCMHeads) or not layer.learned or layer.bias is None:
            continue
        reader = sole_reader(model, layer)
        if (
            isinstance(reader, keras.layers.BatchNormalization)
            and reader.axis in (-1, 2)
            and layer.activation is keras.activations.linear
        ):
            found[reader.name] = layer.name
    return found


def _fold(normalization: Any, heads: TVSCMHeads) -> None:
    """gamma (y - mean) / sqrt(variance + epsilon) + beta, as factors of a, b and the bias."""
    mean, variance = normalization.moving_mean, normalization.moving_variance
    factor = ops.rsqrt(variance + normalization.epsilon)
    if normalization.gamma is not None:
        factor = factor * normalization.gamma
    heads.a.assign(heads.a * factor)
    heads.b.assign(heads.b * factor)
    assert heads.bias is not None
    bias = (heads.bias - mean) * factor
    heads.bias.assign(bias if normalization.beta is None else bias + normalization.beta)
