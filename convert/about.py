"""What the comment at the top of generated sources says of a model, line by line."""

import hashlib
from pathlib import Path

from keras_tvscm.datasets.scaling import Scaling
from keras_tvscm.errors import InputError
from keras_tvscm.machine import versions

from .record import Description, read_record


def about(description: Description, content: bytes) -> list[str]:
    """Of a conversion.

    Args:
        description: how it came about.
        content: the `.tflite` bytes.
    """
    patterns = [str(pattern.get("label")) for pattern in description.patterns]
    patterns += [f"{layer.get('filters')} filters" for layer in description.filters]
    version = description.versions.get("keras-tvscm", "")
    return [
        description.name,
        _bytes(content),
        f"pattern: {', '.join(patterns) or 'none'}; data set: {description.dataset}",
        *_scaling(description),
        f"written by keras-tvscm {version}; convert again, do not edit",
    ]


def about_file(path: Path, content: bytes) -> list[str]:
    """Of a `.tflite` file: what the record beside it says, if it is this model's."""
    try:
        record = read_record(path, content)
    except InputError:
        record = None  # damaged, or of another file
    if record is not None:
        return about(record, content)
    version = versions()["keras-tvscm"]
    return [
        path.name,
        _bytes(content),
        f"written by keras-tvscm {version}; generate it again, do not edit",
    ]


def _scaling(description: Description) -> list[str]:
    """What an app has to do to its samples, where that is known."""
    if description.scaling is None:
        return []
    return [f"input: samples as the data set has them, {Scaling(**description.scaling)}"]


def _bytes(content: bytes) -> str:
    return f"{len(content):,} bytes of TFLite, sha256 {hashlib.sha256(content).hexdigest()}"
