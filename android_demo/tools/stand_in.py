"""A stand-in for a phone, which runs an APK's code on this machine's JVM, behind the real adb.

    python android_demo/tools/stand_in.py [FILE.apk]

It says how to reach it, and stays until it is interrupted. See `android_demo/stand_in/device.py`.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apk_on_jvm
from build_apk import APK, settings
from keras_tvscm.errors import CheckError
from programs import need, run

DEVICE = Path(__file__).parents[1] / "stand_in" / "device.py"
SOURCES = DEVICE.with_name("java")
INSTRUMENTATION = "org.tvscm.demo.benchmark.BenchmarkInstrumentation"


@contextmanager
def connected(apk: Path, folder: Path) -> Iterator[str]:
    """A device that holds the APK, for the server of adb that the environment names.

    Args:
        apk: built by `build_apk`.
        folder: for what is unpacked; made if missing.

    Yields:
        Its serial number, as `adb devices` lists it.

    Raises:
        InputError: a program, or a file of Maven Central, cannot be had.
        CheckError: the APK cannot be read, or adb does not connect.
    """
    need("adb", "java", "javac")
    device = [sys.executable, "-P", str(DEVICE), "--apk", str(apk), *_plays_app(apk, folder)]
    with subprocess.Popen(device, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            serial = f"127.0.0.1:{process.stdout.readline().strip()}"
            said = run("adb", "connect", serial).decode().strip()
            if not said.startswith("connected"):
                raise CheckError(f"adb connect: {said}")
            yield serial
        finally:
            process.terminate()


def _plays_app(apk: Path, folder: Path) -> list[str]:
    """The command that runs the APK's instrumentation, on stand-ins of the platform's classes."""
    app = apk_on_jvm.unpack(apk, folder)
    platform = folder / "stand-ins"
    jars = ":".join(map(str, apk_on_jvm.platform()))
    run("javac", "-nowarn", "-d", platform, "-cp", jars, *SOURCES.rglob("*.java"))
    # Before the platform's own, which are without their native half.
    path = ":".join(map(str, (platform, app.classes, *app.platform)))
    return [
        *(
            "env",
            f"LD_LIBRARY_PATH={app.libraries}",
            "java",
            f"-Djava.library.path={app.libraries}",
        ),
        *("-XX:TieredStopAtLevel=1", "-Xshare:auto", f"-Dapp.version={settings()['versionName']}"),
        *("-cp", path, "android.app.Instrumentation", INSTRUMENTATION),
    ]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("apk", nargs="?", type=Path, default=APK)
    apk = parser.parse_args().apk
    with tempfile.TemporaryDirectory() as folder, connected(apk, Path(folder)) as serial:
        print(f"tvscm evaluate MODEL.tflite --runtime android:{serial}", flush=True)
        try:
            input("Return ends it\n")
        except (EOFError, KeyboardInterrupt):
            return


if __name__ == "__main__":
    main()
