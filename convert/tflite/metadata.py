"""Standard TFLite Metadata: what an Android app reads beside the model.

A flatbuffer of its own in the model's metadata, and the files that it names in a ZIP
archive behind the model. Tables and their fields' numbers: metadata_schema.fbs (file
identifier M001) of TensorFlow Lite Support, continued in MediaPipe. The packages that ship
this schema for Python cannot be installed beside TensorFlow 2.21 and
tensorflow-model-optimization, hence the builder.
"""

import json
import zipfile
from io import BytesIO
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.datasets import Dataset

from .flatbuffer import write

NAME = b"TFLITE_METADATA"
LABELS = "labels.txt"  # one class name a line, in the order of the outputs
RECORD = "conversion.json"  # what was converted from what, calibrated on what

# Fields by number: a string, a one-byte enumeration, a table, or a list of tables or float32.
Table = dict[int, Any]

# Values of the schema's enumerations.
TENSOR_AXIS_LABELS = 2
NORMALIZATION_OPTIONS = 1


def with_metadata(content: bytes, dataset: Dataset, record: dict[str, Any]) -> bytes:
    """The same model with labels, input normalisation and the conversion's record.

    Args:
        content: a `.tflite` model with one input and one output.
        dataset: names the classes, and says how raw samples were scaled.
        record: JSON-ready.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = list(metadata(dataset, record["name"]))
    entry.name, entry.buffer = NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    file = BytesIO(write(model))
    with zipfile.ZipFile(file, "a") as archive:
        for name, text in (
            (LABELS, "".join(f"{label}\n" for label in dataset.classes)),
            (RECORD, json.dumps(record, indent=2) + "\n"),
        ):
            # A date of its own would make every conversion another file.
            archive.writestr(zipfile.ZipInfo(name), text)
    return file.getvalue()


def metadata(dataset: Dataset, name: str) -> bytes:
    """The `ModelMetadata` flatbuffer.

    An app computes (raw - mean) / std to get the model's input, in real numbers. Where rows
    were scaled one by one, no such numbers exist: the description says so.
    """
    normalization: Table = {0: [0.0], 1: [dataset.scaling.divided_by]}  # mean, std
    by_row = f"; {dataset.scaling}" if dataset.scaling.by_row else ""
    stats: Table = {0: [float(dataset.train.x.max())], 1: [float(dataset.train.x.min())]}
    source: Table = {
        0: "input",
        1: f"{dataset.features} samples of {dataset.name}: {dataset.source}{by_row}",
        4: [{0: NORMALIZATION_OPTIONS, 1: normalization}],
        5: stats,
    }
    target: Table = {
        0: "scores",
        1: "one score a class; the largest is the answer",
        6: [{0: LABELS, 1: "class names", 2: TENSOR_AXIS_LABELS}],
    }
    root: Table = {
        0: name,
        1: f"classifies {dataset.name}; written by keras-tvscm",
        3: [{2: [source], 3: [target]}],
        6: [{0: RECORD, 1: "how the model was made: JSON"}],
        7: "1.0.0",  # the oldest parser that knows these tables
    }
    builder = flatbuffers.Builder(1024)
    builder.Finish(_pack(builder, root), b"M001")
    return bytes(builder.Output())


def _pack(builder: flatbuffers.Builder, table: Table) -> int:
    """Write a table behind all that it refers to, as generated code does."""
    offsets = {
        number: _refer(builder, value)
        for number, value in table.items()
        if not isinstance(value, int)
    }
    builder.StartObject(max(table) + 1)
    for number, value in table.items():
        if isinstance(value, int):
            builder.PrependUint8Slot(number, value, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(number, offsets[number], 0)
    end: int = builder.EndObject()
    return end


def _refer(builder: flatbuffers.Builder, value: str | Table | list[Any]) -> int:
    end: int
    if isinstance(value, str):
        end = builder.CreateString(value)
        return end
    if isinstance(value, dict):
        return _pack(builder, value)
    # Offsets and float32 take 4 bytes each; a vector is written from its end.
    tables = [_pack(builder, entry) for entry in value if isinstance(entry, dict)]
    builder.StartVector(4, len(value), 4)
    for entry in reversed(tables or value):
        (builder.PrependUOffsetTRelative if tables else builder.PrependFloat32)(entry)
    end = builder.EndVector()
    return end
