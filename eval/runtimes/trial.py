"""A first run in a child process, for a model that no converter of ours has vouched for.

`flatbuffer.check` cannot know every operator's own rules, and a runtime may abort the whole
process over a broken one (LiteRT does for a quantised ADD whose output scale is far too
small). Then it should be the child's process.
"""

import os
import subprocess
import sys
from contextlib import suppress

from . import Unavailable, runtime

SECONDS = 120


def crashes(model: bytes, runtimes: list[str]) -> dict[str, str]:
    """The runtimes that end their process on this model, each with a one-line reason.

    A runtime that merely refuses the model is not among them.
    """
    found: dict[str, str] = {}
    left = list(runtimes)
    while left:
        passed, reason = _child(model, left)
        left = left[len(passed) :]
        if left:
            found[left.pop(0)] = reason
    return found


def _child(model: bytes, runtimes: list[str]) -> tuple[list[str], str]:
    """The names that got through, in order, and what stopped the next one."""
    command = [sys.executable, "-m", __name__, *runtimes]
    # The child trains nothing, but the package's front door imports Keras, which starts
    # quickest on NumPy.
    environment = os.environ | {"KERAS_BACKEND": "numpy"}
    try:
        done = subprocess.run(
            command, input=model, capture_output=True, timeout=SECONDS, env=environment
        )
    except subprocess.TimeoutExpired as error:
        return (
            error.stdout or b""
        ).decode().split(), f"no answer within {SECONDS} s in a trial run"
    code = done.returncode
    reason = f"signal {-code}" if code < 0 else f"exit code {code}"
    return done.stdout.decode().split(), f"the runtime ended its process in a trial run ({reason})"


def main() -> None:
    """Load and run the model on standard input, naming each runtime that gets through."""
    model = sys.stdin.buffer.read()
    for name in sys.argv[1:]:
        with suppress(Unavailable):
            runtime(name).load(model).invoke(1)
        print(name, flush=True)


if __name__ == "__main__":
    main()
