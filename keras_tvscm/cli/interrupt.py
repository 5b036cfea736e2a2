"""Ctrl-C, from the first moment on: one line and exit code 130."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = "stopped; train, search, explore, reproduce and verify-lowerings go on when called again"


class _Leave:
    """Ends the process there and then.

    A command begins with seconds of imports. A KeyboardInterrupt out of the middle of one can
    become an ImportError, or be swallowed; and nothing has been begun that needs an orderly end.
    """

    def __init__(self) -> None:
        # A copy: meanwhile standard error may be turned away (see keras_tvscm.quiet).
        self.terminal = os.dup(2) if sys.stderr else None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        try:
            if self.terminal is not None:
                os.write(self.terminal, f"tvscm: {STOPPED}\n".encode())
        finally:
            os._exit(130)


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Ctrl-C ends the process without an exception, until `interruptible` is called."""
    before = signal.getsignal(signal.SIGINT)
    # Where it is ignored, as in a job in the background, it stays so.
    if before is signal.default_int_handler:
        leave = _Leave()
        signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if before is signal.default_int_handler and leave.terminal is not None:
            os.close(leave.terminal)


def interruptible() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt, for what has been begun to end in order."""
    if isinstance(signal.getsignal(signal.SIGINT), _Leave):
        signal.signal(signal.SIGINT, signal.default_int_handler)
