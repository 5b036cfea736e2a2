"""An ELF file as the emulator needs it: what lies where, and which function is whose."""

from bisect import bisect_right
from dataclasses import dataclass
from io import BytesIO

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

# Far from address 0, where a null pointer must fault; SRAM is where it is on every Cortex-M.
FLASH, SRAM = 0x0001_0000, 0x2000_0000


@dataclass(frozen=True)
class Image:
    """A linked program.

    Attributes:
        segments: (address, initial bytes, bytes in memory, which may be more) of each.
        functions: (address, bytes, name), by address.
        entry: address of the function that is run.
        flash_bytes: code, constants and initial values.
        static_bytes: static data.
    """

    segments: tuple[tuple[int, bytes, int], ...]
    functions: tuple[tuple[int, int, str], ...]
    entry: int
    flash_bytes: int
    static_bytes: int

    def function(self, address: int) -> str:
        """Name of the function that holds the address, or "?"."""
        index = bisect_right(self.functions, address, key=lambda function: function[0]) - 1
        start, size, name = self.functions[index]
        return name if index >= 0 and address < start + size else "?"


def read(elf: bytes, entry: str) -> Image:
    """The image in an ELF file, which our own build has written.

    Args:
        elf: the file.
        entry: the function to run.

    Raises:
        KeyError: it has no such function.
    """
    file = ELFFile(BytesIO(elf))
    segments = tuple(
        (segment["p_vaddr"], segment.data(), segment["p_memsz"])
        for segment in file.iter_segments("PT_LOAD")
        if segment["p_memsz"]
    )
    functions: dict[int, tuple[int, int, str]] = {}
    table = file.get_section_by_name(".symtab")
    for symbol in table.iter_symbols() if isinstance(table, SymbolTableSection) else ():
        if symbol["st_info"]["type"] == "STT_FUNC":
            address = symbol["st_value"] & ~1  # bit 0 says Thumb
            named = address, symbol["st_size"], symbol.name
            # A function has several names; one that C knows is best.
            functions[address] = min(functions.get(address, named), named, key=_strangeness)
    entries = [address for address, (_, _, name) in functions.items() if name == entry]
    if not entries:
        raise KeyError(entry)
    return Image(
        segments,
        tuple(sorted(functions.values())),
        entries[0],
        sum(len(data) for _, data, _ in segments),
        sum(size for address, _, size in segments if address >= SRAM),
    )


def _strangeness(function: tuple[int, int, str]) -> tuple[bool, str]:
    return "." in function[2], function[2]
