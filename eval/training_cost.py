"""What training costs: an epoch beside the dense network's, and memory over the width."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_tvscm import networks
from keras_tvscm.layer import TVSCM
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.training import BATCH, LEARNING_RATE, compile_for

WIDTHS = (1024, 4096, 16384, 65536)
# The paper's network, and the one-layer networks beside it.
COMPARED = {
    "dense": ("dense", None),
    "tvscm, learned": ("tvscm", "learned"),
    "tvscm, learned in 13 x 13": ("tvscm", "learned:window=13x13"),
    "tvscm, learned, 8 nonzero": ("tvscm", "learned:nonzeros=8"),
    "tvscm, two offsets": ("tvscm", "random:k=1,seed=15"),
}


def epoch_seconds(
    rows: int, rounds: int, progress: Callable[[str], None], seed: int = 0
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
        progress(f"epochs, round {number} of {rounds}")
        for name in rng.permutation(list(models)):
            started = time.perf_counter()
            models[name].fit(x, y, batch_size=BATCH, verbose=0)
            if number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def peak_bytes(n: int) -> int:
    """What a few training steps of one learned layer of width n add to a process's peak."""
    command = [sys.executable, "-c", f"import {__name__} as cost; cost.print_peak({n})"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def print_peak(n: int) -> None:
    """In a process of its own: train, and print the bytes that the peak grew by."""
    keras.utils.set_random_seed(0)
    _train(16)
    before = _peak()
    _train(n)
    print(_peak() - before)


def _train(n: int) -> None:
    model = keras.Sequential(
        [keras.Input((n,)), TVSCM("learned", activation="relu"), keras.layers.Dense(10)]
    )
    compile_for(model, LEARNING_RATE, 4, 1)
    x = np.zeros((BATCH, n), np.float32)
    model.fit(x, np.zeros(BATCH, np.int32), batch_size=BATCH, epochs=4, verbose=0)


def _peak() -> int:
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kibibytes * (1 if sys.platform == "darwin" else 1024)


def training_cost(
    *,
    rows: int = 54_000,
    rounds: int = 5,
    widths: Sequence[int] = WIDTHS,
    progress: Callable[[str], None] = lambda message: None,
    command: str = "",
) -> dict[str, Any]:
    """Both benchmarks, with machine and versions.

    Args:
        rows: training rows of an epoch; by default those of MNIST.
        rounds: counted epochs of each network.
        widths: of the layers whose memory is measured.
        progress: called with what is going on.
        command: recorded beside the figures.
    """
    seconds = epoch_seconds(rows, rounds, progress)
    ratios = {
        name: [one / dense for one, dense in zip(found, seconds["dense"], strict=True)]
        for name, found in seconds.items()
    }
    memory = []
    for n in widths:
        progress(f"memory at n = {n:,}")
        memory.append({"n": n, "bytes": peak_bytes(n), "matrix_bytes": 4 * n * n})
    return {
        "command": command,
        "rows": rows,
        "batch": BATCH,
        "seconds": seconds,
        "ratio_to_dense": {name: statistics.median(found) for name, found in ratios.items()},
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
        "Peak memory that four training steps of one learned layer and a Dense(10) add to a "
        "process that has trained a tiny one, beside what the n x n matrix alone would take in "
        "float32:",
        "",
        "| n | peak MiB | bytes per n | n x n matrix MiB |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for row in results["memory"]:
        lines.append(
            f"| {row['n']:,} | {row['bytes'] / 2**20:,.1f} | {row['bytes'] / row['n']:,.0f} "
            f"| {row['matrix_bytes'] / 2**20:,.0f} |"
        )
    return "\n".join([*lines, "", *provenance(results)]) + "\n"
