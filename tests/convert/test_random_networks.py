"""Whatever network is asked for: it converts and agrees, or is refused in one line."""

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert import convert
from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.lower import FILTERS, LOWERINGS
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.errors import CheckError, InputError

L = keras.layers
# Drawn with one class for all rows, with a lowering that does not do, or (10) close to the bound.
MAY_BE_REFUSED = {4, 6, 7, 8, 10, 11}
VALUES = [0.0, 1.0, -1.0, 0.5, -0.25, 1e-3, -1e-3, 30.0]


class Draw:
    """A network and how to convert it, drawn from a seed."""

    def __init__(self, seed):
        keras.utils.set_random_seed(seed)
        self.rng = np.random.default_rng(seed)
        self.dtype = self.one_of(["int8", "int8", "float32"])
        self.kind = self.one_of([TVSCM, TVSCM, TVSCMConv])
        self.lowering = self.one_of([None, *(FILTERS if self.kind is TVSCMConv else LOWERINGS)])
        self.model = self.network()
        self.low = self.one_of([0.0, -1.0])

    def one_of(self, options):
        return options[self.rng.integers(len(options))]

    def network(self):
        """One to three of this library's layers, other layers around them."""
        inputs = hidden = keras.Input((self.one_of([7, 8, 12, 16, 36]),))
        for _ in range(self.rng.integers(1, 4)):
            filters = self.kind is TVSCMConv and len(hidden.shape) < 4 and hidden.shape[1] >= 4
            hidden = self.options(TVSCMConv if filters else TVSCM, hidden)(hidden)
            hidden = self.around(hidden)
        if len(hidden.shape) > 2:
            hidden = L.Flatten()(hidden)
        model = keras.Model(inputs, L.Dense(3)(hidden))
        for layer in model.layers:
            if isinstance(layer, TVSCM | TVSCMConv):
                for weight in (layer.a, layer.b):
                    weight.assign(self.rng.choice(VALUES, size=tuple(weight.shape)))
        return model

    def options(self, kind, hidden):
        # TFLite computes ELU in float.
        steep = ["elu", "softmax"] if self.dtype == "float32" else []
        options = {
            "activation": self.one_of(["relu", "relu", "linear", "tanh", *steep]),
            "use_bias": self.one_of([True, False]),
            "bias_initializer": "normal",
            "seed": int(self.rng.integers(10)),
        }
        if kind is TVSCMConv:
            n = hidden.shape[1]
            near = self.one_of(["", "reach=1"] + ["window=3x3"] * (n in (9, 16, 36)))
            pattern = self.one_of(["half:", "random:k=1,"]) + near
            return TVSCMConv(self.one_of([2, 3]), pattern, **options)
        n = hidden.shape[-1]
        pattern = self.one_of(["banded", "complete", "half", "random:k=1", "offsets:a=0"])
        units = self.one_of([None, n, max(2, n - 3), n + 2])
        return TVSCM("half" if n < 4 else pattern, units if n > 1 else 4, **options)

    def around(self, hidden):
        layer = self.one_of(["", "relu", "norm", "largest", "average", "dropout", "flatten"])
        if layer in ("largest", "average") and len(hidden.shape) == 3:
            pooling = L.MaxPooling1D if layer == "largest" else L.AveragePooling1D
            return pooling(2, padding="same")(hidden)
        known = {"relu": L.ReLU, "norm": L.BatchNormalization, "flatten": L.Flatten}
        return known[layer]()(hidden) if layer in known else hidden

    def inputs(self, rows):
        size = (rows, self.model.inputs[0].shape[1])
        return self.rng.uniform(self.low, 1.0, size=size).astype("float32")

    def dataset(self):
        """Rows in the range; their labels are what the model says, each class now and then.

        Of rows that are close to no border: a rounded score would change their class.
        """
        head = self.model.layers[-1]
        head.bias.assign(-self.model.predict(self.inputs(200), verbose=0).mean(axis=0))

        def part(rows):
            x = self.inputs(4 * rows)
            scores = self.model.predict(x, verbose=0)
            second, first = np.sort(scores, axis=1)[:, 1:].T
            clearest = np.sort(np.argsort(second - first)[:rows])
            return Split(x[clearest], scores[clearest].argmax(axis=1))

        parts = [part(rows) for rows in (200, 100, 300)]
        return Dataset("made up", ("0", "1", "2"), *parts, None, "here")


@pytest.mark.parametrize("seed", range(16))
def test_it_converts_and_agrees_or_is_refused_in_one_line(seed):
    draw = Draw(seed)
    data = draw.dataset()
    options = {"lowering": draw.lowering, "dtype": draw.dtype, "advising": False}
    try:
        conversion = convert(draw.model, data, **options)
    except (InputError, CheckError) as error:
        assert seed in MAY_BE_REFUSED
        assert "\n" not in str(error) and 20 < len(str(error)) < 400
        return
    flatbuffer.check(conversion.content)
    expected = draw.model.predict(data.test.x, verbose=0)
    for name in IN_PROCESS:
        found = load(name, conversion.content).predict(data.test.x)
        if draw.dtype == "float32":
            assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()
        else:
            # On the mean, as a steep activation may turn a row's last step into a large one.
            assert np.abs(found - expected).mean() <= 0.05 * np.ptp(expected)
            assert np.mean(found.argmax(axis=1) == expected.argmax(axis=1)) > 0.98
    check_c(conversion.content)


def check_c(content):
    """It equals the model, byte by byte, or is refused in one line."""
    try:
        source = generate(content)
    except InputError as error:
        assert "is not known in C" in str(error)
        return
    rows = native.drawn_rows(content, 100)
    assert native.check(source, content, rows) == {"runtime": "tflm", "rows": 100, "differing": 0}
