"""What is installed here and what works, each thing tried: the facts of `tvscm doctor`."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from keras_tvscm.datasets.loading import NAMES as DATASETS
from keras_tvscm.datasets.loading import PUBLISHED_BEATS
from keras_tvscm.errors import CheckError, reason_of
from keras_tvscm.extras import MissingExtra, need
from keras_tvscm.machine import has_wheel_of_tflite_micro, versions
from keras_tvscm.progress import Progress, silent
from keras_tvscm.quiet import import_keras

PROJECT = "keras-tvscm"
# What each extra of pyproject.toml is for.
PURPOSES = {
    "tensorflow": "Keras' backend that conversion needs",
    "jax": "another of Keras' backends",
    "datasets": "data sets, train, compress, search",
    "convert": "convert, inspect",
    "eval": "evaluate",
    "cortex-m": "microcontroller",
    "board": "evaluate --runtime serial",
    "android": "evaluate --runtime android",
    "peers": "other generators of C in microcontroller",
    "qat": "quantize-aware",
    "ray": "study reproduce --ray",
    "docs": "the documentation's site",
    "all": "all of these but docs, test and dev",
    "test": "make test",
    "dev": "make setup",
}
RUNTIMES = (
    ("litert-xnnpack", "LiteRT with XNNPACK"),
    ("litert-builtin", "LiteRT's own kernels"),
    ("tflm", "TFLite-Micro"),
    ("tflite-runtime", "tflite-runtime"),
)
SECONDS = 20  # for a program to say its version
# The published files of each data set; others are made, or come with a package.
COLLECTIONS = {"mnist": "mnist"} | dict.fromkeys(PUBLISHED_BEATS, "mitdb")


@dataclass(frozen=True)
class Fact:
    """One thing that was looked at.

    Attributes:
        about: what kind of thing: package, extra, backend, runtime, tool, data or platform.
        name: what it is called.
        works: whether it is there and does what it is for.
        said: what was found; where it does not work, why, and what to do.
    """

    about: str
    name: str
    works: bool
    said: str


def facts(progress: Progress = silent) -> list[Fact]:
    """Everything, kind by kind. Nothing is installed, downloaded or changed.

    Args:
        progress: called before each thing is tried.
    """
    # What each needs beside the core, and how it is tried.
    tried: list[tuple[str, str, str | None, Callable[[], str]]] = [
        ("backend", "of Keras", None, _backend),
        *(("runtime", label, "convert", partial(_runtime, name)) for name, label in RUNTIMES),
        ("tool", "C compiler", "convert", _c_compiler),
        ("tool", "zig cc, Unicorn", "cortex-m", _cortex_m),
        ("tool", "arm-none-eabi-gcc", "cortex-m", _gcc),
        ("tool", "clang", None, _clang),
        ("tool", "adb", None, _adb),
        ("data", "TVSCM_DATA", None, _data_folder),
        ("data", "cache", "datasets", _cache),
        *(("data", name, "datasets", partial(_dataset, name)) for name in DATASETS),
        ("platform", platform.machine(), None, _platform),
    ]
    found = [Fact("package", name, True, version) for name, version in versions().items()]
    found += map(_extra, metadata.metadata(PROJECT).get_all("Provides-Extra") or [])
    for number, (about, name, extra, trial) in enumerate(tried):
        progress(number, len(tried), name)
        found.append(_fact(about, name, extra, trial))
    return found


def _fact(about: str, name: str, extra: str | None, trial: Callable[[], str]) -> Fact:
    try:
        if extra:
            need(extra, name)
        return Fact(about, name, True, trial())
    except MissingExtra:
        return Fact(about, name, False, f"needs the extra {extra}")
    # Whatever a broken installation raises is what its owner wants to know.
    except Exception as error:
        return Fact(about, name, False, reason_of(error))


def _extra(name: str) -> Fact:
    packages, extras = _lacking(name)
    install = [f"pip install {' '.join(map(repr, packages))}"] if packages else []
    others = [f"what is missing of {', '.join(extras)}"] if extras else []
    said = PURPOSES.get(name, "")
    todo = " and ".join([*install, *others])
    return Fact("extra", name, not todo, f"{said}: {todo}" if todo else said)


def _lacking(extra: str) -> tuple[list[str], list[str]]:
    """What an extra asks for and is not here, or in another version: packages, other extras."""
    packages, extras = [], []
    for line in metadata.requires(PROJECT) or []:
        requirement = Requirement(line)
        if requirement.marker is None or not requirement.marker.evaluate({"extra": extra}):
            continue
        if requirement.name == PROJECT:
            extras += [other for other in sorted(requirement.extras) if any(_lacking(other))]
        elif not _is_installed(requirement):
            packages.append(f"{requirement.name}{requirement.specifier}")
    return packages, extras


def _is_installed(requirement: Requirement) -> bool:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def _backend() -> str:
    import_keras()
    import keras

    return str(keras.backend.backend())


def _runtime(name: str) -> str:
    from keras_tvscm.convert.runtimes import in_child
    from keras_tvscm.convert.tflite.smallest import WEIGHTS, smallest

    _check(in_child(name, smallest()).predict(WEIGHTS), "the runtime")
    return "runs a model"


def _c_compiler() -> str:
    from keras_tvscm.convert.c_source import generate, native
    from keras_tvscm.convert.tflite.smallest import WEIGHTS, smallest

    _check(native.run(generate(smallest()), WEIGHTS), "generated C")
    command = native.compiler()
    return f"{'zig cc' if 'ziglang' in command else command[0]} compiles generated C, which runs"


def _cortex_m() -> str:
    from keras_tvscm.convert.c_source import generate
    from keras_tvscm.convert.tflite.smallest import WEIGHTS, smallest
    from keras_tvscm.eval.cortex_m import measure

    measured = measure(generate(smallest()), "cortex-m4", WEIGHTS)
    _check(measured.outputs, "generated C")
    return f"generated C runs on an emulated Cortex-M4, {measured.counts.instructions} instructions"


def _gcc() -> str:
    from keras_tvscm.convert.c_source import generate
    from keras_tvscm.convert.tflite.smallest import WEIGHTS, smallest
    from keras_tvscm.eval.cortex_m.qemu import GCC, firmware

    _find(GCC, "only the project's own tests hold it against zig cc")
    firmware(generate(smallest()), "cortex-m4", WEIGHTS)
    return "compiles generated C for a Cortex-M4"


def _clang() -> str:
    _find("clang", "generated C compiles with any C99 compiler")
    return _first_line("clang", "--version")


def _adb() -> str:
    _find("adb", "models reach an Android phone with it: install Android's platform-tools")
    return _first_line("adb", "version")


def _find(program: str, purpose: str) -> None:
    if shutil.which(program) is None:
        raise CheckError(f"not on PATH; {purpose}")


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout.splitlines()[0]


def _check(outputs: Any, what: str) -> None:
    """Whether these are the smallest model's outputs for the rows of its own weights."""
    from keras_tvscm.convert.tflite.smallest import WEIGHTS

    if not (outputs == WEIGHTS @ WEIGHTS.T).all():
        raise CheckError(f"{what} gives wrong numbers: {outputs.tolist()}")


def _data_folder() -> str:
    folder = os.environ.get("TVSCM_DATA")
    if not folder:
        return "not set: published files are downloaded to the cache, or found by --data-dir"
    if not Path(folder).is_dir():
        raise CheckError(f"{folder} is no folder; set it to the one that holds the data")
    return folder


def _cache() -> str:
    from keras_tvscm.datasets.fetching import cache_folder

    folder = cache_folder()
    parents = [folder, *folder.parents]
    if not os.access(next(path for path in parents if path.exists()), os.W_OK):
        raise CheckError(f"{folder} cannot be written; set TVSCM_CACHE to a folder that can be")
    return str(folder)


def _dataset(name: str) -> str:
    if name not in COLLECTIONS:
        return "needs no files"
    from keras_tvscm.datasets.fetching import cache_folder, checksums, fetch

    collection = COLLECTIONS[name]
    cached = cache_folder() / collection
    names = checksums(collection)
    if not os.environ.get("TVSCM_DATA") and not all((cached / file).is_file() for file in names):
        raise CheckError("not downloaded yet: tvscm data NAME")
    return f"{len(names)} files of {collection} in {fetch(collection)}, checksums as published"


def _platform() -> str:
    if has_wheel_of_tflite_micro():
        return "Linux on x86-64, for which every runtime has a wheel"
    raise CheckError(
        "tflite-micro has wheels for Linux on x86-64 alone: models for litert and android are "
        "verified on LiteRT only; --target tflm, --target c of a Keras model and microcontroller, "
        "which compare with it, refuse"
    )
