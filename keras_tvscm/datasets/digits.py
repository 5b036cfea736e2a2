"""Small handwritten digits that need no download."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from .dataset import Dataset, Split, divide
from .scaling import NONE, Scaling

TEST_SHARE = 0.2
TEST_SEED = 0


def digits(*, seed: int = 0, rescale: bool = True) -> Dataset:
    """Load scikit-learn's digits: 1,797 images in three parts.

    Rows are 8 x 8 pixels, row by row, divided by 16 (unless `rescale` is
    false): 64 numbers in 0 .. 1. It is
    shipped undivided: the test part is a fifth of each class, always the same.

    Raises:
        InputError: see `divide`.

    Reference: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten
    Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49.
    """
    x, y = load_digits(return_X_y=True)
    whole = Split(x.astype(np.float32), y.astype(np.int32))
    train, test = train_test_split(
        np.arange(len(whole)), test_size=TEST_SHARE, stratify=y, random_state=TEST_SEED
    )
    return divide(
        "digits",
        tuple("0123456789"),
        whole.select(np.sort(train)),
        whole.select(np.sort(test)),
        image_shape=(8, 8),
        source="Optical Recognition of Handwritten Digits (UCI), as shipped with scikit-learn",
        scaling=Scaling(16.0) if rescale else NONE,
        seed=seed,
    )
