"""Counts of one inference on every part with their core."""

import pytest

from keras_tvscm.eval.cortex_m.cores import CORES
from keras_tvscm.eval.energy import PARTS, modelled_on_parts, of_counts


def test_an_m4_s_counts_by_hand(counts):
    """64,000 cycles on each part: at 64 MHz 1 ms, and 9.9 mW."""
    run = counts(by_class={"other": 64_000})
    on_parts = modelled_on_parts(run)
    assert [one.part for one in on_parts] == ["STM32G474RE", "nRF52840", "STM32L4R5ZI"]
    assert of_counts(run) == [one.energy for one in on_parts]
    assert of_counts(run)[1].microjoules == pytest.approx((9.9, 9.9))


def test_each_part_takes_the_counts_of_one_core(counts):
    parts = [one.part for core in CORES for one in modelled_on_parts(counts(core))]
    assert parts == [part.name for part in PARTS]


def test_a_core_without_a_part_is_unavailable(counts):
    [energy] = of_counts(counts("cortex-m7"))
    assert energy.kind == "unavailable"
    assert energy.method.startswith("no part with a cortex-m7 has its cycles and current")


def test_what_does_not_fit_is_unavailable_on_that_part(counts):
    kinds = [one.kind for one in of_counts(counts(flash_bytes=800_000, by_class={"other": 1}))]
    assert kinds == ["unavailable", "modelled", "modelled"]
