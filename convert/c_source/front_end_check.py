"""A network's C with its front end on this machine, compared with Python beat by beat."""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.ecg.rhythm import LONGEST
from keras_tvscm.errors import CheckError

from ..runtimes import Unavailable, in_child
from ..tflite.graph import input_and_output
from .native import FLAGS, compiler, run_command, stored_outputs
from .source import CSource

SECONDS = 300

# Samples on standard input; a number, a class and the scores of each beat on standard output.
MAIN = """
#include <stdio.h>
#include "{name}_front_end.h"

static {name}_front_end state;
static {name}_beat beat;
static int32_t scratch[{prefix}_SCRATCH_BYTES / 4 + 1];

int main(void)
{{
    int16_t sample;
    {name}_reset(&state);
    for (int32_t number = 0; fread(&sample, sizeof sample, 1, stdin) == 1; number++)
        if ({name}_push(&state, sample, &beat, scratch)) {{
            int32_t peak = number - beat.ago;
            if (fwrite(&peak, sizeof peak, 1, stdout) != 1) return 1;
            if (fwrite(&beat.label, 1, 1, stdout) != 1) return 1;
            if (fwrite(beat.scores, sizeof beat.scores, 1, stdout) != 1) return 1;
        }}
    return 0;
}}
"""


class Classified(NamedTuple):
    """Heartbeats that a network has scored.

    Attributes:
        samples: (beats,), the sample's number at R.
        labels: (beats,), the number of the largest score.
        scores: int8 (beats, classes), as stored.
    """

    samples: NDArray[np.int32]
    labels: NDArray[np.uint8]
    scores: NDArray[np.int8]


def run_front_end(source: CSource, signal: NDArray[np.int16]) -> Classified:
    """What the C makes of a signal, of which it sees no more than this.

    Args:
        source: of `with_front_end`.
        signal: int16 (samples,) at 120 Hz.

    Raises:
        Unavailable: there is no compiler.
        CheckError: it does not compile without a warning, or does not end well.
    """
    command = compiler()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source.write(folder)
        (folder / "main.c").write_text(MAIN.format(name=source.name, prefix=source.prefix))
        files = ["main.c", f"{source.name}.c", f"{source.name}_front_end.c", "-o", "program"]
        run_command([*command, *FLAGS, *files], folder, b"", SECONDS)
        answer = run_command([str(folder / "program")], folder, signal.tobytes(), SECONDS)
    scores = ("scores", np.int8, (source.output_size,))
    record = np.frombuffer(answer, [("sample", "<i4"), ("label", np.uint8), scores])
    return Classified(record["sample"], record["label"], record["scores"])


def check_front_end(source: CSource, content: bytes, signal: NDArray[np.int16]) -> dict[str, Any]:
    """Compare the C with the front end in Python and the model on TFLite-Micro.

    Args:
        source: of `with_front_end`.
        content: the model.
        signal: int16 (samples,) at 120 Hz.

    Returns:
        The number of `samples` and of `beats`, all equal; or a `reason` why not compared.

    Raises:
        CheckError: a beat, a class or a score differs, or the C does not compile.
    """
    samples, x = beats(signal)
    rows = input_and_output(content)[0].quantize(to_float(x)).reshape(len(x), source.input_size)
    try:
        expected = stored_outputs(in_child("tflm", content), content, rows)
        found = run_front_end(source, np.concatenate([signal, np.repeat(signal[-1:], 2 * LONGEST)]))
    except Unavailable as error:
        return {"reason": str(error)}
    equal = np.array_equal(found.samples, samples) and np.array_equal(found.scores, expected)
    if not equal or not np.array_equal(found.labels, expected.argmax(axis=1)):
        raise CheckError(
            f"the front end in C differs from Python on {len(signal):,} samples; nothing written"
        )
    return {"samples": len(signal), "beats": len(samples)}


def drawn_signal(seconds: int = 120, seed: int = 0) -> NDArray[np.int16]:
    """An ECG at 120 Hz that is no patient's: beats of two shapes at drawn times, and noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(seconds * 120) / 120
    signal = 0.2 * np.sin(2 * np.pi * 0.2 * time) + rng.normal(0, 0.02, len(time))
    peak = 0.5
    while peak < seconds:
        early = rng.random() < 0.15
        width = 0.03 if early else 0.012
        signal += (1.5 if early else 1.0) * np.exp(-(((time - peak) / width) ** 2) / 2)
        signal += 0.25 * np.exp(-(((time - peak - 0.28) / 0.05) ** 2) / 2)
        peak += (0.5 if early else 0.8) * rng.normal(1, 0.05)
    return np.rint(200 * signal).astype(np.int16)
