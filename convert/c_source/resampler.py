"""The resampler of `keras_tvscm.ecg` as C: any rate to the 120 Hz of the front end."""

from dataclasses import replace
from importlib.resources import files

from keras_tvscm.ecg.resampling import RATE, filter_for
from keras_tvscm.errors import InputError

from .front_end import comment
from .source import CSource

MOST = 255  # phases, and samples in the filter: one byte counts them


def with_resampler(source: CSource, rate: int) -> CSource:
    """A network's C with `NAME_resample_RATE.h` and `.c` beside it.

    The outputs are those of `keras_tvscm.ecg.resampling.Resampler`, number by number.

    Args:
        source: the network's C.
        rate: samples a second of what is pushed, 120 or more.

    Raises:
        InputError: the rate is below 120, or has no small ratio to it.
    """
    kernel = filter_for(rate)
    taps = kernel.phases.shape[1]
    if rate < RATE or max(kernel.up, taps, kernel.down // kernel.up) > MOST:
        raise InputError(
            f"no C for a resampler from {rate} samples a second: expected {RATE} or more, of which "
            f"{RATE} is a small fraction, such as 250, 360 or 500"
        )
    name = f"{source.name}_resample_{rate}"
    guard = f"{name.upper()}_H_"
    header = f"""#ifndef {guard}
#define {guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* Zeros before the first sample. */
typedef struct {{
    int16_t samples[{taps}];
    uint16_t rest;
    uint8_t place, phase, wait, begun;
}} {name}_state;

/* Takes the next of {rate} samples a second. If it returns 1, `output` is the next of {RATE}. */
int {name}({name}_state *state, int16_t sample, int16_t *output);

#ifdef __cplusplus
}}
#endif

#endif /* {guard} */
"""
    defined = {"UP": kernel.up, "DOWN": kernel.down, "TAPS": taps, "BEFORE": kernel.before}
    lines = "\n".join(f"#define {macro} {value}" for macro, value in defined.items())
    rows = ",\n".join(f"        {{{', '.join(map(str, row))}}}" for row in kernel.phases.tolist())
    text = files(__package__).joinpath("kernels", "resampler.c").read_text()
    text = text.replace("@NAME@", name).replace("@PHASES@", rows)
    texts = {
        f"{name}.h": comment(source) + header,
        f"{name}.c": f'{comment(source)}#include "{name}.h"\n\n{lines}\n\n{text}',
    }
    return replace(source, beside={**source.beside, **texts})
