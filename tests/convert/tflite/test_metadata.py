"""Standard TFLite Metadata, against the bytes of the schema's own package."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from keras_tvscm.convert import convert
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite import flatbuffer, graph
from keras_tvscm.convert.tflite.metadata import metadata
from keras_tvscm.datasets import Dataset, Scaling, Split

# Packed with mediapipe 1.2.3's metadata_schema_py_generated (ModelMetadataT.Pack) out of
# the same facts: the tables that an Android app's MetadataExtractor reads.
EXPECTED = Path(__file__).parent / "metadata.bin"


def test_metadata_is_what_mediapipe_s_package_writes():
    x = np.array([[0, 0.25, 1], [0.5, -2.5, 0]], np.float32)
    part = Split(x, np.array([0, 1], np.int32))
    coins = Dataset("coins", ("head", "tail"), part, part, part, None, "a coin", Scaling(255.0))
    assert metadata(coins, "tiny int8") == EXPECTED.read_bytes()


def test_rows_that_were_scaled_one_by_one_say_so():
    x = np.array([[0, 0.25, 1], [0, 1, 0.5]], np.float32)
    part = Split(x, np.array([0, 1], np.int32))
    beats = Dataset("beats", ("N", "V"), part, part, part, None, "beats", Scaling(by_row=True))
    assert b"of beats: beats; each row moved and stretched to span 0 to 1\0" in metadata(beats, "")


def test_a_model_for_android_carries_labels_and_record(digits, trained):
    plain = convert(trained("banded"), digits, lowering="dense")
    conversion = convert(trained("banded"), digits, lowering="dense", target="android")
    with zipfile.ZipFile(BytesIO(conversion.content)) as archive:
        assert archive.read("labels.txt").decode().split() == list("0123456789")
        record = json.loads(archive.read("conversion.json"))
    for key, value in record.items():
        assert conversion.record[key] == value
    assert record["calibration"] == {"source": "digits train", "rows": 500, "seed": 0}
    model = flatbuffer.check(conversion.content)
    entry = next(entry for entry in model.metadata if entry.name == b"TFLITE_METADATA")
    assert bytes(model.buffers[entry.buffer].data) == metadata(digits, record["name"])
    assert {entry.name for entry in model.metadata} == {b"TFLITE_METADATA", b"min_runtime_version"}
    for name in IN_PROCESS:
        # Not equal: another scale rounds otherwise.
        classes = load(name, conversion.content).predict(digits.test.x[:50]).argmax(axis=1)
        expected = load(name, plain.content).predict(digits.test.x[:50]).argmax(axis=1)
        assert (classes == expected).sum() >= 48


def test_a_model_for_android_has_one_scale_a_layer(digits, trained):
    def scales(target):
        content = convert(trained("banded"), digits, lowering="dense", target=target).content
        return [
            len(operator.inputs[1].scales)
            for operator in graph.read(content).operators
            if operator.name == "FULLY_CONNECTED"
        ]

    # The 64 outputs of the layer, and the 10 classes.
    assert scales("litert") == [64, 10]
    assert scales("android") == [1, 1]


def test_raw_digits_go_from_0_to_16(digits):
    assert digits.scaling == Scaling(16.0) and (digits.train.x * 16 % 1 == 0).all()


def test_the_same_bytes_twice(digits, trained):
    options = {"target": "android", "lowering": "dense"}
    first, second = (convert(trained("banded"), digits, **options).content for _ in range(2))
    assert first == second
