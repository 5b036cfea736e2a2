"""Copies of Keras models, each compared with its original.

A layer is copied by its configuration, which may leave out what its author forgot, and gets the
original's weights. Every copy is run beside its original on drawn inputs, layer by layer, so that
one that answers otherwise is an error and no other network.
"""

import random
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops, tree
from numpy.typing import NDArray

from keras_tvscm.errors import InputError, reason_of

from .graph import check_graph, is_flat, nodes_of, run

# Of an output's largest magnitude. The float32 copy of a half-precision layer rounds otherwise.
TOLERANCE = 1e-5
OF_HALF = {"float16": 2e-2, "bfloat16": 1e-1}
# What a model that takes any length is tried with, and how far inputs are from zero. Layers such
# as Embedding, Log or a deep pooling do not take all of them.
LENGTHS = (16, 128)
MAGNITUDES = (8, 1, 0)
ROWS = 4

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
        tree.pack_sequence_as(_structure(model, "_inputs_struct"), inputs),
        tree.pack_sequence_as(_structure(model, "_outputs_struct"), outputs),
        name=model.name,
    )
    _compare(model, copy, twins)
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
    _compare(model, copy, twins)
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


def _structure(model: keras.Model, name: str) -> Any:
    """What the model was given: one tensor, or a list or dictionary of them."""
    return getattr(model._functional if isinstance(model, keras.Sequential) else model, name)


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
            f"than the original ({reason_of(error)}). {_REMEDY}"
        ) from error


_REMEDY = (
    "Let its get_config return everything that its weights and its call depend on, and build the "
    "model again"
)


def check_copy(original: keras.Model, copy: keras.Model, changed: Container[str] = ()) -> None:
    """Run a copy beside its original on drawn inputs, layer by layer and then as a whole.

    Args:
        original: a built Sequential or functional model.
        copy: has layers of the same names.
        changed: names of the layers that are not meant to be the same. With any, only the others
            are compared, each given what the original's gets.

    Raises:
        InputError: a layer of the copy answers otherwise, or the original's layers take none of
            the inputs that were drawn.
    """
    twins = {
        id(node.operation): copy.get_layer(node.operation.name)
        for node in nodes_of(original)
        if isinstance(node.operation, keras.layers.Layer)
        and not node.is_input
        and node.operation.name not in changed
    }
    whole = not any(layer.name in changed for layer in original.layers)
    _compare(original, copy if whole else None, twins)


def _compare(
    original: keras.Model, copy: keras.Model | None, twins: Mapping[int, keras.layers.Layer]
) -> None:
    """`twins` holds the copies of layers by their originals' ids."""
    states = [*original.non_trainable_variables]
    for twin in twins.values():
        states += twin.non_trainable_variables
    before = [ops.convert_to_numpy(state) for state in states]
    with same_draws():
        try:
            inputs = _compare_layers(original, twins)
            if copy is not None:
                _compare_outputs(original, copy, inputs)
        finally:
            # A layer may count its calls.
            for state, value in zip(states, before, strict=True):
                state.assign(value)


class _NotTaken(Exception):
    """The original itself does not take the inputs that were drawn."""


def _compare_layers(original: keras.Model, twins: Mapping[int, keras.layers.Layer]) -> list[Any]:
    """Returns the inputs that the original took."""

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if "training" in kwargs:
            # Dropout that is on in inference too draws other numbers each time.
            kwargs["training"] = False
        try:
            outputs = operation(*args, **kwargs)
        except Exception as error:
            kind = type(operation).__name__
            raise _NotTaken(f"layer {operation.name!r} ({kind}): {reason_of(error)}") from error
        twin = twins.get(id(operation))
        if twin is not None:
            _compare_layer(operation, twin, outputs, args, kwargs)
        return outputs

    any_length = any(None in tensor.shape[1:] for tensor in original.inputs)
    reasons = []
    for length in LENGTHS if any_length else LENGTHS[:1]:
        for magnitude in MAGNITUDES:
            rng = np.random.default_rng(0)
            inputs = [_drawn(tensor, length, magnitude, rng) for tensor in original.inputs]
            try:
                run(original, inputs, call)
                return inputs
            except _NotTaken as error:
                reasons.append(str(error))
    raise InputError(
        f"A copy of the model {original.name!r} cannot be checked, as the model itself fails on "
        f"inputs that were drawn for it, at {reasons[0]}"
    )


def _drawn(tensor: Any, length: int, magnitude: int, rng: np.random.Generator) -> Any:
    """A few rows for an input: half of them small, half of them up to `magnitude` from zero."""
    rows = tensor.shape[0] or ROWS
    shape = (rows, *(length if size is None else size for size in tensor.shape[1:]))
    if tensor.dtype == "string":
        return ops.convert_to_tensor(np.full(shape, "a"))
    if tensor.dtype == "bool":
        return ops.convert_to_tensor(rng.integers(0, 2, shape).astype(bool))
    if "int" in tensor.dtype:
        # Small numbers are indices, too.
        return ops.convert_to_tensor(rng.integers(0, magnitude + 1, shape), tensor.dtype)
    values = rng.uniform(-1, 1, shape) * min(1, magnitude)
    values[rows // 2 :] *= magnitude
    return ops.convert_to_tensor(values.astype(np.float32), tensor.dtype)


def _compare_layer(
    original: keras.layers.Layer, twin: keras.layers.Layer, outputs: Any, args: Any, kwargs: Any
) -> None:
    title = f"the copy of layer {original.name!r} ({type(original).__name__})"
    try:
        others = twin(*args, **kwargs)
    except Exception as error:
        raise InputError(
            f"{title} fails where the original does not ({reason_of(error)}). {_REMEDY}"
        ) from error
    if _differ(original.get_weights(), twin.get_weights(), TOLERANCE):
        raise InputError(f"{title} has other weights than the original. {_REMEDY}")
    tolerance = OF_HALF.get(original.compute_dtype, TOLERANCE)
    if not _differ(outputs, others, tolerance):
        return
    if _differ(outputs, original(*args, **kwargs), tolerance):
        return  # It draws numbers: no two calls of it are the same.
    raise InputError(f"{title} answers otherwise than the original. {_REMEDY}")


def _compare_outputs(original: keras.Model, copy: keras.Model, inputs: Sequence[Any]) -> None:
    def outputs(model: keras.Model) -> Any:
        return model(tree.pack_sequence_as(_structure(model, "_inputs_struct"), inputs))

    dtypes = {getattr(layer, "compute_dtype", None) for layer in original.layers}
    if dtypes & OF_HALF.keys():
        return  # Errors of rounding grow from layer to layer, and each was compared.
    expected = outputs(original)
    differs = _differ(expected, outputs(copy), 10 * TOLERANCE)
    if differs and not _differ(expected, outputs(original), 10 * TOLERANCE):
        raise InputError(
            f"A copy of the model {original.name!r} answers otherwise than the original, though "
            "its layers do not: one of them changes what another reads"
        )


def _differ(outputs: Any, others: Any, tolerance: float) -> bool:
    ours, theirs = tree.flatten(outputs), tree.flatten(others)
    return len(ours) != len(theirs) or any(
        _differs(_numbers(own), _numbers(copied), tolerance)
        for own, copied in zip(ours, theirs, strict=True)
    )


def _numbers(tensor: Any) -> NDArray[Any]:
    array = np.asarray(tensor if isinstance(tensor, np.ndarray) else ops.convert_to_numpy(tensor))
    # NumPy has no name for bfloat16 of its own.
    return array if array.dtype.kind in "biuSUO" else array.astype(np.float64)


def _differs(own: NDArray[Any], copied: NDArray[Any], tolerance: float) -> bool:
    if own.shape != copied.shape:
        return True
    if own.dtype != np.float64:
        return not np.array_equal(own, copied)
    if tolerance > TOLERANCE:
        # Half precision overflows where float32 does not.
        own, copied = own[np.isfinite(own)], copied[np.isfinite(own)]
    largest = np.abs(own[np.isfinite(own)]).max(initial=0.0)
    return not np.allclose(copied, own, rtol=0, atol=tolerance * largest, equal_nan=True)


@contextmanager
def same_draws() -> Iterator[None]:
    """Leave the global generators as they were: a new layer draws a seed from Python's."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@contextmanager
def as_uncompiled(model: keras.Model) -> Iterator[None]:
    """Keras compiles a copy as its model, and fails over a loss that has no registered name."""
    compiled, model.compiled = model.compiled, False
    try:
        yield
    finally:
        model.compiled = compiled
