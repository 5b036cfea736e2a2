"""A run in a child process, which may end without ending this one.

`flatbuffer.check` cannot know every operator's own rules, and a runtime may abort the whole
process over a broken one (LiteRT does for a quantised ADD whose output scale is far too
small). So a model that no converter of ours has vouched for runs here first.
"""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import interpreters
from .unavailable import Unavailable, refusal

SECONDS = 30, 0.05  # to start and load, and for each row


def run(
    name: str,
    model: bytes,
    rows: NDArray[Any],
    python: Path | None = None,
    arena: int = interpreters.ARENA,
) -> tuple[NDArray[Any], str]:
    """Stored outputs of stored inputs, and what the runtime wrote on standard error.

    Args:
        name: of the runtime.
        model: the bytes of a `.tflite` file.
        rows: shape (rows, *shape), at least one.
        python: the interpreter that has the runtime; None for this one.
        arena: bytes, for TFLite-Micro.

    Raises:
        Unavailable: the runtime refuses the model, ends its process or does not answer.
    """
    request = BytesIO()
    np.savez(request, model=np.frombuffer(model, np.uint8), rows=rows)
    # -P: the program's own folder holds modules of other names than it may expect.
    command = [str(python or sys.executable), "-P", interpreters.__file__, name, str(arena)]
    seconds = SECONDS[0] + SECONDS[1] * len(rows)
    try:
        done = subprocess.run(
            command, input=request.getvalue(), capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"no answer within {seconds:.0f} s in a process of its own") from error
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        code = done.returncode
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise Unavailable(f"the runtime ends its process on this model ({ended})")
    answer = np.load(BytesIO(done.stdout))
    if "error" in answer:
        raise refusal(name, str(answer["error"]), log)
    return answer["outputs"], log
