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
# Robolectric asks for the newest platform that it knows, too, on which no test runs.
NEWEST = "android-all-instrumented-15-robolectric-12650502-i7.jar"
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
        platforms = folder / "platforms"
        platforms.mkdir()
        for file in (framework.name, NEWEST):
            (platforms / file).symlink_to(framework)
        properties = {
            "java.library.path": libraries,
            "robolectric.offline": "true",
            "robolectric.dependency.dir": platforms,
            "tvscm.screens": SCREENS,
            "tvscm.record": str(record).lower(),
        }
        # The platform's classes come last: Robolectric has its own of them.
        found = [folder / "tests", folder / "configuration", BUILD / "test", BUILD / "assets"]
        path = [*found, *app, *tools]
        options = ("-Xmx3g", "-ea", *(f"-D{key}={value}" for key, value in properties.items()))
        command = ["java", *options, "-cp", _path([*path, *apk_on_jvm.platform()]), "TestRun"]
        environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
        outcomes = []
        with log.open("wb") as written:
            # Robolectric loads classes anew, and a JVM loads a library for one of them alone.
            for classes in _classes(tests):
                done = subprocess.run(
                    [*command, *classes], cwd=APP, env=environment, stdout=written, stderr=written
                )
                outcomes.append(log.read_text(errors="replace").strip().splitlines()[-1])
                if done.returncode:
                    raise CheckError(f"{outcomes[-1]}; see {log}")
    return f"{outcomes[0]} on the JVM alone; {outcomes[1]} with Robolectric"


def _classes(tests: list[Path]) -> tuple[list[str], list[str]]:
    """The names of the test classes that are run without Robolectric, and with it."""
    alone: list[str] = []
    robolectric: list[str] = []
    for test in tests:
        if test.stem.endswith("Test"):
            group = robolectric if "RobolectricTestRunner" in test.read_text() else alone
            group.append(".".join(test.relative_to(TESTS / "java").with_suffix("").parts))
    return alone, robolectric


def _path(jars: list[Path]) -> str:
    return ":".join(str(jar) for jar in jars)
