"""A model that does not take the rows, or answers with other classes, is refused."""

import keras
import pytest
from keras import layers

from keras_tvscm.datasets.match import check_fits, check_reads
from keras_tvscm.errors import InputError


def model(shape, outputs):
    return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(outputs)])


def two_inputs():
    pair = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(pair, layers.Dense(3)(layers.Concatenate()(pair)))


def test_rows_may_have_any_shape_of_as_many_numbers(tiny):
    for shape in [(8,), (8, 1), (2, 4)]:
        check_fits(model(shape, 3), tiny)


def test_other_outputs_than_classes_can_be_read(tiny):
    check_reads(model((8,), 5), tiny)
    message = r"the model maps \(8,\) to \(5,\), the data set tiny has 8 features and 3 classes"
    with pytest.raises(InputError, match=message):
        check_fits(model((8,), 5), tiny)


@pytest.mark.parametrize("check", [check_fits, check_reads])
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: model((9,), 3), r"the model maps \(9,\) to \(3,\)"),
        (two_inputs, "has one input and one output here. Received: 2 and 1"),
    ],
)
def test_other_inputs_cannot(tiny, check, build, message):
    with pytest.raises(InputError, match=message):
        check(build(), tiny)
