import numpy as np
import pytest

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.errors import InputError
from keras_tvscm.eval import runtimes
from keras_tvscm.eval.runtimes import find, host, with_threads


@pytest.mark.parametrize("name", ["litert-builtin", "litert-xnnpack:threads=2", "tflm"])
def test_more_inferences_take_longer(linear, name):
    with find(name).open() as window:
        loaded = window.load(linear.read("int8"), linear.x[0])
        few, many = (min(loaded.time(times) for _ in range(5)) for times in (10, 1000))
        assert many > 3 * few
        assert 0 < loaded.call(1000) < loaded.time(1000)
        assert loaded.cold() > few / 10
        assert window.spin() > 1e4
        assert window.peak() > 1e7


def test_models_are_told_apart(linear):
    with find("litert-builtin").open() as window:
        keys = [window.load(linear.read(name), None)._key for name in ("int8", "float32")]
    assert keys == [0, 1]


def test_runtime_that_refuses_goes_on(linear):
    with find("tflm").open() as window:
        with pytest.raises(Unavailable, match="TFLite-Micro has no operator RFFT2D"):
            window.load(linear.read("rfft"), None)
        assert window.load(linear.read("int8"), None).time(1) > 0


def test_process_that_ends_is_a_reason(linear):
    with find("litert-builtin").open() as window:
        window._process.kill()
        with pytest.raises(Unavailable, match="signal 9"):
            window.load(linear.read("int8"), None)


def test_process_ends_with_its_window(linear):
    with find("litert-builtin").open() as window:
        process = window._process
    assert process.returncode is not None


def test_memory_is_that_of_a_process_with_the_model_alone(linear):
    runtime = find("tflm")
    alone, loaded = runtime.memory(None), runtime.memory(linear.read("int8"))
    assert loaded["peak_memory_bytes"] > alone["peak_memory_bytes"] > 1e7
    assert 0 < loaded["arena_bytes"] < loaded["least_arena_bytes"]
    assert set(alone) == {"peak_memory_bytes"}


def test_inputs_are_the_row_in_the_model_s_own_numbers(linear):
    [stored] = host.stored_inputs(linear.read("int8"), linear.x[0])
    assert stored.dtype == np.int8 and stored.shape == (1, linear.x.shape[1])
    assert len(set(stored.tolist()[0])) > 3
    [zeros] = host.stored_inputs(linear.read("float32"), None)
    assert not zeros.any()


@pytest.mark.parametrize(
    "name, message",
    [
        ("gpu", "Unknown runtime 'gpu'; expected one of litert-xnnpack, litert-builtin, tflm"),
        ("tflm:threads=2", "expected tflm$"),
        ("litert-xnnpack:threads=0", "expected litert-xnnpack or litert-xnnpack:threads=2"),
    ],
)
def test_unknown_runtimes(name, message):
    with pytest.raises(InputError, match=message):
        find(name)


def test_plugged_in_runtime_is_found_by_its_entry_point(monkeypatch):
    class Point:
        name = "board"

        def load(self):
            return lambda argument: f"a board on {argument}"

    monkeypatch.setattr(runtimes, "entry_points", lambda group: [Point()])
    assert find("board:/dev/ttyX") == "a board on /dev/ttyX"
    with pytest.raises(InputError, match="tflite-runtime, board"):
        find("other")


def test_threads_are_of_those_runtimes_that_have_them():
    assert with_threads(["litert-builtin", "tflm"], [1, 2]) == [
        "litert-builtin",
        "litert-builtin:threads=2",
        "tflm",
    ]
