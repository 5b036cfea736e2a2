"""One line out of what others raise."""

import keras
import numpy as np
import pytest

from keras_tvscm.errors import reason_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no such file. Look elsewhere.\nAnd so on", "no such file"),
        ("", "ValueError"),
        ("config={...}. Exception encountered: no such layer", "no such layer"),
        ("x" * 300, "x" * 200),
    ],
)
def test_the_first_sentence(text, reason):
    assert reason_of(ValueError(text)) == reason


def test_what_keras_says_of_a_call():
    class Fails(keras.layers.Layer):
        def call(self, inputs):
            raise ValueError("only on Sundays. Come back later")

    with pytest.raises(ValueError) as caught:
        Fails()(np.ones((1, 2)))
    assert reason_of(caught.value) == "only on Sundays"
