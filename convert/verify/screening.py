"""A quantised variant is screened on training rows before it is offered, so that the held-out
rows, which verify it, choose nothing.

What the roundings of a variant come to depends on all of them together, and on how near to each
other the network's answers are. So it is run, not estimated.
"""

from ..runtimes import Unavailable, in_child, load
from .agreement import Agreement, Rows, compare
from .gate import Disagreement, broken_bound

ROWS = 5_000


class CoarseVariant(Disagreement):
    """A variant that is not offered: it disagrees with the model on rows of its training."""


def screen(content: bytes, rows: Rows, source: str, variant: str, runtime: str) -> Agreement | None:
    """Compare a quantised variant with the Keras model on training rows.

    Args:
        content: `.tflite` bytes.
        rows: of the training part.
        source: what those are.
        variant: lowering and dtype, for the message.
        runtime: what to run it on.

    Returns:
        None where the runtime does not run it, which `verify` says.

    Raises:
        CoarseVariant: it does not keep to the bounds of `verify`.
    """
    try:
        # It may end the process: that should be another one.
        in_child(runtime, content)
        agreement = compare(load(runtime, content).predict(rows.x), rows)
    except Unavailable:
        return None
    message = broken_bound(agreement, f"{source}, {runtime}", exact=False)
    if message:
        raise CoarseVariant(
            f"{variant} is too coarse for this network: on training rows, {message}; nothing "
            "written"
        )
    return agreement
