"""The figures of two arrays of outputs, against SciPy's and by hand."""

import numpy as np
import pytest

from keras_tvscm.convert.verify.agreement import Rows, compare
from keras_tvscm.convert.verify.task import Task

ROWS = 1000
LABELS = np.arange(ROWS) % 4
EXPECTED = np.eye(4, dtype=np.float32)[LABELS]
X = np.arange(ROWS, dtype=np.float32)[:, None]


def compared(outputs, labels=LABELS):
    return compare(outputs, Rows(EXPECTED, X, labels))


def test_equal_outputs():
    agreement = compared(EXPECTED)
    assert (agreement.max_error, agreement.relative_error, agreement.rmse) == (0, 0, 0)
    assert (agreement.relative_rmse, agreement.cosine, agreement.rows) == (0, 1, ROWS)
    assert agreement.agreement == agreement.accuracy_keras == agreement.accuracy == 1


def test_figures_are_scipy_s():
    from scipy.spatial.distance import cosine

    noise = np.random.default_rng(0).normal(size=EXPECTED.shape).astype(np.float32)
    agreement = compared(2 * EXPECTED + noise)
    difference = (EXPECTED + noise).astype(float)
    assert agreement.rmse == pytest.approx(np.sqrt((difference**2).mean()))
    assert (
        agreement.max_error == agreement.relative_error == pytest.approx(np.abs(difference).max())
    )
    expected = 1 - cosine(EXPECTED.ravel(), (2 * EXPECTED + noise).ravel())
    assert agreement.cosine == pytest.approx(expected)


def test_the_error_of_numbers_is_held_to_their_deviation():
    """Two columns with means of their own, both of deviation 2."""
    expected = np.float32([[98, 1], [102, 5]])
    rows = Rows(expected, X[:2], None, Task("regression"))
    agreement = compare(expected + np.float32(0.5), rows)
    assert agreement.rmse == 0.5 and agreement.relative_rmse == 0.25
    assert agreement.agreement is agreement.accuracy is agreement.target_rmse is None
    assert agreement.standard_error == 0


def test_numbers_that_do_not_vary_are_held_to_their_size():
    rows = Rows(np.full((3, 1), 4, np.float32), X[:3], None, Task("regression"))
    assert compare(np.full((3, 1), 5, np.float32), rows).relative_rmse == 0.25


def test_an_autoencoder_has_its_inputs_for_targets():
    x = np.float32([[1, 2], [3, 4]])
    rows = Rows(x + np.float32(0.5), x, x, Task("autoencoder"))
    agreement = compare(x - np.float32(0.25), rows)
    assert (agreement.target_rmse_keras, agreement.target_rmse) == (0.5, 0.25)


def test_one_number_decides_between_two_classes():
    expected = np.float32([[0.2], [0.4], [0.6], [0.8]])
    rows = Rows(expected, X[:4], np.array([0, 1, 1, 1]), Task("binary", 0.5))
    agreement = compare(np.float32([[0.1], [0.3], [0.4], [0.9]]), rows)
    assert (agreement.agreement, agreement.accuracy_keras, agreement.accuracy) == (0.75, 0.75, 0.5)


def test_all_rows_in_order_where_there_are_few():
    rows = Rows(EXPECTED[:7], X[:7], None)
    assert rows.draw(10, 0).tolist() == list(range(7))
    assert rows.at(np.array([2, 5])).x.ravel().tolist() == [2, 5]
