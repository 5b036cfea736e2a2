"""Where models run, behind one interface: this machine's runtimes, and whoever plugs one in.

A package adds a runtime by an entry point of the group `keras_tvscm.runtimes`, a callable that
takes the text after the colon of `--runtime NAME:TEXT` and returns a `Runtime`.
"""

from collections.abc import Sequence
from importlib.metadata import entry_points

from keras_tvscm.convert.runtimes import NAMES as HOSTS
from keras_tvscm.convert.runtimes import tflite_runtime
from keras_tvscm.errors import InputError

from .host import Host
from .runtime import Loaded, Metered, OnDevice, Runtime, Window

GROUP = "keras_tvscm.runtimes"
THREADED = tuple(name for name in HOSTS if name != "tflm")

__all__ = [
    "GROUP",
    "HOSTS",
    "Loaded",
    "Metered",
    "OnDevice",
    "Runtime",
    "Window",
    "find",
    "installed",
    "with_threads",
]


def find(name: str) -> Runtime:
    """The runtime of that name.

    Args:
        name: one of `HOSTS` or an entry point's; after a colon what the runtime makes of it, as
            in `litert-xnnpack:threads=2`.

    Raises:
        InputError: there is none of that name, or it does not load or refuses the text.

    Examples:

        >>> from keras_tvscm.eval.runtimes import find
        >>> find("litert-xnnpack:threads=2").place
        'this machine, 2 threads'
    """
    kind, _, argument = name.partition(":")
    if kind in HOSTS:
        return Host(kind, argument)
    plugged_in = {point.name: point for point in entry_points(group=GROUP)}
    if kind not in plugged_in:
        known = ", ".join([*HOSTS, *sorted(plugged_in)])
        raise InputError(f"Unknown runtime {kind!r}; expected one of {known}")
    try:
        made = plugged_in[kind].load()
    except ImportError as error:
        raise InputError(f"the runtime {kind} cannot be loaded: {error}") from error
    runtime: Runtime = made(argument)
    return runtime


def installed() -> list[str]:
    """This machine's runtimes; tflite-runtime only where it is set up."""
    return [name for name in HOSTS if name != tflite_runtime.NAME or tflite_runtime.versions()]


def with_threads(names: Sequence[str], threads: Sequence[int]) -> list[str]:
    """Each of the names that take threads once for each number of them."""
    return [
        f"{name}:threads={number}" if number > 1 else name
        for name in names
        for number in dict.fromkeys(threads if name in THREADED else [1])
    ]
