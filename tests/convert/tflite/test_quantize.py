import numpy as np

from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.models import networks
from keras_tvscm.models.freezing import freeze


def test_layers_whose_names_the_converter_takes_for_one():
    """It left some of this network in float."""
    lowered = lower(freeze(networks.build("rhythm", "heartbeat-rhythm")))
    names = [layer.name for layer in lowered.layers]
    x = np.random.default_rng(0).normal(size=(50, 238)).astype(np.float32)
    content = to_int8(lowered, x)
    assert [(end.dtype, end.size) for end in input_and_output(content)] == [
        ("int8", 238),
        ("int8", 4),
    ]
    assert [layer.name for layer in lowered.layers] == names
