"""A folder of the user's own: IDX files, or a training and a test part as CSV."""

import os
import re
from pathlib import Path

import numpy as np

from keras_tvscm.errors import InputError

from .csv_files import from_csv_pair
from .dataset import Dataset, Split, divide
from .idx import read_idx
from .labels import number_labels
from .scaling import BYTES, NONE

# As MNIST, Fashion-MNIST, KMNIST and EMNIST name their files, and as Kaggle names tables:
# a prefix, the part, and for IDX files what is in it.
FORMATS = {
    "IDX": re.compile(r"(.*?)(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(?:\.gz)?"),
    "CSV": re.compile(r"(.*?)(train|test)()\.csv", re.IGNORECASE),
}
EXPECTED = (
    "expected train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
    "t10k-labels-idx1-ubyte (gzipped or not), or train.csv and test.csv"
)
Files = dict[tuple[str, str], Path]


def is_folder(path: Path) -> bool:
    """Whether `from_folder` takes the path: a folder, or a prefix of files in one."""
    try:
        if path.is_dir():
            return True
        return path.parent.is_dir() and any(name == path.name for _, name in _sets(path.parent))
    except (OSError, InputError):
        return False  # a name too long for a path, a folder of somebody else's


def from_folder(path: str | os.PathLike[str], *, seed: int = 0, rescale: bool = True) -> Dataset:
    """Load the one data set that lies in a folder.

    Args:
        path: the folder; where it holds several data sets, the folder and the prefix of
            their files' names, as in "emnist/emnist-letters".
        seed: for the choice of validation rows.
        rescale: whether pixels are divided by 255.

    Returns:
        The data set, named by the path. Labels of images begin with 0 or 1; a CSV file is
        read as `from_csv` says.

    Raises:
        InputError: no data set there, several, or a part of one is missing; a file is
            damaged; or `divide` refuses it.
    """
    path = Path(path)
    folder, prefix = (path, None) if path.is_dir() else (path.parent, path.name)
    sets = {key: files for key, files in _sets(folder).items() if prefix in (None, key[1])}
    if not sets:
        raise InputError(f"{path} holds no data set; {EXPECTED}")
    if len(sets) > 1:
        names = ", ".join(f"{prefix}* ({file_format})" for file_format, prefix in sets)
        raise InputError(
            f"{path} holds several data sets: {names}; name one, as in "
            f"{folder / list(sets)[-1][1]}, or move the others"
        )
    (file_format, _), files = next(iter(sets.items()))
    if file_format == "CSV":
        return from_csv_pair(
            _file(files, "train", "", path), _file(files, "test", "", path), name=path, seed=seed
        )
    return _from_idx(files, path, seed, rescale)


def _sets(folder: Path) -> dict[tuple[str, str], Files]:
    """By format and prefix: the files of each data set, by part and kind."""
    sets: dict[tuple[str, str], Files] = {}
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from error
    for name in names:
        for file_format, pattern in FORMATS.items():
            if match := pattern.fullmatch(name):
                prefix, part, kind = match.groups()
                part = "train" if part.lower() == "train" else "test"
                # In order of the names, so that a plain file goes before its .gz.
                files = sets.setdefault((file_format, prefix.rstrip("-_. ")), {})
                files.setdefault((part, kind), folder / name)
    return sets


def _file(files: Files, part: str, kind: str, path: Path) -> Path:
    if (part, kind) not in files:
        present = ", ".join(file.name for file in files.values())
        what = f"{kind} of the {part} part" if kind else f"{part} part"
        raise InputError(f"{path} has {present} but not the {what}; {EXPECTED}")
    return files[part, kind]


def _from_idx(files: Files, path: Path, seed: int, rescale: bool) -> Dataset:
    named = {
        (part, kind): _file(files, part, kind, path)
        for part in ("train", "test")
        for kind in ("images", "labels")
    }
    images = {part: read_idx(named[part, "images"], 3) for part in ("train", "test")}
    labels = {part: read_idx(named[part, "labels"], 1) for part in ("train", "test")}
    trained = labels["train"]
    classes = number_labels(int(trained.min()), int(trained.max()), len(trained))
    train, test = (
        Split(
            images[part].reshape(len(images[part]), -1),
            labels[part].astype(np.int32) - int(classes[0]),
        )
        for part in ("train", "test")
    )
    notes: tuple[str, ...] = ()
    if named["train", "images"].name.startswith("emnist"):
        notes = ("EMNIST stores its images with rows and columns exchanged; they are kept so",)
    height, width = images["train"].shape[1:]
    return divide(
        str(path),
        classes,
        train,
        test,
        image_shape=(height, width),
        source=f"images of {height} x {width} pixels in the IDX files of {path.name}",
        scaling=BYTES if rescale else NONE,
        notes=notes,
        seed=seed,
    )
