"""Horowitz's figure: single operations, single accesses, and the paper's networks."""

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy import Energy, Range, ratio
from keras_tvscm.eval.energy.horowitz import ACCESS, ADD, DRAM, MULTIPLY, access, horowitz

# Figure 1.1.9: pJ at 45 nm.
PRINTED = [
    (MULTIPLY["int8"], (0.2, 0.2)),
    (MULTIPLY["float32"], (3.7, 3.7)),
    (ADD["int8"], (0.1, 0.1)),
    (ADD["float32"], (0.9, 0.9)),
    (ACCESS[0][1], (10, 10)),
    (ACCESS[1][1], (20, 20)),
    (ACCESS[2][1], (100, 100)),
    (DRAM, (1300, 2600)),
]


@pytest.mark.parametrize(("constant", "picojoules"), PRINTED)
def test_every_constant_is_as_printed_and_cited(constant, picojoules):
    assert constant.value == picojoules
    assert constant.unit == "pJ"
    assert "ISSCC 2014" in constant.document and "figure 1.1.9" in constant.place
    assert constant.url.endswith("ISSCC.2014.6757323")


@pytest.mark.parametrize(
    ("stored", "picojoules"),
    [(1, 10), (8192, 10), (8193, 20), (32_768, 20), (32_769, 100), (2**20, 100), (2**20 + 1, 1300)],
)
def test_data_come_from_the_smallest_memory_that_holds_them(stored, picojoules):
    assert access(stored).value.low == picojoules


def test_a_million_operations_of_a_picojoule_are_a_microjoule():
    found = horowitz(10**6, 0, "float32", stored_bytes=0, read_bytes=0)
    assert found.microjoules == pytest.approx((3.7, 3.7))
    assert found.kind == "modelled"


def test_a_word_begun_is_a_word_read():
    one = horowitz(0, 0, "int8", stored_bytes=100, read_bytes=1)
    assert one.microjoules == pytest.approx((10e-6, 10e-6))
    assert horowitz(0, 0, "int8", 100, 8).microjoules == one.microjoules
    assert horowitz(0, 0, "int8", 100, 9).microjoules == pytest.approx((20e-6, 20e-6))


def test_the_paper_s_heartbeat_networks_in_float32():
    """24,576 and 935 products; 98,836 bytes from 1 MB and 3,768 bytes from 8 KB."""
    dense = horowitz(24_576, 24_576, "float32", 98_836, 98_836)
    tvscm = horowitz(935, 935, "float32", 3_768, 3_768)
    words = 12_355, 471
    assert dense.microjoules.low == pytest.approx(1e-6 * (24_576 * 4.6 + words[0] * 100))
    assert tvscm.microjoules.low == pytest.approx(1e-6 * (935 * 4.6 + words[1] * 10))
    assert ratio(dense, tvscm).low == pytest.approx(149.66, abs=0.005)


def test_it_is_not_compared_with_a_part_s_energy():
    other = Energy("modelled", Range(1, 2), "counts x cycles x current of a part", "datasheet")
    with pytest.raises(InputError, match="no ratio"):
        ratio(other, horowitz(1, 1, "int8", 1, 1))
