"""What several commands share: arguments, options, and what they make of them."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm import datasets, zoo
from keras_tvscm.datasets.scaling import rescaled
from keras_tvscm.errors import InputError

from .console import out

DatasetName = Annotated[
    str,
    typer.Argument(
        help=f"{', '.join(datasets.NAMES)}; or a path of yours: .npz, .csv, a folder of annotated "
        "ECG recordings or of IDX files."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with the published files; else $TVSCM_DATA, else a download."),
]
Rescale = Annotated[
    bool | None,
    typer.Option(
        "--rescale/--no-rescale",
        help="Divide pixels by their largest value, or leave them as stored, for a model that "
        "scales them itself; by default as the model was trained, else divide.",
    ),
]
ZOO = "zoo:"


def trained_model(model: Path) -> Path:
    """A path that exists, seen to before seconds of imports; `zoo:NAME` is that network's folder.

    Raises:
        InputError: there is nothing at the path, or no network of that name.
    """
    name = str(model)
    if name.startswith(ZOO):
        return zoo.folder(name.removeprefix(ZOO))
    if not model.exists():
        raise InputError(f"no model at {model}; expected a .keras file or a run folder")
    return model


TrainedModel = Annotated[
    Path,
    typer.Argument(
        callback=trained_model,
        help="A run folder, a .keras file of yours, or zoo:NAME (see tvscm zoo).",
    ),
]
RunDataset = Annotated[str | None, typer.Option(help="By default what the run was trained on.")]
KerasOutput = Annotated[Path | None, typer.Option("--out", "-o", help="The .keras file to write.")]
LearningRate = Annotated[float, typer.Option(help="Adam's, at the start.")]
Seed = Annotated[int, typer.Option(help="Seed of the weights, batches and drawn patterns.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training part.")]
Workers = Annotated[int | None, typer.Option(help="Trainings at a time; by default one a core.")]
Tries = Annotated[int, typer.Option(help="Drawn offsets that each step of the search tries.")]
Rounds = Annotated[int, typer.Option(min=1, help="Timed loops per model.")]

Baselines = Annotated[
    list[str] | None,
    typer.Option(
        help="dense, softmax, dense-small, dense-pruned, dense-clustered, low-rank, cnn-small, "
        "cnn-parameters, cnn-bytes, cnn-operations, in evaluate forest (a random forest's C), or "
        "none; repeatable. By default all; of the forest that of heartbeats."
    ),
]

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that this package did not write, too.")
]

# Of every command: see `commands.printing`.
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and all else on standard error.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="Print no more than the paths of what was written.")
]


def load_data(
    name: str, data_dir: Path | None = None, *, rescale: bool | None = None
) -> datasets.Dataset:
    """Load a data set, and show what its user should know of it."""
    loaded = datasets.load(name, data_dir, rescale=rescale is not False)
    for note in loaded.notes:
        out.note(f"note: {loaded.name}: {note}")
    return loaded


def data_of(
    model: Path, name: str | None, data_dir: Path | None, rescale: bool | None = None
) -> datasets.Dataset:
    """The data set of that name, by default the one that a run was trained on, scaled as then.

    A network of the zoo is calibrated and judged on the excerpt that ships.
    """
    from keras_tvscm.training.run import dataset_of, scaling_of

    folder = folder_of(model)
    if name is None and zoo.is_zoo(model):
        name = zoo.card(model.name).excerpt
    if name is None:
        if not (folder / "metrics.json").exists():
            raise InputError(
                f"{model} does not say what data it was trained on; give --dataset a name or a "
                "file, as in --dataset mine.npz"
            )
        name = dataset_of(folder)
        rescale = rescaled(scaling_of(folder)) if rescale is None else rescale
    return load_data(name, data_dir, rescale=rescale)


def folder_of(model: Path) -> Path:
    """Where results go by default: into the run folder, or beside the user's file."""
    if zoo.is_zoo(model):
        return Path(model.name)
    return model if model.is_dir() else model.parent


def command_line() -> str:
    """The command as it was typed, for the records."""
    return shlex.join(["tvscm", *sys.argv[1:]])
