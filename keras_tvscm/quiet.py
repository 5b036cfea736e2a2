"""What native code writes to the process's standard error, kept off the terminal."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from keras_tvscm.errors import InputError


class Captured:
    """`text` holds what was written, once the block has ended."""

    text = ""


@contextmanager
def captured() -> Iterator[Captured]:
    """Catch file descriptor 2: libraries written in C++ pass `sys.stderr` by."""
    result = Captured()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        terminal = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield result
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            file.seek(0)
            result.text = file.read().decode("utf-8", "replace")


def import_keras() -> None:
    """Import Keras and its backend once, with their start-up messages off the terminal.

    Raises:
        InputError: the backend that Keras is set to is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with captured():
        try:
            import keras  # noqa: F401 - for what importing it prints
        except ModuleNotFoundError as error:
            backend = (error.name or "").partition(".")[0]
            if backend not in ("tensorflow", "jax", "torch"):
                raise
            if find_spec(backend):
                raise InputError(
                    f"{backend} is installed but not whole ({error}): install it again, with "
                    f"pip install --force-reinstall {backend}"
                ) from error
            raise InputError(
                f"Keras is set to {backend}, which is not installed: install it, or set "
                "KERAS_BACKEND to one that is (tensorflow, jax, torch)"
            ) from error
        # On the other backends too Keras imports it, where it is installed, to fit and to save.
        if find_spec("tensorflow"):
            import tensorflow as tf

            logging.getLogger("absl").setLevel(logging.ERROR)
            tf.get_logger().setLevel("ERROR")
            # The first look for a GPU complains where there is none.
            tf.config.list_physical_devices("GPU")
