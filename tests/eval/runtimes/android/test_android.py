"""An Android device through the real adb: what it answers, and each way in which that can fail."""

import numpy as np

from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.eval.runtimes import find


def test_predictions_are_those_of_the_device(phone, linear):
    runtime = find(f"android:{phone().serial}")
    for name in ("int8", "float32"):
        expected = in_child("litert-xnnpack", linear.read(name)).predict(linear.x)
        predicted = runtime.predict(linear.read(name), linear.x)
        np.testing.assert_array_equal(predicted, expected)
        assert predicted.dtype == np.float32
