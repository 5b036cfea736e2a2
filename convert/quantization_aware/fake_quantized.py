"""The twin of a Keras 3 model in `tf_keras` layers, annotated for int8's rounding.

Imported by `quantization_aware` alone, where it is called: both libraries are an extra.
"""

import os
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.layers import products
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.pattern import Pattern

from ..lower.rolled_sums import in_halves, sums
from .training import PLAIN

# tensorflow-model-optimization turns tf.keras into tf_keras for the whole process, unless
# tf.keras was loaded before; and for child processes, unless that is taken back.
_legacy = os.environ.get("TF_USE_LEGACY_KERAS")
_loaded = tf.keras.Model
with warnings.catch_warnings():
    # It compares versions with what Python deprecates.
    warnings.filterwarnings("ignore", "distutils Version classes", DeprecationWarning)
    import tensorflow_model_optimization as tfmot
if _legacy is None:
    os.environ.pop("TF_USE_LEGACY_KERAS", None)

quantizers = tfmot.quantization.keras.quantizers

# A layer, and its activation where it has one.
Chain = list[tuple[keras.layers.Layer, Any]]


class _Circulant(tf_keras.layers.Layer):
    """TVSCM: `values`, shape (2,), are its `a` and `b`."""

    def __init__(
        self,
        pattern: dict[str, list[int]],
        n: int,
        units: int,
        use_bias: bool,
        activation: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = {"pattern": pattern, "n": n, "units": units, "use_bias": use_bias}
        self.pattern = Pattern(n, pattern["a"], pattern["b"])
        self.activation = tf_keras.activations.get(activation)
        self.product: Callable[..., Any] = _by_transform

    def build(self, input_shape: Any) -> None:
        self.values = self.add_weight("values", shape=(2,))
        if self.config["use_bias"]:
            self.bias = self.add_weight("bias", shape=(self.config["units"],))

    def call(self, inputs: Any) -> Any:
        missing = self.pattern.n - inputs.shape[-1]
        wide = tf.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, missing]])
        outputs = self.product(self.pattern, wide, self.values)[..., : self.config["units"]]
        return self.activation(outputs + self.bias if self.config["use_bias"] else outputs)

    def get_config(self) -> dict[str, Any]:
        activation = tf_keras.activations.serialize(self.activation)
        return super().get_config() | self.config | {"activation": activation}


def _by_transform(pattern: Pattern, x: Any, values: Any) -> Any:
    rows = [circulant.first_row(pattern, *pair) for pair in ((1, 0), (0, 1))]
    of_a, of_b = (tf.constant(circulant.eigenvalues(row), tf.float32) for row in rows)
    return products.by_transform(x, values[0] * of_a + values[1] * of_b)


def _by_rounded_sums(pattern: Pattern, x: Any, values: Any) -> Any:
    """The sums, products and additions of the lowering `unrolled`, each rounded but the last."""
    found = sums(pattern)
    terms = []
    if any(found.background):
        factor = found.background[0] * values[0] + found.background[1] * values[1]
        terms.append(factor * _rounded(tf.reduce_sum(x, axis=-1, keepdims=True)))
    for one in found.rolled[::-1]:
        group = in_halves(one.plus, one.minus, lambda shift: products.roll(x, shift), _rounded)
        terms.append((one.of_a * values[0] + one.of_b * values[1]) * _rounded(group))
    total = terms[0]
    for term in terms[1:]:
        total = _rounded(total) + _rounded(term)
    return total + tf.zeros_like(x)


def _rounded(x: Any) -> Any:
    """To 256 steps between the smallest and the largest value, zero being one of them."""
    low, high = tf.minimum(tf.reduce_min(x), 0.0), tf.maximum(tf.reduce_max(x), 0.0)
    return tf.quantization.fake_quant_with_min_max_vars(x, low, high)


class _Heads(tf_keras.layers.Layer):
    """TVSCMConv: `values`, shape (2, filters), are their `a` and `b`."""

    def __init__(
        self,
        neighbourhood: dict[str, Any],
        symbols: list[Any],
        use_bias: bool,
        activation: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = {"neighbourhood": neighbourhood, "symbols": symbols, "use_bias": use_bias}
        options = {name: value for name, value in neighbourhood.items() if name != "n"}
        near = Neighbourhood.from_options(neighbourhood["n"], options)
        self.filter_patterns = FilterPatterns(near, np.array(symbols, np.uint8))
        self.activation = tf_keras.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        filters = len(self.filter_patterns.symbols)
        self.values = self.add_weight("values", shape=(2, filters))
        if self.config["use_bias"]:
            self.bias = self.add_weight("bias", shape=(filters,))

    def call(self, inputs: Any) -> Any:
        rows = inputs if len(inputs.shape) == 3 else inputs[..., None]
        values = self.filter_patterns.values(self.values[0], self.values[1])
        outputs = products.of_filters(rows, self.filter_patterns.neighbourhood, values)
        return self.activation(outputs + self.bias if self.config["use_bias"] else outputs)

    def get_config(self) -> dict[str, Any]:
        activation = tf_keras.activations.serialize(self.activation)
        return super().get_config() | self.config | {"activation": activation}


def twin(layers: Chain, shape: tuple[int, ...]) -> tf_keras.Model:
    """A `tf_keras` model of the same outputs.

    Args:
        layers: see `quantization_aware_training.chain`.
        shape: of an input row.
    """
    inputs = outputs = tf_keras.Input(shape)
    for layer, activation in layers:
        made = _twin(layer, activation)
        outputs = made(outputs)
        if layer.weights:
            made.set_weights(_weights(layer))
    return tf_keras.Model(inputs, outputs)


def _twin(layer: keras.layers.Layer, activation: Any) -> tf_keras.layers.Layer:
    kwargs: dict[str, Any] = {"name": layer.name}
    if isinstance(layer, TVSCM | TVSCMConv | keras.layers.Dense):
        kwargs["use_bias"] = layer.bias is not None
    if activation is not None:
        kwargs["activation"] = activation.__name__
    if isinstance(layer, TVSCM):
        pattern = {"a": list(layer.pattern.a), "b": list(layer.pattern.b)}
        units = layer.units or layer.input_spec.axes[-1]
        return _Circulant(pattern, layer.pattern.n, units, **kwargs)
    if isinstance(layer, TVSCMConv):
        neighbourhood = layer.filter_patterns.neighbourhood
        near = {"n": neighbourhood.n, **neighbourhood.to_config()}
        return _Heads(near, layer.filter_patterns.symbols.tolist(), **kwargs)
    if isinstance(layer, keras.layers.Dense):
        return tf_keras.layers.Dense(layer.units, **kwargs)
    config = layer.get_config()
    options = {name: config[name] for name in PLAIN[type(layer)] if name != "activation"}
    return getattr(tf_keras.layers, type(layer).__name__)(**options, **kwargs)


def _weights(layer: keras.layers.Layer) -> list[NDArray[np.float32]]:
    """As the twin's layer has them: `a` and `b` as one array."""
    if not isinstance(layer, TVSCM | TVSCMConv):
        return list(layer.get_weights())
    values, bias = np.stack([layer.a, layer.b]), layer.bias
    return [values] if bias is None else [values, np.asarray(bias)]


class _Int8(tfmot.quantization.keras.QuantizeConfig):
    """How a layer's weights, activation and output are rounded.

    Fake-quantised as one tensor, a pair `a`, `b` loses the smaller one below a 254th of the
    larger. The integers of a convolution do so, head by head; sums and products with one value
    each do not. Rounded one by one, a scalar is a step of its own range and stays what it is.

    Args:
        weights: name of the attribute to round, if there is one, to 127 steps of the largest
            at each place of its last axis.
        sums: whether the sums inside a `_Circulant` are rounded.
    """

    def __init__(self, weights: str | None, sums: bool = False) -> None:
        self.weights, self.sums = weights, sums

    def get_weights_and_quantizers(self, layer: Any) -> list[Any]:
        if self.weights is None:
            return []
        symmetric = quantizers.LastValueQuantizer(8, True, True, narrow_range=True)
        return [(getattr(layer, self.weights), symmetric)]

    def get_activations_and_quantizers(self, layer: Any) -> list[Any]:
        return [(layer.activation, _of_batch())] if hasattr(layer, "activation") else []

    def set_quantize_weights(self, layer: Any, quantize_weights: list[Any]) -> None:
        for weights in quantize_weights:
            setattr(layer, self.weights or "", weights)

    def set_quantize_activations(self, layer: Any, quantize_activations: list[Any]) -> None:
        for activation in quantize_activations:
            layer.activation = activation
        if self.sums:
            layer.product = _by_rounded_sums

    def get_output_quantizers(self, layer: Any) -> list[Any]:
        # The other layers without weights give what they are given, or zero.
        return [_of_batch()] if "Average" in type(layer).__name__ else []

    def get_config(self) -> dict[str, Any]:
        return {"weights": self.weights, "sums": self.sums}


def _of_batch() -> Any:
    """To 256 steps of the batch's range. Moving averages take thousands of steps to arrive."""
    return quantizers.LastValueQuantizer(8, False, False, narrow_range=False)


def annotated(model: tf_keras.Model, together: bool) -> tf_keras.Model:
    """A copy that rounds in training.

    Args:
        model: by `twin`.
        together: whether `a` and `b` of a TVSCM layer are rounded as one tensor.
    """

    def annotate(layer: Any) -> Any:
        config = _Int8(None)
        if isinstance(layer, tf_keras.layers.Dense):
            config = _Int8("kernel")
        elif isinstance(layer, _Heads):
            config = _Int8("values")
        elif isinstance(layer, _Circulant) and not together:
            config = _Int8("values", sums=True)
        elif isinstance(layer, _Circulant):
            # A step of the larger value is coarse: trained, the smaller one would end on
            # either side of half a step by chance. So both are rounded once and held.
            layer = _Circulant.from_config(layer.get_config() | {"trainable": False})
        return tfmot.quantization.keras.quantize_annotate_layer(layer, config)

    with tfmot.quantization.keras.quantize_scope(
        {one.__name__: one for one in (_Circulant, _Heads, _Int8)}
    ):
        marked = tf_keras.models.clone_model(model, clone_function=annotate)
        for old, new in zip(model.layers, marked.layers, strict=True):
            weights = old.get_weights()
            if together and isinstance(old, _Circulant):
                step = np.abs(weights[0]).max() / 127 or 1.0
                weights[0] = step * np.round(weights[0] / step)
            new.set_weights(weights)
        return tfmot.quantization.keras.quantize_apply(marked)


def train(
    model: tf_keras.Model,
    x: NDArray[np.float32],
    y: NDArray[Any],
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
) -> None:
    """Train on labels, with Adam falling to zero along a cosine.

    Raises:
        InputError: the loss is no longer finite.
    """
    steps = -(-len(x) // batch_size)
    softmax = getattr(model.layers[-1].layer, "activation", None)
    model.compile(
        tf_keras.optimizers.Adam(
            tf_keras.optimizers.schedules.CosineDecay(learning_rate, epochs * steps)
        ),
        tf_keras.losses.SparseCategoricalCrossentropy(from_logits=not _is_softmax(softmax)),
        steps_per_execution=min(32, steps),
    )
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        fitted = model.fit(x[order], y[order], batch_size=batch_size, shuffle=False, verbose=0)
        if not np.isfinite(fitted.history["loss"]).all():
            raise InputError(
                f"The loss is not finite after epoch {epoch + 1}; use a smaller learning rate"
            )


def _is_softmax(activation: Any) -> bool:
    return getattr(activation, "activation", activation) is tf_keras.activations.softmax


def copy_back(trained: tf_keras.Model, model: keras.Model) -> None:
    """Assign what was trained to the layers of the same names."""
    for wrapper in trained.layers:
        inner = getattr(wrapper, "layer", None)
        if inner is None:
            continue
        layer = model.get_layer(inner.name)
        found = {
            weight.name.split("/")[-1].split(":")[0]: weight.numpy() for weight in wrapper.weights
        }
        if "values" in found:
            layer.a.assign(found["values"][0])
            layer.b.assign(found["values"][1])
        if "kernel" in found:
            layer.kernel.assign(found["kernel"])
        if "bias" in found:
            layer.bias.assign(found["bias"])
