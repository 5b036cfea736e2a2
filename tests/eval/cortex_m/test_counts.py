"""What is made of the counts."""

from dataclasses import replace

import pytest

from keras_tvscm.eval.cortex_m import Counts, misfit

COUNTS = Counts(
    core="cortex-m4",
    instructions=10,
    by_function={"tvscm_predict": 10},
    by_class={"loads": 4, "other": 6},
    taken_branches=1,
    flash_reads=1,
    flash_read_bytes=4,
    literal_reads=0,
    sram_reads=3,
    sram_read_bytes=12,
    sram_writes=0,
    sram_write_bytes=0,
    flash_bytes=300_000,
    static_bytes=4,
    stack_bytes=100,
    scratch_bytes=1000,
    buffer_bytes=794,
)


def test_sram_is_all_of_it():
    assert COUNTS.sram_bytes == COUNTS.to_json()["sram_bytes"] == 1898


@pytest.mark.parametrize(
    ("flash", "sram", "reason"),
    [
        (300_000, 1898, None),
        (299_999, 1898, "does not fit: needs 300,000 bytes of flash, of which there are 299,999"),
        (
            262_144,
            1024,
            "does not fit: needs 300,000 bytes of flash, of which there are 262,144 and "
            "1,898 bytes of SRAM, of which there are 1,024",
        ),
    ],
)
def test_misfit(flash, sram, reason):
    assert misfit(COUNTS, flash, sram) == reason


def test_static_data_needs_sram():
    assert misfit(replace(COUNTS, static_bytes=5), 300_000, 1898) is not None
