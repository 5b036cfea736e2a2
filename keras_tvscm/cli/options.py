"""What several commands share: arguments, options, and what they make of them."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm import datasets

DatasetName = Annotated[
    str, typer.Argument(help=f"{', '.join(datasets.NAMES)}, or your own arrays as an .npz file.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with the published files; else $TVSCM_DATA, else a download."),
]
Seed = Annotated[int, typer.Option(help="Seed of the weights, batches and drawn patterns.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training part.")]
Workers = Annotated[int | None, typer.Option(help="Trainings at a time; by default one a core.")]
Tries = Annotated[int, typer.Option(help="Drawn offsets that each step of the search tries.")]
Rounds = Annotated[int, typer.Option(min=1, help="Timed loops per model.")]


def folder_of(model: Path) -> Path:
    """The run folder that `model` is, or the folder that its file lies in."""
    return model if model.is_dir() else model.parent


def command_line() -> str:
    """The command as it was typed, for the records."""
    return shlex.join(["tvscm", *sys.argv[1:]])
