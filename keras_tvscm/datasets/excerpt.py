"""Excerpts of MNIST and of the heartbeats, which ship with the package: no download.

Each is an `.npz` file packed by xz, with the rows of the whole data set's own three parts, so
that a model which was trained on the whole may be judged on the excerpt's validation and test
rows. `excerpts/SOURCES.md` says where they are from and under which licence;
`python -m keras_tvscm.datasets.make_excerpts` makes the files again.
"""

import io
import lzma
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset, Split
from .scaling import BY_ROW, BYTES, NONE, Scaling

# Rows of the training, validation and test part.
SIZES = {"mnist-excerpt": (5400, 600, 3000), "heartbeat-excerpt": (8000, 1000, 3000)}
NAMES = tuple(SIZES)
# Samples are stored in steps of this, as int8 models see them.
STEP = 1 / 255


def excerpt(name: str, *, rescale: bool = True) -> Dataset:
    """Load an excerpt: of each part of the whole data set, the same share of every class.

    Pixels of `mnist-excerpt` are divided by 255, unless `rescale` is false: 784 numbers in
    0 .. 1. A beat of `heartbeat-excerpt` has 187 samples in 0 .. 1, rounded to 1/255.

    Args:
        name: one of `NAMES`.
        rescale: whether pixels are divided.

    Returns:
        x float32 (rows, features), y int32 (rows,); the division into parts is fixed.
    """
    stored = read(files("keras_tvscm.datasets").joinpath(f"excerpts/{name}.npz.xz").read_bytes())
    whole = name.removesuffix("-excerpt")
    images = whole == "mnist"
    scaling = BY_ROW if not images else BYTES if rescale else NONE
    train, validation, test = (_scaled(part, scaling) for part in stored)
    return Dataset(
        name,
        tuple("0123456789") if images else tuple("NSVFQ"),
        train,
        validation,
        test,
        image_shape=(28, 28) if images else None,
        source=(
            "MNIST handwritten digits (LeCun, Cortes, Burges; CC BY-SA 3.0)"
            if images
            else "MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet; ODC-By 1.0), beats and split of "
            "Kachuee 2018, samples rounded to 1/255"
        )
        + f": an excerpt of {sum(map(len, stored)):,} rows",
        scaling=scaling,
    )


def _scaled(part: Split, scaling: Scaling) -> Split:
    x = part.x * np.float32(STEP) if scaling.by_row else scaling.apply(part.x)
    return Split(x, part.y)


def packed(parts: list[Split]) -> bytes:
    """The file of three parts whose samples are uint8."""
    file = io.BytesIO()
    np.savez(
        file,
        x=np.concatenate([part.x for part in parts]),
        y=np.concatenate([part.y for part in parts]).astype(np.uint8),
        rows=np.array([len(part) for part in parts]),
    )
    return lzma.compress(file.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def read(content: bytes) -> list[Split]:
    """The three parts that were packed, samples as stored: uint8 (rows, features)."""
    with np.load(io.BytesIO(lzma.decompress(content))) as stored:
        x, y, ends = stored["x"], stored["y"].astype(np.int32), np.cumsum(stored["rows"])[:-1]
    return [Split(*part) for part in zip(np.split(x, ends), np.split(y, ends), strict=True)]


def as_bytes(x: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Samples in 0 .. 1 in the steps that are stored."""
    return np.rint(x / np.float32(STEP)).astype(np.uint8)
