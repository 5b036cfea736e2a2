"""A program of a user, whose types `make test-wheel` checks against the installed package."""

from typing import assert_type

import keras

from keras_tvscm import TVSCM, Pattern, __version__, compress, freeze
from keras_tvscm.convert import Conversion, Record, convert
from keras_tvscm.datasets import Dataset, load

assert_type(__version__, str)
layer = TVSCM(Pattern.half(64, seed=1), activation="relu", name="hidden")
assert_type(layer.pattern, Pattern)
model = keras.Sequential([keras.Input((64,)), layer, keras.layers.Dense(10)])
model = freeze(compress(model, pattern="learned", layers=["hidden"]))
dataset = load("digits")
assert_type(dataset, Dataset)
conversion = convert(model, dataset, dtype="int8")
assert_type(conversion, Conversion)
assert_type(conversion.record, Record)
