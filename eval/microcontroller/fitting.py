"""Whether a named microcontroller holds a network's code and memory."""

import numpy as np

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.errors import InputError

from ..cortex_m.counts import misfit
from ..cortex_m.measurement import measure
from ..energy import part as find


def check_fits(source: CSource, name: str) -> None:
    """Compile for the part's core, run once, and compare with its flash and SRAM.

    Raises:
        InputError: no such part, or it does not fit; or no compiler and emulator to tell.
    """
    part = find(name)
    rows = np.zeros((1, source.input_size), source.input_dtype)
    try:
        counts = measure(source, part.counted_on, rows).counts
    except Unavailable as error:
        raise InputError(f"cannot tell whether {part.name} holds the network: {error}") from error
    reason = misfit(counts, part.flash_bytes, part.sram_bytes)
    if reason:
        raise InputError(f"{part.name}: the network {reason}; nothing written")
