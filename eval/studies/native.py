"""C for vectors, beside the dense network and LiteRT: instructions, equality, times.

The networks are those of the zoo. The dense ones have drawn weights, which neither the instructions
nor the time of a network depends on.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from keras_tvscm import datasets, zoo
from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.c_source import native as compiled
from keras_tvscm.convert.lower.model import lower, lower_placed
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import networks
from keras_tvscm.progress import Progress, announcing, silent

from ..arm64 import SETS as ARM64
from ..arm64 import count
from ..runtimes import Runtime
from ..runtimes.host import Host
from ..runtimes.native import Native
from ..window import CALL, latency, measure

DATASETS = ("mnist", "heartbeat")
NETWORKS = tuple(
    f"{dataset}-{name}" for dataset in DATASETS for name in ("dense", "stack", "fast", "tvscm")
)
PARTS = ("instructions", "equality", "times")
# Of x86-64, by what TVSCM_MOST is for each.
X86 = {"no instruction set": 0, "x86-64": 1, "AVX2": 2, "AVX-512": 3}
FLAGS = ("-std=gnu11", "-O3")
SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
CALIBRATION = 500
LITERT = "litert-xnnpack"
# Follows the name of a network as it was run before.
BEFORE = ", as convolutions"


@dataclass(frozen=True)
class Network:
    """One network in int8.

    Attributes:
        name: one of `NETWORKS`.
        dataset: whose test rows are run.
        one: as the C is written of it: filters as convolutions of one channel.
        litert: as LiteRT runs it fastest.
        before: of filters, `one`: what LiteRT ran before it had blocks of columns.
    """

    name: str
    dataset: Dataset
    one: bytes
    litert: bytes
    before: bytes | None = None

    def rows(self, most: int | None) -> NDArray[Any]:
        """The first rows of the test set, as stored."""
        source, _ = input_and_output(self.one)
        return source.quantize(self.dataset.test.x[:most]).reshape(-1, source.size)


def network(name: str, dataset: Dataset) -> Network:
    """Read or build it, and convert it.

    Args:
        name: one of `NETWORKS`.
        dataset: its data.
    """
    kind = name.partition("-")[2]
    x = dataset.train.x[:CALIBRATION]
    if kind == "dense":
        keras.utils.set_random_seed(0)
        content = to_int8(lower(networks.build("dense", dataset.name)), x)
        return Network(name, dataset, content, content)
    model = zoo.load(name)
    chosen = [placement.name for placement in placements(model)]
    if kind == "tvscm":
        gathered = to_int8(lower_placed(model, placements(model), {chosen[0]: "gather"}), x)
        return Network(name, dataset, gathered, to_int8(lower(model), x))
    one = dict.fromkeys(chosen, "convolution")
    blocks = one | {chosen[0]: "polyphase"}
    first, litert = (
        to_int8(lower_placed(model, placements(model), form), x) for form in (one, blocks)
    )
    return Network(name, dataset, first, litert, first)


def instructions(source: CSource, rows: NDArray[Any]) -> dict[str, int]:
    """What an inference takes on each instruction set, on average over the rows.

    Valgrind counts on x86-64, as far as AVX2; Unicorn on arm64.

    Raises:
        InputError: there is no valgrind.
    """
    counted = {}
    for name in ("x86-64", "AVX2"):
        with tempfile.TemporaryDirectory() as folder:
            flags = (*FLAGS, f"-DTVSCM_MOST={X86[name]}")
            program = compiled.build(source, Path(folder), flags)
            counted[name] = _callgrind(program, source.function, rows)
    for name in ARM64:
        counted[name] = int(count(source, rows, name).instructions.mean())
    return counted


def _callgrind(program: Path, function: str, rows: NDArray[Any]) -> int:
    if not shutil.which("valgrind"):
        raise InputError(
            "instructions are counted by valgrind; on Debian: apt-get install valgrind"
        )
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [f"--toggle-collect={function}", str(program)]
    done = subprocess.run(command, input=rows.tobytes(), capture_output=True, check=True)
    collected = re.search(rb"Collected : (\d+)", done.stderr)
    if collected is None:
        raise InputError("valgrind has counted nothing; another version of it is needed")
    return int(collected[1]) // len(rows)


def equality(
    source: CSource,
    content: bytes,
    rows: NDArray[Any],
    arm64_rows: int,
    announce: Callable[[str], None] = lambda what: None,
) -> dict[str, dict[str, int]]:
    """On how many rows the C differs from TFLite-Micro, by instruction set.

    Args:
        source, content: the C, and the model that it was made of.
        rows: stored inputs.
        arm64_rows: of them are run on arm64, which is emulated.
        announce: called with the name of each.
    """
    expected = compiled.stored_outputs(in_child("tflm", content), content, rows)
    ways: dict[str, tuple[str, ...]] = {
        name: (*FLAGS, f"-DTVSCM_MOST={most}") for name, most in X86.items()
    }
    if "avx512_vnni" not in _processor():
        del ways["AVX-512"]
    ways["AVX2, sanitizers"] = ("-std=gnu11", "-DTVSCM_MOST=2", *SANITIZERS)
    found = {}
    for name, flags in ways.items():
        announce(name)
        outputs = compiled.run(source, rows, flags)
        found[name] = _differing(outputs, expected)
    for name in ARM64:
        announce(name)
        outputs = count(source, rows[:arm64_rows], name).outputs
        found[name] = _differing(outputs, expected[:arm64_rows])
    return found


def _processor() -> str:
    """What the processor can do, in the words of Linux; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _differing(outputs: NDArray[Any], expected: NDArray[Any]) -> dict[str, int]:
    return {"rows": len(outputs), "differing": int((outputs != expected).any(axis=1).sum())}


def times(
    chosen: Sequence[Network],
    windows: int,
    rounds: int,
    announce: Callable[[str], None] = lambda what: None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Nanoseconds of an inference, the call from Python left out: runtime, network, warm or cold.

    Args:
        chosen: the networks, all timed in turns.
        windows: processes that time them, one after another.
        rounds: timed loops of each in a window.
        announce: called before each window.
    """
    runtimes: dict[str, Runtime] = {"native": Native(), LITERT: Host(LITERT)}
    models = {
        "native": {each.name: (each.one, each.dataset.test.x[0]) for each in chosen},
        LITERT: {each.name: (each.litert, each.dataset.test.x[0]) for each in chosen},
    }
    for each in chosen:
        if each.before:
            models[LITERT][each.name + BEFORE] = each.before, each.dataset.test.x[0]
    taken = []
    for number in range(windows):
        announce(f"times, window {number + 1} of {windows}")
        taken.append(measure(runtimes, models, rounds, 0, number))
    results: dict[str, dict[str, dict[str, float | None]]] = {}
    for runtime in runtimes:
        call = latency(taken, runtime, CALL)
        results[runtime] = {"(call)": {"warm_ns": call.median if call else None}}
        for name in models[runtime]:
            found = latency(taken, runtime, name)
            assert found is not None
            own = call.median if call else 0.0
            results[runtime][name] = {
                "warm_ns": found.median - own,
                "least_ns": min(min(loops) for loops in found.windows) - own,
                "cold_ns": found.cold,
            }
    return results


def study(
    parts: Sequence[str],
    names: Sequence[str] = NETWORKS,
    *,
    data_dir: Path | None = None,
    rows: int | None = None,
    arm64_rows: int = 1000,
    windows: int = 5,
    rounds: int = 30,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """The figures of the parts that are asked for, each with its machine and versions.

    Args:
        parts: of `PARTS`.
        names: of `NETWORKS`.
        data_dir: folder of the published files.
        rows: of each test set that are compared; None for all.
        arm64_rows: of them on arm64.
        windows, rounds: as `times`.
        progress: called before each step.
        command: recorded beside the figures.
    """
    steps = {"instructions": len(names), "equality": 7 * len(names), "times": windows}
    announce = announcing(progress, sum(steps[part] for part in parts))
    origin = {"command": command, "machine": machine(), "versions": versions()}
    data = {name.partition("-")[0]: None for name in names}
    loaded = {name: datasets.load(name, data_dir) for name in data}
    chosen = [network(name, loaded[name.partition("-")[0]]) for name in names]
    sources = {each.name: generate(each.one, "network") for each in chosen}
    results: dict[str, Any] = {}
    for part in parts:
        figures: dict[str, Any] = {}
        if part == "times":
            figures = times(chosen, windows, rounds, announce)
        for each in chosen if part != "times" else ():
            source, name = sources[each.name], each.name
            if part == "instructions":
                announce(f"{name}: {part}")
                figures[name] = instructions(source, each.rows(2))
            else:
                say = partial(_say, announce, name)
                figures[name] = equality(source, each.one, each.rows(rows), arm64_rows, say)
        results[part] = {"figures": figures, **origin}
    return results


def _say(announce: Callable[[str], None], name: str, what: str) -> None:
    announce(f"{name}: {what}")


def joined(path: Path, results: dict[str, Any]) -> dict[str, Any]:
    """The parts that were recorded at a path, and those that were measured now."""
    recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return recorded | results


def as_markdown(results: dict[str, Any]) -> str:
    """A table for each part, and how it was made."""
    lines = [
        "# C for vectors",
        "",
        "Networks of the zoo, and dense ones with drawn weights, by `--target native`; "
        "[what that is](../guides/native.md).",
    ]
    for part, table in (("instructions", _counts), ("equality", _equal), ("times", _times)):
        if part in results:
            lines += ["", f"## {part.capitalize()}", "", *table(results[part]["figures"])]
            lines += ["", *provenance(results[part])]
    return "\n".join(lines) + "\n"


def _counts(counted: dict[str, dict[str, int]]) -> list[str]:
    names = list(next(iter(counted.values())))
    return [
        "Instructions of one inference: GCC's code under valgrind, on arm64 Clang's under Unicorn. "
        "They are not milliseconds.",
        "",
        f"| network | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
        *(
            f"| {network} | {' | '.join(f'{row[name]:,}' for name in names)} |"
            for network, row in counted.items()
        ),
    ]


def _equal(found: dict[str, dict[str, dict[str, int]]]) -> list[str]:
    names = list(next(iter(found.values())))
    return [
        "Test rows on which an output byte differs from TFLite-Micro's, of how many:",
        "",
        f"| network | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
        *(
            f"| {network} | "
            + " | ".join(f"{row[name]['differing']:,} of {row[name]['rows']:,}" for name in names)
            + " |"
            for network, row in found.items()
        ),
    ]


def _times(found: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    lines = [
        "Microseconds of one inference, one thread, Python's call left out when warm: the median "
        "of all loops, and of single inferences after other data has filled the caches (there the "
        "call is in). Ratios are over the dense network on LiteRT.",
        "",
        "| network | native, warm | cold | LiteRT, warm | cold | as convolutions, warm "
        "| native, warm, over dense | LiteRT, warm, over dense |",
        f"| --- |{' ---: |' * 7}",
    ]
    for name, own in found["native"].items():
        if name == "(call)":
            continue
        other = found[LITERT][name]
        dense = found[LITERT].get(f"{name.partition('-')[0]}-dense", {}).get("warm_ns")
        before = found[LITERT].get(f"{name}{BEFORE}", {}).get("warm_ns")
        figures = [own["warm_ns"], own["cold_ns"], other["warm_ns"], other["cold_ns"], before]
        cells = ["" if figure is None else f"{figure / 1000:.2f}" for figure in figures]
        for figure in (own["warm_ns"], other["warm_ns"]):
            cells.append("" if dense is None else f"{dense / figure:.2f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines
