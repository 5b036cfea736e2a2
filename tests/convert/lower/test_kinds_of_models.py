"""Any legal way to build, type and save a model of one input and one output: lowered, or refused.

None is trained; the float32 copy that is lowered gives the original's outputs.
"""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.tflite.quantize import to_float32
from keras_tvscm.errors import InputError
from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant

L = layers


def ours(**options):
    return TVSCM("random:k=1,seed=3", **{"activation": "relu", **options})


def sequential(*more, shape=(12,), **options):
    return keras.Sequential([keras.Input(shape, **options), *more])


def functional(call, shape=(12,), wrap=lambda x: x, **options):
    given = keras.Input(shape, **options)
    return keras.Model(wrap(given), wrap(call(given)))


def without_an_input():
    model = keras.Sequential([ours(), L.Dense(3)])
    model(np.ones((2, 12), "float32"))
    return model


def called_again():
    model = sequential(ours(), L.Dense(3))
    model(keras.Input((12,)))
    keras.Sequential([keras.Input((12,)), model, L.ReLU()])
    return model


def shared_inside():
    inner = sequential(L.Dense(12, name="taken"), ours(name="ours"))
    given = keras.Input((12,))
    return keras.Model(given, L.Dense(3, name="taken")(L.Add()([inner(given), inner(-given)])))


class WithItsOwnStep(keras.Model):
    def train_step(self, data):
        return {}


def of_a_class():
    given = keras.Input((12,))
    return WithItsOwnStep(given, L.Dense(3)(ours()(given)))


def part_of_another():
    """Its input is a tensor in the middle of another model."""
    given = keras.Input((4,))
    hidden = L.Dense(12)(given)
    whole = keras.Model(given, L.Dense(3)(ours()(hidden)))
    return keras.Model(hidden, whole.output)


def not_trained():
    model = sequential(ours(), L.BatchNormalization(), L.Dense(3))
    model.trainable = False
    return model


def compiled():
    model = sequential(ours(), L.Dense(3))
    model.compile("adam", lambda true, outputs: ops.mean(true - outputs), metrics=["mse"])
    return model


def of_two_types():
    return sequential(ours(dtype="mixed_float16"), L.Dense(3, dtype="float32"))


def with_adapters():
    model = sequential(L.Dense(12), ours(), L.Dense(3))
    model.layers[0].enable_lora(2)
    return model


MODELS = {
    "with an Input": lambda: sequential(ours(), L.Dense(3)),
    "without an Input": without_an_input,
    "functional": lambda: functional(lambda x: L.Dense(3)(ours()(x))),
    "a list of one input": lambda: functional(ours(), wrap=lambda x: [x]),
    "a dictionary of one input": lambda: functional(ours(), wrap=lambda x: {"x": x}, name="x"),
    "a fixed batch": lambda: sequential(ours(), L.Dense(3), batch_size=5),
    "called again": called_again,
    "a subclass with a graph": of_a_class,
    "a part of another model": part_of_another,
    "compiled with a loss of one's own": compiled,
    "not trainable": not_trained,
    "a model inside": lambda: sequential(sequential(ours()), L.Dense(3)),
    "a model inside, twice": shared_inside,
    "three deep": lambda: sequential(sequential(sequential(ours())), L.Dense(3)),
    "a layer per step": lambda: sequential(
        L.Reshape((2, 6)), L.TimeDistributed(ours()), L.Flatten(), L.Dense(3)
    ),
    "a model per step": lambda: sequential(
        L.Reshape((2, 6)), L.TimeDistributed(sequential(ours(), shape=(6,))), L.Flatten()
    ),
    "other wrappers": lambda: sequential(
        L.Reshape((2, 6)), L.TimeDistributed(L.LayerNormalization()), L.Flatten(), ours()
    ),
    "uint8": lambda: sequential(L.Rescaling(1 / 255), ours(), L.Dense(3), dtype="uint8"),
    "int32": lambda: sequential(L.Embedding(9, 4), L.Flatten(), ours(), dtype="int32"),
    "bool": lambda: functional(lambda x: ours()(ops.cast(x, "float32")), dtype="bool"),
    "float16": lambda: sequential(ours(dtype="float16"), L.Dense(3, dtype="float16")),
    "bfloat16": lambda: sequential(ours(dtype="bfloat16"), L.Dense(3, dtype="mixed_bfloat16")),
    "float64": lambda: sequential(ours(dtype="float64"), L.Dense(3, dtype="float64")),
    "mixed float16": of_two_types,
    "a float16 input": lambda: sequential(ours(), L.Dense(3), dtype="float16"),
    "an activation after": lambda: sequential(ours(), L.Dense(3), L.Activation("softmax")),
    "a softmax after": lambda: sequential(ours(), L.Dense(3), L.Softmax()),
    "a ReLU after": lambda: sequential(ours(activation=None), L.ReLU(), L.Dense(3)),
    "noise in training": lambda: sequential(L.GaussianNoise(1.0), ours(), L.Dropout(0.5)),
    "normalizations": lambda: sequential(
        L.BatchNormalization(), ours(), L.LayerNormalization(), L.UnitNormalization()
    ),
    "a lambda": lambda: sequential(L.Lambda(lambda x: 2 * x), ours(), L.Dense(3)),
    "operations": lambda: functional(lambda x: ops.tanh(L.Dense(3)(ours()(x - 0.5)) * 2)),
    "channels first": lambda: sequential(
        L.Reshape((2, 6)), L.GlobalAveragePooling1D(data_format="channels_first"), L.Dense(3)
    ),
    "an image": lambda: sequential(
        L.Conv2D(3, 3), L.MaxPooling2D(), L.Flatten(), ours(), shape=(8, 8, 1)
    ),
    "filters of a signal": lambda: sequential(
        TVSCMConv(2, "random:k=1"), L.GlobalMaxPooling1D(), shape=(12, 3)
    ),
    "a layer of the name input": lambda: sequential(L.Dense(12, name="input"), ours()),
    "a name of dots": lambda: sequential(ours(name="a.b-c_d"), L.Dense(3, name="_e")),
    "no layer of ours": lambda: sequential(L.Dense(3, "sigmoid")),
    "LoRA": with_adapters,
}


def rows_for(model):
    rng = np.random.default_rng(0)
    shape = (5, *model.inputs[0].shape[1:])
    if "float" in model.inputs[0].dtype:
        return rng.normal(size=shape).astype("float32")
    return rng.integers(0, 2 if model.inputs[0].dtype == "bool" else 9, shape)


@pytest.mark.parametrize("kind", MODELS)
def test_is_lowered(kind):
    model = MODELS[kind]()
    x = rows_for(model)
    given = keras.tree.pack_sequence_as(
        model.input if type(model).__name__ == "Functional" else 0,
        [ops.convert_to_tensor(x, model.inputs[0].dtype)],
    )
    (expected,) = keras.tree.flatten(model(given))
    expected = ops.convert_to_numpy(ops.cast(expected, "float32"))
    lowered = lower(model)
    assert lowered.inputs[0].dtype == "float32"
    assert lowered.inputs[0].shape[0] == 1
    outputs = np.concatenate([lowered(row[None].astype("float32")) for row in x])
    dtypes = {layer.compute_dtype for layer in model._flatten_layers()} | {model.inputs[0].dtype}
    error = np.abs(outputs - expected).max() / np.abs(expected).max()
    assert error < (5e-2 if dtypes & {"float16", "bfloat16"} else 1e-5)


@pytest.mark.parametrize(
    "kind", ["a model inside, twice", "a layer per step", "uint8", "mixed float16", "operations"]
)
def test_becomes_bytes(kind):
    assert to_float32(lower(MODELS[kind]()))[4:8] == b"TFL3"


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = ours()

    def call(self, inputs):
        return self.hidden(inputs)


def subclassed():
    model = Own()
    model(np.ones((1, 12), "float32"))
    return model


class Block(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = ours(name="deep")

    def call(self, inputs):
        return self.hidden(inputs)


class Forgetful(layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs

    def get_config(self):
        return super().get_config()


def quantised():
    model = sequential(ours(), L.Dense(3, name="last"))
    model.layers[-1].quantize("int8")
    return model


def several():
    given = [keras.Input((12,)), keras.Input((12,))]
    return keras.Model(given, L.Add()(given))


REFUSED = {
    "a call of its own": (subclassed, "Only Sequential and functional.*inputs = keras.Input"),
    "not built": (lambda: keras.Sequential([ours()]), "not built: give it an Input, or call it"),
    "several inputs": (several, "one input and one output. Received: 2 and 1"),
    "any length": (
        lambda: sequential(L.Conv1D(2, 3), shape=(None, 4)),
        r"takes any length: \(None, 4\). Build the model with an Input of fixed shape",
    ),
    "strings": (
        lambda: sequential(L.StringLookup(vocabulary=["a"]), dtype="string"),
        "input holds strings",
    ),
    "inside of a layer": (
        lambda: sequential(Block(name="block"), L.Dense(3)),
        r"'deep' \(TVSCM\) is inside of layer 'block' \(Block\), where it cannot be lowered",
    ),
    "filters per step": (
        lambda: sequential(
            L.TimeDistributed(TVSCMConv(2, "random:k=1", name="f"), name="td"), shape=(2, 12)
        ),
        r"'f' \(TVSCMConv\) is inside of layer 'td' \(TimeDistributed\)",
    ),
    "learned inside": (
        lambda: sequential(sequential(TVSCM("learned", name="deep"))),
        r"layer 'deep' is still learned; convert freeze\(model\)",
    ),
    "a layer without a lowering": (
        lambda: sequential(sequential(SymmetricCirculant(name="deep"))),
        "'deep' is a SymmetricCirculant, which has no lowering",
    ),
    "quantised by Keras": (quantised, "quantised the weights of layer 'last'.*before model.quant"),
    "a forgetful layer": (
        lambda: sequential(Forgetful(3.0, name="odd"), ours()),
        r"copy of layer 'odd' \(Forgetful\) answers otherwise than the original",
    ),
    "a strange name": (
        lambda: sequential(ours(name="größe 1"), L.Dense(3)),
        "TensorFlow runs nothing of the name 'größe 1'.*Rename it",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_is_refused_with_the_reason(kind):
    make, message = REFUSED[kind]
    with pytest.raises(InputError, match=message) as caught:
        lower(make())
    assert "\n" not in str(caught.value)


def test_the_remedy_for_a_strange_name():
    model = sequential(ours(name="größe 1"), L.Dense(3))
    model.get_layer("größe 1").name = "groesse"
    assert lower(model).layers[0].name == "groesse"


def test_the_remedy_for_a_call_of_its_own():
    model = subclassed()
    inputs = keras.Input((12,))
    again = keras.Model(inputs, model.call(inputs))
    x = np.random.default_rng(0).normal(size=(1, 12)).astype("float32")
    np.testing.assert_allclose(lower(again)(x), model(x), atol=1e-5)
