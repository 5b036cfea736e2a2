"""The gate's three bounds, each from both sides."""

import numpy as np
import pytest

from keras_tvscm.convert.verify import verify
from keras_tvscm.errors import CheckError

ROWS = 1000
LABELS = np.arange(ROWS) % 4
EXPECTED = np.eye(4, dtype=np.float32)[LABELS]


def wrong(rows):
    """Outputs whose top class differs in the first `rows` rows."""
    return np.concatenate([np.roll(EXPECTED[:rows], 1, axis=1), EXPECTED[rows:]])


def run(as_float=EXPECTED, converted=EXPECTED, labels=LABELS):
    return verify(EXPECTED, as_float, converted, labels, "made up")


def test_equal_outputs_pass():
    result = run()
    assert (result.float_error, result.agreement, result.rows) == (0, 1, ROWS)
    assert result.accuracy_keras == result.accuracy_converted == 1


@pytest.mark.parametrize(("error", "passes"), [(0.9e-4, True), (1.1e-4, False)])
def test_float_error_is_relative_to_the_largest_output(error, passes):
    shifted = EXPECTED.copy()
    shifted[3, 0] += error
    if passes:
        assert run(as_float=shifted).float_error == pytest.approx(error, rel=1e-2)
    else:
        with pytest.raises(CheckError, match="float32 lowering differs"):
            run(as_float=shifted)


def test_nan_fails():
    with pytest.raises(CheckError):
        run(as_float=np.full_like(EXPECTED, np.nan))


def test_agreement_of_99_percent_is_enough_without_labels():
    assert run(converted=wrong(10), labels=None).agreement == 0.99
    with pytest.raises(CheckError, match=r"98\.90%"):
        run(converted=wrong(11), labels=None)


def test_half_a_point_of_accuracy_may_go():
    assert run(converted=wrong(5)).accuracy_converted == 0.995
    with pytest.raises(CheckError, match=r"loses 0\.60 points"):
        run(converted=wrong(6))
