"""Models from `.tflite` to C to every core, and the same bytes at the end."""

import shutil

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.eval.cortex_m import CORES, measure, qemu
from keras_tvscm.eval.cortex_m.check import tflite_outputs


@pytest.fixture(scope="module", params=["int8", "float32"])
def example(linear, request):
    """C, stored rows, and what TFLite-Micro gives for them."""
    content = linear.read(request.param)
    rows = input_and_output(content)[0].quantize(linear.x)
    return generate(content), rows, tflite_outputs(content, rows)


@pytest.mark.parametrize("core", CORES)
def test_generated_c_equals_the_model(example, core):
    source, rows, expected = example
    found = measure(source, core, rows, expected)
    assert len(np.unique(expected)) > 20
    # 36 weights lie in flash; nothing is static.
    assert found.counts.flash_bytes > 36 * expected.itemsize
    assert (found.counts.static_bytes, found.counts.scratch_bytes) == (0, source.scratch_bytes)


@pytest.mark.skipif(shutil.which(qemu.GCC) is None, reason=f"needs {qemu.GCC}")
@pytest.mark.skipif(shutil.which(qemu.QEMU) is None, reason=f"needs {qemu.QEMU}")
@pytest.mark.parametrize("core", qemu.BOARDS)
def test_so_does_gcc_s_code_on_qemu(example, core):
    source, rows, expected = example
    outputs, instructions = qemu.run(qemu.firmware(source, core, rows[:10]), source, core)
    np.testing.assert_allclose(outputs, expected[:10], rtol=1e-5, atol=0)
    assert min(instructions) > 36
