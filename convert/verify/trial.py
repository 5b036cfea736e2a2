"""A quantised form is tried on training rows before it is offered, so that the held-out rows,
which verify it, choose nothing.

What the roundings of a form come to depends on all of them together, and on how near to each
other the network's answers are. So it is run, not estimated.
"""

from keras_tvscm.errors import CheckError

from ..runtimes import Unavailable, in_child, load
from .gate import Agreement, Rows, agreement, problem

ROWS = 5_000


class Coarse(CheckError):
    """A form that is not offered: it disagrees with the model on rows of its training."""


def trial(content: bytes, rows: Rows, source: str, form: str, runtime: str) -> Agreement | None:
    """Compare a quantised form with the Keras model on training rows.

    Args:
        content: `.tflite` bytes.
        rows: of the training part.
        source: what those are.
        form: lowering and dtype, for the message.
        runtime: what to run it on.

    Returns:
        None where the runtime does not run it, which `verify` says.

    Raises:
        Coarse: it does not keep to the bounds of `verify`.
    """
    try:
        # It may end the process: that should be another one.
        in_child(runtime, content)
        found = agreement(load(runtime, content).predict(rows.x), rows)
    except Unavailable:
        return None
    message = problem(found, f"{source}, {runtime}", exact=False)
    if message:
        raise Coarse(
            f"{form} is too coarse for this network: tried on training rows, {message}; nothing "
            "written"
        )
    return found
