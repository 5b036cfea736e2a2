"""What the networks of beats with their rhythm look at, and what they weigh."""

import keras
import numpy as np
import pytest

from keras_tvscm import freeze
from keras_tvscm.errors import InputError
from keras_tvscm.models.networks import build
from keras_tvscm.models.rhythm_networks import NAMES

PARAMETERS = {
    "rhythm-numbers": 13 * 16 + 16 + 16 * 4 + 4,
    "rhythm-linear": 13 * 4 + 4,
    "rhythm-dense": 292 + 225 + 3 + 3 + 6,
    # 37 filters of three values, 13 maps of 4 to the bottleneck of 3, and two scores.
    "rhythm": 292 + 3 * 37 + 3 * 52 + 3 + 6,
}


@pytest.mark.parametrize("network", NAMES)
def test_sizes_and_what_samples_may_say(network):
    model = build(network, "heartbeat-rhythm")
    x = np.random.default_rng(0).normal(size=(8, 238)).astype(np.float32)
    other = x.copy()
    other[:, :224] = np.random.default_rng(1).normal(size=(8, 224))
    other[:, 237] = 3
    first, second = (keras.ops.convert_to_numpy(model(rows)) for rows in (x, other))
    # Samples do not touch N and S; V and F of the networks that have a way for them.
    np.testing.assert_array_equal(first[:, :2], second[:, :2])
    by_shape = network in ("rhythm", "rhythm-cnn", "rhythm-dense")
    assert (first[:, 2:] != second[:, 2:]).any() == by_shape
    frozen = freeze(model) if network == "rhythm" else model
    assert frozen.count_params() == PARAMETERS.get(network, frozen.count_params()) <= 942


def test_other_rows_are_refused():
    with pytest.raises(
        InputError, match=r"rhythm is for rows of heartbeat-rhythm .* Received: 187"
    ):
        build("rhythm", "heartbeat")
