import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.datasets.fetching import checksums
from keras_tvscm.errors import InputError

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_published_counts_and_pixels(published: Path) -> None:
    data = load("mnist", published)
    assert (data.features, data.image_shape, data.classes) == (784, (28, 28), tuple("0123456789"))
    assert (len(data.train), len(data.validation), len(data.test)) == (54_000, 6_000, 10_000)
    labels = np.concatenate([data.train.y, data.validation.y])
    assert np.bincount(labels).tolist() == TRAIN_COUNTS
    assert np.bincount(data.test.y).tolist() == TEST_COUNTS
    # The mean pixel of the training images, a widely quoted figure.
    total = data.train.x.sum(dtype=np.float64) + data.validation.x.sum(dtype=np.float64)
    assert total / (60_000 * 784) == pytest.approx(0.1306604762738429)
    # The first test image is a 7: its top bar starts in row 7, column 6.
    assert data.test.y[0] == 7
    bar = data.test.x[0].reshape(28, 28)[7, 5:10] * 255
    assert bar.round().astype(int).tolist() == [0, 84, 185, 159, 151]


def test_files_in_the_folder_itself(published: Path, tmp_path: Path) -> None:
    for name in checksums("mnist"):
        shutil.copy(published / "mnist" / name, tmp_path)
    assert load("mnist", tmp_path).test.y[:5].tolist() == [7, 2, 1, 0, 4]

    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"t10k-labels.* \(4,541 bytes\) is cut short or altered"):
        load("mnist", tmp_path)
