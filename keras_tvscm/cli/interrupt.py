"""Ctrl-C, from the first moment on: one line and exit code 130."""

import os
import signal
import sys

STOPPED = "stopped; called again, train and the studies go on, evaluate with --resume"


class LeavingAtOnce:
    """In this block Ctrl-C ends the process there and then, until `interruptible` is called.

    A command begins with seconds of imports. A KeyboardInterrupt out of the middle of one can
    become an ImportError, or be swallowed; and nothing has been begun that needs an orderly end.
    """

    def __enter__(self) -> None:
        self.before = signal.getsignal(signal.SIGINT)
        # A copy: meanwhile standard error may be turned away (see keras_tvscm.quiet).
        self.terminal = os.dup(2) if sys.stderr else None
        # Where it is ignored, as in a job in the background, it stays so.
        if self.before is signal.default_int_handler:
            signal.signal(signal.SIGINT, self)

    def __call__(self, number: int, frame: object) -> None:
        try:
            if self.terminal is not None:
                os.write(self.terminal, f"tvscm: {STOPPED}\n".encode())
        finally:
            os._exit(130)

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self.before)
        if self.terminal is not None:
            os.close(self.terminal)


def interruptible() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt, for what has been begun to end in order."""
    if isinstance(signal.getsignal(signal.SIGINT), LeavingAtOnce):
        signal.signal(signal.SIGINT, signal.default_int_handler)
