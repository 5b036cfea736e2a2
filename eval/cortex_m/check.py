"""The outputs of generated C against those of the `.tflite` model that it was made from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert import runtimes
from keras_tvscm.convert.c_source.native import stored_outputs
from keras_tvscm.errors import CheckError

# Our own C adds float32 products in the order of TFLite's kernel and must be equal bit by bit where
# it is made (`native.check`). This wider bound is for what is measured here: also peers' C, which
# adds in another order. Two orders of adding n products differ by n * 2**-24 of the largest output
# at most; n = 1,600.
FLOAT_TOLERANCE = 1e-4


def tflite_outputs(content: bytes, rows: NDArray[Any], runtime: str = "tflm") -> NDArray[Any]:
    """Stored outputs, (rows, outputs), of a `.tflite` model on stored inputs, (rows, inputs).

    Args:
        content: the model, which `flatbuffer.check` has passed.
        rows: of the model's input type.
        runtime: one of `convert.runtimes.NAMES`.

    Raises:
        Unavailable: the runtime is not installed, or cannot run the model.
    """
    return stored_outputs(runtimes.load(runtime, content), content, rows)


def check_outputs(outputs: NDArray[Any], expected: NDArray[Any], what: str) -> None:
    """Integers must be equal; float32 values within `FLOAT_TOLERANCE` of the largest.

    Raises:
        CheckError: they are not, or are of another shape or type.
    """
    if (outputs.shape, outputs.dtype) != (expected.shape, expected.dtype):
        raise CheckError(
            f"{what}: outputs are {outputs.dtype} {outputs.shape}, expected "
            f"{expected.dtype} {expected.shape}"
        )
    allowed = 0.0
    if outputs.dtype.kind == "f":
        allowed = FLOAT_TOLERANCE * float(np.abs(expected).max())
    differences = np.abs(outputs.astype(np.float64) - expected.astype(np.float64))
    wrong = ~(differences <= allowed)  # so that NaN is wrong
    if wrong.any():
        row, column = (int(index) for index in np.argwhere(wrong)[0])
        raise CheckError(
            f"{what}: {wrong.sum():,} of {wrong.size:,} outputs differ from the model's; the "
            f"first is output {column} of row {row}: {outputs[row, column]}, expected "
            f"{expected[row, column]}"
        )
