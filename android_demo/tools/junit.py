"""The app's JUnit tests, with Robolectric's Android and TensorFlow Lite's own library for x86_64.

Once with the classes as compiled, and once with those of the APK, back from its dex. On the class
path are the assets and what the scripts in this folder make for tests (`build/test`).
"""

import os
import subprocess
import tempfile
from pathlib import Path

import apk_on_jvm
import maven
from build_apk import APK, BUILD, DEMO, JAVAC, settings
from keras_tvscm.errors import CheckError
from programs import need, run

APP = DEMO / "app"
TESTS = APP / "src" / "test"
SCREENS = DEMO / "docs"
RUNNER = Path(__file__).with_name("TestRun.java")
# With Robolectric's own names: where it finds what Android would find in the APK.
CONFIGURATION = """android_merged_manifest={build}/AndroidManifest.xml
android_merged_resources={main}/res
android_merged_assets={build}/assets
android_resource_apk={build}/resources.apk
android_custom_package={package}
"""


def compiled(record: bool = False) -> str:
    """All tests on the compiled classes; how many passed, in words.

    Args:
        record: write the pictures of the screens, to be looked at, instead of comparing them.

    Raises:
        InputError: a program or a file of Maven Central is missing.
        CheckError: a test failed.
    """
    parts = maven.fetch("apk")
    shipped = maven.jars(path for name, path in parts.items() if "tensorflow" in name)
    return _tested([BUILD / "app.jar", *shipped], BUILD / "unit-tests.txt", record)


def dexed() -> str:
    """All tests on the classes that the APK holds; raises what `compiled` does."""
    with tempfile.TemporaryDirectory() as folder:
        classes = apk_on_jvm.unpack_classes(APK, Path(folder) / "classes.jar")
        return _tested([classes], BUILD / "unit-tests-of-dex.txt")


def _tested(app: list[Path], log: Path, record: bool = False) -> str:
    need("java", "javac")
    tests = sorted((TESTS / "java").rglob("*.java"))
    tools = maven.jars(maven.fetch("robolectric", "asm").values())
    framework = maven.fetch("framework")["org.robolectric:android-all-instrumented"]
    shipped = maven.jars(path for name, path in maven.fetch("apk").items() if "tensorflow" in name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # D8 leaves out of the dex which class is inside which: compile against what it was given.
        against = [BUILD / "app.jar", *shipped, *tools, *apk_on_jvm.platform()]
        output = ("-d", folder / "tests")
        run("javac", *JAVAC, *output, "-cp", _path(against), *tests, RUNNER)
        text = CONFIGURATION.format(
            build=BUILD, main=APP / "src" / "main", package=settings()["namespace"]
        )
        configuration = folder / "configuration" / "com" / "android" / "tools"
        configuration.mkdir(parents=True)
        (configuration / "test_config.properties").write_text(text)
        libraries = apk_on_jvm.unpack_libraries(APK, folder / "lib")
        properties = {
            "java.library.path": libraries,
            "robolectric.offline": "true",
            "robolectric.dependency.dir": framework.parent,
            "tvscm.screens": SCREENS,
            "tvscm.record": str(record).lower(),
        }
        # The platform's classes come last: Robolectric has its own of them.
        found = [folder / "tests", folder / "configuration", BUILD / "test", BUILD / "assets"]
        path = [*found, *app, *tools]
        options = ("-Xmx3g", "-ea", *(f"-D{key}={value}" for key, value in properties.items()))
        command = ["java", *options, "-cp", _path([*path, *apk_on_jvm.platform()]), "TestRun"]
        with log.open("wb") as file:
            done = subprocess.run(
                [*command, *_classes(tests)],
                cwd=APP,
                env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    if done.returncode:
        raise CheckError(f"{last[0] if last else 'java did not start'}; see {log}")
    return last[0]


def _classes(tests: list[Path]) -> list[str]:
    names = [test.relative_to(TESTS / "java").with_suffix("") for test in tests]
    return [".".join(name.parts) for name in names if name.name.endswith("Test")]


def _path(jars: list[Path]) -> str:
    return ":".join(str(jar) for jar in jars)
