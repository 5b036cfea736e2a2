"""`tvscm`: the whole line from a data set to a report, one command a stage."""

import os
import sys

import typer

from keras_tvscm.errors import CheckError, InputError

from .console import err
from .convert import convert, inspect, setup_tflite_runtime
from .demo import demo
from .evaluate import evaluate, microcontroller
from .study import (
    calibrate_costs,
    explore,
    reproduce,
    search,
    training_cost,
    verify_lowerings,
)
from .train import compress, data, quantize_aware, summary, train

__all__ = ["main"]

# Keras, TensorFlow and what imports them take seconds to load: each command imports what
# it needs, so that --help and a wrong option answer at once.

app = typer.Typer(
    name="tvscm",
    help="Train, convert and compare networks whose square Dense layer has two weights.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    *(data, train, compress, quantize_aware, summary),
    *(convert, inspect, setup_tflite_runtime, evaluate, microcontroller),
    *(calibrate_costs, verify_lowerings),
    *(search, explore, reproduce, training_cost, demo),
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run a command: 0 done, 1 a result failed its check, 2 bad input, 130 interrupted."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        code = app(standalone_mode=False)
        # Typer turns an interruption into this code; its older versions raise Abort.
        if code == 130:
            raise KeyboardInterrupt
        sys.exit(code)
    except CheckError as error:
        _stop(str(error), 1)
    except InputError as error:
        _stop(str(error), 2)
    except (KeyboardInterrupt, typer.Abort):
        _stop(
            "stopped; train, search, explore, reproduce and verify-lowerings go on when called "
            "again",
            130,
        )
    except Exception as error:
        # Typer gives its usage errors (unknown option, missing argument) no public name.
        if not hasattr(error, "format_message"):
            raise
        _stop(f"{error.format_message().rstrip('.')}; see tvscm --help", 2)


def _stop(message: str, code: int) -> None:
    err.print(f"tvscm: {' '.join(message.split())}", markup=False, style="red")
    sys.exit(code)
