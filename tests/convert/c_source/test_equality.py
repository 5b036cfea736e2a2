"""Generated C computes the bytes that TFLite's reference kernels compute."""

import shutil

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.eval.cortex_m import measure

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_equals_the_model_under_sanitizers(model, compiler, monkeypatch):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    monkeypatch.setenv("CC", compiler)
    found = native.run(generate(model.content), model.rows, SANITIZERS)
    np.testing.assert_array_equal(found, model.expected)


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_so_does_the_code_for_microcontrollers(model, core):
    found = measure(generate(model.content), core, model.rows[:20], model.expected[:20])
    assert found.counts.static_bytes == 0
