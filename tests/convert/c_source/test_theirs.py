"""Models as the TensorFlow converter writes them of a Keras model, batch left open."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.errors import InputError
from keras_tvscm.quiet import captured

L = keras.layers
RNG = np.random.default_rng(0)

MODELS = {
    # Flatten reads the batch: SHAPE, STRIDED_SLICE, PACK, RESHAPE.
    "conv1d": (
        {"SHAPE", "STRIDED_SLICE", "PACK", "RESHAPE", "CONV_2D", "EXPAND_DIMS"},
        [
            keras.Input((28, 1)),
            L.Conv1D(4, 3, activation="relu"),
            L.MaxPooling1D(2),
            L.Conv1D(8, 3, activation="relu"),
            L.Flatten(),
            L.Dense(4, activation="softmax"),
        ],
    ),
    "activations": (
        {"TANH", "LEAKY_RELU", "LOGISTIC"},
        [
            keras.Input((16,)),
            L.Dense(8, activation="tanh"),
            L.Dense(8),
            L.LeakyReLU(),
            L.Dense(1, activation="sigmoid"),
        ],
    ),
    "images": (
        {"HARD_SWISH", "DEPTHWISE_CONV_2D", "MEAN"},
        [
            keras.Input((12, 12, 1)),
            L.Conv2D(4, 3, activation="hard_swish"),
            L.DepthwiseConv2D(3),
            L.BatchNormalization(),
            L.ReLU(6.0),
            L.GlobalAveragePooling2D(),
            L.Dense(3),
        ],
    ),
}


def converted(layers) -> bytes:
    model = keras.Sequential(layers)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    shape = (1, *model.input_shape[1:])
    converter.representative_dataset = lambda: (
        [RNG.random(shape).astype(np.float32)] for _ in range(50)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with captured():
        return converter.convert()


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
@pytest.mark.parametrize("name", MODELS)
def test_their_models_become_c_of_the_same_bytes(name):
    operators, layers = MODELS[name]
    content = converted(layers)
    assert operators <= {operator.name for operator in read(content).operators}
    source = generate(content, name)
    rows = native.drawn_rows(content, 200)
    equality = native.check(source, content, rows)
    assert equality == {"runtime": "tflm", "rows": 200, "differing": 0}
    assert len(np.unique(native.run(source, rows))) > 5


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
def test_an_operator_that_the_converter_leaves_in_float_is_named():
    content = converted([keras.Input((16,)), L.Dense(8, activation="elu"), L.Dense(2)])
    with pytest.raises(InputError, match="the operator ELU computes in float32 inside an int8"):
        generate(content)
