"""The text after `--runtime android:`."""

import re
from dataclasses import dataclass
from pathlib import Path

from keras_tvscm.errors import InputError

KERNELS = ("xnnpack", "builtin")
KEYS = ("kernels", "threads", "cpus", "apk", "benchmark_model")


@dataclass(frozen=True)
class Options:
    """What is asked of a device.

    Attributes:
        serial: as `adb devices` lists it; empty for the only one.
        kernels: XNNPACK's, as an app gets them by default, or LiteRT's own.
        threads: of LiteRT.
        cpus: mask of the processors to stay on, hexadecimal; None for all.
        apk: the demo app, to be installed where the device does not hold that very file.
        benchmark_model: LiteRT's own program for the device, to time with in place of the app.
    """

    serial: str = ""
    kernels: str = "xnnpack"
    threads: int = 1
    cpus: str | None = None
    apk: Path | None = None
    benchmark_model: Path | None = None


def parse(text: str) -> Options:
    """Of a serial number, and of keys with values after commas; each may be left out.

    Raises:
        InputError: another key, or a value that cannot be.

    Examples:

        >>> from keras_tvscm.eval.runtimes.android.options import parse
        >>> parse("emulator-5554,threads=2").threads
        2
    """
    parts = text.split(",") if text else []
    serial = parts.pop(0) if parts and "=" not in parts[0] else ""
    values = {}
    for part in parts:
        key, separator, value = part.partition("=")
        if key not in KEYS or not separator or not value or key in values:
            raise _refused(part, f"expected each of {', '.join(KEYS)} once, as in threads=2")
        values[key] = value
    kernels = values.get("kernels", "xnnpack")
    if kernels not in KERNELS:
        raise _refused(f"kernels={kernels}", f"expected {' or '.join(KERNELS)}")
    threads = values.get("threads", "1")
    if not re.fullmatch(r"[1-9]\d?", threads):
        raise _refused(f"threads={threads}", "expected 1 to 99")
    cpus = values.get("cpus")
    if cpus is not None and not re.fullmatch(r"[0-9a-fA-F]{1,8}", cpus):
        raise _refused(f"cpus={cpus}", "expected a mask such as f0, for processors 4 to 7")
    return Options(
        serial, kernels, int(threads), cpus, _file(values, "apk"), _file(values, "benchmark_model")
    )


def _file(values: dict[str, str], key: str) -> Path | None:
    if key not in values:
        return None
    path = Path(values[key])
    if not path.is_file():
        raise _refused(f"{key}={path}", "there is no such file")
    return path


def _refused(part: str, expected: str) -> InputError:
    return InputError(f"--runtime android: {part!r}: {expected}")
