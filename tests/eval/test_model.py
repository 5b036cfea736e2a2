import json
import shutil
from pathlib import Path

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.model import read_model

from .conftest import vouch


@pytest.fixture
def path(linear, tmp_path):
    return Path(shutil.copy(linear.folder / "int8.tflite", tmp_path / "mine.tflite"))


def test_without_a_record_the_name_is_the_file_s(path):
    model = read_model(path)
    assert (model.name, model.record) == ("mine", {})
    assert model.content == path.read_bytes()
    facts = model.to_json()
    assert (facts["bytes"], facts["network"], facts["patterns"]) == (len(model.content), None, [])


def test_record_is_read(path):
    vouch(path, name="tvscm int8", network="tvscm", parameters=2, lowering=None)
    model = read_model(path)
    assert model.name == "tvscm int8"
    assert (model.to_json()["parameters"], model.to_json()["lowering"]) == (2, None)


def test_record_of_another_file(path):
    vouch(path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(InputError, match=r"records another file than mine\.tflite"):
        read_model(path)


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is not JSON"),
        ("[]", "expected a JSON object"),
        ('{"parameters": "many"}', "parameters is 'many'; expected int"),
        ('{"bytes": true}', "bytes is True; expected int"),
        ("{}", "sha256"),
    ],
)
def test_malformed_record(path, text, message):
    Path(f"{path}.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read_model(path)


def test_record_with_nan(path):
    vouch(path, verification={"worst": 0.5})
    record = Path(f"{path}.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | {"x": float("nan")}))
    with pytest.raises(InputError, match="NaN"):
        read_model(path)


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.tflite"):
        read_model(tmp_path / "none.tflite")
    with pytest.raises(InputError, match="cannot read"):
        read_model(tmp_path)
    (tmp_path / "x.tflite").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"x\.tflite: not a TFLite model"):
        read_model(tmp_path / "x.tflite")
