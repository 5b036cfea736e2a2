"""Classes of instructions that were assembled elsewhere (the bytes are GNU as's)."""

import pytest

from keras_tvscm.eval.cortex_m.instructions import CLASSES, classes

CODE = [
    ("4348", "multiplies"),  # muls r0, r1
    ("fb00f001", "multiplies"),  # mul r0, r0, r1
    ("fb002301", "multiplies"),  # mla r3, r0, r1, r2
    ("fb002311", "multiplies"),  # mls r3, r0, r1, r2
    ("fb202301", "multiplies"),  # smlad r3, r0, r1, r2
    ("fb102301", "multiplies"),  # smlabb r3, r0, r1, r2
    ("fba23001", "multiplies"),  # umull r3, r0, r2, r1
    ("fbc23001", "multiplies"),  # smlal r3, r0, r2, r1
    ("fb50f301", "multiplies"),  # smmul r3, r0, r1
    ("fb90f0f1", "divides"),  # sdiv r0, r0, r1
    ("eee00a81", "float"),  # vfma.f32 s1, s1, s2
    ("ee800a01", "float_divides"),  # vdiv.f32 s0, s0, s2
    ("eeb10ac0", "float_divides"),  # vsqrt.f32 s0, s0
    ("ed900a00", "loads"),  # vldr s0, [r0]
    ("ecbd8b02", "loads"),  # vpop {d8}
    ("c806", "loads"),  # ldmia r0!, {r1, r2}
    ("bd10", "loads"),  # pop {r4, pc}
    ("f9b03000", "loads"),  # ldrsh.w r3, [r0]
    ("e9c02300", "stores"),  # strd r2, r3, [r0]
    ("b510", "stores"),  # push {r4, lr}
    ("d0fe", "branches"),  # beq
    ("b108", "branches"),  # cbz r0
    ("4770", "branches"),  # bx lr
    ("f7fffffe", "branches"),  # bl
    ("e8dff000", "branches"),  # tbb [pc, r0]
    ("4388", "other"),  # bics r0, r1
    ("f3610007", "other"),  # bfi r0, r1, #0, #8
    ("f3000008", "other"),  # ssat r0, #9, r0
    ("bfc8", "other"),  # it gt
    ("b240", "other"),  # sxtb r0, r0
    ("fa90f011", "other"),  # sadd16 r0, r0, r1 (encoded as qadd16)
]


def thumb(code: str) -> bytes:
    """Halfwords, as a listing prints them, in memory's order."""
    halves = [bytes.fromhex(code[i : i + 4]) for i in range(0, len(code), 4)]
    return b"".join(half[::-1] for half in halves)


@pytest.mark.parametrize(("code", "label"), CODE)
def test_one_instruction(code, label):
    assert dict(classes(thumb(code), 0x10000)) == {label: 1}


def test_they_add_up():
    found = classes(b"".join(thumb(code) for code, _ in CODE), 0x10000)
    assert sum(found[label] for label in CLASSES) == len(CODE)


@pytest.mark.parametrize("code", ["4801", "f8df0004", "ed9f0a01"])
def test_literals(code):
    assert dict(classes(thumb(code), 0x10000)) == {"loads": 1, "literal": 1}


def test_what_is_no_instruction():
    with pytest.raises(ValueError, match="no instruction at 0x10002: ffff"):
        classes(bytes.fromhex("7047ffffffff"), 0x10000)
