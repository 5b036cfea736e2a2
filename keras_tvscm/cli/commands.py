"""The commands, and how each of them ends."""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from keras_tvscm.errors import CheckError, InputError

from .board import board_firmware
from .classify import classify
from .compare import compare
from .console import err, out
from .convert import convert, inspect, setup_tflite_runtime
from .demo import demo
from .doctor import doctor, show_version
from .energy import energy
from .evaluate import evaluate, microcontroller
from .interrupt import STOPPED
from .options import AsJson, Quiet
from .study import (
    beat_detection,
    calibrate_costs,
    explore,
    front_end,
    make_zoo,
    native,
    reproduce,
    rhythm,
    search,
    training_cost,
    verify_lowerings,
)
from .train import compress, data, quantize_aware, summary, train
from .zoo import zoo

# Keras, TensorFlow and what imports them take seconds to load: each command imports what
# it needs, so that --help and a wrong option answer at once.

COMMANDS = (
    *(data, train, compress, quantize_aware, convert, inspect, summary, classify),
    *(evaluate, compare, microcontroller, board_firmware, energy),
    *(zoo, doctor, demo, setup_tflite_runtime),
)
STUDIES = (
    *(reproduce, explore, search, rhythm),
    *(beat_detection, front_end, calibrate_costs, verify_lowerings),
    *(training_cost, native, make_zoo),
)


class Commands(TyperGroup):
    """A command under the name that it had before 0.2 says what it is called now."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        group: Any = self.commands["study"]
        if args[0] in group.commands:
            raise InputError(f"'{args[0]}' is now 'tvscm study {args[0]}'")
        return super().resolve_command(ctx, args)


def printing(command: Callable[..., None]) -> Callable[..., None]:
    """The command with `--json` and `--quiet`, of which it need not know."""

    @wraps(command)
    def run(*, as_json: bool, quiet: bool, **options: Any) -> None:
        with out.asked(json=as_json, quiet=quiet):
            command(**options)

    own = signature(command)
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in (("as_json", AsJson), ("quiet", Quiet))
    ]
    # By this, and not by what `run` takes, Typer knows the options.
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
    return run


app = typer.Typer(
    name="tvscm",
    cls=Commands,
    help="Train, convert and compare networks whose square Dense layer has two weights.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
studies = typer.Typer(
    help="Long studies: reproduce, explore, search, rhythm, and measurements of what things cost.",
    rich_markup_mode=None,
)
for command in COMMANDS:
    app.command()(printing(command))
for study in STUDIES:
    studies.command()(printing(study))
app.add_typer(studies, name="study")


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=show_version, help="Show versions, and exit."
        ),
    ] = False,
) -> None:
    """What goes before a command."""


def run() -> None:
    """Run the command that was typed, and exit with its code."""
    try:
        code = app(prog_name="tvscm", standalone_mode=False)
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
        message = error.format_message().rstrip(".")
        asked = message.endswith("?")  # "Did you mean 'train'?"
        _stop(message if asked else f"{message}; see tvscm --help", 2)


def _stop(message: str, code: int) -> None:
    err.print(f"tvscm: {' '.join(message.split())}", style="red")
    sys.exit(code)
