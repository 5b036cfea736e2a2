"""What training costs: an epoch beside the dense network's, and memory over the width."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import networks
from keras_tvscm.progress import Progress, announcing, silent
from keras_tvscm.training.fit import BATCH, compile_for
from keras_tvscm.training.recipe import LEARNING_RATE

WIDTHS = (1024, 2048, 4096, 8192, 16384, 32768, 65536)
# A dense layer twice as wide, its gradient and Adam's two moments would take 4 GiB.
WIDEST_DENSE = 8192
# The paper's network, and the one-layer networks beside it.
COMPARED = {
    "dense": ("dense", None),
    "tvscm, learned": ("tvscm", "learned"),
    "tvscm, learned in 13 x 13": ("tvscm", "learned:window=13x13"),
    "tvscm, learned, 8 nonzero": ("tvscm", "learned:nonzeros=8"),
    "tvscm, two offsets": ("tvscm", "random:k=1,seed=15"),
}


def epoch_seconds(
    rows: int, rounds: int, announce: Callable[[str], None], seed: int = 0
) -> dict[str, list[float]]:
    """Seconds of each network's epochs on rows of the shape of MNIST, interleaved.

    Every round trains each network for one epoch, in an order drawn anew; the first round,
    which compiles, is not counted.
    """
    rng = np.random.default_rng(seed)
    x = rng.random((rows, 784), np.float32)
    y = rng.integers(0, 10, rows).astype(np.int32)
    steps = max(1, rows // BATCH)
    models = {}
    for name, (network, pattern) in COMPARED.items():
        options: dict[str, Any] = {} if pattern is None else {"pattern": pattern}
        models[name] = networks.build(network, "mnist", **options)
        compile_for(models[name], LEARNING_RATE, steps * (rounds + 1), steps)
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for number in range(rounds + 1):
        announce(f"epochs, round {number} of {rounds}")
        for name in rng.permutation(list(models)):
            started = time.perf_counter()
            models[name].fit(x, y, batch_size=BATCH, verbose=0)
            if number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def peak_bytes(n: int, layer: str = "tvscm") -> int:
    """What a few training steps of one layer of width n add to a process's peak memory.

    Args:
        n: width.
        layer: `"tvscm"`, with a learned pattern, or `"dense"`.
    """
    code = f"import {__name__} as cost; cost.print_peak({n}, {layer!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def print_peak(n: int, layer: str) -> None:
    """In a process of its own: train, and print by how many bytes the peak passed the start."""
    keras.utils.set_random_seed(0)
    _train(16, layer)
    # Forgets the peak so far, that of the first compilation (Linux, proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    before = _kibibytes("VmRSS")
    _train(n, layer)
    print(1024 * (_kibibytes("VmHWM") - before))


def _kibibytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition(f"{name}:")[2].split()[0])


def _train(n: int, layer: str) -> None:
    hidden = keras.layers.Dense(n, "relu") if layer == "dense" else TVSCM("learned", None, "relu")
    model = keras.Sequential([keras.Input((n,)), hidden, keras.layers.Dense(10)])
    compile_for(model, LEARNING_RATE, 4, 1)
    x = np.zeros((BATCH, n), np.float32)
    model.fit(x, np.zeros(BATCH, np.int32), batch_size=BATCH, epochs=4, verbose=0)


def training_cost(
    *,
    rows: int = 54_000,
    rounds: int = 5,
    widths: Sequence[int] = WIDTHS,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """Both benchmarks, with machine and versions.

    Args:
        rows: training rows of an epoch; by default those of MNIST.
        rounds: counted epochs of each network.
        widths: of the layers whose memory is measured.
        progress: called before each round and each width.
        command: recorded beside the figures.
    """
    announce = announcing(progress, rounds + 1 + len(widths))
    seconds = epoch_seconds(rows, rounds, announce)
    ratios = {
        name: [own / dense for own, dense in zip(values, seconds["dense"], strict=True)]
        for name, values in seconds.items()
    }
    memory = []
    for n in widths:
        announce(f"memory at n = {n:,}")
        dense = peak_bytes(n, "dense") if n <= WIDEST_DENSE else None
        memory.append({"n": n, "tvscm_bytes": peak_bytes(n), "dense_bytes": dense})
    return {
        "command": command,
        "rows": rows,
        "batch": BATCH,
        "seconds": seconds,
        "ratio_to_dense": {name: statistics.median(values) for name, values in ratios.items()},
        "memory": memory,
        "machine": machine(),
        "versions": versions(),
    }


def as_markdown(results: dict[str, Any]) -> str:
    """Two tables, and how they were made."""
    lines = [
        "# What training costs",
        "",
        f"One epoch of {results['rows']:,} rows of 784 features, batches of {results['batch']}; "
        f"{len(results['seconds']['dense'])} rounds, in each of which every network trains one "
        "epoch. The ratio is the median over the rounds.",
        "",
        "| network | seconds (least to most) | median | ratio to dense |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, seconds in results["seconds"].items():
        lines.append(
            f"| {name} | {min(seconds):.2f} to {max(seconds):.2f} "
            f"| {statistics.median(seconds):.2f} | {results['ratio_to_dense'][name]:.2f} |"
        )
    lines += [
        "",
        "By how much four training steps of one layer and a Dense(10), their compilation "
        "included, raise the resident memory of a process that has trained a tiny one: a learned "
        "pattern, and the paper's dense layer, which grows with n² and is left out above n = "
        f"{WIDEST_DENSE:,}.",
        "",
        "| n | tvscm, learned: peak MiB | KiB per n | dense: peak MiB |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for row in results["memory"]:
        dense = "" if row["dense_bytes"] is None else f"{row['dense_bytes'] / 2**20:,.0f}"
        lines.append(
            f"| {row['n']:,} | {row['tvscm_bytes'] / 2**20:,.1f} "
            f"| {row['tvscm_bytes'] / row['n'] / 2**10:,.1f} | {dense} |"
        )
    return "\n".join([*lines, "", *provenance(results)]) + "\n"
