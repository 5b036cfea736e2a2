"""A run in a process of its own, which may end without ending this one.

`flatbuffer.check` cannot know every operator's own rules, and a runtime may abort the whole
process over a broken one (LiteRT does for a quantised ADD whose output scale is far too
small). So a model that no converter of ours has vouched for runs there first.

To start Python and import a runtime takes 0.4 s, and a conversion asks for several runs. So a
server does both once, and forks a process for each run (`interpreters.main`).
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import interpreters
from .unavailable import Unavailable, refusal

SECONDS = 30, 0.05  # to load, and for each row


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
    seconds = SECONDS[0] + SECONDS[1] * len(rows)
    request = BytesIO()
    content = np.frombuffer(model, np.uint8)
    np.savez(request, name=name, arena=arena, seconds=seconds, model=content, rows=rows)
    code, log, reply = _server(python or Path(sys.executable)).ask(request.getvalue())
    if code == -signal.SIGALRM:
        raise Unavailable(f"no answer within {seconds:.0f} s in a process of its own")
    if code:
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise Unavailable(f"the runtime ends its process on this model ({ended})")
    answer = np.load(BytesIO(reply))
    text = log.decode("utf-8", "replace")
    if "error" in answer:
        raise refusal(name, str(answer["error"]), text)
    return answer["outputs"], text


class _Server:
    """`interpreters.main` in a process, for as long as this one lives."""

    def __init__(self, python: Path) -> None:
        ours, theirs = socket.socketpair()
        # -P: the program's own folder holds modules of other names than it may expect.
        command = [str(python), "-P", interpreters.__file__, str(theirs.fileno())]
        nothing = subprocess.DEVNULL
        with theirs:
            # A session of its own, so that `close` ends a run too.
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self._lock = Lock()
        atexit.register(self.close)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Exit code, what was written, and the reply."""
        try:
            with self._lock:
                self._connection.send_bytes(request)
                code, log, reply = (self._connection.recv_bytes() for _ in range(3))
        except BaseException as error:
            # What is left of the answer would be taken for the next one's.
            self.close()
            if isinstance(error, OSError | EOFError):
                raise Unavailable("the process that runs models has ended") from error
            raise
        return int(code), log, reply

    def close(self) -> None:
        """End the process, and what it runs."""
        self._connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        atexit.unregister(self.close)


_servers: dict[tuple[int, Path], _Server] = {}


def _server(python: Path) -> _Server:
    """The server of that Python. A process that was forked from this one has its own."""
    key = os.getpid(), python
    if key not in _servers or not _servers[key].runs:
        _servers[key] = _Server(python)
    return _servers[key]
