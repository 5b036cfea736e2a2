"""Reading `.keras` files, which are untrusted input."""

import io
import json
import math
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras

from keras_tvscm.errors import InputError, reason_of

# A small file can claim to unpack to anything. Keras holds the weights twice while it loads.
MOST_BYTES = 600 * 10**6
# Of the description: as it is text, it takes many times that in memory, and each object in it
# (a layer has about five) takes its time.
MOST_TEXT = 16 * 10**6
MOST_OBJECTS = 20_000
# That a layer gives for one row.
MOST_NUMBERS = 10**8

WEIGHTS = "model.weights.h5"
# What Keras calls a model that nobody has named.
UNNAMED = re.compile(r"(sequential|functional|model)(_\d+)?")
HDF5 = b"\x89HDF\r\n\x1a\n"


def load(path: str | os.PathLike[str]) -> keras.Model:
    """Load a `.keras` file, or the `model.keras` of a run folder, without its optimizer.

    A model that nobody has named gets the file's name, of the characters that TensorFlow allows.

    Raises:
        InputError: missing, not a `.keras` file, damaged, larger than the limits here, or holding
            a layer that is not Keras' own or ours (or that runs code of its own).
    """
    path = Path(path)
    if (path / "saved_model.pb").is_file():
        raise InputError(
            f"{path} is a SavedModel folder, which holds no layers. Where tf_keras can load it: "
            f'python -c "import tf_keras; tf_keras.models.load_model({str(path)!r}).save('
            f'{str(path) + ".h5"!r})", and then load that file'
        )
    if path.is_dir():
        path = path / "model.keras"
    if not path.is_file():
        raise InputError(f"no model at {path}; expected a .keras file or a run folder")
    _check_archive(path)
    try:
        with _limited_weights():
            model = keras.models.load_model(path, compile=False)
    # Keras raises almost every kind of exception on a file that is not as it wrote it.
    except (Exception, RecursionError) as error:
        raise InputError(f"cannot load {path}: {reason_of(error)}") from error
    if not isinstance(model, keras.Model):
        raise InputError(f"{path} holds a {type(model).__name__}, not a keras.Model")
    for layer in model._flatten_layers():
        _check_size(path, layer)
    if UNNAMED.fullmatch(model.name):
        model.name = re.sub(r"[^A-Za-z0-9_.-]", "-", path.stem)
    return model


def _check_archive(path: Path) -> None:
    """Refuse what would take more memory or time to load than any model here needs."""
    try:
        with path.open("rb") as file:
            start = file.read(len(HDF5))
        if start == HDF5:
            raise InputError(
                f"{path} is an HDF5 file; turn it into a .keras file: "
                f'python -c "import keras; keras.models.load_model({str(path)!r}, compile=False)'
                f'.save({str(path.with_suffix(".keras"))!r})"'
            )
        with zipfile.ZipFile(path) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MOST_BYTES:
                raise InputError(
                    f"{path} would unpack to {unpacked:,} bytes; at most {MOST_BYTES:,}"
                )
            if path.suffix != ".keras":
                raise InputError(
                    f"{path} is not named .keras; save the model with model.save('x.keras')"
                )
            for name in sizes.keys() & {"config.json", "metadata.json"}:
                if sizes[name] > MOST_TEXT:
                    raise InputError(
                        f"{path} describes its model in {sizes[name]:,} bytes; at most "
                        f"{MOST_TEXT:,}"
                    )
            if "config.json" in sizes:
                _check_description(path, json.loads(archive.read("config.json")))
            if WEIGHTS in sizes:
                _check_weights(path, archive.read(WEIGHTS))
    except InputError:
        raise
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is not a .keras file: {reason_of(error)}") from error
    # zlib, json, h5py and zipfile each have their own, for members that are damaged or encrypted.
    except (Exception, RecursionError) as error:
        raise InputError(f"cannot load {path}: {reason_of(error)}") from error


def _check_description(path: Path, description: Any) -> None:
    waiting, objects = [description], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            objects += "class_name" in value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    if objects > MOST_OBJECTS:
        raise InputError(f"{path} describes {objects:,} objects; at most {MOST_OBJECTS:,}")


def _check_weights(path: Path, content: bytes) -> None:
    """A data set in an HDF5 file may declare any shape without holding it, or be elsewhere."""
    declared = 0

    def visit(name: str, item: Any) -> None:
        nonlocal declared
        if isinstance(item, h5py.Dataset):
            declared += item.size * item.dtype.itemsize
            if item.external or item.is_virtual:
                raise InputError(f"{path} keeps its weights {name} in other files")

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(visit)
    if declared > MOST_BYTES:
        raise InputError(f"{path} declares {declared:,} bytes of weights; at most {MOST_BYTES:,}")


@contextmanager
def _limited_weights() -> Iterator[None]:
    """Refuse layers whose weights are described as larger than any file here holds."""
    add_weight = keras.layers.Layer.add_weight
    total = 0

    def limited(layer: Any, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        nonlocal total
        total += 4 * math.prod(shape or ())
        if total > MOST_BYTES:
            raise ValueError(
                f"with layer {layer.name!r} its weights take {total:,} bytes; at most "
                f"{MOST_BYTES:,}"
            )
        return add_weight(layer, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = limited
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add_weight


def _check_size(path: Path, layer: keras.layers.Layer) -> None:
    for node in layer._inbound_nodes:
        for tensor in node.outputs:
            numbers = math.prod(size or 1 for size in tensor.shape[1:])
            if numbers > MOST_NUMBERS:
                raise InputError(
                    f"layer {layer.name!r} of {path} gives {numbers:,} numbers for one row; at "
                    f"most {MOST_NUMBERS:,}"
                )
