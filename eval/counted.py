"""One model's C on one emulated core, as a measurement beside those of the runtimes."""

import numpy as np

from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.training.metrics import Score, score

from .cortex_m import Counts, measure
from .energy import of_counts
from .forest import QUIET, Forest
from .measurement import Measurement
from .microcontroller.program import programs
from .model import Model

# Run on the core, and held against the model's own outputs; this machine runs every test row.
ROWS = 100
COUNTED = ("instructions", "flash_bytes", "sram_bytes")


def on_core(core: str, model: Model, dataset: Dataset) -> Measurement:
    """Generate C, check it on every test row here and on some on the core, and count it there.

    Args:
        core: one of `cortex_m.CORES`.
        model: counted if it is int8, or a forest: a float32 one takes minutes on a core without
            an FPU.
        dataset: whose test rows are run.

    Raises:
        CheckError: an output differs from TFLite-Micro's.
        InputError: the model does not fit the data set.
    """

    def unavailable(reason: str) -> Measurement:
        return Measurement(model.name, core, "unavailable", reason)

    scored: Score | None
    try:
        if isinstance(model, Forest):
            scored, counts = _forest(core, model, dataset)
        elif model.fault:
            return unavailable(model.fault)
        elif model.dtype != "int8":
            return unavailable(
                "int8 models alone are counted here; tvscm microcontroller counts more"
            )
        else:
            program = programs(model, dataset, [core], ROWS, lambda message: None)[0]
            scored, counts = program.score, program.by_core[core].counts
    except (InputError, Unavailable) as error:
        return unavailable(str(error))
    return Measurement(
        model.name,
        core,
        "measured",
        score=scored,
        counts={name: getattr(counts, name) for name in COUNTED},
        energy=[energy.to_json() for energy in of_counts(counts)],
        operators=[
            {"name": name, "instructions": number}
            for name, number in sorted(counts.by_function.items(), key=lambda item: -item[1])
        ],
    )


def _forest(core: str, model: Forest, dataset: Dataset) -> tuple[Score, Counts]:
    """Its classes of every test row by this machine, of some by the core; they must be equal."""
    stored = model.stored(dataset.test.x)
    classes = native.run(model.source, stored, QUIET)
    drawn = np.random.default_rng(0).permutation(len(stored))[:ROWS]
    counted = measure(model.source, core, stored[drawn], classes[drawn])
    return score(dataset.test.y, classes[:, 0], len(dataset.classes)), counted.counts
