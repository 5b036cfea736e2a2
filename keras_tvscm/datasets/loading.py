"""From a data set's name to the data set."""

import os
from pathlib import Path

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need

from . import csv_files, excerpt, folder, npz, recordings
from .dataset import Dataset

PUBLISHED_BEATS = ("heartbeat", "heartbeat-interpatient", "heartbeat-rhythm")
# Each row moved and stretched on its own; those of heartbeat-rhythm are not.
SCALED_BEATS = ("heartbeat", "heartbeat-interpatient", "ecg-synthetic", "heartbeat-excerpt")
NAMES = ("mnist", *PUBLISHED_BEATS, *excerpt.NAMES, "digits", "ecg-synthetic")


def load(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    seed: int = 0,
    rescale: bool = True,
) -> Dataset:
    """Load a data set by name, or the user's own files.

    Args:
        name: one of `NAMES`, or a path: of an .npz file (see `npz.from_npz`), of a .csv
            file (see `csv_files.from_csv`), of a folder with annotated ECG recordings (see
            `recordings.from_recordings`), or with IDX or CSV files (see `folder.from_folder`).
        data_dir: folder that holds the published files. None takes
            `$TVSCM_DATA`; where that is not set either, they are downloaded
            to the cache folder, `$TVSCM_CACHE` or the system's usual place.
        seed: for the choice of validation rows; nothing else depends on it, and excerpts,
            whose division is fixed, not at all.
        rescale: whether pixels are divided by their largest value. False leaves the
            numbers as they are stored, for a model that scales them itself.

    Returns:
        x float32 (rows, features), y int32 (rows,), in three parts; `scaling` says what
        was done to the stored numbers.

    Raises:
        InputError: no such name, files that are missing, damaged or cannot be
            downloaded, beats that are to be left unscaled, or the extra `datasets` is
            not installed.

    Examples:

        >>> from keras_tvscm.datasets import load
        >>> load("digits").train.x.shape
        (1293, 64)
    """
    path = Path(name)
    if not rescale and name in SCALED_BEATS:
        raise InputError(f"each beat of {name} is scaled when it is cut; there are no others")
    own = path.suffix in (".npz", ".csv") or folder.is_folder(path)
    if name not in NAMES and not own:
        raise InputError(
            f"no data set is called {name!r}; expected {', '.join(NAMES)}, or a file ending in "
            ".npz or .csv, or a folder of ECG recordings, IDX or CSV files"
        )
    if name in excerpt.NAMES:
        return excerpt.excerpt(name, rescale=rescale)
    need("datasets", "A data set")
    # They import scikit-learn and pooch, which take a second that --help need not spend.
    from . import digits, ecg_synthetic, heartbeat, heartbeat_rhythm, mnist

    if name == "mnist":
        return mnist.mnist(data_dir, seed=seed, rescale=rescale)
    if name == "heartbeat":
        return heartbeat.heartbeat(data_dir, seed=seed)
    if name == "heartbeat-interpatient":
        return heartbeat.interpatient(data_dir, seed=seed)
    if name == "heartbeat-rhythm":
        return heartbeat_rhythm.heartbeat_rhythm(data_dir, seed=seed)
    if name == "digits":
        return digits.digits(seed=seed, rescale=rescale)
    if name == "ecg-synthetic":
        return ecg_synthetic.ecg_synthetic(seed=seed)
    if path.suffix == ".npz":
        return npz.from_npz(path, seed=seed, rescale=rescale)
    if path.suffix == ".csv":
        return csv_files.from_csv(path, seed=seed)
    if recordings.is_recordings(path):
        return recordings.from_recordings(path, seed=seed)
    return folder.from_folder(path, seed=seed, rescale=rescale)
