"""The twin of a Keras 3 model: `tf_keras` layers that give the same outputs.

tensorflow-model-optimization knows no others.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

from keras_tvscm.layers import products
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.pattern import Pattern

from .chain import PLAIN, Chain


class Circulant(tf_keras.layers.Layer):
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


class Filters(tf_keras.layers.Layer):
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
        layers: see `chain`.
        shape: of an input row.
    """
    inputs = outputs = tf_keras.Input(shape)
    for layer, activation in layers:
        counterpart = _counterpart(layer, activation)
        outputs = counterpart(outputs)
        if layer.weights:
            counterpart.set_weights(_weights(layer))
    return tf_keras.Model(inputs, outputs)


def _counterpart(layer: keras.layers.Layer, activation: Any) -> tf_keras.layers.Layer:
    kwargs: dict[str, Any] = {"name": layer.name}
    if isinstance(layer, TVSCM | TVSCMConv | keras.layers.Dense):
        kwargs["use_bias"] = layer.bias is not None
    if activation is not None:
        kwargs["activation"] = activation.__name__
    if isinstance(layer, TVSCM):
        pattern = {"a": list(layer.pattern.a), "b": list(layer.pattern.b)}
        units = layer.units or layer.input_spec.axes[-1]
        return Circulant(pattern, layer.pattern.n, units, **kwargs)
    if isinstance(layer, TVSCMConv):
        neighbourhood = layer.filter_patterns.neighbourhood
        near = {"n": neighbourhood.n, **neighbourhood.to_config()}
        return Filters(near, layer.filter_patterns.symbols.tolist(), **kwargs)
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


def copy_back(trained: tf_keras.Model, model: keras.Model) -> None:
    """Assign what was trained to the layers of the same names.

    Args:
        trained: a `twin`, each layer of it in a wrapper.
        model: what the twin was made of, or a copy.
    """
    for wrapper in trained.layers:
        wrapped = getattr(wrapper, "layer", None)
        if wrapped is None:
            continue
        layer = model.get_layer(wrapped.name)
        weights = {
            weight.name.split("/")[-1].split(":")[0]: weight.numpy() for weight in wrapper.weights
        }
        if "values" in weights:
            layer.a.assign(weights["values"][0])
            layer.b.assign(weights["values"][1])
        if "kernel" in weights:
            layer.kernel.assign(weights["kernel"])
        if "bias" in weights:
            layer.bias.assign(weights["bias"])
