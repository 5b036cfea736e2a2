"""What is rounded in training, and to how many steps."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM
from keras_tvscm.convert.quantization_aware.chain import chain

rounding = pytest.importorskip("keras_tvscm.convert.quantization_aware.rounding")
twin = pytest.importorskip("keras_tvscm.convert.quantization_aware.twin")


def rounded_outputs(model, x, together):
    copy = twin.twin(chain(model), model.input_shape[1:])
    return np.array(rounding.annotated(copy, together)(x, training=True))


def linear(a, b):
    model = keras.Sequential([keras.Input((8,)), TVSCM("complete", name="tvscm")])
    model.layers[0].a.assign(a)
    model.layers[0].b.assign(b)
    return model


def test_a_pair_rounded_together_loses_b_below_a_254th_of_a():
    x = np.random.default_rng(0).uniform(size=(20, 8)).astype(np.float32)
    step = (x.max() - 0) / 255
    together = rounded_outputs(linear(1.0, 1 / 300), x, True)
    # b is lost: what is left is a x, here with a = 1.
    np.testing.assert_allclose(together, x, atol=step)
    kept = rounded_outputs(linear(1.0, 1 / 200), x, True)
    np.testing.assert_allclose(kept, np.array(linear(1.0, 1 / 127)(x)), atol=1.5 * step)


def test_a_pair_rounded_apart_keeps_both():
    x = np.random.default_rng(0).uniform(size=(20, 8)).astype(np.float32)
    apart = rounded_outputs(linear(1.0, 1 / 300), x, False)
    wanted = np.array(linear(1.0, 1 / 300)(x))
    # Rounded are the input, the sum over it, both products and the output.
    assert np.abs(apart - wanted).max() < 2 / 255
    assert np.abs((apart - x).mean() - (wanted - x).mean()) < 1e-3


def test_activations_have_256_steps(banded):
    x = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    outputs = rounded_outputs(banded, x, False)
    assert len(np.unique(outputs)) <= 256
    assert len(np.unique(np.array(banded(x)))) > 500


@pytest.mark.parametrize("setting", [None, "0"])
@pytest.mark.slow
def test_the_process_stays_as_it_is(setting):
    """tf_keras is loaded where it is used alone, does not become tf.keras, and for no child."""
    program = """
import os, sys
import keras_tvscm, keras_tvscm.convert, keras
assert "tf_keras" not in sys.modules
before = dict(os.environ)
import keras_tvscm.convert.quantization_aware.rounding, tensorflow as tf
assert "tf_keras" in sys.modules
assert tf.keras.Model is keras.Model
assert os.environ.get("TF_USE_LEGACY_KERAS") == before.get("TF_USE_LEGACY_KERAS")
"""
    environment = os.environ | ({"TF_USE_LEGACY_KERAS": setting} if setting else {})
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
