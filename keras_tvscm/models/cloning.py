"""A copy of a Keras model with some of its layers replaced or left out."""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from .graph import check_graph


def clone_with(
    model: keras.Model,
    replaced: Mapping[str, Callable[[], keras.layers.Layer]],
    dropped: Container[str] = (),
) -> keras.Model:
    """A copy of `model`, with the weights of all layers but the replaced ones.

    Args:
        model: a built Sequential or functional model.
        replaced: what makes the layer in the place of that name.
        dropped: names of layers to leave out; each reads one tensor.

    Raises:
        InputError: the model is not built, or has no static graph.
    """
    check_graph(model)

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name in replaced:
            return replaced[layer.name]()
        return layer.__class__.from_config(layer.get_config())

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        return args[0] if layer.name in dropped else layer(*args, **kwargs)

    if isinstance(model, keras.Sequential):
        layers = [clone(layer) for layer in model.layers if layer.name not in dropped]
        inputs = keras.Input(batch_shape=model.input_shape, dtype=model.inputs[0].dtype)
        copy = keras.Sequential([inputs, *layers], name=model.name)
    else:
        with as_uncompiled(model):
            copy = keras.models.clone_model(model, clone_function=clone, call_function=call)
    for layer in model.layers:
        if layer.weights and layer.name not in replaced and layer.name not in dropped:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy


@contextmanager
def as_uncompiled(model: keras.Model) -> Iterator[None]:
    """Keras compiles a copy as its model, and fails over a loss that has no registered name."""
    compiled, model.compiled = model.compiled, False
    try:
        yield
    finally:
        model.compiled = compiled
