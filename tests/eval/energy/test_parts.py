"""The table of parts: every constant has its citation, and the units come out right."""

from dataclasses import replace

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.cortex_m.cores import CORES
from keras_tvscm.eval.energy import PARTS, Range, horowitz, part
from keras_tvscm.eval.energy.citations import as_markdown
from keras_tvscm.eval.energy.parts import KIB


@pytest.mark.parametrize("found", PARTS, ids=lambda found: found.name)
def test_every_constant_is_cited(found):
    for constant in found.constants:
        assert 0 < constant.value.low <= constant.value.high
        assert constant.unit and constant.document and constant.place
        assert constant.url.startswith("https://")
        assert ("not seen again" in constant.remark) == (not constant.seen)
        assert not constant.assumed
    assert found.counted_on in CORES
    assert 0 < found.milliwatts.low <= found.milliwatts.high < 200
    assert len(found.constants) >= 4


def test_there_is_an_m0plus_two_m4_and_a_low_power_m33():
    cores = [found.timing.core for found in PARTS]
    assert {"Cortex-M0+", "Cortex-M4", "Cortex-M33"} == set(cores)
    assert cores.count("Cortex-M4") >= 2
    assert len({found.name for found in PARTS}) == len(PARTS)


@pytest.mark.parametrize(
    ("name", "milliwatts"),
    [
        ("ATSAML21J18B", (95e-3 * 48 * 3.3, 105e-3 * 48 * 3.3)),  # uA/MHz
        ("nRF52840", (9.9, 9.9)),  # 3.3 mA at 3 V
        ("STM32U585AI", (8.25 * 1.8, 11.5 * 1.8)),  # mA
        ("STM32L4R5ZI", (38.733, 44.689)),  # mW
    ],
)
def test_power_in_milliwatts(name, milliwatts):
    assert part(name).milliwatts == pytest.approx(milliwatts)


def test_a_supply_in_another_unit_is_refused():
    one = PARTS[0]
    wrong = replace(one, supply=replace(one.supply, unit="A", value=Range(1, 1)))
    with pytest.raises(InputError, match="supply in A; expected mA, uA/MHz or mW"):
        _ = wrong.milliwatts


def test_memories():
    assert part("ATSAML21J18B").flash_bytes == 256 * KIB == 262_144
    assert part("STM32G474RE").sram_bytes == 131_072
    assert part("STM32L4R5ZI").flash_bytes == 2_097_152


def test_the_page_of_constants_has_a_row_each_and_marks_what_was_not_seen():
    page = as_markdown()
    rows = [line for line in page.splitlines() if line.startswith("| ") and " http" in line]
    cores = {found.timing.core: found.timing for found in PARTS}.values()
    constants = [c for found in PARTS for c in found.constants]
    constants += [c for core in cores for c in core.sources]
    constants += list(horowitz.constants())
    assert len(rows) == len(constants)
    assert page.count("not seen again") == sum(not c.seen for c in constants)
    assert page.count("assumed") == 1
    assert "| STM32U585AI | 8.25 to 11.5 mA | ST, STM32U585xx datasheet, DS13086, table 44" in page
    assert "| Horowitz | 1300 to 2600 pJ |" in page


def test_an_unknown_part_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(InputError, match="no part 'Z80' in the table; expected one of ATSAML21"):
        part("Z80")
