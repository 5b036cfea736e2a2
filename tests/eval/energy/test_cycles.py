"""Cycles of single instructions, against ARM's tables, and of sums of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.eval.cortex_m.instructions import CLASSES
from keras_tvscm.eval.energy.cycles import CORTEX_M0PLUS, CORTEX_M4, CORTEX_M33

TIMINGS = (CORTEX_M0PLUS, CORTEX_M4, CORTEX_M33)

# What one instruction takes by DDI 0484C table 3-1 and DDI 0439D tables 3-1 and 7-1 and
# section 3.3.2 (a load's address that was just computed costs one more).
SINGLE = [
    ("ADDS", {"by_class": {"other": 1}}, (1, 1), (1, 1)),
    ("MULS", {"by_class": {"multiplies": 1}}, (1, 1), (1, 1)),
    ("LDR", {"by_class": {"loads": 1}, "sram_reads": 1}, (2, 2), (1, 3)),
    ("LDM of 4", {"by_class": {"loads": 1}, "flash_reads": 4}, (5, 5), (4, 6)),
    ("STR", {"by_class": {"stores": 1}, "sram_writes": 1}, (2, 2), (1, 3)),
    ("B not taken", {"by_class": {"branches": 1}}, (1, 1), (1, 1)),
    ("B taken", {"by_class": {"branches": 1}, "taken_branches": 1}, (2, 3), (2, 4)),
    ("SDIV", {"by_class": {"divides": 1}}, None, (2, 12)),
    ("VADD to VFMA", {"by_class": {"float": 1}}, None, (1, 4)),
    ("VSQRT", {"by_class": {"float_divides": 1}}, None, (1, 15)),
]


@pytest.mark.parametrize(("name", "given", "m0plus", "m4"), SINGLE)
def test_one_instruction(counts, name, given, m0plus, m4):
    if m0plus is not None:
        assert CORTEX_M0PLUS.cycles(counts("cortex-m0", **given)) == m0plus
    assert CORTEX_M4.cycles(counts(**given)) == m4


def test_the_m33_is_bounded_by_two_instructions_a_cycle_and_by_the_m4(counts):
    run = counts(by_class={"loads": 10, "other": 90}, flash_reads=10, taken_branches=5)
    assert CORTEX_M33.cycles(run) == (50, CORTEX_M4.cycles(run).high)


numbers = st.fixed_dictionaries({label: st.integers(0, 1000) for label in CLASSES})
accesses = st.fixed_dictionaries(
    {name: st.integers(0, 1000) for name in ("taken_branches", "flash_reads", "sram_writes")}
)


@pytest.mark.parametrize("timing", TIMINGS, ids=lambda timing: timing.core)
@given(by_class=numbers, others=accesses, k=st.integers(1, 9))
def test_bounds_are_in_order_and_k_runs_take_k_times_as_long(counts, timing, by_class, others, k):
    once = timing.cycles(counts(by_class=by_class, **others))
    times = timing.cycles(
        counts(
            by_class={label: k * number for label, number in by_class.items()},
            **{name: k * number for name, number in others.items()},
        )
    )
    assert 0 <= once.low <= once.high
    assert times == pytest.approx(once.times(k))


@pytest.mark.parametrize("timing", TIMINGS, ids=lambda timing: timing.core)
def test_what_is_assumed_says_so_and_why(timing):
    for source in timing.sources:
        assert source.value.low <= source.value.high
        assert source.document and source.place and source.url.startswith("http")
        assert source.seen or source.note
        assert ("assumed" in source.remark) == source.assumed
    assert any(source.assumed for source in CORTEX_M33.sources)
    assert not any(source.assumed for source in CORTEX_M4.sources)
