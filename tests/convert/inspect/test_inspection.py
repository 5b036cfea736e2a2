"""What `inspect` says, against figures worked out by hand, and on files that are damaged."""

import io
import json
import random

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from rich.console import Console

from keras_tvscm.cli.inspection_table import page
from keras_tvscm.convert.inspect import inspection as module
from keras_tvscm.convert.inspect.inspection import inspect
from keras_tvscm.convert.inspect.support import RELEASES, Support, by_release, release
from keras_tvscm.convert.tflite.flatbuffer import write
from keras_tvscm.convert.tflite.graph import Operator
from keras_tvscm.convert.tflite.operations import operations
from keras_tvscm.errors import InputError


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write a model of some computation on (1, 64) float32."""

    def write(call, name="m"):
        traced = tf.function(call, input_signature=[tf.TensorSpec((1, 64), tf.float32)])
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [traced.get_concrete_function()], tf.Module()
        )
        path = tmp_path_factory.mktemp("inspected") / f"{name}.tflite"
        path.write_bytes(converter.convert())
        return path

    return write


@pytest.fixture
def untried(monkeypatch):
    """Without the seconds that running the model on every runtime takes."""
    monkeypatch.setattr(module, "tried", lambda name, content: Support(name, "unknown"))


def printed(found):
    console = Console(file=io.StringIO(), width=100)
    console.print(page(found))
    return console.file.getvalue()


DRAW = np.random.default_rng(0)


def weights(*shape):
    return DRAW.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("call", "name", "activation", "multiplications", "additions"),
    [
        # y = W x + b: 64 products and 64 sums to each of 5.
        (lambda x: x @ weights(64, 5) + weights(5), "FULLY_CONNECTED", None, 320, 320),
        (lambda x: x @ weights(64, 5), "FULLY_CONNECTED", None, 320, 315),
        # 3 x 3 x 1 products to each of 8 x 8 x 4.
        (
            lambda x: tf.nn.relu(
                tf.nn.conv2d(tf.reshape(x, (1, 8, 8, 1)), weights(3, 3, 1, 4), 1, "SAME")
                + weights(4)
            ),
            "CONV_2D",
            "RELU",
            9 * 256,
            9 * 256,
        ),
        # The same without sums over channels: 3 x 3 products to each of 4 x 4 x 4.
        (
            lambda x: (
                tf.nn.depthwise_conv2d(
                    tf.reshape(x, (1, 4, 4, 4)), weights(3, 3, 4, 1), (1, 1, 1, 1), "SAME"
                )
                + weights(4)
            ),
            "DEPTHWISE_CONV_2D",
            None,
            9 * 64,
            9 * 64,
        ),
        # (8, 8) times (8, 8) of two tensors that are both computed.
        (
            lambda x: tf.matmul(tf.reshape(x, (1, 8, 8)), tf.reshape(x, (1, 8, 8))),
            "BATCH_MATMUL",
            None,
            512,
            448,
        ),
        (lambda x: tf.reduce_sum(x, 1, keepdims=True), "SUM", None, 0, 63),
        (lambda x: tf.reduce_mean(x, 1, keepdims=True), "MEAN", None, 1, 63),
        (lambda x: x + weights(1, 64), "ADD", None, 0, 64),
        (lambda x: x * weights(1, 64), "MUL", None, 64, 0),
        # 2 x 2 windows: 3 sums and a product to each of 16, and none where the largest wins.
        (
            lambda x: tf.nn.avg_pool2d(tf.reshape(x, (1, 8, 8, 1)), 2, 2, "VALID"),
            "AVERAGE_POOL_2D",
            None,
            16,
            48,
        ),
        (
            lambda x: tf.nn.max_pool2d(tf.reshape(x, (1, 8, 8, 1)), 2, 2, "VALID"),
            "MAX_POOL_2D",
            None,
            0,
            0,
        ),
    ],
)
def test_operations(written, untried, call, name, activation, multiplications, additions):
    found = [operator for operator in inspect(written(call)).operators if operator.name == name]
    assert len(found) == 1
    assert found[0].activation == activation
    assert operations(found[0]) == (multiplications, additions)


def test_a_model_of_every_kind_of_byte(linear, untried):
    found = inspect(linear.folder / "int8.tflite")
    content = linear.read("int8")
    assert [operator.name for operator in found.operators] == ["FULLY_CONNECTED"]
    operator = found.operators[0]
    assert [(t.shape, t.dtype, t.data is not None) for t in operator.inputs] == [
        ((1, 12), "int8", False),
        ((3, 12), "int8", True),
        ((3,), "int32", True),
    ]
    assert found.bytes["weights"] == 36 and found.bytes["biases"] == 12
    assert found.bytes["other constants"] == 0 and found.bytes["metadata"] >= 16
    assert sum(found.bytes.values()) == found.size == len(content)
    assert found.tensors_alive == 12 + 3


def test_tensors_that_are_alive_at_one_time(written, untried):
    def call(x):  # x and its double live until they are added, 256 bytes each and the sum
        return x + tf.concat([x[:, 32:], x[:, :32]], 1)

    assert inspect(written(call)).tensors_alive == 4 * (64 + 64 + 64)


def test_every_runtime_is_tried(linear, monkeypatch, tmp_path):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    found = inspect(linear.folder / "int8.tflite")
    assert [(one.runtime, one.runs) for one in found.support] == [
        ("litert-xnnpack", "yes"),
        ("litert-builtin", "yes"),
        ("tflm", "yes"),
        ("tflite-runtime", "unknown"),
        ("TFLite on Android", "yes"),
    ]
    arena = found.support[2].arena_bytes
    assert arena < found.minimum_arena < 2 * arena
    assert "is not set up (tvscm setup-tflite-runtime)" in found.support[3].reason
    document = json.loads(json.dumps(found.to_json()))
    assert document["operators"][0]["inputs"][1] == {
        "shape": [3, 12],
        "type": "int8",
        "constant": True,
    }
    assert document["support"][2]["arena_bytes"] == arena


def test_the_operator_that_stops_a_runtime_is_named(linear, monkeypatch, tmp_path):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    found = inspect(linear.folder / "rfft.tflite")
    assert found.support[2].runs == "no"
    assert found.support[2].reason == "TFLite-Micro has no operator RFFT2D"
    assert found.minimum_arena is None
    text = printed(found)
    assert "TFLite-Micro has no operator RFFT2D" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_model_of_two_inputs_is_shown_but_not_tried(linear, tmp_path):
    model = schema.ModelT.InitFromPackedBuf(linear.read("int8"), 0)
    model.subgraphs[0].inputs = [0, 0]
    path = tmp_path / "m.tflite"
    path.write_bytes(write(model))
    found = inspect(path)
    assert [one.runs for one in found.support] == ["unknown"] * 4 + ["yes"]
    assert found.support[0].reason == "not tried: the model has 2 inputs; expected one tensor"
    assert operations(found.operators[0])[0] == 36


def operator(name, version=1):
    return Operator(name, version, None, (), ())


def test_android_by_the_operators_versions():
    model = [operator("ADD", 2), operator("BATCH_MATMUL", 4), operator("MUL", 2)]
    assert by_release(model, "1.14.0", None) == Support(
        "TFLite on Android", "yes", "from 2.5.0 on: operator 1, BATCH_MATMUL version 4"
    )
    assert by_release(model, None, "2.4.9").runs == "no"
    assert by_release(model, None, "2.14").runs == by_release(model, None, "2.5.0").runs == "yes"
    unlisted = [*model, operator("HASHTABLE")]
    assert by_release(unlisted, None, None) == Support(
        "TFLite on Android", "unknown", "no release is documented for HASHTABLE"
    )
    assert "from 2.9.0 on: the model's own" in by_release(unlisted, "2.9.0", None).reason
    custom = by_release([*model, operator("CUSTOM FlexErfinv")], "2.9.0", None)
    assert custom.runs == "no" and "operator 3 (CUSTOM FlexErfinv)" in custom.reason


def test_releases_rise_with_versions():
    numbers = {
        name: [tuple(map(int, found.split("."))) for found in releases]
        for name, releases in RELEASES.items()
    }
    assert all(found == sorted(found) for found in numbers.values())
    assert set(RELEASES) <= set(vars(schema.BuiltinOperator))
    assert release(operator("FULLY_CONNECTED", 9)) == "2.3.0"
    assert release(operator("FULLY_CONNECTED", 99)) is release(operator("ADD", 0)) is None


def test_a_custom_operator_s_name_cannot_write_on_the_terminal(linear, tmp_path, untried):
    model = schema.ModelT.InitFromPackedBuf(linear.read("int8"), 0)
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.CUSTOM
    model.operatorCodes[0].customCode = "\x1b[31m[red]\n" + "x" * 90
    path = tmp_path / "m.tflite"
    path.write_bytes(write(model))
    found = inspect(path)
    assert found.operators[0].name == "CUSTOM ?[31m[red]?" + "x" * 29
    assert operations(found.operators[0])[0] is None
    text = printed(found)
    assert "[red]" in text and "\x1b" not in text
    assert ">=0" in text


def damaged(content, draw):
    content = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 10])):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(content)


def test_damage_gives_one_line_or_a_page(linear, tmp_path, untried):
    draw, path, refused = random.Random(0), tmp_path / "m.tflite", 0
    for trial in range(600):
        content = linear.read(("int8", "rfft")[trial % 2])
        cut = trial % 5 == 0
        path.write_bytes(content[: draw.randrange(len(content))] if cut else damaged(content, draw))
        try:
            printed(inspect(path))
        except InputError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
            refused += 1
    assert 200 < refused < 600


def test_damage_that_ends_a_runtime_ends_no_more(linear, tmp_path, monkeypatch):
    """The model is run: in processes of their own, whatever it does to them."""
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    draw, path, answers = random.Random(3), tmp_path / "m.tflite", set()
    for _ in range(16):
        path.write_bytes(damaged(linear.read("int8"), draw))
        try:
            answers |= {one.runs for one in inspect(path).support}
        except InputError:
            answers.add("refused")
    assert {"yes", "refused"} <= answers


def test_bad_input(tmp_path, linear):
    with pytest.raises(InputError, match="cannot read"):
        inspect(tmp_path / "absent.tflite")
    with pytest.raises(InputError, match=r"numbers and dots, 2\.14\.0\. Received: 'new'"):
        inspect(linear.folder / "int8.tflite", "new")


def test_bytes_behind_the_model_are_those_of_an_archive(linear, tmp_path, untried):
    import zipfile

    path = tmp_path / "m.tflite"
    path.write_bytes(linear.read("int8"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "a\nb\nc\n")
    found = inspect(path)
    assert found.bytes["associated files"] == found.size - len(linear.read("int8"))
    assert module.KINDS[4] in printed(found)
