"""The archive of an APK: aligned, and of the same bytes each time."""

import zipfile
from pathlib import Path

import apk_archive

FILES = {
    "AndroidManifest.xml": b"<manifest/>" * 9,
    "resources.arsc": b"table",
    "lib/arm64-v8a/libtvscm.so": b"\x7fELF" * 100,
    "classes.dex": b"dex" * 500,
    "lib/x86_64/libtvscm.so": b"\x7fELF" * 50,
}
STORED = frozenset(name for name in FILES if name.endswith((".arsc", ".so")))


def test_stored_files_are_aligned_and_all_are_read_again(tmp_path: Path) -> None:
    apk, again = tmp_path / "a.apk", tmp_path / "b.apk"
    apk_archive.write(apk, FILES, STORED)
    apk_archive.write(again, FILES, STORED)

    assert apk.read_bytes() == again.read_bytes()
    assert apk_archive.misaligned(apk) == []
    content = apk.read_bytes()
    assert content.index(FILES["lib/arm64-v8a/libtvscm.so"]) == 0x4000
    assert content.index(FILES["resources.arsc"] + b"PK") % 4 == 0
    with zipfile.ZipFile(apk) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        compressed = {entry.filename for entry in archive.infolist() if entry.compress_type}
    assert compressed == {"AndroidManifest.xml", "classes.dex"}


def test_what_is_not_aligned_is_named(tmp_path: Path) -> None:
    apk = tmp_path / "a.apk"
    with zipfile.ZipFile(apk, "w") as archive:
        archive.writestr("lib/x86_64/libtvscm.so", b"\x7fELF")
    assert apk_archive.misaligned(apk) == ["lib/x86_64/libtvscm.so"]
