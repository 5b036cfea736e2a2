"""Milliseconds and microjoules from counts, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy import PARTS, modelled, part, ratio


def test_additions_alone_by_hand(counts):
    """64,000 cycles at 64 MHz are 1 ms, at 9.9 mW 9.9 uJ."""
    found = modelled(counts(by_class={"other": 64_000}), part("nRF52840"))
    assert found.cycles == (64_000, 64_000)
    assert found.milliseconds == pytest.approx((1, 1))
    assert found.energy.kind == "modelled"
    assert found.energy.microjoules == pytest.approx((9.9, 9.9))
    assert "nRF52840 at 64 MHz and 3 V" in found.energy.method
    assert "Nordic" in found.energy.source


def test_reads_from_flash_wait_at_the_high_bound_alone(counts):
    run = counts(by_class={"loads": 1000}, flash_reads=1000)
    from_sram = counts(by_class={"loads": 1000}, sram_reads=1000)
    here = part("STM32L4R5ZI")
    low, high = modelled(run, here).cycles
    assert (low, high) == (1000, 3000 + 5 * 1000)
    assert modelled(from_sram, here).cycles == (1000, 3000)


def test_a_cache_of_a_few_lines_lets_instructions_wait_too(counts):
    """Four instructions of two bytes a flash access of eight, and a line for each branch."""
    run = counts("cortex-m0", by_class={"other": 900, "branches": 100}, taken_branches=100)
    low, high = modelled(run, part("ATSAML21J18B")).cycles
    assert (low, high) == (1100, 1200 + 2 * (1000 / 4 + 100))


def test_what_does_not_fit_has_cycles_but_no_energy(counts):
    dense = counts("cortex-m0", by_class={"other": 10}, flash_bytes=646_184, stack_bytes=100)
    found = modelled(dense, part("ATSAML21J18B"))
    assert found.cycles.low == 10
    assert found.energy.kind == "unavailable"
    assert found.energy.method == (
        "ATSAML21J18B: does not fit: needs 646,184 bytes of flash, of which there are 262,144"
    )
    with pytest.raises(InputError, match="does not fit"):
        ratio(found.energy, found.energy)


def test_counts_of_another_core_are_refused(counts):
    with pytest.raises(InputError, match="STM32U585AI takes counts of cortex-m33, not of"):
        modelled(counts("cortex-m4"), part("STM32U585AI"))


@pytest.mark.parametrize("on", PARTS, ids=lambda on: on.name)
@given(
    cheap=st.integers(1, 10**6),
    more=st.integers(0, 10**6),
    reads=st.integers(0, 10**5),
)
def test_more_work_takes_no_less_energy(counts, on, cheap, more, reads):
    core = on.counted_on
    less = modelled(counts(core, by_class={"other": cheap}), on).energy
    greater = modelled(
        counts(core, by_class={"other": cheap + more, "loads": reads}, flash_reads=reads), on
    ).energy
    assert less.microjoules.low <= less.microjoules.high
    assert greater.microjoules.low >= less.microjoules.low
    assert greater.microjoules.high >= less.microjoules.high
    assert ratio(greater, less).low >= 1


def test_the_record(counts):
    record = modelled(counts(by_class={"other": 64_000}), part("nRF52840")).to_json()
    assert record["part"] == "nRF52840"
    assert record["cycles"] == {"low": 64_000, "high": 64_000}
    assert record["energy"]["kind"] == "modelled"
