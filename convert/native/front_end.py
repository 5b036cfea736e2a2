"""The front end of `keras_tvscm.ecg` compiled for this machine: the same rows, faster."""

import ctypes
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.detector import REFRACTORY
from keras_tvscm.ecg.front_end import ROW, Beats

from ..c_source.front_end import functions, state
from .library import compile_library

STORE = """INLINE void store(int16_t *row, int place, int32_t number)
{
    row[place] = (int16_t)number;
}
"""
TEXT = f"""#include <stdint.h>

{state("front_end")}
{functions("front_end", "int16_t", STORE)}
#define EXPORT __attribute__((visibility("default")))

EXPORT const long tvscm_state_bytes = sizeof(front_end);

EXPORT void tvscm_reset(front_end *state)
{{
    forget(state);
}}

/* Rows and R peaks, as places among the samples that may lie before them; how many. */
EXPORT long tvscm_push(front_end *state, const int16_t *samples, long count, int16_t *rows,
                       long *at)
{{
    long beats = 0;
    for (long i = 0; i < count; i++) {{
        int ago = complete(state, samples[i], rows + beats * {ROW});
        if (ago) at[beats++] = i - ago;
    }}
    return beats;
}}
"""


class CompiledFrontEnd:
    """As `keras_tvscm.ecg.front_end.FrontEnd`, in C; see `compiled`.

    Attributes:
        state_bytes: what it remembers.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self.state_bytes = ctypes.c_long.in_dll(library, "tvscm_state_bytes").value
        self._state = ctypes.create_string_buffer(self.state_bytes)
        self._pushed = 0
        library.tvscm_reset(self._state)

    def push_many(self, samples: NDArray[np.int16]) -> Beats:
        """Take samples, int16 (samples,), and give the beats that are complete then."""
        samples = np.ascontiguousarray(samples, np.int16)
        # No more than one beat is found, or completed, in a refractory time, and two may wait.
        most = len(samples) // REFRACTORY + 3
        rows, at = np.empty((most, ROW), np.int16), np.empty(most, np.int64)
        beats = self._library.tvscm_push(
            self._state,
            samples.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_long(len(samples)),
            rows.ctypes.data_as(ctypes.c_void_p),
            at.ctypes.data_as(ctypes.c_void_p),
        )
        found = Beats(at[:beats] + self._pushed, rows[:beats].copy())
        self._pushed += len(samples)
        return found


def compiled() -> CompiledFrontEnd:
    """A front end that this machine's C compiler has made; takes a second the first time.

    Raises:
        Unavailable: there is no C compiler: take `FrontEnd`.
        InputError: it fails.

    Example:

        front_end = compiled()
        samples, x = front_end.push_many(signal)
    """
    return CompiledFrontEnd(_library())


@cache
def _library() -> ctypes.CDLL:
    shared = compile_library({"library.c": TEXT})
    with tempfile.NamedTemporaryFile(suffix=".so") as file:
        Path(file.name).write_bytes(shared)
        library = ctypes.CDLL(file.name)
    library.tvscm_push.restype = ctypes.c_long
    return library
