"""The app as an APK that Android installs, built without an Android SDK: `make android`.

aapt2, apksigner and zipalign are Debian's, javac a JDK's; D8, the platform's classes and TensorFlow
Lite come from Maven Central (`maven.py`), the C compiler with the package ziglang. What Gradle
knows is read from its files, so that Android Studio builds the same app.
"""

import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

import apk_archive
import jni_library
import make_assets
import maven
import pages_16k
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import locked, replacing
from programs import need, run

DEMO = Path(__file__).parents[1]
MAIN = DEMO / "app" / "src" / "main"
BUILD = DEMO / "build"
APK = BUILD / "tvscm-demo.apk"
# Anybody has it, and so anybody can sign an update of this app: it is for trying it out.
KEY = DEMO / "public-demo-key.p12"
PASSWORD = "public"
TENSORFLOW_LITE = "libtensorflowlite_jni.so"
# The platform's classes do not hold java.*; --release brings those. Warnings end the build.
JAVAC = (
    "-encoding",
    "UTF-8",
    "-proc:none",
    "-Xlint:all,-options,-classfile",
    "-Werror",
    "--release",
    "8",
)


def build(folder: Path, assets: Path, models: Path) -> Path:
    """Build the app in a folder; return the APK, which is there last, or not at all.

    Beside it lie what the tests run: `app.jar`, its classes, and `resources.apk`.

    Args:
        folder: made if missing.
        assets: what the app's assets are to be.
        models: the models' C, generated.

    Raises:
        InputError: a program or a file of Maven Central cannot be had.
        CheckError: a step refuses what is in the checkout.
    """
    need("aapt2", "java", "javac", "apksigner")
    parts = maven.fetch("apk")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("generated", "classes", "dex", "jni"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    resources = _resources(folder, assets, parts["org.robolectric:android-all"])
    classes = _classes(folder, parts)
    dex = _dex(folder, classes, parts)
    libraries = _libraries(folder, models, parts["org.tensorflow:tensorflow-lite"])
    return _package(folder, resources, dex, libraries)


def settings() -> dict[str, str]:
    """What `app/build.gradle.kts` sets, by name: `versionName` and so on."""
    text = (DEMO / "app" / "build.gradle.kts").read_text(encoding="utf-8")
    return dict(re.findall(r'(\w+) = "?([\w.]+)"?$', text, re.MULTILINE))


def _resources(folder: Path, assets: Path, platform: Path) -> Path:
    """Resources, assets and the manifest as Android reads them; and R.java."""
    gradle = settings()
    manifest = folder / "AndroidManifest.xml"
    package = rf'<manifest package="{gradle["namespace"]}"'
    text = (MAIN / "AndroidManifest.xml").read_text(encoding="utf-8")
    manifest.write_text(re.sub("<manifest", package, text, count=1), encoding="utf-8")
    compiled, linked = folder / "resources.zip", folder / "resources.apk"
    run("aapt2", "compile", "--dir", MAIN / "res", "-o", compiled)
    versions = (
        *("--min-sdk-version", gradle["minSdk"], "--target-sdk-version", gradle["targetSdk"]),
        *("--version-code", gradle["versionCode"], "--version-name", gradle["versionName"]),
    )
    inputs = ("-I", platform, "--manifest", manifest, "-A", assets)
    output = ("--java", folder / "generated", "-o", linked)
    run("aapt2", "link", *inputs, *versions, *output, compiled)
    return linked


def _classes(folder: Path, parts: dict[str, Path]) -> Path:
    path = ":".join(str(jar) for jar in maven.jars(parts.values()))
    sources = [*(MAIN / "java").rglob("*.java"), *(folder / "generated").rglob("*.java")]
    run("javac", *JAVAC, "-cp", path, "-d", folder / "classes", *sorted(sources))
    jar = folder / "app.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for file in sorted((folder / "classes").rglob("*.class")):
            name = zipfile.ZipInfo(file.relative_to(folder / "classes").as_posix())
            archive.writestr(name, file.read_bytes())
    return jar


def _dex(folder: Path, classes: Path, parts: dict[str, Path]) -> Path:
    javac = shutil.which("javac")
    assert javac
    library = (
        "--lib",
        parts["org.robolectric:android-all"],
        "--lib",
        Path(javac).resolve().parents[1],
    )
    shipped = maven.jars(parts[f"org.tensorflow:tensorflow-lite{name}"] for name in ("", "-api"))
    tool = ("java", "-cp", parts["com.android.tools:r8"], "com.android.tools.r8.D8")
    options = ("--release", "--min-api", settings()["minSdk"], *library, "--output", folder / "dex")
    run(*tool, *options, classes, *shipped)
    return folder / "dex" / "classes.dex"


def _libraries(folder: Path, models: Path, tensorflow_lite: Path) -> dict[str, bytes]:
    """The name in the APK of each library, and its content."""
    sources = [*sorted((MAIN / "c").glob("*.c")), *sorted(models.glob("*.c"))]
    libraries = {}
    with zipfile.ZipFile(tensorflow_lite) as aar:
        for abi in jni_library.TARGETS:
            content = aar.read(f"jni/{abi}/{TENSORFLOW_LITE}")
            if abi == "arm64-v8a":
                content = pages_16k.laid_out(content)
            libraries[f"lib/{abi}/{TENSORFLOW_LITE}"] = content
            own = folder / "jni" / abi / jni_library.NAME
            own.parent.mkdir()
            jni_library.build(sources, models, abi, own)
            libraries[f"lib/{abi}/{jni_library.NAME}"] = own.read_bytes()
    return libraries


def _package(folder: Path, resources: Path, dex: Path, libraries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(resources) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        stored = {
            entry.filename
            for entry in archive.infolist()
            if entry.compress_type == zipfile.ZIP_STORED or entry.filename.endswith(".tflite")
        }
    files |= {"classes.dex": dex.read_bytes(), **libraries}
    unsigned = folder / "unsigned.apk"
    apk_archive.write(unsigned, files, frozenset(stored | set(libraries)))
    apk = folder / APK.name
    key = ("--ks", KEY, "--ks-pass", f"pass:{PASSWORD}", "--min-sdk-version", settings()["minSdk"])
    schemes = [f"--v{n}-signing-enabled={str(n in (2, 3)).lower()}" for n in (1, 2, 3, 4)]
    with replacing(apk) as temporary:
        run("apksigner", "sign", *key, *schemes, "--out", temporary, unsigned)
    return apk


def contents(apk: Path) -> str:
    """A line for each file in an APK: its bytes there, its bytes unpacked, its name."""
    with zipfile.ZipFile(apk) as archive:
        entries = archive.infolist()
    lines = [
        f"{entry.compress_size:>11,} {entry.file_size:>11,}  {entry.filename}" for entry in entries
    ]
    return "\n".join([f"{'bytes':>11} {'unpacked':>11}  file", *lines])


def main() -> None:
    """Build it, and print what is in it."""
    try:
        with locked(BUILD):
            make_assets.make(BUILD)
            apk = build(BUILD, BUILD / "assets", BUILD / "models")
    except (InputError, CheckError) as error:
        print(f"make android: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
    content = apk.read_bytes()
    print(contents(apk))
    print(f"{apk}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
