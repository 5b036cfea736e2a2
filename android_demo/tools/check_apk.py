"""What an APK is, read from its file alone: signed, aligned, complete, of the version it says."""

import hashlib
import re
import zipfile
from pathlib import Path

import apk_archive
import pages_16k
import symbols
from build_apk import KEY, PASSWORD, TENSORFLOW_LITE, settings
from jni_library import NAME, TARGETS
from keras_tvscm.errors import CheckError
from make_assets import CHECKSUMS
from programs import need, run


def signature(apk: Path) -> str:
    """Signed by the public demo key alone, by the schemes of Android 7 and 9."""
    need("apksigner", "java", "keytool")
    text = run("apksigner", "verify", "--verbose", "--print-certs", "--min-sdk-version", "24", apk)
    lines = text.decode().splitlines()
    for n, verified in ((2, "true"), (3, "true")):
        if not any(f"(APK Signature Scheme v{n}): {verified}" in line for line in lines):
            raise CheckError(f"not signed by scheme v{n}")
    (digest,) = [line.split()[-1] for line in lines if "certificate SHA-256 digest" in line]
    store = ("-keystore", KEY, "-storepass", PASSWORD)
    certificate = hashlib.sha256(run("keytool", "-exportcert", *store, "-alias", KEY.stem))
    if digest != certificate.hexdigest():
        raise CheckError(f"signed by the key {digest}, not by {KEY.name}")
    return f"v2 and v3, by {KEY.name}"


def badging(apk: Path) -> str:
    """What Android is told of the app is what Gradle's files say; and it asks for no permission."""
    need("aapt2")
    text = run("aapt2", "dump", "badging", apk).decode()
    gradle = settings()
    for expected in (
        f"package: name='{gradle['applicationId']}' versionCode='{gradle['versionCode']}' "
        f"versionName='{gradle['versionName']}'",
        f"sdkVersion:'{gradle['minSdk']}'",
        f"targetSdkVersion:'{gradle['targetSdk']}'",
        "launchable-activity: name='org.tvscm.demo.",
        f"native-code: {' '.join(repr(abi) for abi in sorted(TARGETS))}",
    ):
        if expected not in text:
            raise CheckError(f"aapt2 dump badging has no {expected}")
    if permission := re.search("uses-permission.*", text):
        raise CheckError(f"it asks for a permission: {permission[0]}")
    return f"{gradle['applicationId']} {gradle['versionName']}, no permission"


def alignment(apk: Path) -> str:
    """What Android maps into memory begins where it has to, by our reading and by zipalign's."""
    need("zipalign")
    if names := apk_archive.misaligned(apk):
        raise CheckError(f"{', '.join(names)} not aligned")
    run("zipalign", "-c", "-p", "4", apk)
    return "libraries at 16 KB, other stored files at 4 bytes"


def libraries(apk: Path) -> str:
    """Both libraries for each processor, alike, stored; the app's own needs no other."""
    with zipfile.ZipFile(apk) as archive:
        names = [name for name in archive.namelist() if name.startswith("lib/")]
        content = {name: archive.read(name) for name in names}
        compressed = [name for name in names if archive.getinfo(name).compress_type]
    expected = sorted(f"lib/{abi}/{name}" for abi in TARGETS for name in (NAME, TENSORFLOW_LITE))
    if sorted(names) != expected:
        raise CheckError(f"the libraries are {names}, expected {expected}")
    if compressed:
        raise CheckError(f"{', '.join(compressed)} compressed: Android could not map it")
    for library in (NAME, TENSORFLOW_LITE):
        functions = {
            abi: [
                symbol
                for symbol in symbols.exported(content[f"lib/{abi}/{library}"])
                if symbol.startswith("Java_")
            ]
            for abi in TARGETS
        }
        if not functions["x86_64"] or len({str(names) for names in functions.values()}) != 1:
            raise CheckError(f"{library} offers Java other functions from processor to processor")
    for abi in TARGETS:
        own = content[f"lib/{abi}/{NAME}"]
        if wanted := symbols.imported(own) + symbols.needed(own):
            raise CheckError(f"{NAME} for {abi} needs {', '.join(wanted)}")
        if abi == "arm64-v8a" and not all(
            pages_16k.loads_on_16k(content[f"lib/{abi}/{name}"]) for name in (NAME, TENSORFLOW_LITE)
        ):
            raise CheckError("a library for arm64 is not laid out for pages of 16 KB")
    return f"{', '.join(TARGETS)}; arm64 for pages of 16 KB"


def assets(apk: Path) -> str:
    """The files of the app, each of the SHA-256 that the app verifies at its start."""
    with zipfile.ZipFile(apk) as archive:
        names = {name for name in archive.namelist() if name.startswith("assets/")}
        lines = archive.read(f"assets/{CHECKSUMS}").decode().splitlines()
        listed = {f"assets/{name}": digest for digest, name in (line.split() for line in lines)}
        if names != {*listed, f"assets/{CHECKSUMS}"}:
            raise CheckError(f"{CHECKSUMS} does not list just the files that are there")
        for name, digest in listed.items():
            if hashlib.sha256(archive.read(name)).hexdigest() != digest:
                raise CheckError(f"{name} is not of the SHA-256 in {CHECKSUMS}")
    return f"{len(listed)} files"


CHECKS = {
    "signature": signature,
    "what Android is told": badging,
    "alignment": alignment,
    "libraries": libraries,
    "assets": assets,
}
