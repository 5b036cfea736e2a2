"""C++ sources: compiled by a real compiler, and spelled as TFLite-Micro spells."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert import convert
from keras_tvscm.convert.firmware import _method, resolver_methods, sources
from keras_tvscm.convert.runtimes.arena import Arena
from keras_tvscm.errors import CheckError, InputError

# Every method of MicroMutableOpResolver that adds a built-in operator, as of 2025.
METHODS = """
Abs Add AddN ArgMax ArgMin AssignVariable AveragePool2D BatchMatMul BatchToSpaceNd BroadcastArgs
BroadcastTo CallOnce Cast Ceil Concatenation Conv2D Cos CumSum DepthToSpace DepthwiseConv2D
Dequantize Div EmbeddingLookup Elu Equal Exp ExpandDims Fill Floor FloorDiv FloorMod
FullyConnected Gather GatherNd Greater GreaterEqual HardSwish If L2Normalization L2Pool2D LeakyRelu
Less LessEqual Log LogicalAnd LogicalNot LogicalOr Logistic LogSoftmax Maximum MaxPool2D MirrorPad
Mean Minimum Mul Neg NotEqual Pack Pad PadV2 Prelu Quantize ReadVariable ReduceMax ReduceMin Relu
Relu6 Reshape ResizeBilinear ResizeNearestNeighbor ReverseV2 Round Rsqrt SelectV2 Shape Sin Slice
Softmax SpaceToBatchNd SpaceToDepth Split SplitV Squeeze Sqrt Square SquaredDifference StridedSlice
Sub Sum Svdf Tanh TransposeConv Transpose Unpack UnidirectionalSequenceLSTM VarHandle While
ZerosLike
"""

RESOLVER = """
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
namespace tflite {
template <unsigned int count>
class MicroMutableOpResolver {
 public:
  unsigned int added = 0;
METHODS
 private:
  TfLiteStatus Builtin() { return ++added > count ? kTfLiteError : kTfLiteOk; }
};
}
"""

MAIN = """
#include <cstdint>
#include <cstdio>
#include "a_b_op_resolver.h"
int main() {
  tflite::MicroMutableOpResolver<a_b_operators> resolver;
  if (a_b_add_operators(resolver) != kTfLiteOk || resolver.added != a_b_operators) return 1;
  if (reinterpret_cast<std::uintptr_t>(a_b_model_data) % 16) return 2;
  if (a_b_arena_bytes != ARENA) return 3;
  return std::fwrite(a_b_model_data, 1, a_b_model_data_length, stdout) != a_b_model_data_length;
}
"""


@pytest.fixture(scope="module")
def conversion(digits, trained):
    options = {"target": "tflm", "lowering": "dense"}
    return convert(trained("banded"), digits, **options, name="a name that \\ goes ??/ on\n}")


def test_the_sources_compile_to_the_model_s_bytes(conversion, tmp_path):
    conversion.save(tmp_path / "a-b.tflite")
    names = ["a_b_model_data.cc", "a_b_model_data.h", "a_b_op_resolver.h"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a-b.tflite",
        "a-b.tflite.json",
        *names,
    ]
    stub = tmp_path / "tensorflow/lite/micro/micro_mutable_op_resolver.h"
    stub.parent.mkdir(parents=True)
    methods = [f"  TfLiteStatus Add{name}() {{ return Builtin(); }}" for name in METHODS.split()]
    stub.write_text(RESOLVER.replace("METHODS", "\n".join(methods)))
    arena = conversion.record.arena.reserved
    (tmp_path / "main.cc").write_text(MAIN.replace("ARENA", str(arena)))
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("needs g++, to compile what was generated")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{tmp_path}"]
    built = [tmp_path / "main.cc", tmp_path / names[0], "-o", tmp_path / "main"]
    subprocess.run([compiler, *flags, *built], check=True)
    done = subprocess.run([tmp_path / "main"], capture_output=True, check=True)
    assert done.stdout == conversion.content == (tmp_path / "a-b.tflite").read_bytes()


def test_methods_are_spelled_as_tflite_micro_s():
    builtin = [name for name in vars(schema.BuiltinOperator) if name[0] != "_"]
    spelled = {_method(name) for name in builtin}
    assert {f"Add{name}" for name in METHODS.split()} <= spelled


def test_methods_of_a_model():
    draw = np.random.default_rng(0)
    kernel, weights = draw.normal(size=(3, 3, 1, 2)), draw.normal(size=(32, 5))

    @tf.function(input_signature=[tf.TensorSpec((1, 8, 8, 1), tf.float32)])
    def network(x):
        x = tf.nn.conv2d(x, kernel.astype("float32"), 1, "SAME")
        x = tf.reshape(tf.nn.max_pool2d(x, 2, 2, "SAME"), (1, 32))
        return tf.nn.softmax(x @ weights.astype("float32"))

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [network.get_concrete_function()], tf.Module()
    )
    assert resolver_methods(converter.convert()) == [
        *("AddConv2D", "AddFullyConnected", "AddMaxPool2D", "AddReshape", "AddSoftmax")
    ]


def test_custom_operators_are_the_signal_library_s_or_none():
    assert _method("CUSTOM SignalRfft") == "AddRfft"
    with pytest.raises(InputError, match="has no operator CUSTOM Mine"):
        _method("CUSTOM Mine")


def test_a_name_that_is_no_identifier(conversion):
    assert set(sources("784→10", conversion.content, Arena(90, 100, 128), ["a line"])) == {
        "model_784_10_model_data.h",
        "model_784_10_model_data.cc",
        "model_784_10_op_resolver.h",
    }


def test_tflm_has_to_be_there(digits, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)
    with pytest.raises(CheckError, match="tflm does not run the model: tflite-micro is not"):
        convert(trained("banded"), digits, target="tflm", lowering="dense", advising=False)
    record = convert(trained("banded"), digits, lowering="dense").record["runtimes"]
    assert "is not installed" in record["converted"]["tflm"]["reason"]
