"""Scores against values worked out by hand."""

import json

import pytest

from keras_tvscm.training.metrics import majority, score


def test_by_hand():
    found = score(
        true=[0, 0, 0, 0, 1, 1, 2, 2, 2, 2], predicted=[0, 0, 0, 1, 1, 0, 2, 2, 1, 0], classes=3
    )
    assert found.confusion == [[3, 1, 0], [1, 1, 0], [1, 1, 2]]
    assert found.accuracy == 0.6
    assert found.recall == [0.75, 0.5, 0.5]
    # Precision 3/5, 1/3, 2/2; F1 = 2 P R / (P + R).
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 5 + 2 / 3) / 3)


def test_classes_without_rows_or_never_predicted_count_as_zero():
    found = score(true=[0, 0, 1], predicted=[0, 0, 0], classes=4)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.recall == [1, 0, 0, 0]
    assert found.macro_f1 == pytest.approx((2 * (2 / 3) / (2 / 3 + 1)) / 4)
    assert found.confusion == [[2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_one_class_alone():
    found = score(true=[1, 1], predicted=[1, 1], classes=2)
    assert (found.accuracy, found.macro_f1) == (1, 0.5)
    assert found.confusion == [[0, 0], [0, 2]]


def test_json():
    found = score([0, 1], [0, 0], classes=2)
    assert json.loads(json.dumps(found.to_json())) == {
        "accuracy": 0.5,
        "macro_f1": pytest.approx(1 / 3),
        "recall": [1, 0],
        "confusion": [[1, 0], [1, 0]],
    }


def test_majority_is_chosen_on_training_and_scored_on_test_labels():
    commonest, always = majority([2, 2, 1, 0], [0, 0, 2, 1], 3)
    assert commonest == 2
    assert (always.accuracy, always.recall) == (0.25, [0, 0, 1])
    # F1 of class 2: precision 1/4, recall 1.
    assert abs(always.macro_f1 - 0.4 / 3) < 1e-12
