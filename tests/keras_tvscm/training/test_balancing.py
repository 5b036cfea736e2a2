"""Weights and offsets."""

import keras
import numpy as np
import pytest

from keras_tvscm.datasets import Split, load
from keras_tvscm.errors import InputError
from keras_tvscm.training.balancing import add_offsets, best_offsets, parse_offsets, weights
from keras_tvscm.training.epoch import epoch_rows
from keras_tvscm.training.fit import fit
from keras_tvscm.training.recipe import recipe_for


def test_weights_of_records_and_classes():
    y = np.array([0] * 100 + [1] * 4 + [0] * 25, np.int32)
    origin = np.column_stack([[7] * 104 + [8] * 25, np.arange(129)]).astype(np.int32)
    found = weights(Split(np.zeros((129, 2), np.float32), y, origin))
    # 1/10, 1/2 and 1/5 of a row, which add up to 10, 2 and 5.
    assert found[[0, 100, 104]] / found[0] == pytest.approx([1, 5, 2])
    assert found.mean() == pytest.approx(1)
    alone = weights(Split(np.zeros((129, 2), np.float32), y))
    assert alone[100] / alone[0] == pytest.approx((125 / 4) ** 0.5)


def test_offsets_that_help_are_found():
    y = np.repeat([0, 1, 2, 3], 50).astype(np.int32)
    scores = np.eye(4, dtype=np.float32)[y]
    scores[:, 1] -= 1.25  # S beats lose against N by a quarter
    assert best_offsets(y, scores, ("N", "S", "V", "F"))[1] == 0.5
    assert parse_offsets("0,-0.5,-1,-2") == (0, -0.5, -1, -2)
    for text in ("0,x", "", "0,nan"):
        with pytest.raises(InputError, match="Offsets are numbers, one a class"):
            parse_offsets(text)


def test_offsets_are_folded_into_the_last_bias():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
    x = np.ones((1, 3), np.float32)
    before = model.predict(x, verbose=0)
    add_offsets(model, (0.5, -1.0))
    np.testing.assert_allclose(
        model.predict(x, verbose=0), before + np.array([0.5, -1.0]), rtol=1e-6
    )


def test_rare_rows_are_drawn_often():
    y = np.array([0] * 900 + [1] * 100, np.int32)
    part = Split(np.arange(1000, dtype=np.float32)[:, None], y)
    recipe = recipe_for("digits", "softmax", balanced=True)
    x, drawn = epoch_rows(recipe, part, 3, 896)
    np.testing.assert_array_equal(y[x[:, 0].astype(int)], drawn)
    # Roots of 900 and 100: one in four.
    assert 0.2 < drawn.mean() < 0.3
    np.testing.assert_array_equal(epoch_rows(recipe, part, 3, 896).x, x)
    assert not np.array_equal(epoch_rows(recipe, part, 4, 896).x, x)
    plain = epoch_rows(recipe_for("digits", "softmax"), part, 3, 1000)
    assert sorted(plain.x[:, 0]) == list(range(1000))


def test_offsets_are_checked_before_the_training():
    with pytest.raises(InputError, match="Offsets are numbers"):
        recipe_for("digits", "softmax", offsets="1;2")
    with pytest.raises(InputError, match="2 offsets, and 10 classes; expected as many"):
        fit(recipe_for("digits", "softmax", offsets="1,2"), load("digits"))
