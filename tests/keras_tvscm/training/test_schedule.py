"""What trainings share."""

import keras
import pytest
from keras import layers

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.training.schedule import falling, pays_to_compile, steps_at_once


def test_a_rate_falls_to_zero_along_a_cosine():
    rate = falling(0.1, 10)
    assert [round(float(rate(step)), 6) for step in (0, 5, 10, 20)] == [0.1, 0.05, 0.0, 0.0]
    assert float(falling(0.1, 0)(0)) == pytest.approx(0.1)


def test_no_more_steps_at_once_than_an_epoch_has():
    assert [steps_at_once(steps) for steps in (1, 32, 500)] == [1, 32, 32]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (TVSCM("banded"), True),
        (TVSCMConv(2, "random:k=1"), False),
        (layers.TimeDistributed(layers.Conv1D(2, 1)), False),
        (keras.Sequential([keras.Input((4, 4)), layers.Conv1D(2, 1)]), False),
    ],
)
def test_convolutions_at_any_depth_are_not_compiled(layer, expected):
    shape = (2, 4, 4) if isinstance(layer, layers.TimeDistributed) else (4, 4)
    assert pays_to_compile(keras.Sequential([keras.Input(shape), layer])) is expected
