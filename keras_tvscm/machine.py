"""The machine and the versions that stand beside every recorded figure."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "keras-tvscm",
    "keras",
    "tensorflow",
    "jax",
    "numpy",
    "ai-edge-litert",
    "tflite-micro",
    "ziglang",
    "unicorn",
    "emlearn",
    "scikit-learn",
    "wfdb",
)


def versions() -> dict[str, str]:
    """Installed versions of Python and of the packages that figures depend on."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def machine() -> dict[str, str | int]:
    """Processor, cores and system; nothing that names a person or a host."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "architecture": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
    }


def has_wheel_of_tflite_micro() -> bool:
    """There are wheels for Linux on x86-64 alone."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def provenance(results: dict[str, Any]) -> list[str]:
    """Lines of Markdown that say how results with `command`, `machine`, `versions` were made."""
    lines = [f"Command: `{results['command']}`."]
    for name in ("machine", "versions"):
        text = ", ".join(f"{key} {value}" for key, value in results[name].items())
        lines += ["", f"{name.capitalize()}: {text}."]
    return lines


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
