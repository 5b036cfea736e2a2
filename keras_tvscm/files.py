"""Outputs that appear whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keras_tvscm.errors import InputError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` on success.

    Missing parent folders are created. If the block raises, or the process is
    killed, whatever stood at `path` before is still there.

    Raises:
        InputError: the folder cannot be created or written.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"cannot write {path}: it is a folder; name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent)
    except FileExistsError as error:
        reason = f"{path.parent} is a file"
        raise InputError(f"cannot write {path}: {reason}; choose another output") from error
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another output") from error
    # A folder of its own keeps the suffix, which savers look at.
    temporary = Path(folder, path.name)
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:  # a full disk, say
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
        Path(folder).rmdir()


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
        reason = error.strerror
        raise InputError(f"cannot write to {path}: {reason}; choose another output") from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as indented JSON to `path`; NaN and infinity are errors."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


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
