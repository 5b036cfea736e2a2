"""Outputs against NumPy's, and counts against code that was counted by hand."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.eval.cortex_m import CORES, measure

from .conftest import assembly, written

ZEROS = np.zeros((1, 8), np.int8)


@pytest.mark.parametrize("core", CORES)
def test_int8_outputs_are_exact_on_every_core(int8_layer, core):
    found = measure(int8_layer.source, core, int8_layer.rows, int8_layer.outputs)
    np.testing.assert_array_equal(found.outputs, int8_layer.outputs)
    counts = found.counts
    assert counts.by_class["float"] == counts.by_class["divides"] == counts.static_bytes == 0
    assert sum(counts.by_class.values()) == sum(counts.by_function.values()) == counts.instructions
    assert found.instructions[0] <= found.instructions[1] == counts.instructions
    # Every weight and bias is read once at least, and every input; every output is written.
    assert counts.flash_bytes > 370 + 40 and counts.flash_read_bytes >= 370 + 40
    assert counts.sram_read_bytes >= 37 and counts.sram_write_bytes >= 10
    assert counts.by_class["multiplies"] >= 370
    assert (counts.scratch_bytes, counts.buffer_bytes) == (40, 47)
    assert json.loads(json.dumps(found.to_json()))["rows"] == {"counted": 3, "run": 1000}


@pytest.mark.parametrize("core", CORES)
def test_float32_is_rounded_alike_on_every_core(float_layer, core):
    found = measure(float_layer.source, core, float_layer.rows, float_layer.outputs)
    np.testing.assert_array_equal(found.outputs, float_layer.outputs)
    counts = found.counts
    if CORES[core].hard_float:
        assert counts.by_class["float"] >= 100 and set(counts.by_function) == {"tvscm_predict"}
    else:
        assert counts.by_class["float"] == 0
        assert counts.by_function["tvscm_predict"] < counts.instructions / 5


def test_every_instruction_and_access_of_a_known_sequence():
    source = assembly(
        """
        push {r4, r5, r6, lr}
        ldr r3, constant
        ldrb r4, [r0, #1]
        ldrh r4, [r0, #2]
        ldr r4, [r0, #1]
        ldrd r4, r5, [r0]
        strd r4, r5, [r2, #8]
        mul r4, r5, r3
        smlad r4, r5, r3, r4
        umull r4, r5, r3, r4
        udiv r4, r5, r3
        bl 1f
        strb r3, [r1]
        b 2f
        1: vmov s0, r3
        vadd.f32 s0, s0, s0
        vsqrt.f32 s0, s0
        vstr s0, [r2]
        bx lr
        2: ldr r4, [r0, #4]
        pop {r4, r5, r6, pc}
        .balign 4
        constant: .word 0x01020305
        """
    )
    found = measure(source, "cortex-m4", ZEROS)
    counts = found.counts
    assert found.outputs[0, 0] == 5
    assert counts.instructions == 21
    assert counts.by_class == {
        "branches": 3,  # bl, b, bx
        "divides": 1,
        "float": 2,
        "float_divides": 1,
        "loads": 7,
        "multiplies": 3,
        "other": 0,
        "stores": 4,
    }
    assert counts.taken_branches == 4  # and the return by pop
    assert (counts.flash_reads, counts.flash_read_bytes, counts.literal_reads) == (1, 4, 1)
    # A byte, a halfword, a word across a border (two transfers), a pair, a word, four pops.
    assert (counts.sram_reads, counts.sram_read_bytes) == (1 + 1 + 2 + 2 + 1 + 4, 35)
    assert (counts.sram_writes, counts.sram_write_bytes) == (4 + 2 + 1 + 1, 29)
    assert counts.stack_bytes == 16


@pytest.mark.parametrize("first", [0, 1])
def test_what_an_it_block_skips_is_an_instruction(first):
    source = assembly(
        """
        ldrb r3, [r0]
        cmp r3, #0
        itte eq
        moveq r3, #5
        strbeq r3, [r1]
        strbne r3, [r1, #1]
        bx lr
        """
    )
    found = measure(source, "cortex-m4", np.full((1, 8), first, np.int8))
    assert found.outputs[0, first] == (5, 1)[first]
    assert found.counts.instructions == 7
    assert found.counts.sram_writes == 1


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m33"])
def test_a_loop_is_counted_to_the_instruction(core):
    source = assembly(
        """
        ldrb r3, [r0]
        1: subs r3, #1
        bne 1b
        bx lr
        """
    )
    for times in (1, 2, 127):
        counts = measure(source, core, np.full((1, 8), times, np.int8)).counts
        assert counts.instructions == 2 + 2 * times
        assert counts.taken_branches == times


def test_the_row_that_takes_most_is_reported():
    source = assembly("ldrb r3, [r0] \n 1: subs r3, #1 \n bne 1b \n bx lr")
    rows = np.repeat(np.array([[9], [20], [3], [90]], np.int8), 8, axis=1)
    found = measure(source, "cortex-m4", rows)
    assert (found.instructions, found.counted) == ((8, 42), 3)
    assert found.counts.instructions == 42


def test_memory_is_told_apart():
    source = written(
        "uint8_t local[400]; fill(local, *input); *output = (int8_t)local[399]; count++;",
        before="""
        static int32_t count = 7;
        __attribute__((noinline)) static void fill(volatile uint8_t *to, int from) {
          for (int i = 0; i < 400; i++) to[i] = (uint8_t)(from + i);
        }
        """,
    )
    found = measure(source, "cortex-m4", ZEROS + np.int8(1))
    assert found.outputs[0, 0] == np.uint8(400 - 256).astype(np.int8)
    counts = found.counts
    assert counts.static_bytes == 4
    assert 400 <= counts.stack_bytes < 450
    assert set(counts.by_function) == {"tvscm_predict", "fill"}
    assert counts.by_function["fill"] > 800
    assert counts.sram_writes >= 401
    assert counts.sram_bytes == 4 + counts.stack_bytes + 64 + 16


def test_the_cores_have_what_they_have():
    source = written(
        """
        #ifdef __ARM_FEATURE_DSP
        output[0] = 1;
        #endif
        #ifdef __ARM_FP
        output[1] = __ARM_FP & 4;
        #endif
        output[2] = __ARM_ARCH;
        #ifdef __ARM_FEATURE_UNALIGNED
        output[3] = 1;
        #endif
        output[4] = sizeof(scratch);
        """.replace("#", "\n#")
    )
    source = replace(source, source=source.source.replace("(void)input", "*(int32_t *)output = 0"))
    found = {core: measure(source, core, ZEROS).outputs[0, :5].tolist() for core in CORES}
    assert found == {
        "cortex-m0": [0, 0, 6, 0, 4],
        "cortex-m4": [1, 4, 7, 1, 4],
        "cortex-m7": [1, 4, 7, 1, 4],
        "cortex-m33": [1, 4, 8, 1, 4],
    }


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("output[0] = *(volatile int8_t *)0;", "unmapped.*at address 0x0, in tvscm_predict at 0x1"),
        ("((volatile int8_t *)scratch)[64] = 1;", "write.*unmapped"),
        ("output[0] = ((volatile int8_t *)input)[8];", "read.*unmapped"),
        ("((volatile int8_t *)output)[8] = 1;", "write.*unmapped"),
        ("((volatile int8_t *)input)[0] ^= 1;", "input was written to"),
        ("*(volatile int32_t *)(intptr_t)&tvscm_predict = 1;", "write.*prot"),
        ("((void (*)(void))scratch)();", "fetch|exception"),
        ('__asm__ volatile("udf #1");', "invalid instruction"),
        ("for (volatile int i = 0;;) i = 1;", "no end after 1 s"),
        ('uint8_t big[70000]; __asm__("strb r0, [%0]" :: "r"(big) : "memory");', "write.*unmapped"),
    ],
)
def test_what_a_core_would_not_survive_is_one_line(code, message, monkeypatch):
    monkeypatch.setattr("keras_tvscm.eval.cortex_m.emulate.SECONDS", 1)
    with pytest.raises(CheckError, match=f"(?i)^cortex-m4: .*({message})") as caught:
        measure(written(code), "cortex-m4", ZEROS)
    assert "\n" not in str(caught.value)


def test_an_unaligned_word_is_an_error_on_the_m0_alone():
    source = assembly("movs r3, #1 \n ldr r3, [r0, r3] \n bx lr")
    assert measure(source, "cortex-m4", ZEROS).counts.sram_reads == 2
    with pytest.raises(CheckError, match=r"cortex-m0: .*exception.*in tvscm_predict at 0x10002"):
        measure(source, "cortex-m0", ZEROS)


@pytest.mark.parametrize(
    "access", ["ldrd r2, r3, [r0]", "ldm r0, {r2, r3}", "strd r2, r3, [r0]", "vldr s0, [r0]"]
)
def test_unaligned_pairs_and_floats_are_errors_on_every_core(access):
    source = assembly(f"add r0, r2, #2 \n {access} \n bx lr")
    name = access.split()[0]
    with pytest.raises(CheckError, match=f"cortex-m4: {name} at the unaligned address 0x2"):
        measure(source, "cortex-m4", ZEROS)


@pytest.mark.parametrize("code", ["fbb0f0f1", "fb200110", "ee300a20"])  # udiv, smlad, vadd.f32
def test_the_m0_is_no_m4(code):
    source = written(f'__asm__ volatile(".inst.w 0x{code}");')
    measure(source, "cortex-m4", ZEROS)
    with pytest.raises(CheckError, match=r"^cortex-m0: Invalid instruction.*in tvscm_predict"):
        measure(source, "cortex-m0", ZEROS)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("output[0] = undeclared;", "tvscm.c:.*error: use of undeclared identifier 'undeclared'"),
        ("extern int later(void); output[0] = (int8_t)later();", "undefined symbol: later"),
    ],
)
def test_code_that_does_not_compile_is_one_line(code, message):
    with pytest.raises(CheckError, match=f"^tvscm.c does not compile: .*{message}") as caught:
        measure(written(code), "cortex-m4", ZEROS)
    assert "\n" not in str(caught.value)


def test_other_outputs_than_expected(int8_layer):
    expected = int8_layer.outputs[:5].copy()
    expected[3, 2] += 1
    with pytest.raises(CheckError, match=r"^tvscm on cortex-m4: 1 of 50 .* output 2 of row 3"):
        measure(int8_layer.source, "cortex-m4", int8_layer.rows[:5], expected)


def test_rows_are_stored_ones(int8_layer):
    with pytest.raises(TypeError, match="float32"):
        measure(int8_layer.source, "cortex-m4", int8_layer.rows.astype(np.float32))
    with pytest.raises(ValueError, match="reshape"):
        measure(int8_layer.source, "cortex-m4", int8_layer.rows[:, 1:])


def test_the_compiler_leaves_nothing_where_the_user_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    measure(written("output[0] = 1;"), "cortex-m4", ZEROS)
    assert not list(tmp_path.iterdir())


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    Path(tmp_path, "file").touch()
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="set TVSCM_CACHE to a folder that can be written"):
        measure(written(""), "cortex-m4", ZEROS)


def test_a_package_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "unicorn", None)
    with pytest.raises(Unavailable, match=r"unicorn is not installed \(pip install 'keras-tvscm"):
        measure(written(""), "cortex-m4", ZEROS)
