"""File-system calls that fail: one process counts its own, and lets one go wrong."""

import errno
import os
import signal
import sys
from pathlib import Path
from typing import Any

# Events of `sys.addaudithook` that change a folder, and where their paths stand.
CHANGES = {
    "os.rename": (0, 1),
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.mkdir": (0,),
    "os.link": (0, 1),
    "os.symlink": (1,),
    "os.truncate": (0,),
}
# A full disk and whoever presses Ctrl-C leave time to clean up.
FREEING = ("os.remove", "os.rmdir")
# To open a file, even for writing, changes nothing otherwise.
WRITING = os.O_CREAT | os.O_TRUNC


class Fault:
    """Counts the changes in a folder, and lets one fail.

    Args:
        folder: where.
        kind: `"kill"`: this process ends before the change; `"full"`: it and all later ones that
            take space fail; `"interrupt"`: Ctrl-C is pressed.
        number: of the change, from 1; None for none.
    """

    def __init__(self, folder: Path, kind: str, number: int | None) -> None:
        self.folder, self.kind, self.number = folder.resolve(), kind, number
        self.events: list[str] = []
        sys.addaudithook(self._heard)
        # These raise no event of their own.
        for home, name in ((os, "fsync"), (os, "write")):
            self._wrap(home, name)
        for name in ("write_bytes", "write_text"):
            self._halve(name)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING:
                self._before(event, path)
        elif event in ("os.rmdir", "os.remove") and arguments[1] >= 0:
            pass  # relative to an open folder, by `rmtree`: a saver's own, elsewhere
        elif event in CHANGES:
            self._before(event, *(arguments[index] for index in CHANGES[event]))

    def _before(self, event: str, *paths: Any) -> None:
        inside = [path for path in map(_real, paths) if path.is_relative_to(self.folder)]
        if not inside or (self.kind != "kill" and event in FREEING):
            return
        self.events.append(f"{event} {inside[-1].relative_to(self.folder)}")
        done = len(self.events)
        if self.kind == "kill" and done == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == "full" and self.number is not None and done >= self.number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.kind == "interrupt" and done == self.number:
            raise KeyboardInterrupt

    def _wrap(self, home: Any, name: str) -> None:
        real = getattr(home, name)

        def wrapped(file: Any, *arguments: Any) -> Any:
            descriptor = file if isinstance(file, int) else file.fileno()
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_absolute():  # no pipe
                self._before(name, path)
            return real(file, *arguments)

        setattr(home, name, wrapped)

    def _halve(self, name: str) -> None:
        """Half a file is written when it comes to fail."""
        real = getattr(Path, name)

        def halved(path: Path, content: Any, *arguments: Any, **options: Any) -> Any:
            real(path, content[: len(content) // 2], *arguments, **options)
            self._before("half", path)
            return real(path, content, *arguments, **options)

        setattr(Path, name, halved)


def _real(path: Any) -> Path:
    if isinstance(path, int):
        return Path()
    path = Path(os.fsdecode(path))
    # A link itself, not what it points to.
    return path.parent.resolve() / path.name
