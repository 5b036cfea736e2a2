"""Commands in forked processes.

The process that forks has imported TensorFlow, which takes seconds, and must not have worked with
it: a fork goes wrong then.
"""

import os
import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def forked(call: Callable[[], int | None]) -> tuple[int, resource.struct_rusage]:
    """Exit code or, below zero, signal of a process that calls this, and what it used."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = call() or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status, used = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), used


def printing_to(out: Path, err: Path) -> None:
    """Have these files hold what this process prints."""
    for descriptor, path in ((1, out), (2, err)):
        with path.open("w") as file:
            os.dup2(file.fileno(), descriptor)


def tvscm(command: str) -> int:
    """Exit code of a command in this process."""
    from keras_tvscm.cli import main

    sys.argv = ["tvscm", *command.split()]
    try:
        main()
    except SystemExit as stopped:
        return stopped.code or 0
    return 0
