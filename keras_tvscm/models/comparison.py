"""Whether a copy of a Keras model answers as its original.

A layer's configuration may leave out what its author forgot. So every copy is run beside its
original on drawn inputs, layer by layer, and one that answers otherwise is an error and no other
network.
"""

import random
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops, tree
from numpy.typing import NDArray

from keras_tvscm.errors import InputError, reason_of

from .graph import nodes_of, run, structure_of

# Of an output's largest magnitude. The float32 copy of a half-precision layer rounds otherwise.
TOLERANCE = 1e-5
OF_HALF = {"float16": 2e-2, "bfloat16": 1e-1}
# What a model that takes any length is tried with, and how far inputs are from zero. Layers such
# as Embedding, Log or a deep pooling do not take all of them.
LENGTHS = (16, 128)
MAGNITUDES = (8, 1, 0)
ROWS = 4

REMEDY = (
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
    compare(original, copy if whole else None, twins)


def compare(
    original: keras.Model, copy: keras.Model | None, twins: Mapping[int, keras.layers.Layer]
) -> None:
    """As `check_copy`, for a copy of another structure.

    Args:
        original: a built Sequential or functional model.
        copy: None to compare layers alone.
        twins: the copies of layers by their originals' ids.
    """
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
            f"{title} fails where the original does not ({reason_of(error)}). {REMEDY}"
        ) from error
    if _differ(original.get_weights(), twin.get_weights(), TOLERANCE):
        raise InputError(f"{title} has other weights than the original. {REMEDY}")
    tolerance = OF_HALF.get(original.compute_dtype, TOLERANCE)
    if not _differ(outputs, others, tolerance):
        return
    if _differ(outputs, original(*args, **kwargs), tolerance):
        return  # It draws numbers: no two calls of it are the same.
    raise InputError(f"{title} answers otherwise than the original. {REMEDY}")


def _compare_outputs(original: keras.Model, copy: keras.Model, inputs: Sequence[Any]) -> None:
    def outputs(model: keras.Model) -> Any:
        return model(tree.pack_sequence_as(structure_of(model, "_inputs_struct"), inputs))

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
