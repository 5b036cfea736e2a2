"""The code and the libraries of an APK, unpacked so that this machine's JVM runs them.

    app = apk_on_jvm.unpack(Path("android_demo/build/tvscm-demo.apk"), folder)
    subprocess.run(app.command("org.tvscm.demo.Main", "argument"), env=app.environment())

The classes are those that Android would run, back from dex; so is TensorFlow Lite's library for
x86_64, and the app's own. What they need of the platform's classes is there, without an
implementation: Robolectric brings one for tests.
"""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import bionic
import maven
from programs import run

DEX_TO_JAR = Path(__file__).with_name("DexToJar.java")


@dataclass(frozen=True)
class OnJvm:
    """What a JVM is given to run the code of an APK.

    Attributes:
        classes: the app's, and those of TensorFlow Lite.
        platform: JARs with the platform's classes.
        libraries: the folder of the libraries.
    """

    classes: Path
    platform: tuple[Path, ...]
    libraries: Path

    def command(self, main: str, *arguments: str) -> list[str]:
        """The JVM with a main class of the APK's and its arguments."""
        path = ":".join(str(jar) for jar in (self.classes, *self.platform))
        libraries = f"-Djava.library.path={self.libraries}"
        return ["java", libraries, "-cp", path, main, *arguments]

    def environment(self) -> dict[str, str]:
        """The variables of this process, and where the libraries find what they need."""
        return {**os.environ, "LD_LIBRARY_PATH": str(self.libraries)}


def unpack(apk: Path, folder: Path) -> OnJvm:
    """Unpack an APK into a folder, made if missing; some 20 s.

    Raises:
        InputError: a program, or a file of Maven Central, cannot be had.
        CheckError: the APK cannot be read or translated.
    """
    libraries = unpack_libraries(apk, folder / "lib")
    return OnJvm(unpack_classes(apk, folder / "classes.jar"), platform(), libraries)


def platform() -> tuple[Path, ...]:
    """JARs with the classes of Android 14."""
    return (maven.fetch("apk")["org.robolectric:android-all"],)


def unpack_classes(apk: Path, jar: Path) -> Path:
    """Translate the code of an APK back to classes; return the JAR of them."""
    tools = maven.fetch("dex", "asm").values()
    jar.parent.mkdir(parents=True, exist_ok=True)
    path = ":".join(str(tool) for tool in tools)
    run("java", "-cp", path, DEX_TO_JAR, apk, jar, *platform())
    return jar


def unpack_libraries(apk: Path, folder: Path, abi: str = "x86_64") -> Path:
    """Unpack an ABI's libraries beside stand-ins of Android's own; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(apk) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"lib/{abi}/")]
        for name in names:
            (folder / Path(name).name).write_bytes(archive.read(name))
    bionic.stand_ins((folder / "libtensorflowlite_jni.so").read_bytes(), abi, folder)
    return folder
