"""A model that guesses is told from one that is merely weak."""

from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm.convert.verify.agreement import Rows
from keras_tvscm.convert.verify.plausibility import doubt
from keras_tvscm.convert.verify.task import Task
from keras_tvscm.datasets import Split
from keras_tvscm.datasets.scaling import BYTES


def data(tiny, validation, test):
    """The data set with that many rows in the two parts."""
    x = np.zeros((validation + test, 8), np.float32)
    y = (np.arange(len(x)) % 4 == 0).astype(np.int32)  # a quarter is of class 1
    parts = {
        "validation": Split(x[:validation], y[:validation]),
        "test": Split(x[validation:], y[validation:]),
    }
    return replace(tiny, **parts, scaling=BYTES), x, y


def answers(y, right):
    """Scores that are right in those rows and wrong in the others."""
    return np.eye(2, dtype=np.float32)[np.where(right, y, 1 - y)]


def test_always_the_commonest_class_is_a_guess(tiny):
    dataset, x, y = data(tiny, 100, 300)
    reason = doubt(Rows(answers(y, y == 0), x, y), dataset)
    assert reason == (
        "the Keras model itself is right on 75.00% of 400 held-out rows (tiny), and the commonest "
        "class is 75.00% of them: it does no better than a guess. The data set's samples are "
        "divided by 255: was it trained on such?"
    )


@pytest.mark.parametrize(("right", "guesses"), [(79, True), (80, False)])
def test_the_share_has_a_standard_error(tiny, right, guesses):
    """0.75 of 100 rows, give or take 0.0433."""
    dataset, x, y = data(tiny, 100, 300)
    mask = np.arange(400) < right
    assert (doubt(Rows(answers(y, mask), x, y), dataset) is not None) is guesses


def test_the_test_part_may_be_of_other_people_and_the_validation_part_too(tiny):
    dataset, x, y = data(tiny, 100, 300)
    for rows in (np.arange(400) < 100, np.arange(400) >= 100):
        assert doubt(Rows(answers(y, rows), x, y), dataset) is None


def test_a_task_without_classes_has_no_commonest(tiny):
    dataset, x, _ = data(tiny, 100, 300)
    assert doubt(Rows(x, x, x, Task("autoencoder")), dataset) is None
    assert doubt(Rows(x[:, :1], x, None, Task("regression")), dataset) is None


def test_one_number_is_a_decision_too(tiny):
    dataset, x, y = data(tiny, 100, 300)
    assert doubt(Rows(np.zeros((400, 1), np.float32), x, y, Task("binary", 0.5)), dataset)
    right = y[:, None].astype(np.float32)
    assert doubt(Rows(right, x, y, Task("binary", 0.5)), dataset) is None
