import numpy as np
from sklearn.datasets import load_digits

from keras_tvscm.datasets import load


def test_parts_and_scale() -> None:
    data = load("digits")
    assert (data.features, data.image_shape, data.classes) == (64, (8, 8), tuple("0123456789"))
    assert (len(data.train), len(data.validation), len(data.test)) == (1293, 144, 360)
    assert np.bincount(data.test.y).tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    rows = np.concatenate([data.train.x, data.validation.x, data.test.x]) * 16
    original = load_digits().data
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(original, axis=0))


def test_the_test_part_does_not_depend_on_the_seed() -> None:
    one, two = load("digits", seed=1), load("digits", seed=2)
    np.testing.assert_array_equal(one.test.x, two.test.x)
    assert not np.array_equal(one.validation.x, two.validation.x)
