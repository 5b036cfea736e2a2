"""How the figures were come by: the same words in Markdown and HTML."""

from ..comparison import Comparison
from .tables import microseconds, plain


def method(comparison: Comparison) -> list[tuple[str, str]]:
    """(what, how) pairs."""
    dataset, rounds = comparison.dataset, comparison.rounds
    one_row = 100 / dataset["rows"]
    return [
        ("Command", plain(comparison.command)),
        ("Date", comparison.date),
        ("Machine", _pairs(comparison.machine)),
        ("Versions", _pairs(comparison.versions)),
        (
            "Accuracy",
            f"The whole test set, {dataset['rows']:,} rows of {dataset['name']}, run on the "
            f"runtime that the table names. One row is worth {one_row:.2g} points.",
        ),
        (
            "Latency",
            f"Batch 1, one thread. Loops of about 2 ms are timed, {rounds} per model, each the "
            "mean of its inferences; the table gives their median and the range from the 5th "
            "to the 95th percentile. All models of a runtime take turns in every round, in an "
            f"order drawn from seed {comparison.seed}. The figure includes the Python call "
            f"into the runtime ({_calls(comparison)}); setting the input and reading the output "
            "are outside it.",
        ),
        (
            "Ratios",
            "The dense model's median latency over this model's, on the same runtime: above 1 "
            "is faster than dense. The second figure is the same without the call: both times less "
            "that of a Python call of the runtime that does nothing, measured in the same rounds. "
            "An app, which calls the runtime from its own language, is nearer to it.",
        ),
        (
            "Head-only floor",
            "The same network with the TVSCM layer taken out. Nothing that keeps the head can "
            "be faster; what TVSCM adds in accuracy is what it has over this row.",
        ),
        *(
            [
                (
                    "Cortex-M",
                    f"Instructions of an inference of the generated C on {', '.join(cores)}, "
                    "counted while an emulator runs it: the most of three test rows. Its outputs "
                    "are TFLite-Micro's, byte by byte. Instructions are not time. A model that was "
                    "converted with --target c may take fewer.",
                )
            ]
            if (cores := comparison.cores)
            else []
        ),
        (
            "Arena",
            "The smallest arena in which TFLite-Micro runs the model on this machine, found by "
            "trying: it plans its memory in some that it gives back. On a 32-bit microcontroller "
            "it is smaller.",
        ),
        (
            "Not timed",
            "tflite-runtime 2.14, on which conversions are verified where it is set up: built "
            "against another NumPy, it runs in a process of its own, where it cannot take turns "
            "with the others.",
        ),
        *(
            (f"Left out: {name}", f"This baseline is not here: {plain(reason)}.")
            for name, reason in comparison.left_out.items()
        ),
        ("Best", "Bold figures are the best of a column; baselines do not take part."),
    ]


def _calls(comparison: Comparison) -> str:
    return ", ".join(f"{microseconds(ns)} µs on {name}" for name, ns in comparison.calls.items())


def _pairs(values: dict[str, str] | dict[str, str | int]) -> str:
    return ", ".join(f"{key} {plain(value)}" for key, value in values.items())
