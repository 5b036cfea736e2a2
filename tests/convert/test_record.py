"""The record: what it says, reads back, and refuses."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from keras_tvscm.convert.record import Generated, Record, read_record
from keras_tvscm.convert.runtimes.arena import Arena
from keras_tvscm.errors import InputError

from ..example_record import CONTENT, example

# Written by the command line at d82ab1e, for a network of filters and TFLite-Micro.
OLD = Path(__file__).parent / "record_of_schema_1.json"


def test_it_comes_back_as_it_was_written():
    everything = example(
        policy="mixed_float16", arena=Arena(90, 100, 128), c=Generated(64, 900, {"reason": "none"})
    )
    for record in (example(), everything, example(calibration=None, screening=None)):
        document = json.loads(json.dumps(record.to_json(), allow_nan=False))
        assert Record.from_json(document) == record


def test_its_json_form_is_a_mapping_that_cannot_change():
    record = example()
    assert record["bytes"] == record.bytes == 7
    assert (record["lowering"], record["schema"]) == ("unrolled", 2)
    assert record["verification"]["accuracy_converted"] == 0.896
    assert list(record["runtimes"]["converted"]) == ["litert-xnnpack", "tflm"]
    assert "arena" not in record and "c" not in record and record.get("policy") is None
    assert dict(record) == record.to_json()
    with pytest.raises(TypeError):
        record["bytes"] = 8
    with pytest.raises(FrozenInstanceError):
        record.bytes = 8


def test_a_record_without_a_schema_is_read_with_today_s_names():
    document = json.loads(OLD.read_text())
    assert "schema" not in document and document["ends"] == "int8"
    record = Record.from_json(document)
    assert (record.io_dtype, record.parameters) == (document["ends"], document["parameters"])
    assert record.lowerings == document["lowerings"]
    assert record.filters[0]["filters"] == document["heads"][0]["heads"]
    assert record.arena.minimum == document["arena"]["least"]
    assert record.screening.agreement == document["trial"]["agreement"]
    summary, old = record["verification"], document["verification"]
    assert {key: summary[key] for key in old} == old
    assert record.verification.converted[2].arena_bytes == document["arena"]["used"]
    assert len(record.candidates) == len(document["candidates"])
    assert Record.from_json(record.to_json()) == record


def changed(**changes):
    document = example().to_json() | changes
    return {key: value for key, value in document.items() if value != "left out"}


def impossible():
    runtimes = example()["runtimes"]
    runtimes["converted"]["litert-xnnpack"]["agreement"] = 1.5
    return runtimes


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "expected a JSON object"),
        (changed(schema=3), "schema is 3; this keras-tvscm reads 2 and older"),
        (changed(parameters="many"), "parameters is 'many'; expected int"),
        (changed(bytes=True), "bytes is True; expected int"),
        (changed(stripped=1), "stripped is 1; expected bool"),
        (changed(network=None), "network is None; expected str"),
        (changed(lowerings=[]), r"lowerings is \[\]; expected object"),
        (changed(collapsed=["one", 2]), r"collapsed\[1\] is 2; expected str"),
        (changed(calibration={"source": "x", "rows": 1}), "it has no calibration.seed"),
        (changed(calibration=7), "calibration is 7; expected object"),
        (changed(candidates=[{"layer": "one"}]), r"it has no candidates\[0\].lowering"),
        (changed(sha256="left out", network="left out"), "it has no network, sha256"),
        (changed(runtimes="left out"), "runtimes is None; expected object"),
        (changed(verification=3), "verification is 3; expected object"),
        (changed(runtimes={}), "runtimes.float32 is None; expected object"),
        (changed(multiplications=float("inf")), "NaN or infinity"),
        (changed(runtimes=impossible()), "a share of rows that cannot be"),
    ],
)
def test_what_is_damaged_is_named(document, message):
    with pytest.raises(InputError, match=message):
        Record.from_json(document)


def test_the_record_beside_a_file(tmp_path):
    model, beside = tmp_path / "m.tflite", tmp_path / "m.tflite.json"
    assert read_record(model, CONTENT) is None
    beside.write_text(json.dumps(example().to_json()))
    assert read_record(model, CONTENT) == example()
    with pytest.raises(InputError, match=r"m\.tflite\.json records another file than m\.tflite"):
        read_record(model, CONTENT + b"\0")
    beside.write_text(json.dumps(changed(dtype=8)))
    with pytest.raises(InputError, match=r"m\.tflite\.json: dtype is 8; expected str; convert"):
        read_record(model, CONTENT)
    beside.write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        read_record(model, CONTENT)
