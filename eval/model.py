"""A model to measure: its `.tflite` file and the record that the converter wrote beside it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.errors import InputError
from keras_tvscm.files import read_json

# What a record may hold; None is allowed everywhere, other keys are kept as they are.
RECORD: dict[str, type] = {
    "name": str,
    "sha256": str,
    "bytes": int,
    "dataset": str,
    "network": str,
    "patterns": list,
    "lowering": str,
    "dtype": str,
    "parameters": int,
    "multiplications": int,
    "additions": int,
    "calibration": dict,
    "verification": dict,
    "source": dict,
    "versions": dict,
}


@dataclass(frozen=True)
class Model:
    """A `.tflite` model that has passed `flatbuffer.check`.

    Attributes:
        name: for people to read.
        path: where it was read from.
        record: what the converter wrote about it; empty for a model from elsewhere.
        content: the file's bytes, those that were checked.
    """

    name: str
    path: Path
    record: dict[str, Any]
    content: bytes = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """What the report says of it; keys without a record are None."""
        facts = {key: self.record.get(key) for key in RECORD if key not in ("sha256", "dataset")}
        return facts | {
            "name": self.name,
            "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "patterns": self.record.get("patterns") or [],
        }


def read_model(path: str | Path) -> Model:
    """Read `x.tflite` and, where there is one, its record `x.tflite.json`.

    Raises:
        InputError: missing or unreadable; not a TFLite model, or a damaged one; not one
            row in and one row out; a record that is malformed or of another file.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give a .tflite file") from error
    try:
        flatbuffer.check(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    record = _read_record(path, content)
    return Model(record.get("name") or path.stem, path, record, content)


def distinct(models: Sequence[Model]) -> list[Model]:
    """The same models, the second and later ones of a name numbered: `x`, `x (2)`."""
    taken: set[str] = set()
    result = []
    for model in models:
        name, number = model.name, 1
        while name in taken:
            number += 1
            name = f"{model.name} ({number})"
        taken.add(name)
        result.append(replace(model, name=name))
    return result


def _read_record(path: Path, content: bytes) -> dict[str, Any]:
    place = path.with_name(path.name + ".json")
    if not place.exists():
        return {}
    record = read_json(place)
    if not isinstance(record, dict):
        raise InputError(f"{place} is not a model's record; expected a JSON object; convert again")
    for key, kind in RECORD.items():
        value = record.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise InputError(
                f"{place}: {key} is {value!r}; expected {kind.__name__}; convert again"
            )
    if record.get("sha256") != hashlib.sha256(content).hexdigest():
        raise InputError(f"{place} records another file than {path.name} (sha256); convert again")
    try:
        json.dumps(record, allow_nan=False)
    except ValueError as error:
        raise InputError(f"{place} holds NaN or infinity; convert again") from error
    return record
