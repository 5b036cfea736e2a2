"""Handwritten digits."""

import os
from pathlib import Path

import numpy as np

from .dataset import Dataset, Split, divide
from .fetching import fetch
from .idx import read_idx
from .scaling import BYTES, NONE


def mnist(
    data_dir: str | os.PathLike[str] | None = None, *, seed: int = 0, rescale: bool = True
) -> Dataset:
    """Load MNIST: 54,000 training, 6,000 validation and 10,000 test images.

    Rows are 28 x 28 pixels, row by row, divided by 255 (unless
    `rescale` is false): 784 numbers in 0 .. 1.

    Raises:
        InputError: see `fetch`, `read_idx` and `divide`.

    Reference: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based
    learning applied to document recognition", Proceedings of the IEEE
    86(11):2278-2324, 1998. Licence as commonly stated: CC BY-SA 3.0.
    """
    folder = fetch("mnist", data_dir)
    return divide(
        "mnist",
        tuple("0123456789"),
        _read(folder, "train"),
        _read(folder, "t10k"),
        image_shape=(28, 28),
        source="MNIST handwritten digits (LeCun, Cortes, Burges), the published train/test split",
        scaling=BYTES if rescale else NONE,
        seed=seed,
    )


def _read(folder: Path, part: str) -> Split:
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz", dimensions=3)
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz", dimensions=1)
    return Split(images.reshape(len(images), -1), labels.astype(np.int32))
