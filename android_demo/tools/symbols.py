"""What a library asks others for, and what it offers them."""

from io import BytesIO
from typing import Any

from elftools.elf.elffile import ELFFile

from keras_tvscm.errors import CheckError


def imported(library: bytes) -> list[str]:
    """Names that an ELF library needs of others, but for those that may be missing."""
    return sorted(
        symbol.name
        for symbol in _symbols(library)
        if symbol["st_shndx"] == "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_WEAK"
    )


def exported(library: bytes) -> list[str]:
    """Names of the functions and data that an ELF library offers."""
    return sorted(
        symbol.name
        for symbol in _symbols(library)
        if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_LOCAL"
    )


def needed(library: bytes) -> list[str]:
    """Libraries that are to be loaded with an ELF library."""
    return [tag.needed for tag in _section(library, ".dynamic").iter_tags("DT_NEEDED")]


def _symbols(library: bytes) -> list[Any]:
    return [symbol for symbol in _section(library, ".dynsym").iter_symbols() if symbol.name]


def _section(library: bytes, name: str) -> Any:
    section = ELFFile(BytesIO(library)).get_section_by_name(name)
    if section is None:
        raise CheckError(f"a library has no section {name}")
    return section
