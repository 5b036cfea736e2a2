"""GCC's code on QEMU: the same outputs as Unicorn's, and the same number of instructions."""

import shutil

import numpy as np
import pytest

from keras_tvscm.errors import CheckError
from keras_tvscm.eval.cortex_m import measure, qemu
from keras_tvscm.eval.cortex_m.measurement import measure_elf

from .conftest import assembly, written

LACKING = [tool for tool in (qemu.GCC, qemu.QEMU) if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"needs {' and '.join(LACKING)}")


@pytest.mark.parametrize("core", qemu.BOARDS)
@pytest.mark.parametrize("layer", ["int8_layer", "float_layer"])
def test_unicorn_agrees_with_qemu(layer, core, request):
    example = request.getfixturevalue(layer)
    rows = example.rows[:20]
    elf = qemu.firmware(example.source, core, rows)
    outputs, instructions = qemu.run(elf, example.source, core)
    np.testing.assert_array_equal(outputs, example.outputs[:20])
    found = measure_elf(elf, example.source, core, rows, outputs, counted=20)
    assert found.instructions == (min(instructions), max(instructions))
    # Clang's code is other code, and gives the same.
    measure(example.source, core, rows, outputs)


@pytest.mark.parametrize("first", [1, 7])
def test_qemu_counts_what_was_counted_by_hand(first):
    source = assembly(
        """
        ldrb r3, [r0]
        1: subs r3, #1
        ite eq
        moveq r0, #5
        movne r0, #6
        bne 1b
        strb r0, [r1]
        bx lr
        """
    )
    rows = np.full((1, 8), first, np.int8)
    outputs, instructions = qemu.run(qemu.firmware(source, "cortex-m4", rows), source, "cortex-m4")
    assert outputs[0, 0] == 5
    assert instructions == [3 + 5 * first]


def test_memory_functions_that_gcc_calls():
    code = "for (int i = 0; i < 64; i++) ((uint8_t *)scratch)[i] = 3;"
    source = written(code + "output[0] = ((int8_t *)scratch)[9];")
    rows = np.zeros((1, 8), np.int8)
    outputs, _ = qemu.run(qemu.firmware(source, "cortex-m4", rows), source, "cortex-m4")
    assert outputs[0, 0] == 3


def test_a_firmware_that_crashes(monkeypatch):
    monkeypatch.setattr(qemu, "SECONDS", 3)
    source = written('__asm__ volatile("udf #1");')
    elf = qemu.firmware(source, "cortex-m4", np.zeros((1, 8), np.int8))
    with pytest.raises(CheckError, match="qemu-system-arm") as caught:
        qemu.run(elf, source, "cortex-m4")
    assert "\n" not in str(caught.value)
