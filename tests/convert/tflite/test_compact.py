"""Compact files compute what they did, under the same names."""

import flatbuffers
import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite import flatbuffer, quantize
from keras_tvscm.convert.tflite.compact import compact, strip
from keras_tvscm.quiet import captured

X = np.random.default_rng(0).normal(size=(50, 36)).astype("float32")


@pytest.fixture(scope="module")
def as_converted():
    """The int8 bytes of a network of many operators, as TFLite's converter gives them."""
    model = keras.Sequential(
        [
            keras.Input((36,)),
            TVSCM("random:k=3", activation="relu"),
            TVSCMConv(3, "random:k=2,window=3x3", activation="relu"),
            TVSCMConv(2, "half:window=3x3", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(4),
        ]
    )
    kept = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantize, "compact", lambda content: kept.append(content) or content)
        quantize.to_int8(lower(model), X)
    return kept[0]


def test_the_outputs_stay_and_the_file_shrinks(as_converted):
    small = compact(as_converted)
    assert len(small) < 0.7 * len(as_converted)
    for name in ("litert-xnnpack", "litert-builtin"):
        np.testing.assert_array_equal(
            load(name, small).predict(X), load(name, as_converted).predict(X)
        )


def test_compacting_twice_changes_nothing(as_converted):
    small = compact(as_converted)
    assert compact(small) == small


def test_the_signature_names_the_same_ends(as_converted):
    small = compact(as_converted)
    with captured():
        runners = [
            Interpreter(model_content=content).get_signature_runner()
            for content in (as_converted, small)
        ]
        name = next(iter(runners[0].get_input_details()))
        stored = np.arange(-18, 18, dtype=np.int8)[None]
        first, second = (runner(**{name: stored}) for runner in runners)
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key], second[key])


def test_equal_constants_and_tables_are_stored_once(as_converted):
    model = schema.ModelT.InitFromPackedBuf(compact(as_converted), 0)
    stored = [bytes(buffer.data) for buffer in model.buffers if buffer.data is not None]
    assert len(set(stored)) == len(stored)
    assert all(entry.name == b"min_runtime_version" for entry in model.metadata)
    constants = [
        (tuple(tensor.shape), tensor.type, tensor.buffer, str(vars(tensor.quantization or tensor)))
        for tensor in model.subgraphs[0].tensors
        if tensor.buffer and tensor.quantization is None
    ]
    plain = [constant[:3] for constant in constants]
    assert len(set(plain)) == len(plain)


def test_a_constant_that_is_the_output_keeps_its_name():
    """Two equal constants, one of which leaves the model: they must not be merged."""
    module = tf.Module()
    module.run = tf.function(
        lambda x: {"y": x + tf.constant([1.0, 2.0]), "z": tf.constant([1.0, 2.0])},
        input_signature=[tf.TensorSpec((1, 2), tf.float32)],
    )
    with captured():
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [module.run.get_concrete_function()], module
        )
        content = converter.convert()
    small = schema.ModelT.InitFromPackedBuf(compact(content), 0)
    big = schema.ModelT.InitFromPackedBuf(content, 0)
    names = [
        [graph.tensors[index].name for index in graph.outputs]
        for graph in (big.subgraphs[0], small.subgraphs[0])
    ]
    assert names[0] == names[1]


def test_vectors_stay_aligned_to_their_elements(as_converted):
    """Biases are read as 32-bit numbers in place."""
    content = compact(as_converted)
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        buffer = model.Buffers(tensor.Buffer())
        if tensor.Type() == schema.TensorType.INT32 and buffer.DataLength():
            start = buffer._tab.Vector(
                flatbuffers.number_types.UOffsetTFlags.py_type(buffer._tab.Offset(4))
            )
            assert start % 4 == 0


def test_stripping_leaves_the_outputs_alone(as_converted):
    small, stripped = compact(as_converted), strip(as_converted)
    assert len(stripped) < len(small) - 300
    flatbuffer.check(stripped)
    for name in IN_PROCESS:
        np.testing.assert_array_equal(load(name, stripped).predict(X), load(name, small).predict(X))


def test_a_stripped_model_has_no_word_and_no_shape_beside_a_reshape(as_converted):
    content = strip(as_converted)
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    assert not (model.signatureDefs or model.metadata or model.description or graph.name)
    assert not any(tensor.name for tensor in graph.tensors)
    assert b"serving" not in content and b"input" not in content
    codes = [code.builtinCode for code in model.operatorCodes]
    reshapes = [
        operator
        for operator in graph.operators
        if codes[operator.opcodeIndex] == schema.BuiltinOperator.RESHAPE
    ]
    assert reshapes
    for operator in reshapes:
        shape = graph.tensors[operator.outputs[0]].shape
        assert len(operator.inputs) == 1
        assert list(operator.builtinOptions.newShape) == list(shape)
    read = {int(i) for operator in graph.operators for i in (*operator.inputs, *operator.outputs)}
    assert read - {-1} == set(range(len(graph.tensors)))


def test_stripping_twice_changes_nothing(as_converted):
    content = strip(as_converted)
    assert strip(content) == content
