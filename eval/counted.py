"""One model's C on one emulated core, as a measurement beside those of the runtimes."""

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError

from .energy import of_counts
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
        model: counted if it is int8: a float32 one takes minutes on a core without an FPU.
        dataset: whose test rows are run.

    Raises:
        CheckError: an output differs from TFLite-Micro's.
        InputError: the model does not fit the data set.
    """

    def unavailable(reason: str) -> Measurement:
        return Measurement(model.name, core, "unavailable", reason)

    if model.fault:
        return unavailable(model.fault)
    if model.dtype != "int8":
        return unavailable("int8 models alone are counted here; tvscm microcontroller counts more")
    try:
        program = programs(model, dataset, [core], ROWS, lambda message: None)[0]
    except (InputError, Unavailable) as error:
        return unavailable(str(error))
    counts = program.by_core[core].counts
    return Measurement(
        model.name,
        core,
        "measured",
        score=program.score,
        counts={name: getattr(counts, name) for name in COUNTED},
        energy=[energy.to_json() for energy in of_counts(counts)],
        operators=[
            {"name": name, "instructions": number}
            for name, number in sorted(counts.by_function.items(), key=lambda item: -item[1])
        ],
    )
