"""Files that appear whole or not at all, several together; and folders that one process writes."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from keras_tvscm.errors import InputError

# Temporary names: this, eight random digits, a dash, the name to be.
TEMPORARY = ".tvscm-"
LOCK = ".tvscm-lock"


class Outputs:
    """Files of one command: all of them appear when the block ends, or none does.

    Each is written to the disk under a temporary name beside its own; then all are renamed, in
    the order in which they were asked for. If the block raises, or one cannot be written, all
    that stood there before still does. Only a kill between two renames leaves new files beside
    old ones: ask last for the file that makes the others valid, such as a record of their
    checksums. What a kill leaves under temporary names goes with the next output to that folder.

    Example:
        with Outputs() as outputs:
            outputs.binary("m.tflite", content)
            outputs.json("m.tflite.json", record)

    Raises:
        InputError: one of them cannot be written.
    """

    def __init__(self) -> None:
        # Where each file is to be and where it is being written, in order.
        self._files: list[tuple[Path, Path]] = []
        self._old: list[Path] = []
        # Held open, and locked, so that nobody sweeps the temporary files away.
        self._held: list[int] = []
        self._current = Path()

    def file(self, path: str | os.PathLike[str]) -> Path:
        """The temporary path, with the suffix of `path`, for a saver that takes a path."""
        self._current = path = Path(path)
        temporary = _temporary(path)
        self._files.append((path, temporary))
        try:
            if path.is_dir():
                raise InputError(f"cannot write {path}: it is a folder; name a file")
            if path.exists() and not path.is_file():
                raise InputError(f"cannot write {path}: it is a device; name a file")
            path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent)
            self._create(temporary)
        except FileExistsError as error:
            reason = f"{path.parent} is a file"
            raise InputError(f"cannot write {path}: {reason}; choose another output") from error
        except OSError as error:
            reason = _reason(error)
            raise InputError(f"cannot write {path}: {reason}; choose another output") from error
        return temporary

    def binary(self, path: str | os.PathLike[str], content: bytes) -> None:
        """Write these bytes to `path`."""
        self.file(path).write_bytes(content)

    def text(self, path: str | os.PathLike[str], text: str) -> None:
        """Write `text` as UTF-8 to `path`."""
        self.binary(path, text.encode())

    def json(self, path: str | os.PathLike[str], value: Any) -> None:
        """Write `value` as indented JSON to `path`; NaN and infinity are a ValueError."""
        self.text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._rename()
        except OSError as failure:
            error = failure
        finally:
            for temporary in [*(temporary for _, temporary in self._files), *self._old]:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
            for descriptor in self._held:
                os.close(descriptor)
        if isinstance(error, OSError) and self._files:  # a full disk, say
            raise InputError(f"cannot write {self._current}: {_reason(error)}") from error

    def _create(self, temporary: Path) -> None:
        while True:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT, 0o666)
            self._held.append(descriptor)
            # On a file system without locks nothing is ever swept.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Swept away by another process before it was locked? Once more.
            if temporary.exists():
                return

    def _rename(self) -> None:
        for path, temporary in self._files:
            self._current = path
            _to_disk(temporary)
        undo: list[tuple[Path, Path | None]] = []
        try:
            for path, temporary in self._files:
                self._current = path
                # Whatever fails, the last one has not been renamed then.
                if temporary != self._files[-1][1]:
                    undo.append((path, self._kept(path)))
                temporary.replace(path)
        except BaseException:
            for path, old in reversed(undo):
                if old:
                    old.replace(path)
                else:
                    path.unlink(missing_ok=True)
            raise

    def _kept(self, path: Path) -> Path | None:
        """A second name for what stands at `path`."""
        if not os.path.lexists(path):
            return None
        old = _temporary(path)
        self._old.append(old)
        try:
            os.link(path, old, follow_symlinks=False)
        except OSError:  # not on every file system
            shutil.copy2(path, old, follow_symlinks=False)
        return old


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside `path` that becomes `path` on success (see `Outputs`)."""
    with Outputs() as outputs:
        yield outputs.file(path)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    with Outputs() as outputs:
        outputs.text(path, text)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as indented JSON to `path`; NaN and infinity are errors."""
    with Outputs() as outputs:
        outputs.json(path, value)


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file.

    Raises:
        InputError: the file is missing, unreadable or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from error


def make_folder(path: str | os.PathLike[str]) -> None:
    """Create a folder, and its parents, and see that files can be written there.

    Raises:
        InputError: they cannot.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except FileExistsError as error:
        raise InputError(f"cannot write to {path}: it is a file; name a folder") from error
    except OSError as error:
        reason = _reason(error)
        raise InputError(f"cannot write to {path}: {reason}; choose another output") from error


def check_ours(*paths: Path) -> None:
    """Refuse to replace files that this package did not write.

    All that it writes names it, or has a record beside it (`x.json` of `x`) that does.

    Raises:
        InputError: a file of somebody else's making stands at one of `paths`.
    """
    for path in paths:
        record = path.with_name(f"{path.name}.json")
        if path.is_file() and not _names_us(path) and not _names_us(record):
            raise InputError(
                f"{path} stands there already, and keras-tvscm did not write it; name another "
                "output, or overwrite it"
            )


@contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other processes from writing to a folder, made if missing, while the block runs.

    However this process ends, the lock ends with it.

    Raises:
        InputError: another process holds it, or nothing can be written there.
    """
    folder = Path(folder)
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    make_folder(folder)
    try:
        descriptor = _lock(folder)
    except OSError as error:
        reason = _reason(error)
        raise InputError(f"cannot write to {folder}: {reason}; choose another output") from error
    try:
        sweep(folder)
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        os.close(descriptor)
        # Those that nothing was written to go again: after bad input, say.
        with suppress(OSError):
            for path in missing:
                path.rmdir()


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left in `folder`."""
    for left in folder.glob(f"{TEMPORARY}{'[0-9a-f]' * 8}-*"):
        with suppress(OSError), left.open("rb+") as file:
            # Fails while its writer lives.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _lock(folder: Path) -> int:
    path = folder / LOCK
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode() or "unknown"
            os.close(descriptor)
            raise InputError(
                f"{folder} is being written by another process (pid {owner}); wait for it, or "
                "choose another folder"
            ) from None
        except OSError:
            pass  # a file system without locks
        # Whoever held it before may have removed it meanwhile: once more.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                break
        os.close(descriptor)
    try:
        with suppress(OSError):  # a full disk: nobody reads who holds it
            os.truncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
    except BaseException:  # Ctrl-C
        path.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    return descriptor


def _names_us(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return any(b"keras-tvscm" in line for line in file)
    return False


def _temporary(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY}{os.urandom(4).hex()}-{path.name}")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return error.strerror or str(error).partition("\n")[0]
