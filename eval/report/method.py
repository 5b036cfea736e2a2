"""How the figures were come by: the same words in Markdown and HTML."""

from ..comparison import Comparison
from ..statistics import DRAWS, NOISY
from .text import microseconds, plain, share


def method(comparison: Comparison) -> list[tuple[str, str]]:
    """(what, how) pairs."""
    dataset = comparison.dataset
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
        ("Latency", _latency(comparison)),
        (
            "Ratios",
            "The dense model's median latency over this model's, on the same runtime: above 1 "
            f"is faster than dense. {_intervals(comparison)}“Less call” is the same without the "
            "call: both times less that of a Python call of the runtime that does nothing, "
            "measured in the same rounds. An app, which calls the runtime from its own language, "
            "is nearer to it.",
        ),
        *([("Noise", _noise(comparison))] if comparison.spins else []),
        (
            "Which to take",
            "A network is TVSCM if it holds a layer of this library. Its best is set against the "
            "best of all the others. Two accuracies are alike if their difference is below two "
            "standard errors, taken as if each model had test rows of its own.",
        ),
        *(
            [
                (
                    "Head-only floor",
                    "The same network with the TVSCM layer taken out. Nothing that keeps the head "
                    "can be faster; what TVSCM adds in accuracy is what it has over this row.",
                )
            ]
            if any(model["network"] == "softmax" for model in comparison.models)
            else []
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
        *(
            (
                "Random forest",
                f"{plain(model['name'])}: {forest['trees']} trees of scikit-learn's, at most "
                f"{forest['depth']} deep, of {forest['leaf']} rows a leaf at least, "
                f"{forest['nodes']:,} nodes; of {len(forest['grid'])} forests the one with the "
                f"best accuracy on the validation part, {100 * forest['validation_accuracy']:.2f} "
                "%. It takes int16, and is counted as the C that emlearn writes of it, which gives "
                "the class that most trees are for.",
            )
            for model in comparison.models
            if (forest := model.get("forest"))
        ),
        *(
            [
                (
                    "Operators",
                    "The model is cut after its first operator, its second and so on, and each is "
                    "timed: an operator takes what it adds, which may be a little below zero. On "
                    "a core, instructions by the function of the C that they lie in.",
                )
            ]
            if any(m.operators for m in comparison.measurements)
            else []
        ),
        (
            "Arena",
            "The smallest arena in which TFLite-Micro runs the model on this machine, found by "
            "trying: it plans its memory in some that it gives back. On a 32-bit microcontroller "
            "it is smaller.",
        ),
        *(
            [
                (
                    "Peak memory",
                    "What a process of its own, which does nothing but load and run the model, has "
                    "held at most, Python and the runtime included. A megabyte is a million bytes.",
                )
            ]
            if any(m.peak_memory_bytes for m in comparison.measurements)
            else []
        ),
        *(
            (f"Left out: {name}", f"This baseline is not here: {plain(reason)}.")
            for name, reason in comparison.left_out.items()
        ),
        ("Best", "Bold figures are the best of a column, of all rows that are not in italics."),
    ]


def _latency(comparison: Comparison) -> str:
    rounds, windows = comparison.rounds, comparison.windows
    places = ", ".join(f"{name}: {plain(place)}" for name, place in comparison.places.items())
    turns = f"All models take turns in every round, in an order drawn from seed {comparison.seed}. "
    starts = ""
    # Older records are of one process, in which each runtime had its rounds.
    if comparison.spins:
        turns = (
            "In every round all models on all runtimes take turns, in an order drawn from seed "
            f"{comparison.seed}. "
        )
        starts = (
            f"The rounds are spread over {windows} windows; in each, every runtime is started "
            f"afresh in a process of its own ({places}). "
        )
    cold = ""
    if any(m.latency and m.latency.cold is not None for m in comparison.measurements):
        cold = (
            " Cold: the median of single inferences, one a window, before which other data has "
            "filled the caches."
        )
    return (
        f"Batch 1. {starts}Loops of about 2 ms are timed, {rounds} per model, each the mean of its "
        "inferences; the table gives their median and the range from the 5th to the 95th "
        f"percentile. {turns}The figure includes the Python call into the runtime "
        f"({_calls(comparison)}); setting the input and reading the output are outside it.{cold}"
    )


def _intervals(comparison: Comparison) -> str:
    if comparison.windows < 2:
        return ""
    return (
        "With it stands its 95 % interval: the windows are drawn again with replacement, "
        f"{DRAWS:,} times (a bootstrap). Where it holds 1 the two are about as fast. "
    )


def _noise(comparison: Comparison) -> str:
    by_runtime = ", ".join(f"±{share(noise)} on {name}" for name, noise in comparison.noise.items())
    return (
        "Each round also times a fixed piece of work in each runtime's process. Half its range "
        f"from the 5th to the 95th percentile, over the median: {by_runtime}. Above "
        f"±{share(NOISY)} a run is called noisy."
    )


def _calls(comparison: Comparison) -> str:
    return ", ".join(f"{microseconds(ns)} µs on {name}" for name, ns in comparison.calls.items())


def _pairs(values: dict[str, str] | dict[str, str | int]) -> str:
    return ", ".join(f"{key} {plain(value)}" for key, value in values.items())
