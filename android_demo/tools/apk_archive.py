"""An APK is a ZIP archive.

The same files make the same bytes, and what Android maps into memory is aligned.
"""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

LIBRARY_PAGE = 0x4000
# The extra field in which zipalign and apksigner keep an alignment, so that signing keeps it.
ALIGNMENT = 0xD935
LOCAL_HEADER = 30  # bytes before the name


def write(path: Path, files: Mapping[str, bytes], stored: frozenset[str]) -> None:
    """Write an archive.

    Args:
        path: the archive.
        files: name -> content, in the order of the archive.
        stored: names of those that are not compressed: each begins at a multiple of 4 bytes, a
            library at a multiple of 16 KB, so that Android maps it into memory as it lies there.
    """
    with path.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)  # of 1 January 1980
            entry.external_attr = 0o100644 << 16
            if name in stored:
                step = _step(name)
                padding = -(file.tell() + LOCAL_HEADER + len(name.encode()) + 6) % step
                entry.extra = struct.pack("<HHH", ALIGNMENT, 2 + padding, step) + bytes(padding)
            else:
                entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)
            entry.extra = b""  # not once more in the central directory


def misaligned(path: Path) -> list[str]:
    """Names of the stored files of an APK that do not begin where they have to."""
    names = []
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for entry in archive.infolist():
            file.seek(entry.header_offset + 26)
            name, extra = struct.unpack("<HH", file.read(4))
            start = entry.header_offset + LOCAL_HEADER + name + extra
            if entry.compress_type == zipfile.ZIP_STORED and start % _step(entry.filename):
                names.append(entry.filename)
    return names


def _step(name: str) -> int:
    return LIBRARY_PAGE if name.endswith(".so") else 4
