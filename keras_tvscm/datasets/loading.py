"""From a data set's name to the data set."""

import os

from keras_tvscm.errors import InputError

from .dataset import Dataset
from .digits import digits
from .ecg_synthetic import ecg_synthetic
from .heartbeat import heartbeat, interpatient
from .mnist import mnist
from .npz import from_npz

DOWNLOADED = {"mnist": mnist, "heartbeat": heartbeat, "heartbeat-interpatient": interpatient}
BUILT_IN = {"digits": digits, "ecg-synthetic": ecg_synthetic}
NAMES = (*DOWNLOADED, *BUILT_IN)


def load(name: str, data_dir: str | os.PathLike[str] | None = None, *, seed: int = 0) -> Dataset:
    """Load a data set by name, or the user's own arrays.

    Args:
        name: one of `NAMES`, or the path of an .npz file (see `from_npz`).
        data_dir: folder that holds the published files. None takes
            `$TVSCM_DATA`; where that is not set either, they are downloaded
            to the cache folder, `$TVSCM_CACHE` or the system's usual place.
        seed: for the choice of validation rows; nothing else depends on it.

    Returns:
        x float32 (rows, features), y int32 (rows,), in three parts.

    Raises:
        InputError: no such name, or files that are missing, damaged or cannot
            be downloaded.

    Example:

        >>> load("digits").train.x.shape
        (1293, 64)
    """
    if name.endswith(".npz"):
        return from_npz(name, seed=seed)
    if name in DOWNLOADED:
        return DOWNLOADED[name](data_dir, seed=seed)
    if name in BUILT_IN:
        return BUILT_IN[name](seed=seed)
    raise InputError(
        f"no data set is called {name!r}; expected {', '.join(NAMES)}, or a file ending in .npz"
    )
