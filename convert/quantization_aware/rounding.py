"""A twin that rounds as int8 does, and its training."""

from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.layers import products
from keras_tvscm.patterns.pattern import Pattern
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.model_optimization import tfmot
from keras_tvscm.training.schedule import steps_at_once

from ..lower.rolled_sums import in_halves, sums
from .twin import Circulant, Filters

quantizers = tfmot.quantization.keras.quantizers


class Int8(tfmot.quantization.keras.QuantizeConfig):
    """How a layer's weights, activation and output are rounded.

    Fake-quantised as one tensor, a pair `a`, `b` loses the smaller one below a 254th of the
    larger. The integers of a convolution do so, filter by filter; sums and products with one value
    each do not. Rounded one by one, a scalar is a step of its own range and stays what it is.

    Args:
        weights: name of the attribute to round, if there is one, to 127 steps of the largest
            at each place of its last axis.
        sums: whether the sums inside a `Circulant` are rounded.
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
        config = Int8(None)
        if isinstance(layer, tf_keras.layers.Dense):
            config = Int8("kernel")
        elif isinstance(layer, Filters):
            config = Int8("values")
        elif isinstance(layer, Circulant) and not together:
            config = Int8("values", sums=True)
        elif isinstance(layer, Circulant):
            # A step of the larger value is coarse: trained, the smaller one would end on
            # either side of half a step by chance. So both are rounded once and held.
            layer = Circulant.from_config(layer.get_config() | {"trainable": False})
        return tfmot.quantization.keras.quantize_annotate_layer(layer, config)

    with tfmot.quantization.keras.quantize_scope(
        {kind.__name__: kind for kind in (Circulant, Filters, Int8)}
    ):
        marked = tf_keras.models.clone_model(model, clone_function=annotate)
        for old, new in zip(model.layers, marked.layers, strict=True):
            weights = old.get_weights()
            if together and isinstance(old, Circulant):
                step = np.abs(weights[0]).max() / 127 or 1.0
                weights[0] = step * np.round(weights[0] / step)
            new.set_weights(weights)
        return tfmot.quantization.keras.quantize_apply(marked)


def _by_rounded_sums(pattern: Pattern, x: Any, values: Any) -> Any:
    """The sums, products and additions of the lowering `unrolled`, each rounded but the last."""
    parts = sums(pattern)
    terms = []
    if any(parts.background):
        factor = parts.background[0] * values[0] + parts.background[1] * values[1]
        terms.append(factor * _rounded(tf.reduce_sum(x, axis=-1, keepdims=True)))
    for rolled in parts.rolled[::-1]:
        group = in_halves(
            rolled.plus, rolled.minus, lambda shift: products.roll(x, shift), _rounded
        )
        terms.append((rolled.of_a * values[0] + rolled.of_b * values[1]) * _rounded(group))
    total = terms[0]
    for term in terms[1:]:
        total = _rounded(total) + _rounded(term)
    return total + tf.zeros_like(x)


def _rounded(x: Any) -> Any:
    """To 256 steps between the smallest and the largest value, zero being one of them."""
    low, high = tf.minimum(tf.reduce_min(x), 0.0), tf.maximum(tf.reduce_max(x), 0.0)
    return tf.quantization.fake_quant_with_min_max_vars(x, low, high)


def train(
    model: tf_keras.Model,
    x: NDArray[np.float32],
    y: NDArray[Any],
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
    progress: Progress | None = None,
) -> None:
    """Train on labels, with Adam falling to zero along a cosine.

    `progress` is called after each epoch with the number done.

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
        steps_per_execution=steps_at_once(steps),
    )
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        history = model.fit(x[order], y[order], batch_size=batch_size, shuffle=False, verbose=0)
        if not np.isfinite(history.history["loss"]).all():
            raise InputError(
                f"The loss is not finite after epoch {epoch + 1}; use a smaller learning rate"
            )
        if progress:
            progress(epoch + 1, {})


def _is_softmax(activation: Any) -> bool:
    return getattr(activation, "activation", activation) is tf_keras.activations.softmax
