import numpy as np
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from keras_tvscm.datasets import load

DATA = load("ecg-synthetic")


def test_form_is_that_of_the_heartbeats() -> None:
    assert (DATA.features, DATA.image_shape, DATA.classes) == (187, None, tuple("NSVFQ"))
    assert "synthetic" in DATA.source
    assert np.bincount(DATA.train.y).tolist() == [1800, 450, 630, 270, 450]
    assert np.bincount(DATA.test.y).tolist() == [500, 125, 175, 75, 125]
    for part in (DATA.train, DATA.validation, DATA.test):
        assert part.x.min() == 0
        assert (part.x.max(axis=1) == 1).all()


def test_rows_are_the_same_each_time_and_the_seed_only_divides_them() -> None:
    other = load("ecg-synthetic", seed=5)
    np.testing.assert_array_equal(DATA.test.x, other.test.x)
    one, two = (np.concatenate([d.train.x, d.validation.x]) for d in (DATA, other))
    np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(two, axis=0))
    assert not np.array_equal(DATA.validation.x, other.validation.x)


def test_it_can_be_learned_but_not_by_a_line() -> None:
    linear = RidgeClassifier().fit(DATA.train.x, DATA.train.y)
    near = KNeighborsClassifier(5).fit(DATA.train.x, DATA.train.y)
    assert 0.55 < linear.score(DATA.test.x, DATA.test.y) < 0.75
    assert 0.75 < near.score(DATA.test.x, DATA.test.y) < 0.95
