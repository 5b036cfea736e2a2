"""C++ sources for TFLite-Micro: the model, the operators it needs and its arena."""

import re
from collections.abc import Sequence

from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.errors import InputError

from .runtimes.arena import MARGIN, Arena
from .tflite.graph import operator_name

# Where `MicroMutableOpResolver` spells an operator otherwise than by capitalising its words
# (tensorflow/lite/micro/micro_mutable_op_resolver.h in tflite-micro).
METHODS = {
    "BATCH_MATMUL": "AddBatchMatMul",
    "CUMSUM": "AddCumSum",
    "PADV2": "AddPadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
    "CUSTOM SignalFftAutoScale": "AddFftAutoScale",
    "CUSTOM SignalIrfft": "AddIrfft",
    "CUSTOM SignalRfft": "AddRfft",
}


def sources(stem: str, content: bytes, arena: Arena, about: Sequence[str]) -> dict[str, str]:
    """The text of each file by its name, which all begin with `stem` as a C identifier.

    Args:
        stem: what to call the model.
        content: the `.tflite` bytes.
        arena: the memory that it takes.
        about: lines for the comment at the top.

    Raises:
        InputError: an operator that no method of `MicroMutableOpResolver` adds.
    """
    name = identifier(stem)
    comment = "".join(f"// {printable(line)}\n" for line in about)
    return {
        f"{name}_model_data.h": _header(name, comment, arena),
        f"{name}_model_data.cc": _data(name, comment, content),
        f"{name}_op_resolver.h": _resolver(name, comment, resolver_methods(content)),
    }


def resolver_methods(content: bytes) -> list[str]:
    """`AddFullyConnected` and so on, of exactly the model's operators, in alphabetical order."""
    codes = schema.ModelT.InitFromPackedBuf(content, 0).operatorCodes
    return sorted({_method(operator_name(code)) for code in codes})


def _method(name: str) -> str:
    if name in METHODS:
        return METHODS[name]
    if not re.fullmatch(r"[A-Z0-9_]+", name):
        raise InputError(f"TFLite-Micro has no operator {name}; choose another lowering")
    # 2D stays as it is: AddConv2D.
    return "Add" + "".join(
        word if word[0].isdigit() else word.capitalize() for word in name.split("_")
    )


def identifier(stem: str) -> str:
    """A file's stem as what symbols in C may begin with."""
    name = re.sub(r"\W", "_", stem, flags=re.ASCII)
    return name if name[:1].isalpha() else f"model_{name}"


def printable(line: str) -> str:
    """A line for a comment. Any name may be given: none may make the comment end or go on."""
    return re.sub(r"[^ -~]|[?\\]|\*/|/\*", "_", line)


def _header(name: str, comment: str, arena: Arena) -> str:
    guard = f"{name.upper()}_MODEL_DATA_H_"
    return f"""{comment}
#ifndef {guard}
#define {guard}

extern const unsigned char {name}_model_data[];
extern const unsigned int {name}_model_data_length;

// TFLite-Micro's reference kernels need {arena.minimum:,} bytes on a 64-bit machine. Here is
// {MARGIN:.0%} more, for kernels that ask for scratch memory.
constexpr unsigned int {name}_arena_bytes = {arena.reserved};

#endif  // {guard}
"""


def _data(name: str, comment: str, content: bytes) -> str:
    rows = [content[start : start + 12] for start in range(0, len(content), 12)]
    numbers = "\n".join("    " + " ".join(f"0x{byte:02x}," for byte in row) for row in rows)
    return f"""{comment}
#include "{name}_model_data.h"

// 16 bytes, as the format aligns its buffers.
alignas(16) const unsigned char {name}_model_data[] = {{
{numbers}
}};

const unsigned int {name}_model_data_length = {len(content)};
"""


def _resolver(name: str, comment: str, methods: list[str]) -> str:
    guard = f"{name.upper()}_OP_RESOLVER_H_"
    added = " ||\n      ".join(f"resolver.{method}() != kTfLiteOk" for method in methods)
    return f"""{comment}
#ifndef {guard}
#define {guard}

#include "{name}_model_data.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

constexpr unsigned int {name}_operators = {len(methods)};

// The model's operators and no others, so that no other kernel is linked.
inline TfLiteStatus {name}_add_operators(
    tflite::MicroMutableOpResolver<{name}_operators>& resolver) {{
  if ({added}) {{
    return kTfLiteError;
  }}
  return kTfLiteOk;
}}

#endif  // {guard}
"""
