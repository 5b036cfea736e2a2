"""What every command does first."""

import os

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.quiet import import_keras

from .interrupt import interruptible


def start(*extras: str, keras: bool = True, tensorflow: bool = False) -> None:
    """See that what the command needs is installed, and import Keras where it needs that.

    Args:
        extras: see `keras_tvscm.extras`.
        keras: whether to import it, on the backend that the user has set.
        tensorflow: whether no other backend will do.

    Raises:
        InputError: an extra or the backend is missing.
    """
    for extra in extras:
        need(extra, "This command")
    if tensorflow and os.environ.setdefault("KERAS_BACKEND", "tensorflow") != "tensorflow":
        raise InputError(
            "This command needs TensorFlow; run it with KERAS_BACKEND=tensorflow. "
            f"Received: {os.environ['KERAS_BACKEND']}"
        )
    if keras:
        import_keras()
    interruptible()
