"""A trained Keras model as one that holds TFLite's own operators alone."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_tvscm.errors import InputError
from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.cloning import cloned, float32_copy
from keras_tvscm.models.comparison import check_copy
from keras_tvscm.models.graph import all_layers, check_graph, refuse_enclosed

from . import FILTERS, LOWERINGS, Filters, Lowered, LoweredFilters, LoweredReLU, Unsupported
from .placements import Placement, placements

DEFAULTS = {TVSCM: "unrolled", TVSCMConv: "convolution"}
# Activations of single numbers that let a positive factor pass.
HOMOGENEOUS = (keras.activations.linear, keras.activations.relu)
KNOWN: dict[type[Any], dict[str, Callable[..., Any]]] = {TVSCM: LOWERINGS, TVSCMConv: FILTERS}
# Lowerings of TVSCM layers, by name alone, that are another one until there are bytes, in which
# operators are replaced (`tflite.signal`).
REWRITTEN = {"signal": "dense"}
TENSORFLOW_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def lower(model: keras.Model, lowering: str | Mapping[str, str] | None = None) -> keras.Model:
    """Replace every TVSCM and TVSCMConv layer by its lowering; batch size 1.

    The model returned computes the same function in float arithmetic. It is meant for
    `tf.lite.TFLiteConverter.from_keras_model` and cannot be saved.

    Args:
        model: a built Sequential or functional model with one input and one output.
        lowering: see `choose`.

    Raises:
        InputError: unknown lowering, one that does not support a layer (`Unsupported`), or a
            model that cannot be lowered (see `lowerable`).
    """
    model = lowerable(model)
    placed = placements(model)
    return lower_placed(model, placed, choose(placed, lowering))


def lowerable(model: keras.Model) -> keras.Model:
    """A copy that `lower_placed` takes: flat, and float32 from the input on.

    Raises:
        InputError: as `check_lowerable`; or a layer cannot be copied, its copy answers otherwise,
            or one of this library's is inside of a layer that is not Keras' own model.
    """
    check_lowerable(model)
    copy = float32_copy(model)
    ours = [layer for layer in all_layers(copy) if isinstance(layer, TVSCM | TVSCMConv)]
    refuse_enclosed(copy, ours, "lowered")
    return copy


def lower_placed(
    model: keras.Model, placed: Sequence[Placement], chosen: Mapping[str, str]
) -> keras.Model:
    """`lower` for a model that `lowerable` has given, with its placements.

    Args:
        model: the model.
        placed: its `placements`.
        chosen: the name of a lowering for each of them (see `choose`).

    Raises:
        Unsupported: a lowering that cannot express its layer.
    """
    lowered_layers, replaced = {}, dict[str, keras.layers.Layer]()
    for placement in placed:
        try:
            lowered_layers[placement.name] = lowered(placement, chosen[placement.name])
        except Unsupported as error:
            raise Unsupported(
                f"Lowering {chosen[placement.name]!r} does not do for layer {placement.name!r}: "
                f"{error}"
            ) from error
        replaced |= _replacements(placement, lowered_layers[placement.name])
    # Named, because Keras' own names count up and would end in the file.
    taken = any(layer.name == "input" for layer in model.layers)
    inputs = keras.Input(
        batch_shape=(1, *model.inputs[0].shape[1:]),
        dtype=model.inputs[0].dtype,
        name="model_input" if taken else "input",
    )
    copy = cloned(model, {name: partial(replaced.get, name) for name in replaced}, inputs=inputs)
    kernels = {
        placement.head.name: _head_kernel(placement, placement.head, lowered_layers[placement.name])
        for placement in placed
        if placement.head is not None and placement.head.name not in replaced
    }
    check_copy(model, copy, {*replaced, *kernels})
    for name, kernel in kernels.items():
        copy.get_layer(name).kernel.assign(kernel)
    return copy


def choose(
    placed: Sequence[Placement], lowering: str | Mapping[str, str] | None = None
) -> dict[str, str]:
    """The name of a lowering for every TVSCM and TVSCMConv layer, by the layer's name.

    Args:
        placed: the layers, in a model.
        lowering: one name for all layers that know it, or a name per layer; what it leaves
            open is `"unrolled"` for TVSCM and `"convolution"` for filters.

    Raises:
        InputError: a name or a layer that does not exist.
    """
    chosen = {placement.name: DEFAULTS[kind(placement)] for placement in placed}
    if isinstance(lowering, str):
        known = dict.fromkeys(name for names in KNOWN.values() for name in (*names, *REWRITTEN))
        if lowering not in known:
            raise InputError(f"Unknown lowering {lowering!r}; expected one of {', '.join(known)}")
        knowing = [placement for placement in placed if lowering in _named(placement)]
        if placed and not knowing:
            names = ", ".join(_named(placed[0]))
            raise InputError(f"No layer of the model has a lowering {lowering!r}; it has: {names}")
        return chosen | {placement.name: lowering for placement in knowing}
    by_name = {placement.name: placement for placement in placed}
    for layer, name in (lowering or {}).items():
        if layer not in by_name:
            raise InputError(
                f"The model has no layer {layer!r} to lower; it has: {', '.join(chosen) or 'none'}"
            )
        if name not in _named(by_name[layer]):
            raise InputError(
                f"Unknown lowering {name!r} of layer {layer!r}; "
                f"expected one of {', '.join(_named(by_name[layer]))}"
            )
    return chosen | dict(lowering or {})


def _named(placement: Placement) -> tuple[str, ...]:
    """All lowerings that may be asked for by name."""
    rewritten = () if isinstance(placement.layer, TVSCMConv) else REWRITTEN
    return (*KNOWN[kind(placement)], *rewritten)


def candidates(placement: Placement) -> dict[str, str | None]:
    """Every lowering for layers of this kind: None if it supports the layer, else why not."""
    reasons: dict[str, str | None] = {}
    for name in KNOWN[kind(placement)]:
        try:
            lowered(placement, name)
            reasons[name] = None
        except Unsupported as error:
            reasons[name] = str(error)
    return reasons


def lowered(placement: Placement, name: str) -> Any:
    """What the lowering of that name makes of the layer.

    Raises:
        Unsupported: it cannot express this layer.
    """
    layer = placement.layer
    a, b = (keras.ops.convert_to_numpy(value) for value in (layer.a, layer.b))
    if isinstance(layer, TVSCMConv):
        return FILTERS[name](
            Filters(layer.filter_patterns, a, b, _bias(layer), placement.activation, placement.mean)
        )
    lowering = LOWERINGS[REWRITTEN.get(name, name)](layer.pattern, float(a), float(b))
    if isinstance(lowering, LoweredReLU) and not (placement.is_relu and layer.bias is None):
        raise Unsupported("it stands for a ReLU without a bias, which this layer has not")
    return lowering


def kind(placement: Placement) -> type[TVSCM] | type[TVSCMConv]:
    """Which of the two tables of lowerings the layer belongs to."""
    return TVSCMConv if isinstance(placement.layer, TVSCMConv) else TVSCM


def _bias(layer: TVSCM | TVSCMConv) -> Any:
    return None if layer.bias is None else keras.ops.convert_to_numpy(layer.bias)


def _folded(placement: Placement, lowering: Any) -> float:
    """The positive factor that moves into the kernel of the head."""
    if (
        isinstance(placement.layer, TVSCMConv)
        or placement.head is None
        or placement.layer.bias is not None
    ):
        return 1.0
    return float(lowering.scale) if placement.activation in HOMOGENEOUS else 1.0


def _turned(placement: Placement, lowering: Any) -> int:
    """By how many rows the kernel of the head is turned, so that outputs may come so far ahead."""
    if isinstance(placement.layer, TVSCMConv) or placement.head is None:
        return 0
    if placement.layer.units not in (None, placement.layer.pattern.n):
        return 0
    return int(lowering.ahead) if placement.activation in HOMOGENEOUS else 0


def _head_kernel(placement: Placement, head: keras.layers.Dense, lowering: Any) -> Any:
    """What the head's kernel becomes."""
    kernel = np.roll(keras.ops.convert_to_numpy(head.kernel), -_turned(placement, lowering), axis=0)
    return kernel * np.float32(_folded(placement, lowering))


def _replacements(placement: Placement, lowering: Any) -> dict[str, keras.layers.Layer]:
    """The layers of the copy in the place of this one and of those that it absorbs."""
    replaced: dict[str, keras.layers.Layer] = {}
    if placement.relu is not None:
        replaced[placement.relu.name] = keras.layers.Identity(name=placement.relu.name)
    if isinstance(placement.layer, TVSCMConv):
        if placement.mean and lowering.from_mean:
            replaced |= {name: keras.layers.Identity(name=name) for name in placement.mean.layers}
        replaced[placement.name] = _LoweredConv(placement, lowering)
    elif isinstance(lowering, Lowered):
        replaced[placement.name] = _LoweredLayer(
            placement, lowering, _folded(placement, lowering), _turned(placement, lowering)
        )
    elif placement.head is None:
        replaced[placement.name] = _LoweredReLU(placement, lowering)
    else:
        replaced[placement.name] = keras.layers.Identity(name=placement.name)
        replaced[placement.head.name] = _LoweredReLUWithHead(placement, placement.head, lowering)
    return replaced


class _Replacement(keras.layers.Layer):
    """A TVSCM layer with its weights turned into constants."""

    def __init__(self, placement: Placement, name: str) -> None:
        super().__init__(name=name)
        self.activation = placement.activation
        self.padding = max(0, placement.layer.pattern.n - placement.layer.input_spec.axes[-1])
        self.units = placement.layer.units

    def widened(self, inputs: Any) -> Any:
        """A narrow input, extended with zeros to the width of the matrix."""
        if not self.padding:
            return inputs
        return tf.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, self.padding]])

    def cut(self, product: Any, ahead: int) -> Any:
        """The outputs, in order, of a product that comes ahead by so many."""
        if ahead:
            product = tf.concat([product[..., -ahead:], product[..., :-ahead]], axis=-1)
        return product[..., : self.units] if self.units else product


class _LoweredLayer(_Replacement):
    def __init__(self, placement: Placement, lowering: Lowered, folded: float, turned: int) -> None:
        super().__init__(placement, placement.name)
        self.product = lowering.product
        self.factor = lowering.scale / folded
        self.ahead = lowering.ahead - turned
        bias = _bias(placement.layer)
        self.bias = None if bias is None else np.roll(bias, -turned)
        # Anywhere between product and activation, a RESHAPE would keep them from fusing.
        self.activate_first = placement.is_relu and self.bias is None and self.factor == 1.0

    def call(self, inputs: Any) -> Any:
        inputs = self.widened(inputs)
        product = self.product(inputs)
        if self.activate_first:
            return self.cut(tf.reshape(self.activation(product), inputs.shape), self.ahead)
        product = self.cut(tf.reshape(product, inputs.shape), self.ahead)
        if self.factor != 1.0:
            product = product * self.factor
        if self.bias is not None:
            product = product + self.bias
        return self.activation(product)


class _LoweredReLU(_Replacement):
    def __init__(self, placement: Placement, lowering: LoweredReLU) -> None:
        super().__init__(placement, placement.name)
        self.parts, self.scale, self.ahead = lowering.parts, lowering.scale, lowering.ahead

    def call(self, inputs: Any) -> Any:
        upper, lower = self.parts(self.widened(inputs))
        return self.scale * self.cut(upper - lower, self.ahead)


class _LoweredReLUWithHead(_Replacement):
    """scale * (z - t) @ kernel + bias, as products with z and with the one number t."""

    def __init__(
        self, placement: Placement, head: keras.layers.Dense, lowering: LoweredReLU
    ) -> None:
        super().__init__(placement, head.name)
        self.parts = lowering.parts
        self.activation = head.activation
        self.ahead = lowering.ahead - _turned(placement, lowering)
        self.kernel = _head_kernel(placement, head, lowering)
        self.bias = None if head.bias is None else keras.ops.convert_to_numpy(head.bias)

    def call(self, inputs: Any) -> Any:
        upper, lower = self.parts(self.widened(inputs))
        outputs = tf.matmul(self.cut(upper, self.ahead), self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        of_sum = self.kernel.sum(axis=0, dtype=np.float64, keepdims=True).astype(np.float32)
        return self.activation(outputs - tf.matmul(lower, of_sum))


class _LoweredConv(keras.layers.Layer):
    """A TVSCMConv layer with its weights turned into constants."""

    def __init__(self, placement: Placement, lowering: LoweredFilters) -> None:
        super().__init__(name=placement.name)
        self.product = lowering.product

    def call(self, inputs: Any) -> Any:
        return self.product(inputs[..., None] if len(inputs.shape) == 2 else inputs)


def check_lowerable(model: keras.Model) -> None:
    """Refuse a model that cannot be lowered.

    Raises:
        InputError: not Keras' TensorFlow backend; no static graph; not one input and one output
            of known shape; names that TensorFlow does not take; patterns that are not frozen;
            weights that are not finite.
    """
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            "Conversion runs on Keras' TensorFlow backend: set KERAS_BACKEND=tensorflow "
            "(models trained on another backend load there)"
        )
    check_graph(model)
    for layer in (model, *all_layers(model)):
        if isinstance(layer, SymmetricCirculant):
            raise InputError(
                f"Layer {layer.name!r} is a SymmetricCirculant, which has no lowering to TFLite; "
                "networks of TVSCM and TVSCMConv layers can be converted"
            )
        if isinstance(layer, TVSCM | TVSCMConv) and layer.trained_pattern:
            raise InputError(
                f"The pattern of layer {layer.name!r} is still learned; convert freeze(model)"
            )
        if not TENSORFLOW_NAME.fullmatch(layer.name):
            raise InputError(
                f"TensorFlow runs nothing of the name {layer.name!r}; names are of letters, "
                "digits and _ . - alone. Rename it: model.name, or model.get_layer(...).name, = ..."
            )
    for weight in model.weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight).astype(np.float64)).all():
            raise InputError(
                f"The weights {weight.path} hold NaN or infinity; train the model again"
            )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            "A model to convert has one input and one output. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}"
        )
    given = model.inputs[0]
    if None in given.shape[1:]:
        raise InputError(
            "The input's shape must be known, and this one takes any length: "
            f"{tuple(given.shape[1:])}. Build the model with an Input of fixed shape, and set its "
            "weights to those of this one"
        )
    if given.dtype == "string":
        raise InputError("The input holds strings; convert the part of the model that has numbers")
