"""A library laid out for pages of 16 KB is, in memory, what it was."""

import struct

import pytest

import pages_16k
from keras_tvscm.errors import CheckError

HEADER, SEGMENT, SECTION = 64, 56, 64
# Kind, flags, offset, address, bytes in the file and in memory, alignment: as Android's are.
CODE = (1, 5, 0, 0, 0x5800, 0x5800, 0x1000)
RELRO_DATA = (1, 6, 0x9000, 0x9000, 0x2400, 0x3000, 0x1000)
DATA = (1, 6, 0xB400, 0xC400, 0x300, 0x700, 0x1000)
PROTECTED = (0x6474E552, 4, 0x9000, 0x9000, 0x2400, 0x3000, 1)
NOTE = (4, 4, 0xB500, 0xC500, 0x20, 0x20, 4)


def library(*segments: tuple[int, ...]) -> bytes:
    """An ELF file of these segments, with a section at the note, full of bytes that differ."""
    content = bytearray(i * 37 % 251 for i in range(0xB700)) + bytes(SECTION)
    start = len(content) - SECTION
    content[:HEADER] = struct.pack(
        "<16sHHIQQQIHHHHHH",
        *(b"\x7fELF\x02\x01\x01", 3, 183, 1, 0, HEADER, start, 0),
        *(HEADER, SEGMENT, len(segments), SECTION, 1, 0),
    )
    for i, (kind, flags, offset, address, *sizes, alignment) in enumerate(segments):
        packed = struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, *sizes, alignment)
        content[HEADER + i * SEGMENT : HEADER + (i + 1) * SEGMENT] = packed
    struct.pack_into("<IIQQQQ", content, start, 1, 7, 2, 0xC500, 0xB500, 0x20)
    return bytes(content)


def memory(content: bytes) -> bytes:
    """What a loader puts where, but for the first page, where the table of segments is."""
    image = bytearray(0x10000)
    for kind, _, offset, address, _, size, _, _ in table(content):
        if kind == 1:
            image[address : address + size] = content[offset : offset + size]
    return bytes(image[0x1000:])


def table(content: bytes) -> list[tuple[int, ...]]:
    (count,) = struct.unpack_from("<H", content, 56)
    return [struct.unpack_from("<IIQQQQQQ", content, HEADER + i * SEGMENT) for i in range(count)]


def test_the_memory_is_the_same_and_the_pages_are_of_16_kb() -> None:
    before = library(CODE, RELRO_DATA, DATA, PROTECTED, NOTE)
    after = pages_16k.laid_out(before)

    assert (pages_16k.loads_on_16k(before), pages_16k.loads_on_16k(after)) == (False, True)
    assert memory(after) == memory(before)
    assert len(after) == len(before) + 0x1000
    # One segment for all data; what is read-only after relocation ends with a page of 16 KB.
    _, data, nothing, protected, note = table(after)
    assert data[2:7] == (0x9000, 0x9000, 0x9000, 0x3700, 0x3B00)
    assert nothing == (0,) * 8
    assert protected[5:7] == (0x3000, 0x3000)
    # The note and its section moved with the bytes.
    (sections,) = struct.unpack_from("<Q", after, 40)
    (section,) = struct.unpack_from("<Q", after, sections + 24)
    assert note[2] == section == 0xC500
    assert after[0xC500:0xC520] == before[0xB500:0xB520]


def test_code_and_data_on_one_page_are_refused() -> None:
    code = (1, 5, 0, 0, 0x8800, 0x8800, 0x1000)
    with pytest.raises(CheckError, match="share a page of 16 KB"):
        pages_16k.laid_out(library(code, RELRO_DATA, DATA))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\x7fELF\x01\x01", "not a 64-bit"), (library(CODE, DATA), "2 loaded segments")],
)
def test_other_layouts_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        pages_16k.laid_out(content)
