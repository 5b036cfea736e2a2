"""The front end of `keras_tvscm.ecg` as C: from samples of an ECG to classes of heartbeats."""

import math
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files

import numpy as np

from keras_tvscm.ecg import detector, fixed_point, front_end, high_pass, rhythm, template
from keras_tvscm.ecg.front_end import ROW
from keras_tvscm.errors import InputError
from keras_tvscm.machine import versions

from ..tflite.graph import Tensor, input_and_output
from .source import CSource, macros

INPUTS = ROW + 1  # the network's: a row and a zero

# The places of the rows and parts that the C names.
CONSTANTS = {
    **{
        name: getattr(module, name)
        for module, names in {
            high_pass: ("SHARE",),
            fixed_point: ("UNIT", "LIMIT"),
            rhythm: ("LONGEST", "SHORTEST", "NEAR", "CONTEXT", "SLOW_BITS"),
            template: ("BEFORE", "WINDOW", "AMPLITUDES", "SMALLEST", "STEP_BITS", "STEP"),
            front_end: ("AFTER", "REALIGNED", "MEMORY"),
            detector: (
                "SMOOTHING",
                "REFRACTORY",
                "HISTORY",
                "THRESHOLD",
                "FLOOR",
                "T_WAVE",
                "T_STEEPNESS",
                "LATE_T_WAVE",
                "LATE_T_STEEPNESS",
                "PATIENCE",
                "SEARCH_BACK",
                "FURTHEST",
                "FIRST_RR",
                "LONGEST_RR",
                "DELAY",
            ),
        }.items()
        for name in names
    },
    "PR": template.PR.start,
    "QRS": template.QRS.start,
    "QRS_COUNT": template.QRS.stop - template.QRS.start,
    "P": template.P.start,
    "P_COUNT": template.P.stop - template.P.start,
    "WIDE": template.WIDE.start,
    "WIDE_COUNT": template.WIDE.stop - template.WIDE.start,
    "TIMES": 2 * template.WINDOW,
    "SHAPE": 2 * template.WINDOW + rhythm.NUMBERS,
}


def with_front_end(source: CSource, content: bytes) -> CSource:
    """A network's C with `NAME_front_end.h` and `NAME_front_end.c` beside it.

    `NAME_push` takes a sample at 120 Hz, and says when a heartbeat is complete and of which class
    it is: the rows are those of `keras_tvscm.ecg.front_end`, number by number.

    Args:
        source: the network's C, of `generate`.
        content: the model that it was made of.

    Raises:
        InputError: the network does not take rows of `heartbeat-rhythm`, in int8.
    """
    if (source.input_size, source.input_dtype, source.output_dtype) != (INPUTS, "int8", "int8"):
        raise InputError(
            f"the front end gives {INPUTS} numbers of int8 and takes scores of int8; the network "
            f"takes {source.input_size} of {source.input_dtype} and gives {source.output_dtype}: "
            "train one on heartbeat-rhythm"
        )
    given, _ = input_and_output(content)
    texts = {
        f"{source.name}_front_end.h": comment(source) + _header(source),
        f"{source.name}_front_end.c": comment(source) + _source(source, given),
    }
    return replace(source, beside={**source.beside, **texts})


def comment(source: CSource) -> str:
    """The line at the top of files beside a network's C."""
    version = versions()["keras-tvscm"]
    return (
        f"/* written by keras-tvscm {version} for {source.name}.c; convert again, do not edit.\n"
        "   No diagnosis: this is no medical device. */\n"
    )


def state(name: str) -> str:
    """The type of what the front end remembers."""
    text = _text("front_end.h").replace("@STATE@", name)
    for constant, value in CONSTANTS.items():
        text = text.replace(f"@{constant}@", str(value))
    return text


def functions(name: str, row: str, store: str) -> str:
    """What computes rows: `forget` and `complete`.

    Args:
        name: of the state's type.
        row: the type of a row's numbers.
        store: the function `store`, which writes one of them.
    """
    defined: Mapping[str, str | int] = {"STATE": name, "ROW": row, **CONSTANTS}
    lines = "\n".join(f"#define {macro} {value}" for macro, value in defined.items())
    return f"{macros(row)}\n{lines}\n\n{store}\n{_text('front_end.c')}"


def _text(name: str) -> str:
    return files(__package__).joinpath("kernels", name).read_text()


def _header(source: CSource) -> str:
    name = source.name
    guard = f"{name.upper()}_FRONT_END_H_"
    return f"""#ifndef {guard}
#define {guard}

#include <stdint.h>

#include "{name}.h"

#ifdef __cplusplus
extern "C" {{
#endif

{state(f"{name}_front_end")}
/* A heartbeat: samples since its R peak; its class, the largest score's number; the scores. */
typedef struct {{
    uint16_t ago;
    uint8_t label;
    int8_t scores[{source.prefix}_OUTPUT_SIZE];
}} {name}_beat;

/* Before the first sample. */
void {name}_reset({name}_front_end *state);

/* Takes the next of 120 samples a second, in units of 5 microvolts, and says whether a beat is
   complete: once the beat after it is known, or two seconds after it. `scratch` is as for
   {name}_predict. */
int {name}_push({name}_front_end *state, int16_t sample, {name}_beat *beat, void *scratch);

#ifdef __cplusplus
}}
#endif

#endif /* {guard} */
"""


def _source(source: CSource, given: Tensor) -> str:
    name = source.name
    multiplier, shift = _quantization(given)
    store = f"""/* In the network's steps: checked for every number that a row may hold. */
INLINE void store(int8_t *row, int place, int32_t number)
{{
    int64_t product = (int64_t)number * {multiplier} + ((int64_t)1 << {shift - 1});
    int32_t step = (int32_t)(product >> {shift}) + {given.zero_point};
    row[place] = (int8_t)(step < -128 ? -128 : step > 127 ? 127 : step);
}}
"""
    return f"""#include "{name}_front_end.h"

{functions(f"{name}_front_end", "int8_t", store)}
void {name}_reset({name}_front_end *state)
{{
    forget(state);
}}

int {name}_push({name}_front_end *state, int16_t sample, {name}_beat *beat, void *scratch)
{{
    int8_t row[{source.prefix}_INPUT_SIZE];
    int ago = complete(state, sample, row);
    if (!ago) return 0;
    store(row, {ROW}, 0);
    {name}_predict(row, beat->scores, scratch);
    beat->ago = (uint16_t)ago;
    beat->label = 0;
    for (uint8_t i = 1; i < {source.prefix}_OUTPUT_SIZE; i++)
        if (beat->scores[i] > beat->scores[beat->label]) beat->label = i;
    return 1;
}}
"""


def _quantization(given: Tensor) -> tuple[int, int]:
    """Multiplier and shift that give what `Tensor.quantize` gives, for each number.

    Raises:
        InputError: there are none, as where many numbers lie halfway between two steps.
    """
    numbers = np.arange(-fixed_point.LIMIT, fixed_point.LIMIT + 1, dtype=np.int64)
    wanted = np.rint(numbers / fixed_point.UNIT / np.float64(given.scale)) + given.zero_point
    exact = 1 / (fixed_point.UNIT * given.scale)
    shift = 30 - math.frexp(exact)[1]  # the multiplier fits 31 bits
    multiplier = round(math.ldexp(exact, shift))
    steps = (numbers * multiplier + (1 << shift - 1) >> shift) + given.zero_point
    if not np.array_equal(steps.clip(-128, 127), wanted.clip(-128, 127)):
        raise InputError(
            f"no product of integers gives the network's input steps of {given.scale:g}; convert "
            "it with other --calibration-rows"
        )
    return multiplier, shift
