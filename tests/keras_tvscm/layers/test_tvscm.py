"""The layer against the dense layer with the same matrix, on the backend in use."""

import inspect
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_tvscm import TVSCM, Pattern, TVSCMConv
from keras_tvscm.errors import InputError

SPECS = ["banded", "banded:reach=3", "complete", "random:k=2", "half", "offsets:a=0+2,b=1"]


def set_values(layer: TVSCM, a: float, b: float) -> None:
    layer.a.assign(a)
    layer.b.assign(b)


@pytest.mark.parametrize("n", [1, 2, 9, 16])
@pytest.mark.parametrize("implementation", ["auto", "rolls", "fft"])
@pytest.mark.parametrize("spec", ["banded", "complete", "half", "offsets:b=0", "all"])
def test_output_is_the_input_times_the_kernel(n, implementation, spec):
    if spec == "all":
        spec = {"a": list(range(n // 2 + 1)), "b": []}
    layer = TVSCM(spec, implementation=implementation)
    x = np.random.default_rng(n).normal(size=(5, n)).astype("float32")
    layer.build(x.shape)
    set_values(layer, 0.7, -1.3)
    expected = x.astype("float64") @ layer.kernel
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, atol=1e-5)


@pytest.mark.parametrize("spec", SPECS)
def test_gradients_equal_those_of_the_dense_matrix(spec):
    """A step of plain gradient descent moves a and b by the sums over their entries."""
    n, rate = 12, 0.01
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, n)).astype("float32")
    target = rng.normal(size=(6, n)).astype("float32")
    layer = TVSCM(spec)
    model = keras.Sequential([keras.Input((n,)), layer])
    model.compile(keras.optimizers.SGD(rate), "mse")
    before = layer.kernel.astype("float64")
    ones_a, ones_b = (_entries(layer.pattern, symbol) for symbol in (1, 2))
    a, b = float(layer.a.numpy()), float(layer.b.numpy())
    model.train_on_batch(x, target)
    gradient = x.T.astype("float64") @ (2 * (x @ before - target) / target.size)
    assert float(layer.a.numpy()) == pytest.approx(a - rate * (gradient * ones_a).sum(), abs=1e-5)
    assert float(layer.b.numpy()) == pytest.approx(b - rate * (gradient * ones_b).sum(), abs=1e-5)


def _entries(pattern: Pattern, symbol: int) -> np.ndarray:
    n = pattern.n
    distance = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    return pattern.symbols[np.minimum(distance, n - distance)] == symbol


def test_has_two_trainable_scalars():
    layer = TVSCM()
    layer.build((None, 784))
    assert layer.count_params() == 2
    assert [tuple(weight.shape) for weight in layer.trainable_weights] == [(), ()]


@pytest.mark.parametrize("spec", SPECS)
def test_balanced_rows_sum_to_zero_with_norm_one(spec):
    layer = TVSCM(spec)
    layer.build((None, 64))
    assert layer.kernel.sum(axis=1) == pytest.approx(np.zeros(64), abs=1e-5)
    assert np.linalg.norm(layer.kernel, axis=1) == pytest.approx(np.ones(64), abs=1e-5)


def test_about_half_of_the_units_are_active_on_images():
    x = np.random.default_rng(0).random((100, 784), dtype="float32")
    for spec in SPECS:
        active = ops.convert_to_numpy(TVSCM(spec, activation="relu")(x)) > 0
        assert 0.3 < active.mean() < 0.7, spec


def test_random_initializers_give_two_different_values():
    layer = TVSCM(kernel_initializer="glorot_uniform")
    layer.build((None, 8))
    assert float(layer.a.numpy()) != float(layer.b.numpy())


def test_last_axis_of_many():
    layer = TVSCM("random:k=2", activation="tanh")
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 10)).astype("float32")
    expected = np.tanh(x @ layer_kernel(layer, x))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, atol=1e-5)
    assert layer.compute_output_shape((None, 3, 4, 10)) == (None, 3, 4, 10)


@pytest.mark.parametrize("n", [5, 8])
@pytest.mark.parametrize("units", [1, 3, 8, 13])
@pytest.mark.parametrize("implementation", ["rolls", "fft"])
@pytest.mark.parametrize("spec", ["banded", "half", "learned"])
def test_units_extend_the_input_with_zeros_or_cut_the_output(n, units, implementation, spec):
    layer = TVSCM(spec, units, "tanh", use_bias=True, implementation=implementation, seed=1)
    x = np.random.default_rng(0).normal(size=(2, 3, n)).astype("float32")
    layer.build(x.shape)
    layer.bias.assign(np.linspace(-1, 1, units))
    assert layer.kernel.shape == (max(n, units),) * 2
    dense = keras.layers.Dense(units, "tanh")
    dense.build(x.shape)
    dense.set_weights([layer.kernel[:n, :units], np.array(layer.bias)])
    expected = ops.convert_to_numpy(dense(x))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, atol=1e-5)
    assert layer.compute_output_shape(x.shape) == expected.shape == (2, 3, units)
    fixed = spec != "learned"
    assert layer.count_params() == (2 if fixed else max(n, units) // 2 + 1) + units


DTYPES = ["float32", "mixed_float16", "mixed_bfloat16"]
# JAX computes in double precision only where it is told to.
DTYPES += ["float64"] * (keras.backend.backend() != "jax")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("implementation", ["auto", "rolls", "fft"])
@pytest.mark.parametrize("spec", ["learned", "learned:nonzeros=3", "learned:window=3,columns=4"])
def test_a_learned_layer_equals_its_frozen_form(spec, implementation, dtype):
    layer = TVSCM(spec, activation="relu", implementation=implementation, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(5, 24)).astype("float32")
    expected = ops.convert_to_numpy(layer(x)).astype("float32")
    frozen = layer.frozen()
    assert frozen.pattern == layer.pattern
    assert frozen.count_params() == 2
    tolerance = {"mixed_float16": 5e-3, "mixed_bfloat16": 4e-2}.get(dtype, 1e-5)
    found = ops.convert_to_numpy(frozen(x)).astype("float32")
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    np.testing.assert_allclose(expected, np.maximum(x @ layer.kernel, 0), rtol=0, atol=tolerance)


@pytest.mark.parametrize("nonzeros", [300, 301])
def test_the_budget_is_exact_in_half_precision(nonzeros):
    """Whole numbers above 256 are not, in bfloat16."""
    layer = TVSCM("learned", nonzeros=nonzeros, dtype="mixed_bfloat16")
    unit = np.zeros((1, 784), "float32")
    unit[0, 0] = 1
    row = ops.convert_to_numpy(ops.cast(layer(unit), "float32"))[0]
    symbols = layer.pattern.symbols
    assert (symbols > 0).sum() == nonzeros
    # The transform's own error is far smaller than either value.
    np.testing.assert_array_equal(np.abs(row[:393]) > 0.01, symbols > 0)


@pytest.mark.parametrize("spec", ["half", "learned"])
def test_a_frozen_layer_has_nothing_to_freeze(spec):
    layer = TVSCM(spec)
    layer.build((None, 8))
    with pytest.raises(InputError, match=r"The pattern of layer '.*' is fixed: nothing to freeze"):
        (layer.frozen() if spec == "learned" else layer).frozen()


def layer_kernel(layer: TVSCM, x: np.ndarray) -> np.ndarray:
    layer.build(x.shape)
    return layer.kernel


def test_shared_arguments_stand_in_dense_order_with_dense_defaults():
    ours = inspect.signature(TVSCM.__init__).parameters
    dense = inspect.signature(keras.layers.Dense.__init__).parameters
    shared = [name for name in ours if name in dense and name != "kwargs"]
    assert shared == [name for name in dense if name in ours and name != "kwargs"]
    # Square and without bias, as the paper has it.
    own = {"units", "use_bias", "kernel_initializer"}
    assert all(ours[name].default == dense[name].default for name in set(shared) - own)


@pytest.mark.parametrize(
    ("spec", "jit_compile"),
    [("banded", True), ("random:k=2", True), ("half", True), ("half", False)],
)
def test_trains(spec, jit_compile):
    """A linear TVSCM finds the two values that made its targets."""
    truth = TVSCM(spec)
    x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    truth.build(x.shape)
    set_values(truth, 0.5, 0.25)
    model = keras.Sequential([keras.Input((16,)), TVSCM(spec)])
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit_compile)
    model.fit(x, ops.convert_to_numpy(truth(x)), epochs=30, batch_size=32, verbose=0)
    assert [float(w.numpy()) for w in model.trainable_weights] == pytest.approx(
        [0.5, 0.25], abs=0.02
    )


@pytest.mark.parametrize("spec", ["banded", "half"])
def test_mixed_precision_computes_in_half_and_keeps_full_weights(spec):
    layer = TVSCM(spec, dtype="mixed_float16")
    x = np.random.default_rng(0).normal(size=(4, 32)).astype("float32")
    y = layer(x)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    assert keras.backend.standardize_dtype(layer.a.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(y), x @ layer.kernel, atol=2e-2)


def test_mixed_precision_trains_compiled():
    x = np.random.default_rng(0).normal(size=(64, 32)).astype("float32")
    model = keras.Sequential([keras.Input((32,)), TVSCM("half", dtype="mixed_float16")])
    model.compile("adam", "mse", jit_compile=True)
    losses = model.fit(x, x, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_passes_masks_on():
    layer = TVSCM()
    masked = keras.layers.Masking()(np.ones((2, 3, 4), "float32"))
    assert layer(masked)._keras_mask is not None


def test_survives_keras_save_and_load_in_a_fresh_process(tmp_path: Path):
    """All forms of pattern in one stack, since a process takes seconds to start."""
    specs = [*SPECS, {"a": [0], "b": [3]}, Pattern(16, [1], [2])]
    layers = [
        TVSCM(spec, activation="tanh", kernel_regularizer="l2", implementation="rolls", seed=4)
        for spec in specs
    ]
    layers += [
        TVSCM("half", 20, use_bias=True, bias_initializer="ones"),
        TVSCM("learned", 16, "tanh", nonzeros=4, seed=2),
        TVSCMConv(3, "learned:window=3x3", nonzeros=4, seed=1),
        TVSCMConv(2, "random:k=1", "relu", bias_initializer="ones"),
        keras.layers.Flatten(),
    ]
    frozen = [one.frozen() for one in _built_learned()]
    model = keras.Sequential([keras.Input((16,)), *layers, keras.layers.Dense(16), *frozen])
    x = np.random.default_rng(0).normal(size=(5, 16)).astype("float32")
    model.save(tmp_path / "m.keras")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", model.predict(x, verbose=0))
    script = (
        "import keras, numpy as np, keras_tvscm\n"
        "m = keras.models.load_model('m.keras')\n"
        "np.testing.assert_allclose(m.predict(np.load('x.npy'), verbose=0),"
        " np.load('y.npy'), rtol=1e-5, atol=1e-6)\n"
        f"assert len(m.layers) == {len(layers) + 1 + len(frozen)}\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)


def _built_learned() -> list[TVSCM | TVSCMConv]:
    layers = [TVSCM("learned"), TVSCMConv(2, "learned:reach=3")]
    for layer in layers:
        layer.build((None, 16))
    return layers


def test_pattern_is_known_only_after_build():
    for spec in ("banded", "learned"):
        with pytest.raises(ValueError, match="not built"):
            _ = TVSCM(spec).kernel


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pattern": "stripes"}, "Unknown pattern 'stripes'"),
        ({"pattern": {"a": [0], "b": [9]}}, "Offset 9 is out of range: width 16"),
        ({"pattern": Pattern(8, [0], [1])}, "width 8, the layer's input 16"),
        ({"nonzeros": 2}, "nonzeros= is the budget of a learned pattern; this one is fixed"),
        ({"pattern": "learned", "nonzeros": 0}, "is 1 to 9 here. Received: 0"),
        ({"pattern": "learned", "nonzeros": 10}, "is 1 to 9 here. Received: 10"),
        ({"pattern": "offsets:a=9", "units": 17}, "Offset 9 is out of range: width 17"),
    ],
)
def test_bad_patterns_are_refused_at_build(arguments, message):
    with pytest.raises(InputError, match=message):
        TVSCM(**arguments).build((None, 16))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="Received: implementation='magic'"):
        TVSCM(implementation="magic")
    with pytest.raises(ValueError, match="last axis"):
        TVSCM().build((None, None))
    for units in (0, -1, True, 2.0, "8"):
        message = f"units is a whole number of at least 1. Received: units={units!r}"
        with pytest.raises(InputError, match=message):
            TVSCM(units=units)
