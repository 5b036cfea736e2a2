"""Convolutions over blocks as channels become the C of the convolutions that they stand for."""

import re
from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm import datasets, zoo
from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.c_source.blocks import without_blocks
from keras_tvscm.convert.c_source.products import product
from keras_tvscm.convert.lower.model import lower_placed
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.native import generate as generate_native
from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_int8


@pytest.fixture(scope="module", params=["mnist-fast", "heartbeat-fast"])
def forms(request) -> tuple[bytes, bytes]:
    """A network of the zoo over blocks, and with one channel."""
    rows = datasets.load(zoo.card(request.param).dataset).train.x[:40]
    model = zoo.load(request.param)
    names = [dict.fromkeys(("heads1", "heads2"), "convolution")]
    names.insert(0, names[0] | {"heads1": "polyphase"})
    placed = placements(model)
    return tuple(to_int8(lower_placed(model, placed, chosen), rows) for chosen in names)


def steps(generate, content: bytes) -> list[str]:
    """The functions that are called, in order."""
    source = generate(content, "network").source
    body = source[source.rindex("_predict(" if "F(predict)" not in source else "F(predict)") :]
    return [re.sub(r"_\d+\b", "", name) for name in re.findall(r"(?:F\()?(\w+)\)?\(", body)[1:]]


def test_the_steps_are_those_of_one_channel(forms):
    blocks, one = forms
    for kind in (generate, generate_native):
        found, expected = steps(kind, blocks), steps(kind, one)
        # A mean is rounded otherwise, or not at all where the filters take its sums.
        means = {"average_pool", "tiles", "means", "copy", "wrap", "memory", "input"}
        assert [name for name in found if name not in means] == [
            name for name in expected if name not in means
        ]
        assert {"two_valued", "filters"} & set(found)
    assert generate(blocks, "a").instructions < 1.1 * generate(one, "a").instructions


@pytest.mark.parametrize("kind", [generate, generate_native])
def test_the_bytes_are_the_model_s(forms, kind):
    content = forms[0]
    rows = native.drawn_rows(content, 40)
    expected = native.stored_outputs(in_child("tflm", content), content, rows)
    flags = ("-O1",) if kind is generate else ("-std=gnu11", "-O0")
    np.testing.assert_array_equal(native.run(kind(content, "network"), rows, flags), expected)


def test_weights_that_are_not_moved_on_are_no_blocks(forms):
    convolution = next(
        operator for operator in read(forms[0]).operators if operator.activation == "RELU"
    )
    linear = product(convolution)
    form = without_blocks(linear)
    assert form is not None and linear.channels % form.channels == 0 < form.channels
    assert len(form.reads) == len(linear.reads) * linear.channels // form.channels
    weights, bias = linear.weights.copy(), linear.bias.copy()
    weights[-1, np.flatnonzero(weights[-1])[0]] ^= 1
    bias[0] += 1
    assert without_blocks(replace(linear, weights=weights)) is None
    assert without_blocks(replace(linear, bias=bias)) is None
