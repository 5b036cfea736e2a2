"""A library for phones with pages of 16 KB, of one that was linked for pages of 4 KB.

TensorFlow Lite 2.16.1, the last under this name on Maven Central, loads its data on pages of 4 KB
only. In its arm64 library code and data lie more than 16 KB apart in memory; only the two segments
of data, read-only after relocation and writable, share such a page. So they become one writable
segment, whose bytes lie in the file as far apart as they do in memory, and what the loader
protects after relocation (GNU_RELRO) shrinks to whole pages. Nothing moves in memory.
"""

import struct
from dataclasses import astuple, dataclass, fields

from keras_tvscm.errors import CheckError

PAGE = 0x4000
# ELF (System V ABI, ELF-64): where the header says where the tables are, and their entries.
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
SECTION_OFFSET = struct.Struct("<Q")
NULL, LOAD, RELRO = 0, 1, 0x6474E552


@dataclass
class Segment:
    """An entry of the table of program headers, in the order of ELF-64."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    alignment: int


def loads_on_16k(library: bytes) -> bool:
    """Whether every segment is laid out for pages of 16 KB."""
    return all(
        segment.alignment % PAGE == 0 and (segment.address - segment.offset) % PAGE == 0
        for segment in _segments(library)
        if segment.kind == LOAD
    )


def laid_out(library: bytes) -> bytes:
    """The same 64-bit library for pages of 16 KB, and of 4 KB as before.

    Raises:
        CheckError: its layout does not allow it.
    """
    segments = _segments(library)
    loads = [segment for segment in segments if segment.kind == LOAD]
    if len(loads) != 3:
        raise CheckError(f"a library of {len(loads)} loaded segments; 3 were expected")
    code, relro, data = loads
    if code.address != code.offset or relro.address != relro.offset:
        raise CheckError("the library's code or data lie elsewhere in memory than in the file")
    if (code.address + code.memory_size - 1) // PAGE >= relro.address // PAGE:
        raise CheckError("code and data share a page of 16 KB: the library cannot be laid out")
    # From here on, the file is as far apart as the memory.
    cut = data.offset
    gap = (data.address - relro.address) - (data.offset - relro.offset)
    relro.file_size = data.address + data.file_size - relro.address
    relro.memory_size = data.address + data.memory_size - relro.address
    code.alignment = relro.alignment = PAGE
    for segment in segments:
        if segment.kind == RELRO:
            end = (segment.address + segment.memory_size) // PAGE * PAGE
            segment.file_size = segment.memory_size = end - segment.address
        elif segment.kind != LOAD and segment.offset >= cut:
            segment.offset += gap
    for field in fields(data):
        setattr(data, field.name, 0)

    changed = bytearray(library[:cut] + bytes(gap) + library[cut:])
    table, entry, _ = _table(library)
    for i, segment in enumerate(segments):
        PROGRAM_HEADER.pack_into(changed, table + i * entry, *astuple(segment))
    (sections,) = SECTION_OFFSET.unpack_from(library, 40)
    size, count = struct.unpack_from("<HH", library, 58)
    if sections >= cut:
        sections += gap
        SECTION_OFFSET.pack_into(changed, 40, sections)
    for i in range(count):
        place = sections + i * size + 24
        (offset,) = SECTION_OFFSET.unpack_from(changed, place)
        if offset >= cut:
            SECTION_OFFSET.pack_into(changed, place, offset + gap)
    return bytes(changed)


def _table(library: bytes) -> tuple[int, int, int]:
    """Where the program headers are, the size of one, and how many there are."""
    if library[:6] != b"\x7fELF\x02\x01":
        raise CheckError("not a 64-bit little-endian ELF library")
    (offset,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    return offset, size, count


def _segments(library: bytes) -> list[Segment]:
    offset, size, count = _table(library)
    return [Segment(*PROGRAM_HEADER.unpack_from(library, offset + i * size)) for i in range(count)]
