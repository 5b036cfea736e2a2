"""From the training form of learned patterns to two trainable scalars a pattern."""

import keras

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv

from .cloning import clone_with, flattened
from .folding import fold, foldable
from .graph import all_layers, check_graph, refuse_enclosed


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
    normalizations = foldable(
        model, lambda layer: isinstance(layer, TVSCMConv) and layer.trained_pattern is not None
    )
    copy = clone_with(model, {layer.name: layer.frozen for layer in trained}, normalizations)
    for name, filters in normalizations.items():
        fold(model.get_layer(name), copy.get_layer(filters))
    return copy


def trained_pattern_layers(model: keras.Model) -> list[TVSCM | TVSCMConv]:
    """The layers whose patterns are being trained, at whatever depth."""
    ours = [layer for layer in all_layers(model) if isinstance(layer, TVSCM | TVSCMConv)]
    return [layer for layer in ours if layer.trained_pattern is not None]
