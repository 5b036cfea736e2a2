"""A model to measure: its `.tflite` file and the record that the converter wrote beside it."""

import gzip
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keras_tvscm.convert.record import Record, read_record
from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.convert.tflite.graph import graph_of
from keras_tvscm.errors import InputError

# What the report says of a model, beside its bytes.
FACTS = (
    "network",
    "lowering",
    "dtype",
    "parameters",
    "multiplications",
    "additions",
    "calibration",
    "verification",
    "versions",
)


@dataclass(frozen=True)
class Model:
    """A `.tflite` model.

    Attributes:
        name: for people to read.
        path: where it was read from.
        record: what the converter wrote about it; None for a model from elsewhere.
        content: the file's bytes, those that were checked.
        fault: why no runtime is given it; empty for a model that is whole.

    Examples:

        >>> converted.required_record().bytes == len(converted.content)
        True
    """

    name: str
    path: Path
    record: Record | None
    content: bytes = field(repr=False)
    fault: str = ""

    @property
    def network(self) -> str | None:
        """The name of the network that was converted; None without a record."""
        return None if self.record is None else self.record.network

    @property
    def dtype(self) -> str | None:
        """Of its arithmetic; None without a record."""
        return None if self.record is None else self.record.dtype

    def required_record(self) -> Record:
        """Its record.

        Raises:
            InputError: it has none.
        """
        if self.record is None:
            raise InputError(
                f"{self.path} has no record; convert its Keras model with tvscm convert"
            )
        return self.record

    def to_json(self) -> dict[str, Any]:
        """What the report says of it; keys without a record are None."""
        document = {} if self.record is None else self.record.to_json()
        return {key: document.get(key) for key in FACTS} | {
            "name": self.name,
            "bytes": len(self.content),
            "gzip_bytes": len(gzip.compress(self.content, 9, mtime=0)),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "patterns": document.get("patterns", []),
            "operators": _operators(self.content),
        }


def read_model(path: str | Path) -> Model:
    """Read `x.tflite` and, where there is one, its record `x.tflite.json`.

    Raises:
        InputError: missing or unreadable; not a TFLite model, or a damaged one; not one
            row in and one row out; a record that is malformed or of another file.

    Examples:

        >>> from keras_tvscm.eval.model import read_model
        >>> converted = read_model("digits.tflite")
        >>> converted.dtype
        'int8'
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
    record = read_record(path, content)
    return Model(record.name if record else path.stem, path, record, content)


def read_models(paths: Sequence[str | Path]) -> list[Model]:
    """Read models of anybody's making: of any inputs and outputs, and some of them broken.

    Raises:
        InputError: all of them are broken.
    """
    models = [_read_any(Path(path)) for path in paths]
    if models and all(model.fault for model in models):
        raise InputError(models[0].fault)
    return models


def _read_any(path: Path) -> Model:
    content = b""
    try:
        content = path.read_bytes()
        flatbuffer.read(content)
        record = read_record(path, content)
    except OSError as error:
        fault = f"cannot read {path}: {error.strerror}; give a .tflite file"
        return Model(path.stem, path, None, content, fault)
    except InputError as error:
        text = str(error)
        return Model(
            path.stem, path, None, content, text if str(path) in text else f"{path}: {text}"
        )
    return Model(record.name if record else path.stem, path, record, content)


def _operators(content: bytes) -> list[dict[str, Any]] | None:
    """`name` and `count` of the main graph's operators, as they first run; None if it is broken."""
    try:
        operators = graph_of(flatbuffer.read(content), content).operators
    except InputError:
        return None
    counts = Counter(operator.name for operator in operators)
    return [{"name": name, "count": count} for name, count in counts.items()]


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
