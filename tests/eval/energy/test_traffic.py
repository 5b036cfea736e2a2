"""Memory access: the paper's arithmetic, and counts."""

import pytest

from keras_tvscm.eval.energy.traffic import accesses, bytes_read, parameter_bytes, traffic


def test_the_paper_s_figure_is_the_float32_parameters():
    """26.2 is exact; 80.4 is 79.4 computed from figures that were rounded first."""
    assert (parameter_bytes(24_709), parameter_bytes(942)) == (98_836, 3_768)
    assert round(98_836 / 3_768, 1) == 26.2
    assert (parameter_bytes(623_290), parameter_bytes(7_852)) == (2_493_160, 31_408)
    assert round(2_493_160 / 31_408, 1) == 79.4
    assert round(round(2.493160, 3) / round(0.031408, 3), 1) == 80.4


def test_counted_accesses_are_reads_and_writes_and_bytes_are_those_read(counts):
    run = counts(flash_reads=5, sram_reads=3, sram_writes=2, flash_read_bytes=20, sram_read_bytes=7)
    assert accesses(run) == 10
    assert bytes_read(run) == 27


def test_the_ratios(counts):
    dense = counts(
        flash_reads=900,
        sram_reads=100,
        flash_read_bytes=3600,
        sram_read_bytes=400,
        by_class={"loads": 800, "stores": 40},
    )
    other = counts(
        flash_reads=10,
        sram_writes=10,
        flash_read_bytes=40,
        by_class={"loads": 11, "stores": 1, "multiplies": 7},
    )
    found = traffic(dense, other, 24_709, 942)
    assert found.to_json() == {
        "paper": pytest.approx(26.23, abs=0.005),
        "loads_and_stores": 70,
        "accesses": 50,
        "bytes_read": 100,
    }
