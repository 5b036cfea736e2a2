"""The commands, and how each of them ends."""

import sys

import typer

from keras_tvscm.errors import CheckError, InputError

from .console import err
from .convert import convert, inspect, setup_tflite_runtime
from .demo import demo
from .evaluate import evaluate, microcontroller
from .interrupt import STOPPED
from .study import (
    calibrate_costs,
    explore,
    reproduce,
    search,
    training_cost,
    verify_lowerings,
)
from .train import compress, data, quantize_aware, summary, train

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


def run() -> None:
    """Run the command that was typed, and exit with its code."""
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
        _stop(STOPPED, 130)
    except Exception as error:
        # Typer gives its usage errors (unknown option, missing argument) no public name.
        if not hasattr(error, "format_message"):
            raise
        _stop(f"{error.format_message().rstrip('.')}; see tvscm --help", 2)


def _stop(message: str, code: int) -> None:
    err.print(f"tvscm: {' '.join(message.split())}", markup=False, style="red")
    sys.exit(code)
