"""Which lowering of filters is taken, target by target."""

import keras
import pytest

from keras_tvscm import TVSCMConv
from keras_tvscm.convert import Options, convert, plans, prepare

from ..fitted import fit_head

L = keras.layers


@pytest.fixture(scope="module")
def network(digits):
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((64,)),
        L.Reshape((8, 8, 1)),
        L.AveragePooling2D(2),
        L.Reshape((16, 1)),
        TVSCMConv(8, "half:window=3x3", "relu", name="filters"),
        L.Flatten(),
        L.Dense(10),
    ]
    return fit_head(keras.Sequential(layers), digits)


def test_filters_take_blocks_as_channels_on_xnnpack(network, digits):
    record = convert(network, digits).record
    assert record.lowerings == {"filters": "polyphase"}
    taken, other = record.candidates
    assert (taken.lowering, other.lowering) == ("polyphase", "convolution")
    assert 0 < taken.cost < other.cost
    assert other.bytes < taken.bytes < other.bytes + 2048
    assert record.verification.written.agreement >= 0.99


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"target": "tflm"}, "for kernels such as XNNPACK's"),
        ({"target": "c"}, "for kernels such as XNNPACK's"),
        ({"dtype": "int8x4"}, "zeros, which take four bits each"),
    ],
    ids=["tflm", "c", "int8x4"],
)
def test_elsewhere_they_stay_one_convolution(network, digits, options, reason):
    options = Options(**options)
    plan = next(plans(prepare(network, digits, options), options))
    assert plan.lowerings == {"filters": "convolution"}
    assert [(each.lowering, each.reason is None) for each in plan.compared] == [
        ("convolution", True),
        ("polyphase", False),
    ]
    assert reason in plan.compared[1].reason
