"""A network's C with its front end on this machine, compared with Python beat by beat."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.ecg.rhythm import LONGEST
from keras_tvscm.errors import CheckError

from ..native.front_end import compiled
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


@contextmanager
def firmware(source: CSource) -> Iterator[Callable[[NDArray[np.int16]], Classified]]:
    """A function that runs the C on a signal, int16 (samples,) at 120 Hz.

    Args:
        source: of `with_front_end`.

    Raises:
        Unavailable: there is no compiler.
        CheckError: it does not compile without a warning, or does not end well.
    """
    scores = ("scores", np.int8, (source.output_size,))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source.write(folder)
        (folder / "main.c").write_text(MAIN.format(name=source.name, prefix=source.prefix))
        files = ["main.c", f"{source.name}.c", f"{source.name}_front_end.c", "-o", "program"]
        run_command([*compiler(), *FLAGS, *files], folder, b"", SECONDS)

        def run(signal: NDArray[np.int16]) -> Classified:
            answer = run_command([str(folder / "program")], folder, signal.tobytes(), SECONDS)
            found = np.frombuffer(answer, [("sample", "<i4"), ("label", np.uint8), scores])
            return Classified(found["sample"], found["label"], found["scores"])

        yield run


def check_front_end(
    source: CSource, content: bytes, signals: Mapping[str, NDArray[np.int16]]
) -> dict[str, Any]:
    """Compare the C with the front end in Python and the model on TFLite-Micro.

    The rows of 237 numbers are compared, then what the firmware says of each beat: its place,
    scores and class.

    Args:
        source: of `with_front_end`.
        content: the model.
        signals: int16 (samples,) at 120 Hz, by name; read one after the other.

    Returns:
        The number of `signals`, `samples` and `beats`, all equal; or a `reason` why not compared.

    Raises:
        CheckError: something differs, or the C does not compile.
    """
    given, _ = input_and_output(content)
    samples = count = 0
    try:
        session = in_child("tflm", content)
        with firmware(source) as run:
            for name in signals:
                signal = signals[name]
                held = np.concatenate([signal, np.repeat(signal[-1:], 2 * LONGEST)])
                peaks, x = beats(signal)
                in_c = compiled().push_many(held)
                rows = given.quantize(to_float(x)).reshape(len(x), source.input_size)
                scores = stored_outputs(session, content, rows)
                found = run(held)
                for what, equal in {
                    "rows": np.array_equal(in_c.samples, peaks) and np.array_equal(in_c.x, x),
                    "beats": np.array_equal(found.samples, peaks),
                    "scores": np.array_equal(found.scores, scores),
                    "classes": np.array_equal(found.labels, scores.argmax(axis=1)),
                }.items():
                    if not equal:
                        raise CheckError(
                            f"the front end in C gives other {what} than Python for {name}; "
                            "nothing written"
                        )
                samples += len(signal)
                count += len(peaks)
    except Unavailable as error:
        return {"reason": str(error)}
    return {"signals": len(signals), "samples": samples, "beats": count}


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
