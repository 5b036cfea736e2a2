"""Reading `.keras` files, which are untrusted input."""

import os
import zipfile
from pathlib import Path

import keras

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


def _line(error: Exception) -> str:
    """The first sentence of an exception that may print a page."""
    # Keras gives the reason last, behind a copy of the whole configuration.
    reason = str(error).rpartition("Exception encountered: ")[2]
    text = " ".join(reason.split()) or type(error).__name__
    return text.split(". ")[0][:200]
