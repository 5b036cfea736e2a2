"""Reading `.keras` files, which are untrusted input."""

import math
import os
import zipfile
from pathlib import Path

import keras

# Imported for what it does: each registers its layer with Keras.
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError

# More than any network that this library is for; a small file can claim to unpack to more.
MOST_BYTES = 4 * 2**30


def load(path: str | os.PathLike[str]) -> keras.Model:
    """Load a `.keras` file, or the `model.keras` of a run folder, without its optimizer.

    Raises:
        InputError: missing, not a `.keras` file, damaged, or holding a layer that is not
            Keras' own or ours (or that runs code of its own).
    """
    path = Path(path)
    if path.is_dir():
        path = path / "model.keras"
    if not path.is_file():
        raise InputError(f"no model at {path}; expected a .keras file or a run folder")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a .keras file: {_line(error)}") from error
    if unpacked > MOST_BYTES:
        raise InputError(f"{path} would unpack to {unpacked:,} bytes; at most {MOST_BYTES:,}")
    if path.suffix != ".keras":
        raise InputError(f"{path} is not named .keras; save the model with model.save('x.keras')")
    try:
        model = keras.models.load_model(path, compile=False)
    # Keras raises almost every kind of exception on a file that is not as it wrote it.
    except Exception as error:
        raise InputError(f"cannot load {path}: {_line(error)}") from error
    if not isinstance(model, keras.Model):
        raise InputError(f"{path} holds a {type(model).__name__}, not a keras.Model")
    return model


def check_fits(model: keras.Model, data: Dataset) -> None:
    """Refuse a model that does not classify the rows of `data`.

    Raises:
        InputError: several inputs or outputs, or other numbers of them than the data set has
            features and classes.
    """
    check_reads(model, data)
    if model.outputs[0].shape[1:] != (len(data.classes),):
        raise _misfit(model, data)


def check_reads(model: keras.Model, data: Dataset) -> None:
    """Refuse a model that does not take the rows of `data`, whatever it makes of them.

    Raises:
        InputError: several inputs or outputs, or another number of inputs than the data set has
            features.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            "A model has one input and one output here. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}"
        )
    shape = model.inputs[0].shape[1:]
    if None in shape or math.prod(shape) != data.features:
        raise _misfit(model, data)


def _misfit(model: keras.Model, data: Dataset) -> InputError:
    return InputError(
        f"the model maps {tuple(model.inputs[0].shape[1:])} to "
        f"{tuple(model.outputs[0].shape[1:])}, the data set {data.name} has {data.features} "
        f"features and {len(data.classes)} classes"
    )


def _line(error: Exception) -> str:
    """The first sentence of an exception that may print a page."""
    # Keras gives the reason last, behind a copy of the whole configuration.
    reason = str(error).rpartition("Exception encountered: ")[2]
    text = " ".join(reason.split()) or type(error).__name__
    return text.split(". ")[0][:200]
