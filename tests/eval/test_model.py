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
    assert (model.name, model.record, model.network, model.dtype) == ("mine", None, None, None)
    assert model.content == path.read_bytes()
    facts = model.to_json()
    assert (facts["bytes"], facts["network"], facts["patterns"]) == (len(model.content), None, [])


def test_record_is_read(path):
    vouch(path, name="tvscm int8", network="tvscm", parameters=2, lowerings={})
    model = read_model(path)
    assert (model.name, model.network, model.dtype) == ("tvscm int8", "tvscm", "int8")
    assert model.required_record().parameters == 2
    facts = model.to_json()
    assert (facts["parameters"], facts["lowering"]) == (2, None)
    assert facts["verification"]["agreement"] == 0.998


def test_a_damaged_record_is_named(path):
    vouch(path)
    record = Path(f"{path}.json")
    record.write_text(record.read_text().replace('"dtype": "int8"', '"dtype": 8'))
    with pytest.raises(InputError, match=r"mine\.tflite\.json: dtype is 8; expected str"):
        read_model(path)


def test_what_needs_a_record_says_so(path):
    with pytest.raises(InputError, match=r"mine\.tflite has no record; convert its Keras model"):
        read_model(path).required_record()


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.tflite"):
        read_model(tmp_path / "none.tflite")
    with pytest.raises(InputError, match="cannot read"):
        read_model(tmp_path)
    (tmp_path / "x.tflite").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"x\.tflite: not a TFLite model"):
        read_model(tmp_path / "x.tflite")
