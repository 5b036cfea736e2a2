"""`energy`: what a power analyser's recording says of an inference."""

import hashlib
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.errors import InputError
from keras_tvscm.files import check_ours, write_json

from .console import out
from .options import Overwrite
from .start import start


def energy(
    trace: Annotated[
        Path,
        typer.Argument(
            help="CSV of a PPK2 (Power Profiler's export), or of time, current, voltage."
        ),
    ],
    inferences: Annotated[int, typer.Option(min=1, help="That ran in each window.")],
    volts: Annotated[
        float | None, typer.Option(help="Of the supply, where the file has no column of it.")
    ] = None,
    window: Annotated[
        str,
        typer.Option(
            help="When they ran: while a digital channel is high (D0), while COLUMN/VALUE, from "
            "COLUMN/START/STOP, or in seconds (1.2:3.4, several with commas)."
        ),
    ] = "D0",
    idle: Annotated[
        str | None,
        typer.Option(help="Seconds of idle power (0.1:0.9); by default all outside the windows."),
    ] = None,
    board: Annotated[
        str | None, typer.Option(help="What was measured; only figures of one board are compared.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The .tflite file that ran, by which evaluate finds it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="JSON file; by default TRACE.energy.json beside it."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Give the energy of an inference, idle power subtracted, from a power analyser's CSV."""
    start("convert", keras=False)
    from keras_tvscm.eval.energy.analyser import analyse
    from keras_tvscm.eval.energy.marking import Marked, parse, stretches
    from keras_tvscm.eval.energy.trace import read_trace
    from keras_tvscm.eval.energy.windows import find

    path = output or trace.parent / f"{trace.stem}.energy.json"
    if path.suffix != ".json":
        raise InputError(f"{path} is not named .json; name a JSON file")
    if not overwrite:
        check_ours(path)
    windows = parse(window)
    at_rest = stretches(idle) if idle is not None else None
    sha256 = _sha256(model) if model else None
    marked = windows if isinstance(windows, Marked) else None
    recording = read_trace(trace, volts=volts, marked=marked)
    analysed = analyse(
        recording,
        find(recording, windows),
        inferences,
        idle=at_rest,
        board=board,
        model_sha256=sha256,
    )
    document = analysed.to_json()
    write_json(path, document)
    out.print(_table(document))
    if analysed.cut:
        out.note(f"note: left out, as the recording begins or ends in them: {analysed.cut} windows")
    out.result(document, path)


def _sha256(model: Path) -> str:
    try:
        content = model.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {model}: {error.strerror}; give a .tflite file") from error
    if content[4:8] != b"TFL3":
        raise InputError(f"{model}: not a TFLite model; give the .tflite file that ran")
    return hashlib.sha256(content).hexdigest()


def _table(document: dict[str, Any]) -> Table:
    low, high = document["microjoules"].values()
    windows, inferences = document["windows"], document["inferences"]
    seconds = document["seconds"]
    rows = {
        "energy of an inference": f"{_digits(document['estimate_microjoules'])} µJ",
        "interval": f"{_digits(low)} to {_digits(high)} µJ ({document['interval']})",
        "time of an inference": f"{_digits(1000 * seconds / (windows * inferences))} ms",
        "power in the windows": f"{_digits(document['average_milliwatts'])} mW",
        "idle power, subtracted": f"{_digits(document['idle_milliwatts'])} mW",
        "measured": f"{windows:,} windows of {inferences:,} inferences, {_digits(seconds)} s",
        "method": document["method"],
    }
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(value))
    return table


def _digits(value: float) -> str:
    """Four significant ones, or all before the point."""
    places = 3 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, places)}f}"
