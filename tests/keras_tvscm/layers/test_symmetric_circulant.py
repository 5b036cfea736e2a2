"""The layer with free values against the dense matrix."""

import keras
import numpy as np
import pytest
from scipy.linalg import circulant

from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("n", [1, 2, 9, 16])
def test_output_is_the_input_times_the_matrix(n):
    layer = SymmetricCirculant("tanh", seed=n)
    x = draw(3, 2, n)
    found = keras.ops.convert_to_numpy(layer(x))
    assert layer.count_params() == n // 2 + 1
    values = layer.values.numpy()
    row = [values[min(k, n - k)] for k in range(n)]
    np.testing.assert_allclose(found, np.tanh(x @ circulant(row)), atol=1e-5)


def test_a_step_moves_a_value_by_the_dense_gradient_s_sum_over_its_entries():
    n, rate = 9, 0.01
    x, target = draw(6, n), draw(6, n, seed=1)
    layer = SymmetricCirculant()
    model = keras.Sequential([keras.Input((n,)), layer])
    model.compile(keras.optimizers.SGD(rate), "mse")
    before = layer.values.numpy()
    distance = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    distance = np.minimum(distance, n - distance)
    gradient = x.T @ (2 * (x @ before[distance] - target) / target.size)
    model.train_on_batch(x, target)
    sums = [gradient[distance == k].sum() for k in range(n // 2 + 1)]
    np.testing.assert_allclose(layer.values.numpy(), before - rate * np.array(sums), atol=1e-5)


def test_the_seed_decides_the_values_whose_rows_have_norm_one():
    def drawn(seed):
        layer = SymmetricCirculant(seed=seed)
        layer.build((None, 784))
        return layer.values.numpy()

    np.testing.assert_array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))
    assert np.sqrt(2 * np.sum(drawn(1) ** 2)) == pytest.approx(1, abs=0.15)


def test_survives_saving(tmp_path):
    layer = SymmetricCirculant("relu", seed=3)
    model = keras.Sequential([keras.Input((12,)), layer])
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded(draw(2, 12)), model(draw(2, 12)))
    assert loaded.layers[0].get_config() == layer.get_config()


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_in_other_precisions(dtype):
    if dtype == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX computes in float64 only where it is told to at its start")
    layer, twin = SymmetricCirculant(seed=1, dtype=dtype), SymmetricCirculant(seed=1)
    x = draw(3, 20)
    twin.build(x.shape)
    layer.build(x.shape)
    layer.values.assign(twin.values)
    found = layer(x)
    assert keras.backend.standardize_dtype(found.dtype) == dtype.removeprefix("mixed_")
    tolerance = {"mixed_float16": 5e-3, "mixed_bfloat16": 4e-2, "float64": 1e-5}[dtype]
    np.testing.assert_allclose(np.asarray(found, "float32"), np.array(twin(x)), atol=tolerance)
