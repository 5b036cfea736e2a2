"""What every conversion starts from."""

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM
from keras_tvscm.convert import Options, convert, prepare
from keras_tvscm.convert.lower.model import lowerable
from keras_tvscm.errors import InputError

from ..fitted import fit_head

L = keras.layers
# Of networks that are not trained.
ANY = Options(accept_any_accuracy=True)


@pytest.fixture(scope="module")
def mixed(digits):
    """A network of half precision, by its policy."""

    def train(policy):
        keras.mixed_precision.set_global_policy(policy)
        try:
            layers = [TVSCM("random:k=1,seed=3", activation="relu", name="tvscm"), L.Dense(10)]
            model = keras.Sequential([keras.Input((64,)), *layers])
        finally:
            keras.mixed_precision.set_global_policy("float32")
        return fit_head(model, digits)

    return train


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_a_network_of_mixed_precision_is_converted_as_its_copy_in_float32(digits, mixed, policy):
    model = mixed(policy)
    dtype = "float32" if policy == "mixed_float16" else "int8"
    record = convert(model, digits, dtype=dtype, lowering="unrolled").record
    assert record.policy == record["policy"] == policy
    assert record.verification.exact.relative_error <= 1e-4
    copy = lowerable(model)
    assert copy.layers[0].compute_dtype == "float32"
    assert model.layers[0].dtype_policy.name == policy
    x = digits.test.x[:50]
    expected = model.predict(x, verbose=0).astype(np.float32)
    np.testing.assert_allclose(copy.predict(x, verbose=0), expected, atol=0.1)


def test_policies_inside_of_layers_and_of_inputs(digits):
    inputs = keras.Input((64,), dtype="float16", name="given")
    inner = keras.Sequential([keras.Input((64,)), L.Dense(4, dtype="float16")], name="inner")
    wrapped = L.TimeDistributed(L.Dense(2, dtype="mixed_bfloat16"), dtype="float32")
    outputs = L.Flatten()(wrapped(L.Reshape((2, 2), dtype="float16")(inner(inputs))))
    prepared = prepare(keras.Model(inputs, L.Dense(10)(outputs)), digits, ANY)
    assert prepared.policy == "float16, mixed_bfloat16"
    assert prepared.trained.inputs[0].dtype == "float32"
    assert {layer.compute_dtype for layer in prepared.trained._flatten_layers()} == {"float32"}


def test_a_model_of_whole_numbers_is_not_given_fractions(digits):
    layers = [keras.Input((64,), dtype="uint8"), L.Rescaling(1 / 16), L.Dense(10)]
    with pytest.raises(InputError, match="takes uint8, and the rows of the data set digits h"):
        prepare(keras.Sequential(layers), digits, Options())


def test_the_held_out_rows_and_the_ranges(digits, trained):
    model = trained("half")
    prepared = prepare(model, digits, Options(calibration_rows=40, seed=7))
    assert prepared.trained is prepared.bounded.model and prepared.policy is None
    assert prepared.trained is not model
    assert prepared.calibration.shape == (40, 64)
    assert len(prepared.held_out.x) == len(digits.validation.x) + len(digits.test.x)
    np.testing.assert_array_equal(prepared.held_out.targets[-9:], digits.test.y[-9:])
    np.testing.assert_allclose(
        prepared.held_out.expected[:9], model.predict(digits.validation.x[:9], verbose=0), atol=1e-5
    )
    assert len(prepared.screening.x) == len(digits.train.x)
    assert (prepared.bounded.low, prepared.bounded.high) == (0, 1)
    # Nothing is quantised, so nothing has to be screened.
    assert prepare(model, digits, Options(dtype="float32")).screening is None


def test_a_lowering_of_a_layer_that_is_not_there(digits, trained):
    with pytest.raises(InputError, match="The model has no layer 'hidden' to lower; it has: tvscm"):
        prepare(trained("half"), digits, Options(lowering={"hidden": "dense"}))
