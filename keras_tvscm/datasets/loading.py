"""From a data set's name to the data set."""

import os

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need

from .dataset import Dataset

NAMES = ("mnist", "heartbeat", "heartbeat-interpatient", "digits", "ecg-synthetic")


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
            be downloaded, or the extra `datasets` is not installed.

    Example:

        >>> load("digits").train.x.shape
        (1293, 64)
    """
    own_arrays = name.endswith(".npz")
    if not own_arrays and name not in NAMES:
        raise InputError(
            f"no data set is called {name!r}; expected {', '.join(NAMES)}, or a file ending in .npz"
        )
    need("datasets", "A data set")
    # They import scikit-learn and pooch, which take a second that --help need not spend.
    from . import digits, ecg_synthetic, heartbeat, mnist, npz

    if own_arrays:
        return npz.from_npz(name, seed=seed)
    downloaded = {
        "mnist": mnist.mnist,
        "heartbeat": heartbeat.heartbeat,
        "heartbeat-interpatient": heartbeat.interpatient,
    }
    if name in downloaded:
        return downloaded[name](data_dir, seed=seed)
    built_in = {"digits": digits.digits, "ecg-synthetic": ecg_synthetic.ecg_synthetic}
    return built_in[name](seed=seed)
