"""Copies of Keras models: plain, with layers replaced, flat, in float32.

A layer is copied by its configuration and gets the original's weights; every copy is compared with
its original (see `comparison`).
"""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
from keras import tree

from keras_tvscm.errors import InputError, reason_of

from .comparison import REMEDY, check_copy, compare, same_draws
from .graph import check_graph, is_flat, run, structure_of

OTHER_FLOATS = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "float64")


def clone_with(
    model: keras.Model,
    replaced: Mapping[str, Callable[[], keras.layers.Layer]],
    dropped: Container[str] = (),
) -> keras.Model:
    """A copy of `model`, with the weights of all layers but the replaced ones.

    Args:
        model: a built Sequential or functional model. Only its own layers can be replaced: see
            `flattened`.
        replaced: what makes the layer in the place of that name.
        dropped: names of layers to leave out; each reads one tensor.

    Raises:
        InputError: the model is not built, or has no static graph; or one of its layers cannot
            be copied, or its copy answers otherwise.
    """
    check_graph(model)
    names = [layer.name for layer in model.layers]
    changed = {name for name in names if name in replaced or name in dropped}
    if changed:
        with same_draws():
            check_copy(model, cloned(model, {}))
    copy = cloned(model, replaced, dropped)
    check_copy(model, copy, changed)
    return copy


def cloned(
    model: keras.Model,
    replaced: Mapping[str, Callable[[], keras.layers.Layer]],
    dropped: Container[str] = (),
    inputs: Any = None,
) -> keras.Model:
    """As `clone_with`, but not compared.

    Args:
        model, replaced, dropped: see `clone_with`.
        inputs: a symbolic tensor to build it upon; by default one as the model's.
    """

    def clone(layer: Any) -> Any:
        if layer.name in replaced:
            return replaced[layer.name]()
        # Operations of keras.ops hold nothing.
        return copy_of(layer) if isinstance(layer, keras.layers.Layer) else layer

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if layer.name in dropped else layer(*args, **kwargs)

    if isinstance(model, keras.Sequential):
        layers = [clone(layer) for layer in model.layers if layer.name not in dropped]
        if inputs is None:
            inputs = keras.Input(batch_shape=model.input_shape, dtype=model.inputs[0].dtype)
        copy = keras.Sequential([inputs, *layers], name=model.name)
    else:
        given = None if inputs is None else tree.pack_sequence_as(model.input, [inputs])
        with as_uncompiled(model):
            copy = keras.models.clone_model(
                model, input_tensors=given, clone_function=clone, call_function=call
            )
    for layer in model.layers:
        if layer.weights and layer.name not in replaced and layer.name not in dropped:
            give_weights(copy.get_layer(layer.name), layer)
    return copy


def flattened(model: keras.Model) -> keras.Model:
    """The model with the layers of the models inside it as its own.

    TimeDistributed around a layer that works along the last axis alone is left away. A name that
    is taken gets a number.

    Returns:
        A functional model with weights of its own; `model` itself where it is flat already.

    Raises:
        InputError: as `clone_with`.
    """
    check_graph(model)
    if is_flat(model):
        return model
    inputs = [
        keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
        for tensor in model.inputs
    ]
    outputs, twins = _rebuilt(model, inputs, lambda config: config)
    copy = keras.Model(
        tree.pack_sequence_as(structure_of(model, "_inputs_struct"), inputs),
        tree.pack_sequence_as(structure_of(model, "_outputs_struct"), outputs),
        name=model.name,
    )
    compare(model, copy, twins)
    return copy


def float32_copy(model: keras.Model) -> keras.Model:
    """A flat copy that computes in float32 throughout, from inputs of float32.

    Half precision is for training; what a converter makes of it is neither small nor exact.

    Args:
        model: Sequential or functional, with one input and one output of whatever structure.

    Raises:
        InputError: as `clone_with`.
    """
    check_graph(model)
    inputs = keras.Input(model.inputs[0].shape[1:], dtype="float32")
    if isinstance(model, keras.Sequential) and is_flat(model):
        layers = [copy_of(layer, _in_float32) for layer in model.layers]
        copy = keras.Sequential([inputs, *layers], name=model.name)
        twins = {id(old): new for old, new in zip(model.layers, layers, strict=True)}
        for old, new in zip(model.layers, layers, strict=True):
            give_weights(new, old)
    else:
        outputs, twins = _rebuilt(model, [inputs], _in_float32)
        copy = keras.Model(inputs, outputs[0], name=model.name)
    compare(model, copy, twins)
    return copy


def _rebuilt(
    model: keras.Model, inputs: list[Any], change: Callable[[Any], Any]
) -> tuple[list[Any], dict[int, keras.layers.Layer]]:
    """The outputs of copies of all layers, and the copies by the ids of what they are copies of."""
    own = {id(layer) for layer in model.layers}
    taken = {layer.name for layer in model.layers}
    originals: list[keras.layers.Layer] = []
    twins: dict[int, keras.layers.Layer] = {}

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(operation, keras.layers.Layer):
            return operation(*args, **kwargs)
        if id(operation) not in twins:
            twins[id(operation)] = copy_of(operation, change)
            originals.append(operation)
            if id(operation) not in own:
                twins[id(operation)].name = _free_name(operation.name, taken)
        return twins[id(operation)](*args, **kwargs)

    outputs = run(model, inputs, call)
    for original in originals:
        give_weights(twins[id(original)], original)
    return outputs, twins


def _free_name(name: str, taken: set[str]) -> str:
    number, wanted = 1, name
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


def _in_float32(config: Any) -> Any:
    """A layer's configuration with every dtype policy in it, however deep, made float32."""
    if isinstance(config, Mapping):
        if config.get("class_name") == "DTypePolicy":
            return "float32"
        return {name: _in_float32(value) for name, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_in_float32(value) for value in config)
    return "float32" if isinstance(config, str) and config in OTHER_FLOATS else config


def copy_of(
    layer: keras.layers.Layer, change: Callable[[Any], Any] = lambda config: config
) -> keras.layers.Layer:
    """A layer by the other's configuration and of its name, not built yet.

    Args:
        layer: the other.
        change: what becomes of the configuration.

    Raises:
        InputError: its configuration does not make a layer, or Keras quantised its weights.
    """
    if getattr(layer.dtype_policy, "quantization_mode", None):
        raise InputError(
            f"Keras quantised the weights of layer {layer.name!r} (its dtype policy is "
            f"{layer.dtype_policy.name}); take the model as it was before model.quantize(...)"
        )
    try:
        if type(layer) is keras.layers.Lambda:
            # Its configuration is the function's bytecode, which Keras takes for unsafe.
            config = {"dtype": keras.dtype_policies.serialize(layer.dtype_policy)}
            copy = keras.layers.Lambda(
                layer.function,
                layer._output_shape,
                layer.mask,
                layer.arguments,
                **change(config),
            )
        else:
            copy = type(layer).from_config(change(layer.get_config()))
    except Exception as error:
        raise InputError(
            f"Layer {layer.name!r} ({type(layer).__name__}) cannot be copied: its get_config and "
            f"from_config do not make it again ({reason_of(error)}). Let get_config return every "
            "argument of __init__, and register what is not Keras' own with "
            "@keras.saving.register_keras_serializable()"
        ) from error
    copy.name = layer.name
    return copy


def give_weights(copy: keras.layers.Layer, original: keras.layers.Layer) -> None:
    """Set a copy's weights to its original's.

    Raises:
        InputError: they are not of the same number and shapes.
    """
    try:
        copy.set_weights(original.get_weights())
    except ValueError as error:
        raise InputError(
            f"the copy of layer {original.name!r} ({type(original).__name__}) has other weights "
            f"than the original ({reason_of(error)}). {REMEDY}"
        ) from error
    if isinstance(copy, keras.layers.Normalization):
        # It computes with constants that it makes of its weights.
        copy.finalize_state()


@contextmanager
def as_uncompiled(model: keras.Model) -> Iterator[None]:
    """Keras compiles a copy as its model, and fails over a loss that has no registered name."""
    compiled, model.compiled = model.compiled, False
    try:
        yield
    finally:
        model.compiled = compiled
