"""The files of a conversion: which they are, and that they replace nobody else's."""

import json
from collections.abc import Mapping
from pathlib import Path

from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, check_ours

from .about import about
from .c_source import CSource
from .firmware import sources
from .native.library import checked_library
from .record import Record, read_record


def check_suffix(path: Path, target: str) -> None:
    """Refuse a path that is not named as the target's files are.

    Raises:
        InputError: another suffix than `.c` for the target `"c"`, `.c` or `.so` for `"native"`,
            `.tflite` for others.
    """
    suffixes = {"c": (".c",), "native": (".so", ".c")}.get(target, (".tflite",))
    if path.suffix not in suffixes:
        raise InputError(f"{path} is not named {' or '.join(suffixes)}; choose such an output")


def files(path: Path, content: bytes, record: Record, source: CSource | None) -> dict[Path, bytes]:
    """By path, in the order in which they are to be written.

    Args:
        path: as `check_suffix` takes it.
        content: the model's bytes.
        record: of the conversion.
        source: its C.

    Raises:
        InputError: another suffix; or for `.so`, there is no C compiler, or it fails.
        CheckError: what is compiled differs from the model.
    """
    check_suffix(path, record.target)
    texts: dict[str, str] = {}
    compiled: dict[Path, bytes] = {}
    if source and path.suffix == ".so":
        compiled[path] = checked_library(source, content)
    elif source:
        texts = source.texts
    if record.arena:
        texts = sources(path.stem, content, record.arena, about(record, content))
    model = path.with_suffix(".tflite")
    return {
        **compiled,
        **{path.with_name(name): text.encode() for name, text in texts.items()},
        model: content,
        model.with_name(f"{model.name}.json"): json_bytes(record),
    }


def json_bytes(record: Record) -> bytes:
    """The record as it is written."""
    return f"{json.dumps(record.to_json(), indent=2, allow_nan=False)}\n".encode()


def write(contents: Mapping[Path, bytes], overwrite: bool = False) -> None:
    """Write all files, in their order, or none.

    Raises:
        InputError: one cannot be written; or, unless `overwrite` is true, one stands there that
            neither is the same nor was written by this package.
    """
    if not overwrite:
        for path, content in contents.items():
            _check_replaceable(path, content)
    with Outputs() as outputs:
        for path, content in contents.items():
            outputs.binary(path, content)


def _check_replaceable(path: Path, content: bytes) -> None:
    """Let a file be replaced by the same, or where an earlier conversion wrote it.

    Raises:
        InputError: it is another's.
    """
    if not path.is_file():
        return
    try:
        present = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if present == content:
        return
    if path.suffix != ".tflite":
        return check_ours(path)
    try:
        ours = read_record(path, present) is not None
    except InputError:
        ours = False  # damaged, or of other bytes
    if not ours:
        raise InputError(
            f"{path} stands there already, and has no record of its conversion; name another "
            "output, or overwrite it"
        )
