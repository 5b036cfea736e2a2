"""The app calls nothing that the oldest Android it says to run on does not have."""

from pathlib import Path

import maven
from build_apk import BUILD, settings
from programs import need, run

SOURCE = Path(__file__).with_name("ApiLevel.java")


def check() -> str:
    """Look up every method and class that the app's classes use.

    Raises:
        InputError: a program or a file of Maven Central is missing.
        CheckError: one of them came with a later Android.
    """
    need("java")
    parts = maven.fetch("api_level", "asm")
    oldest = settings()["minSdk"]
    (signatures,) = [
        path for name, path in parts.items() if name.endswith(f"android-api-level-{oldest}")
    ]
    path = ":".join(str(part) for part in parts.values() if part.suffix == ".jar")
    run("java", "-cp", path, SOURCE, signatures, BUILD / "app.jar")
    return f"all of them, and classes, are in API level {oldest}"
