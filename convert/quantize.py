"""From a lowered Keras model to TFLite bytes, float32 or full-integer int8."""

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import keras
import numpy as np
import tensorflow as tf
from keras_tvscm.errors import InputError
from keras_tvscm.quiet import quiet
from numpy.typing import NDArray

from .compact import compact


def to_float32(model: keras.Model) -> bytes:
    """TFLite bytes with float32 weights and activations, built-in operators alone."""
    return _convert(_converter(model))


def to_int8(model: keras.Model, calibration: NDArray[np.float32]) -> bytes:
    """Full-integer int8 TFLite bytes by post-training quantisation.

    Input, output and every tensor between are int8 (biases int32). The ranges of the
    activations are those that the calibration samples, float32 (rows, n), produce.
    """
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    shape = model.inputs[0].shape

    def samples() -> Iterator[list[NDArray[np.float32]]]:
        for row in calibration:
            yield [row.reshape(shape)]

    converter.representative_dataset = samples
    return _convert(converter)


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    with quiet():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
    # Neither SELECT_TF nor custom operators: they need a special runtime on the device.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converter.allow_custom_ops = False
    return converter


def _convert(converter: tf.lite.TFLiteConverter) -> bytes:
    try:
        # Keras' export announces itself on standard output.
        with quiet(), redirect_stdout(StringIO()):
            content: bytes = converter.convert()
    # The converter's own error class is not public, and prints a page.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"TFLite's built-in operators cannot express this model: {reason[:200]}"
        ) from error
    return compact(content)
