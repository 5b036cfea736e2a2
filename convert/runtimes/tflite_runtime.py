"""tflite-runtime 2.14, the last of its name, in an environment of its own.

Built against NumPy 1, it cannot share an environment with TensorFlow 2.21. Apps and
boards that were not moved to LiteRT still run it, so a converted model should too.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from keras_tvscm.datasets.fetching import cache_folder
from keras_tvscm.errors import InputError

from .unavailable import Missing

NAME = "tflite-runtime"
VERSION = "2.14.0"
PACKAGES = (f"tflite-runtime=={VERSION}", "numpy==1.26.4")
COMMAND = "tvscm setup-tflite-runtime"
NOT_SET_UP = f"{NAME} is not set up ({COMMAND})"


def python() -> Path:
    """The interpreter of the environment that `setup` has made.

    Raises:
        Missing: it has not been made.
    """
    if not _mark().exists():
        raise Missing(NOT_SET_UP)
    return _folder() / "bin" / "python"


def versions() -> dict[str, str]:
    """Its name and version, if it has been set up, to go with a record."""
    return {NAME: VERSION} if _mark().exists() else {}


def setup() -> Path:
    """Make the environment, once; return its folder, under the user's cache.

    Raises:
        InputError: no Python 3.11, for which the wheels are, or no package index.
    """
    if _mark().exists():
        return _folder()
    made_for = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    if not made_for:
        raise InputError("tflite-runtime 2.14 has wheels for Python 3.11 at most; install that")
    _run([made_for, "-m", "venv", "--clear", str(_folder())])
    pip = [str(_folder() / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", "--only-binary", ":all:", *PACKAGES])
    # Written last, so that an environment left unfinished by a kill is made again.
    _mark().write_text("\n".join(PACKAGES) + "\n", encoding="utf-8")
    return _folder()


def _folder() -> Path:
    return cache_folder() / f"tflite-runtime-{VERSION}"


def _mark() -> Path:
    return _folder() / "installed.txt"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise InputError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise InputError(f"tflite-runtime cannot be set up: {lines[-1][:200]}")
