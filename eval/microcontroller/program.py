"""A model's C: held against the model on every row, and counted on every core."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_tvscm.convert.c_source import CSource, generate, native
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.training.metrics import Score, score

from ..cortex_m import CORES, Measured, measure
from ..cortex_m.check import check_outputs, tflite_outputs
from ..model import Model
from .emlearn_source import NAME as EMLEARN
from .emlearn_source import absent, emlearn_source

# A float32 inference without an FPU takes a hundred million instructions: a second to run,
# 20 to count.
SOFT_FLOAT_ROWS = 10
SOFT_FLOAT_COUNTED = 1
OTHER_RUNTIMES = ("litert-builtin", "litert-xnnpack")


@dataclass(frozen=True)
class Program:
    """C, and what it does.

    Attributes:
        name: for people to read.
        model: what it was made from.
        by_core: core -> what came out there.
        score: on the whole test set, by the outputs of the C on this machine; None of a peer.
        differing: runtime -> share of the test rows in which a byte of its outputs is not that
            of the C.
    """

    name: str
    model: Model
    by_core: dict[str, Measured]
    score: Score | None
    differing: dict[str, float]

    @property
    def dtype(self) -> str:
        return str(self.model.dtype)


def without_lowering(model: Model) -> str:
    """The model's name without its lowering, of which nothing is left in the C."""
    lowering = model.record.lowering if model.record else None
    return model.name.replace(f" {lowering} ", " ") if lowering else model.name


def runs(model: Model, cores: Sequence[str]) -> int:
    """How many runs `programs` takes: on this machine, and of each program on each core."""
    return 1 + len(cores) * (2 if _has_peer(model) else 1)


def _has_peer(model: Model) -> bool:
    return (model.network, model.dtype) == ("dense", "float32") and absent() is None


def programs(
    model: Model,
    dataset: Dataset,
    cores: Sequence[str],
    rows: int,
    announce: Callable[[str], None],
) -> list[Program]:
    """The model's C, and of the dense float32 network emlearn's as well.

    Args:
        model: int8, or float32 of Dense layers.
        dataset: whose test rows are run, all on this machine.
        cores: out of `cortex_m.CORES`.
        rows: drawn test rows to run on each core.
        announce: called before each of the `runs`, with what it is.

    Raises:
        CheckError: an output differs from TFLite-Micro's.
        InputError: the model has no C, or does not fit the data set.
        Unavailable: TFLite-Micro or a package for emulation is not installed.
    """
    try:
        source = generate(model.content)
    except InputError as error:
        raise InputError(f"{model.path}: {error}") from error
    x, y = dataset.test.x, dataset.test.y
    if (source.input_size, source.output_size) != (x.shape[1], len(dataset.classes)):
        raise InputError(
            f"{model.path} takes {source.input_size} values and gives {source.output_size}, but "
            f"{dataset.name} has {x.shape[1]} values and {len(dataset.classes)} classes"
        )
    name = model.name
    announce(f"{name}: {len(x):,} rows on this machine")
    stored = input_and_output(model.content)[0].quantize(x).reshape(len(x), -1)
    expected = tflite_outputs(model.content, stored)
    outputs = native.run(source, stored)
    check_outputs(outputs, expected, f"{name} on this machine")
    differing = {"tflm": _differing(outputs, expected)}
    for runtime in OTHER_RUNTIMES:
        try:
            other = tflite_outputs(model.content, stored, runtime)
        except Unavailable:
            continue
        differing[runtime] = _differing(outputs, other)
    # Data sets may be in order of their classes.
    drawn = np.random.default_rng(0).permutation(len(x))[:rows]
    measured = _on_cores(source, cores, stored[drawn], expected[drawn], name, announce)
    scored = score(y, outputs.argmax(axis=1), len(dataset.classes))
    variants = [Program(name, model, measured, scored, differing)]
    if _has_peer(model):
        peer = emlearn_source(model.content)
        measured = _on_cores(peer, cores, stored[drawn], expected[drawn], EMLEARN, announce)
        variants.append(Program("dense float32 by emlearn", model, measured, None, {}))
    return variants


def _differing(outputs: Any, others: Any) -> float:
    return float(np.mean((outputs != others).any(axis=1)))


def _on_cores(
    source: CSource,
    cores: Sequence[str],
    rows: Any,
    expected: Any,
    name: str,
    announce: Callable[[str], None],
) -> dict[str, Measured]:
    by_core = {}
    for core in cores:
        announce(f"{name} on {core}")
        if source.input_dtype == "float32" and not CORES[core].hard_float:
            few = slice(SOFT_FLOAT_ROWS)
            by_core[core] = measure(source, core, rows[few], expected[few], SOFT_FLOAT_COUNTED)
        else:
            by_core[core] = measure(source, core, rows, expected)
    return by_core
