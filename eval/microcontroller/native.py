"""Generated C on this machine: the outputs of thousands of rows in a second."""

import ctypes
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import CSource

from ..cortex_m.build import build_shared


def predict(source: CSource, rows: NDArray[Any]) -> NDArray[Any]:
    """Stored outputs, (rows, outputs), of stored inputs, (rows, inputs).

    Args:
        source: C of our own making, for it runs in this process.
        rows: of the source's dtype.

    Raises:
        CheckError: the code does not compile without a warning.
        InputError: the cache for compiled code cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "model.so")
        library.write_bytes(build_shared(source))
        function = ctypes.CDLL(str(library)).tvscm_predict
    function.argtypes, function.restype = [ctypes.c_void_p] * 3, None
    dtype = np.dtype(source.dtype)
    rows = rows.astype(dtype, casting="equiv").reshape(len(rows), source.input_size)
    outputs = np.empty((len(rows), source.output_size), dtype)
    scratch = np.empty(source.scratch_bytes // 8 + 1, np.int64)  # aligned
    for row, output in zip(np.ascontiguousarray(rows), outputs, strict=True):
        function(row.ctypes.data, output.ctypes.data, scratch.ctypes.data)
    return outputs
