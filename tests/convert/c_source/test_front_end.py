"""The front end in C beside the one in Python: the same beats, classes and scores."""

import keras
import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.c_source.front_end import with_front_end
from keras_tvscm.convert.c_source.front_end_check import check_front_end, drawn_signal
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.ecg.front_end import beats, to_float


@pytest.fixture(scope="module")
def content():
    """A network of 238 numbers that gives all four classes."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((238,), batch_size=1),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(4),
        ]
    )
    return to_int8(model, to_float(beats(drawn_signal(60)).x))


def test_firmware_gives_the_same_classes(content):
    source = with_front_end(generate(content, "ecg"), content)
    checked = check_front_end(source, content, drawn_signal(60, seed=1))
    assert checked["samples"] == 7200 and checked["beats"] > 60
    print(checked)
