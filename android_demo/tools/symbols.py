"""What a library asks others for, and what it offers them."""

from io import BytesIO

from elftools.elf.elffile import ELFFile


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
    section = ELFFile(BytesIO(library)).get_section_by_name(".dynamic")
    return [tag.needed for tag in section.iter_tags("DT_NEEDED")]  # type: ignore[union-attr]


def _symbols(library: bytes) -> list:  # type: ignore[type-arg]
    section = ELFFile(BytesIO(library)).get_section_by_name(".dynsym")
    return [symbol for symbol in section.iter_symbols() if symbol.name]  # type: ignore[union-attr]
