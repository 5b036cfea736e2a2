"""The files of a conversion: which they are, and that they replace nobody else's."""

import json
from collections.abc import Mapping
from pathlib import Path

from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, read_json

from .about import MARK, about
from .c_source import CSource
from .firmware import sources
from .record import Record, read_record

HEAD = 4096  # bytes of a source in which its first comment ends


class UnrelatedFile(InputError):
    """A file that stands where one is to be written, and that this package did not write.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} was not written by keras-tvscm; choose another output, or overwrite=True"
        )


def check_suffix(path: Path, target: str) -> None:
    """Refuse a path that is not named as the target's files are.

    Raises:
        InputError: another suffix than `.c` for the target `"c"`, `.tflite` for others.
    """
    suffix = ".c" if target == "c" else ".tflite"
    if path.suffix != suffix:
        raise InputError(f"{path} is not named {suffix}; choose such an output")


def files(path: Path, content: bytes, record: Record, source: CSource | None) -> dict[Path, bytes]:
    """By path, in the order in which they are to be written.

    Args:
        path: `.c` where there is a source, else `.tflite`.
        content: the model's bytes.
        record: of the conversion.
        source: its C.

    Raises:
        InputError: another suffix.
    """
    check_suffix(path, record.target)
    texts: dict[str, str] = {}
    if source:
        texts = {f"{source.name}.h": source.header, f"{source.name}.c": source.source}
    if record.arena:
        texts = sources(path.stem, content, record.arena, about(record, content))
    model = path.with_suffix(".tflite")
    return {
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
        InputError: one cannot be written.
        UnrelatedFile: unless `overwrite` is true, one stands there that neither is the same nor
            was written by this package.
    """
    if not overwrite:
        for path, content in contents.items():
            if path.is_file() and not _is_ours(path, content):
                raise UnrelatedFile(path)
    with Outputs() as outputs:
        for path, content in contents.items():
            outputs.binary(path, content)


def _is_ours(path: Path, content: bytes) -> bool:
    """Whether a file holds that content, or what an earlier conversion wrote."""
    try:
        present = path.read_bytes()
        if present == content:
            return True
        if path.suffix == ".tflite":
            return read_record(path, present) is not None
        if MARK.encode() not in present[:HEAD]:
            Record.from_json(read_json(path))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except InputError:
        return False  # damaged, or another's
    return True
