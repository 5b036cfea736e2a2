"""Other programs: found, or named with what brings them; run, or one line on what went wrong."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from keras_tvscm.errors import CheckError, InputError

# Debian's package of each program. Java may be a newer one: 17 is what was tried.
PACKAGES = {
    "aapt2": "aapt",
    "apksigner": "apksigner",
    "java": "openjdk-17-jdk-headless",
    "javac": "openjdk-17-jdk-headless",
    "keytool": "openjdk-17-jdk-headless",
    "mvn": "maven",
    "qemu-aarch64": "qemu-user",
    "zipalign": "zipalign",
}


def need(*names: str) -> None:
    """See that programs are there.

    Raises:
        InputError: some are not; the line names them all and how to get them.
    """
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        packages = dict.fromkeys(PACKAGES[name] for name in missing)
        raise InputError(
            f"{', '.join(missing)} not found; on Debian: apt-get install {' '.join(packages)}"
        )


def run(
    *command: str | os.PathLike[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
    seconds: float = 600,
) -> bytes:
    """Run a program to its end; return what it wrote to standard output.

    Args:
        command: the program and its arguments.
        folder: where to run it; here by default.
        environment: variables beside those of this process.
        given: its standard input.
        seconds: after which it is ended.

    Raises:
        CheckError: it could not be started, did not end in time or not with 0; the line says which
            program, and quotes the first line of its output that speaks of an error or a warning.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            input=given,
            capture_output=True,
            timeout=seconds,
        )
    except OSError as error:
        raise CheckError(f"cannot run {name}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise CheckError(f"{name}: no end within {seconds:.0f} s") from error
    if done.returncode:
        text = (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        wrong = [line for line in lines if re.search("error|warning|exception", line, re.I)]
        wrong = wrong or lines or ["no reason given"]
        raise CheckError(f"{name} failed ({done.returncode}): {wrong[0][:300]}")
    return done.stdout
