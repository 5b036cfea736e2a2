"""A network compiled as a shared library, loaded and called."""

import _ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm import native
from keras_tvscm.convert.c_source.native import drawn_rows, stored_outputs
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.native.library import check_library, library, run
from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.errors import CheckError, InputError

from .drawn import drawn

CONTENT = drawn(50)


@pytest.fixture(scope="session")
def shared() -> bytes:
    return library(generate(CONTENT, "network"), CONTENT)


@pytest.fixture
def path(shared, tmp_path) -> Path:
    (tmp_path / "m.so").write_bytes(shared)
    return tmp_path / "m.so"


@pytest.fixture
def network(path) -> native.Network:
    return native.load(path)


def refused(call, *arguments) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400
    return str(error.value)


def test_it_gives_the_model_s_outputs(shared, network):
    rows = drawn_rows(CONTENT, 40)
    expected = stored_outputs(in_child("tflm", CONTENT), CONTENT, rows)
    np.testing.assert_array_equal(network.predict_many(rows), expected)
    np.testing.assert_array_equal(network.predict(rows[3]), expected[3])
    np.testing.assert_array_equal(network.predict(rows[3].reshape(1, -1)), expected[3])
    assert check_library(shared, CONTENT, rows)["differing"] == 0


def test_real_numbers_are_stored_and_read_as_the_model_does(network):
    source, target = input_and_output(CONTENT)
    rng = np.random.default_rng(0)
    x = (rng.uniform(-2, 4, (50, source.size)) * source.scale * 100).astype(np.float32)
    # Halves, which go to the even number.
    x[0] = (np.arange(source.size) - 60.5) * np.float64(source.scale)
    stored = network.predict_many(source.quantize(x).reshape(50, -1))
    np.testing.assert_array_equal(network.predict_many(x), target.dequantize(stored))
    np.testing.assert_array_equal(network.predict(x[0]), target.dequantize(stored[:1])[0])


def test_threads_do_not_meet(network):
    rows = drawn_rows(CONTENT, 400)
    expected = network.predict_many(rows)
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(network.predict, rows))
    np.testing.assert_array_equal(outputs, expected)


def test_bound_arrays_are_read_at_each_call(network):
    rows = drawn_rows(CONTENT, 2)
    x, y = rows[0].copy(), np.empty(network.output_size, np.int8)
    predict = network.bind(x, y)
    for row, expected in zip(rows, network.predict_many(rows), strict=True):
        x[:] = row
        predict()
        np.testing.assert_array_equal(y, expected)


def test_nothing_is_written_beyond_the_outputs(network):
    room = np.full(network.output_size + 200, 77, np.int8)
    network.bind(drawn_rows(CONTENT, 1)[0], room[100 : 100 + network.output_size])()
    assert (room[:100] == 77).all() and (room[100 + network.output_size :] == 77).all()


def test_other_inputs(network):
    n = network.input_size
    message = refused(network.predict, np.zeros(n - 1, np.int8))
    assert message == (
        f"the network takes {n} numbers of float32 or int8. Received: int8 ({n - 1},)"
    )
    assert "Received: float64" in refused(network.predict, np.zeros(n))
    assert "Received: list" in refused(network.predict, [0.0] * n)
    assert "rows of" in refused(network.predict_many, np.zeros(n, np.int8))
    y = np.zeros(network.output_size, np.int8)
    assert "writable float32" in refused(network.bind, np.zeros(n, np.float32), y)
    assert "in a row" in refused(network.bind, np.zeros(2 * n, np.int8)[::2], y)


def test_other_files(path, shared, tmp_path):
    model, other = tmp_path / "m.tflite", tmp_path / "other.tflite"
    model.write_bytes(CONTENT)
    other.write_bytes(drawn(21))
    assert native.load(path, model).sha256
    assert "is of another model than" in refused(native.load, path, other)
    assert refused(native.load, tmp_path / "no.so").endswith("there is no such file")
    older = tmp_path / "older.so"
    older.write_bytes(shared.replace(b'{"format": 1,', b'{"format": 0,'))
    assert "was written by keras-tvscm" in refused(native.load, older)
    cut = tmp_path / "cut.so"
    cut.write_bytes(b"text")
    assert "damaged, or for another processor or system" in refused(native.load, cut)
    assert "is no network that tvscm has compiled" in refused(native.load, _ctypes.__file__)


@pytest.mark.parametrize(
    ("compiler", "reason"),
    [
        ("no-such-compiler", "cannot run the C compiler no-such-compiler: No such file"),
        ("false", "the C compiler false fails: no reason; set CC to another"),
        ("true", "the C compiler true writes no file"),
    ],
)
def test_compilers_that_do_not_compile(monkeypatch, compiler, reason):
    monkeypatch.setenv("CC", compiler)
    assert reason in refused(library, generate(CONTENT, "network"), CONTENT)


def test_a_library_that_ends_its_process(tmp_path):
    with pytest.raises(CheckError, match="ends its process"):
        run(b"no library", np.zeros((1, 4), np.int8))
