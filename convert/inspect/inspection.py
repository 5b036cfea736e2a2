"""What is in a `.tflite` file: operators, bytes, memory, and where it runs."""

import math
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from keras_tvscm.errors import InputError

from ..runtimes import NAMES
from ..runtimes.arena import minimum_arena
from ..tflite import flatbuffer
from ..tflite.flatbuffer import BITS, TYPE_NAMES, as_list
from ..tflite.graph import Operator, Tensor, graph_of, operator_name
from ..tflite.operations import WEIGHTS, operations
from .support import Support, by_release, tried

KINDS = (
    "weights",
    "biases",
    "other constants",
    "metadata",
    "associated files",
    "structure",
)


@dataclass(frozen=True)
class Inspection:
    """What was found in a model.

    Attributes:
        path: the file's.
        size: bytes.
        operators: of the main graph, in order.
        other_graphs: how many graphs more there are, for control flow.
        bytes: by kind, each of `KINDS`, which add up to `size`. Biases are the int32 or
            float32 terms that an operator with weights adds; structure is the tables.
        tensors_alive: bytes; what the tensors that live at one time take, at the most.
            Every runtime needs more.
        minimum_arena: bytes; in which TFLite-Micro runs the model here, None if it does not.
        support: runtime by runtime.
    """

    path: str
    size: int
    operators: tuple[Operator, ...]
    other_graphs: int
    bytes: dict[str, int]
    tensors_alive: int
    minimum_arena: int | None
    support: list[Support]

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {
            "operators": [_operator_json(operator) for operator in self.operators],
            "support": [runtime.to_json() for runtime in self.support],
        }


def inspect(path: str | Path, tflite: str | None = None) -> Inspection:
    """Look into a `.tflite` file, and try it on every runtime that is installed.

    Args:
        path: an untrusted file.
        tflite: the TensorFlow Lite release of an Android app, such as "2.14.0"; by default
            the release that is needed is found.

    Raises:
        InputError: unreadable, no TFLite model, or a damaged one; a release that is none.
    """
    if tflite is not None and not all(part.isdigit() for part in tflite.split(".")):
        raise InputError(f"a TFLite release is numbers and dots, 2.14.0. Received: {tflite!r}")
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give a .tflite file") from error
    try:
        model = flatbuffer.read(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    graph = graph_of(model, content)
    runs = [
        *_tried(model, content),
        by_release(graph.operators, _recorded_release(model), tflite),
    ]
    return Inspection(
        str(path),
        len(content),
        graph.operators,
        graph.others,
        _bytes_by_kind(model, content),
        _tensors_alive(model.subgraphs[0]),
        next((minimum_arena(content, run.arena_bytes) for run in runs if run.arena_bytes), None),
        runs,
    )


def _operator_json(operator: Operator) -> dict[str, Any]:
    multiplications, additions = operations(operator)
    return {
        "name": operator.name,
        "version": operator.version,
        "inputs": [_tensor_json(tensor) for tensor in operator.given],
        "outputs": [_tensor_json(tensor) for tensor in operator.outputs],
        "activation": operator.activation,
        "multiplications": multiplications,
        "additions": additions,
    }


def _tensor_json(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "type": tensor.dtype, "constant": tensor.data is not None}


def _tried(model: Any, content: bytes) -> list[Support]:
    try:
        flatbuffer.check_ends(model)
    except InputError as error:
        return [Support(name, "unknown", f"not tried: {error}") for name in NAMES]
    return [tried(name, content) for name in NAMES]


def _bytes_by_kind(model: Any, content: bytes) -> dict[str, int]:
    # A buffer that serves twice is counted once, as what it is first.
    kinds: dict[int, str] = {}
    for graph in model.subgraphs:
        tensors = as_list(graph.tensors)
        for operator in as_list(graph.operators):
            name = operator_name(model.operatorCodes[operator.opcodeIndex])
            weights, bias = WEIGHTS.get(name, (None, None))
            for position, index in enumerate(as_list(operator.inputs)):
                if index >= 0:
                    kind = {weights: "weights", bias: "biases"}.get(position, "other constants")
                    kinds.setdefault(tensors[index].buffer, kind)
        for tensor in tensors:
            kinds.setdefault(tensor.buffer, "other constants")
    for entry in as_list(model.metadata):
        kinds.setdefault(entry.buffer, "metadata")
    sizes = dict.fromkeys(KINDS, 0)
    for number, kind in kinds.items():
        sizes[kind] += flatbuffer.buffer_size(model.buffers[number], content)
    sizes["associated files"] = _appended(content)
    # Constants of a damaged file may lie one over the other.
    sizes["structure"] = max(0, len(content) - sum(sizes.values()))
    return sizes


def _appended(content: bytes) -> int:
    """Bytes of the ZIP archive that TFLite metadata puts behind a model."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return len(content) - min(
                (member.header_offset for member in archive.infolist()), default=len(content)
            )
    # NotImplementedError is zipfile's word for a version of the format that it does not read,
    # which a damaged file may claim.
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return 0


def _tensors_alive(graph: Any) -> int:
    """Each tensor lives from the operator that writes it to the last that reads it."""
    tensors, steps = as_list(graph.tensors), as_list(graph.operators)
    first = dict.fromkeys(as_list(graph.inputs), 0)
    last = dict.fromkeys(as_list(graph.outputs), len(steps))
    for step, operator in enumerate(steps):
        for index in as_list(operator.outputs):
            first.setdefault(index, step)
            last.setdefault(index, step)
        for index in as_list(operator.inputs):
            if index >= 0:
                last[index] = max(last.get(index, 0), step)
    changes = [0] * (len(steps) + 2)
    for index, start in first.items():
        bits = BITS.get(TYPE_NAMES.get(tensors[index].type, ""), 8)
        size = -(-math.prod(int(n) for n in as_list(tensors[index].shape)) * bits // 8)
        changes[start] += size
        changes[last.get(index, len(steps)) + 1] -= size
    live = peak = 0
    for change in changes:
        live += change
        peak = max(peak, live)
    return peak


def _recorded_release(model: Any) -> str | None:
    for entry in as_list(model.metadata):
        if entry.name == b"min_runtime_version":
            data = bytes(as_list(model.buffers[entry.buffer].data)[:16]).rstrip(b"\0")
            text = data.decode("ascii", "replace")
            return text if all(part.isdigit() for part in text.split(".")) else None
    return None
