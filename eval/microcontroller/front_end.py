"""The front end with its network on an emulated Cortex-M: what a second of ECG takes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.c_source.front_end_check import firmware
from keras_tvscm.errors import CheckError

from ..cortex_m import Counts, measure
from ..energy.modelled import modelled
from ..energy.parts import PARTS

RATE = 120
DAY = 24 * 60 * 60
# A CR2032's typical 225 mAh at its nominal 3 V (https://en.wikipedia.org/wiki/CR2032_battery,
# table of IEC 60086 names).
COIN_CELL_JOULES = 0.225 * 3600 * 3.0
NO_BEAT = -1

# A signal in, the bytes of the state (in two halves) and the classes of beats out.
STREAM = """
#include "{name}_stream.h"
#include "{name}_front_end.h"

void {name}_stream_predict(const int16_t *input, int8_t *output, void *scratch)
{{
    struct {{
        {name}_front_end state;
        int32_t network[{prefix}_SCRATCH_BYTES / 4 + 1];
    }} *memory = scratch;
    {name}_beat beat;
    int8_t *end = output + {outputs};
    *output++ = (int8_t)(sizeof memory->state & 127);
    *output++ = (int8_t)(sizeof memory->state >> 7);
    {name}_reset(&memory->state);
    for (int i = 0; i < {samples}; i++)
        if ({name}_push(&memory->state, input[i], &beat, memory->network) && output < end)
            *output++ = (int8_t)beat.label;
    while (output < end) *output++ = {no_beat};
}}
"""


@dataclass(frozen=True)
class FrontEndCounts:
    """What a signal takes on one core.

    Attributes:
        seconds: of signal.
        beats: that were classified.
        state_bytes: what the front end remembers.
        network_bytes: scratch memory of the network.
        counts: of the whole signal, the reset included.
    """

    seconds: float
    beats: int
    state_bytes: int
    network_bytes: int
    counts: Counts

    @property
    def sram_bytes(self) -> int:
        """State, scratch memory and stack."""
        return self.state_bytes + self.network_bytes + self.counts.stack_bytes

    def to_json(self) -> dict[str, Any]:
        energies = {}
        for part in PARTS:
            if part.counted_on != self.counts.core:
                continue
            energy = modelled(self.counts, part).energy
            if energy.microjoules is None:
                continue
            low, high = energy.microjoules.times(DAY / self.seconds / 1e6)
            energies[part.name] = {
                "joules_a_day": {"low": low, "high": high},
                "years_of_a_coin_cell": {
                    "low": COIN_CELL_JOULES / high / 365,
                    "high": COIN_CELL_JOULES / low / 365,
                },
                "kind": energy.kind,
                "method": energy.method,
                "source": energy.source,
            }
        return {
            "core": self.counts.core,
            "seconds": self.seconds,
            "beats": self.beats,
            "instructions_a_second": self.counts.instructions / self.seconds,
            "flash_bytes": self.counts.flash_bytes,
            "state_bytes": self.state_bytes,
            "scratch_bytes": self.network_bytes,
            "stack_bytes": self.counts.stack_bytes,
            "sram_bytes": self.sram_bytes,
            "energy": energies,
            "counts": self.counts.to_json(),
        }


def count_front_end(source: CSource, signal: NDArray[np.int16], core: str) -> FrontEndCounts:
    """Run the firmware's stream on a core, and count.

    Args:
        source: of `with_front_end`.
        signal: int16 (samples,) at 120 Hz.
        core: one of `CORES`.

    Raises:
        CheckError: the code fails on the core, or gives other classes than on this machine.
        Unavailable: a package that this needs, or a C compiler, is not installed.
    """
    with firmware(source) as run:
        labels = run(signal).labels.astype(np.int8)
    outputs = 2 + len(labels) + 1
    stream = CSource(
        name=f"{source.name}_stream",
        header=f"#include <stdint.h>\nvoid {source.name}_stream_predict"
        "(const int16_t *input, int8_t *output, void *scratch);\n",
        source=STREAM.format(
            name=source.name,
            prefix=source.prefix,
            outputs=outputs,
            samples=len(signal),
            no_beat=NO_BEAT,
        ),
        input_size=len(signal),
        output_size=outputs,
        input_dtype="int16",
        output_dtype="int8",
        scratch_bytes=4096 + source.scratch_bytes,
        constant_bytes=0,
        instructions=0,
        beside=source.texts,
    )
    measured = measure(stream, core, signal[None], counted=1)
    first, second, *found = measured.outputs[0].tolist()
    if found != [*labels.tolist(), NO_BEAT]:
        raise CheckError(f"the front end on {core} gives other classes than on this machine")
    return FrontEndCounts(
        len(signal) / RATE,
        len(labels),
        first + (second << 7),
        source.scratch_bytes,
        measured.counts,
    )
