"""Every program of every data set: counted, modelled, and held against the dense network's."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.runtimes import InProcess
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.machine import machine, versions
from keras_tvscm.progress import Progress, announcing, silent

from .. import latency
from ..cortex_m import CORES, check_cores, measure, misfit
from ..cortex_m.check import tflite_outputs
from ..energy import PARTS, autoencoder, published
from ..energy.parts import part
from ..energy.validation import validate
from ..model import Model, distinct
from .emlearn_source import absent
from .program import Program, programs, runs, without_lowering
from .ratios import horowitz_ratios, in_silicon, on_parts, parameter_ratio, ratios

VALIDATION_ROWS = 100


def study(
    groups: Sequence[tuple[Dataset, Sequence[Model]]],
    *,
    cores: Sequence[str] = tuple(CORES),
    rows: int = 1000,
    rounds: int = 50,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """Count every model on every core, beside the dense network of its data set.

    Args:
        groups: a data set and its models, each with its record; among them the dense network
            in int8 and float32.
        cores: names out of `cortex_m.CORES`.
        rows: drawn test rows to run on each core; 10 where float32 is software.
        rounds: timed loops of each model in TFLite-Micro on this machine; 0 for none.
        progress: called before each run of a program, on this machine or a core.
        command: recorded beside the figures.

    Returns:
        A JSON-ready record, with machine and versions.

    Raises:
        CheckError: an output differs from TFLite-Micro's.
        InputError: an unknown core; a model without a record or without C; no dense network.
        Unavailable: TFLite-Micro or a package for emulation is not installed.
    """
    check_cores(cores)
    for dataset, models in groups:
        for model in models:
            if model.required_record().multiplications is None:
                raise InputError(f"{model.path}: the operations of its network cannot be counted")
        given = {(model.network, model.dtype) for model in models}
        for dtype in ("int8", "float32"):
            if ("dense", dtype) not in given:
                raise InputError(f"{dataset.name}: no dense network in {dtype} to compare with")
    # Of each data set also the timing; at the end the validation.
    runs_of_groups = sum(
        sum(runs(model, cores) for model in models) + bool(rounds) for _, models in groups
    )
    announce = announcing(progress, runs_of_groups + 1)
    return {
        "command": command,
        "rows": rows,
        "rounds": rounds,
        "datasets": [
            _dataset(dataset, models, cores, rows, rounds, announce) for dataset, models in groups
        ],
        "left_out": absent(),
        "validation": _validation(cores, announce),
        "machine": machine(),
        "versions": versions(),
    }


def _dataset(
    dataset: Dataset,
    models: Sequence[Model],
    cores: Sequence[str],
    rows: int,
    rounds: int,
    announce: Callable[[str], None],
) -> dict[str, Any]:
    models = distinct([replace(model, name=without_lowering(model)) for model in models])
    counted_programs = [
        program for model in models for program in programs(model, dataset, cores, rows, announce)
    ]
    dense: dict[str, Program] = {}
    for program in counted_programs:
        if program.model.network == "dense":
            dense.setdefault(program.dtype, program)
    times: dict[str, latency.Latency] = {}
    if rounds:
        announce(f"TFLite-Micro on this machine, {rounds} rounds")
        sessions = [InProcess("tflm", model.content, dataset.test.x[0]) for model in models]
        names = [model.name for model in models]
        times = dict(zip(names, latency.measure(sessions, rounds), strict=True))
    return {
        "name": dataset.name,
        "source": dataset.source,
        "rows": len(dataset.test.y),
        "programs": [
            _program(program, dense)
            | {"tflm_host_ns": times[program.name].to_json() if program.name in times else None}
            for program in counted_programs
        ],
    }


def _program(program: Program, dense: dict[str, Program]) -> dict[str, Any]:
    model = program.model
    return {
        "name": program.name,
        "model": model.to_json(),
        "score": program.score and program.score.to_json(),
        "differing": program.differing,
        "cores": {core: measured.to_json() for core, measured in program.by_core.items()},
        "parts": {part.part: part.to_json() for part in on_parts(program)},
        "misfits": {
            part.name: misfit(
                program.by_core[part.counted_on].counts, part.flash_bytes, part.sram_bytes
            )
            for part in PARTS
            if part.counted_on in program.by_core
        },
        "horowitz": {
            "int8": in_silicon(model, "int8").to_json(),
            "float32": in_silicon(model, "float32").to_json(),
        },
        "ratios": {
            "parameter_bytes": parameter_ratio(dense["float32"].model, model),
            "int8": ratios(dense["int8"], program) if program.dtype == "int8" else None,
            "from_float32": ratios(dense["float32"], program),
            "horowitz": horowitz_ratios(dense["float32"].model, model),
        },
    }


def _validation(cores: Sequence[str], announce: Callable[[str], None]) -> dict[str, Any]:
    """The energy model on a network that others have measured on boards."""
    announce("MLPerf Tiny's autoencoder")
    content = autoencoder.int8()
    x = np.random.default_rng(1).normal(size=(VALIDATION_ROWS, autoencoder.WIDTHS[0]))
    stored = input_and_output(content)[0].quantize(x.astype(np.float32)).reshape(len(x), -1)
    expected = tflite_outputs(content, stored)
    wanted = {part(result.part).counted_on for result in published.PUBLISHED}
    source = generate(content)
    counted = {core: measure(source, core, stored, expected) for core in cores if core in wanted}
    checks = validate([measured.counts for measured in counted.values()])
    return {
        "multiplications": autoencoder.multiplications(),
        "cores": {core: measured.to_json() for core, measured in counted.items()},
        "checks": [check.to_json() for check in checks],
    }
