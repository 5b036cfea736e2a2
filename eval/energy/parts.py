"""The parts whose energy is modelled: clock, supply, current, memories, each with its source."""

from dataclasses import dataclass

from keras_tvscm.errors import InputError

from .cited import Cited
from .cycles import CORTEX_M0PLUS, CORTEX_M4, CORTEX_M33, Timing
from .figure import Range

KIB = 1024


@dataclass(frozen=True)
class Part:
    """A microcontroller in one mode of operation.

    Attributes:
        name: the part's, in full.
        counted_on: the core whose counts it takes.
        timing: its core's cycles.
        clock_mhz, volts: the mode.
        supply: current in mA or uA/MHz at that clock and voltage, or power in mW, while
            code runs from flash.
        wait_states: of a flash access at that clock.
        fetch: width of a flash access where the cache has so few lines that instructions may
            be fetched past it, else None.
        flash: bytes.
        sram: bytes.
    """

    name: str
    counted_on: str
    timing: Timing
    clock_mhz: float
    volts: float
    supply: Cited
    wait_states: Cited
    flash: Cited
    sram: Cited
    fetch: Cited | None = None

    @property
    def milliwatts(self) -> Range:
        """Power while it runs."""
        match self.supply.unit:
            case "mA":
                return self.supply.value.times(self.volts)
            case "uA/MHz":
                return self.supply.value.times(self.volts * self.clock_mhz / 1000)
            case "mW":
                return self.supply.value
        raise InputError(f"{self.name}: supply in {self.supply.unit}; expected mA, uA/MHz or mW")

    @property
    def flash_bytes(self) -> int:
        return int(self.flash.value.low)

    @property
    def sram_bytes(self) -> int:
        return int(self.sram.value.low)

    @property
    def constants(self) -> tuple[Cited, ...]:
        own = (self.supply, self.wait_states, self.fetch, self.flash, self.sram)
        return tuple(constant for constant in own if constant)


def _one(value: float) -> Range:
    return Range(value, value)


_L21 = "Microchip, SAM L21 Family Data Sheet"
_L21_URL = "https://onlinedocs.microchip.com/oxy/GUID-24121E3C-B8D3-4957-90D7-3EE3914A3F39-en-US-4/"
_G4 = "ST, STM32G474xB/xC/xE datasheet, DS12288 Rev 6"
_G4_URL = "https://www.st.com/resource/en/datasheet/stm32g474re.pdf"
_NRF = "Nordic, nRF52840 Product Specification"
_NRF_URL = "https://docs.nordicsemi.com/bundle/ps_nrf52840/page/keyfeatures_html5.html"
_U5 = "ST, STM32U585xx datasheet, DS13086"
_U5_URL = "https://www.st.com/resource/en/datasheet/stm32u585ai.pdf"
_TINY = "https://github.com/mlcommons/tiny_results_"
_L4_DESCRIPTION = "closed/STMicroelectronics/systems/NUCLEO_L4R5ZI.json"

PARTS: tuple[Part, ...] = (
    Part(
        "ATSAML21J18B",
        "cortex-m0",
        CORTEX_M0PLUS,
        clock_mhz=48,
        volts=3.3,
        supply=Cited(
            Range(95, 105),
            "uA/MHz",
            _L21,
            "section 46.6, ACTIVE, COREMARK, LDO, PL2, DFLL 48 MHz, 3.3 V: typical at 25 "
            "degrees C, and maximum at 85",
            _L21_URL + "GUID-B7CA76DC-556A-4E6F-9DE2-7426981B1F8E.html",
            note="from flash, with the low-power cache",
        ),
        wait_states=Cited(
            _one(2),
            "wait states",
            _L21,
            "section 46.6, conditions: PL2 at 3.3 V",
            _L21_URL + "GUID-B7CA76DC-556A-4E6F-9DE2-7426981B1F8E.html",
        ),
        flash=Cited(
            _one(256 * KIB),
            "bytes",
            _L21,
            "section 2, configuration summary, SAM L21J",
            _L21_URL + "GUID-0341C279-4ED2-4AB3-A160-D413E3AC4934.html",
        ),
        sram=Cited(
            _one(32 * KIB),
            "bytes",
            _L21,
            "section 2, configuration summary, SAM L21J, system SRAM",
            _L21_URL + "GUID-0341C279-4ED2-4AB3-A160-D413E3AC4934.html",
        ),
        fetch=Cited(
            _one(8),
            "bytes",
            _L21,
            "NVMCTRL, cache: 8 lines of 64 bits",
            _L21_URL,
            seen=False,
            note="moves the high bound alone",
        ),
    ),
    Part(
        "STM32G474RE",
        "cortex-m4",
        CORTEX_M4,
        clock_mhz=150,
        volts=3.0,
        supply=Cited(
            Range(22.5, 24.5),
            "mA",
            _G4,
            "table 24, Range 1, 150 MHz, single bank, ART on: Fibonacci to Dhrystone 2.1 "
            "(CoreMark 24); VDD as in section 5.1.2",
            _G4_URL,
        ),
        wait_states=Cited(
            _one(4),
            "wait states",
            "ST, STM32G4 reference manual, RM0440",
            "number of wait states over the clock, Range 1 normal mode",
            "https://www.st.com/resource/en/reference_manual/rm0440-stm32g4-series-advanced-"
            "armbased-32bit-mcus-stmicroelectronics.pdf",
            seen=False,
            note="drivers for the part name 3 up to 120 MHz in this mode and use 4 above",
        ),
        flash=Cited(_one(512 * KIB), "bytes", _G4, "features, memories", _G4_URL),
        sram=Cited(_one(128 * KIB), "bytes", _G4, "features, memories: 96 + 32 Kbytes", _G4_URL),
    ),
    Part(
        "nRF52840",
        "cortex-m4",
        CORTEX_M4,
        clock_mhz=64,
        volts=3.0,
        supply=Cited(
            _one(3.3),
            "mA",
            _NRF,
            "current consumption, CPU running CoreMark at 64 MHz from flash, clock HFXO, "
            "regulator DC/DC",
            _NRF_URL,
            seen=False,
            note="quoted in public design notes for the part",
        ),
        wait_states=Cited(
            _one(3),
            "wait states",
            _NRF,
            "CPU, electrical specification, from flash with the cache on: 0 to 3",
            _NRF_URL,
            seen=False,
        ),
        flash=Cited(_one(1024 * KIB), "bytes", _NRF, "memory", _NRF_URL, seen=False, note="1 MB"),
        sram=Cited(_one(256 * KIB), "bytes", _NRF, "memory", _NRF_URL, seen=False, note="256 KB"),
    ),
    Part(
        "STM32L4R5ZI",
        "cortex-m4",
        CORTEX_M4,
        clock_mhz=120,
        volts=1.8,
        supply=Cited(
            Range(38.733, 44.689),
            "mW",
            "MLPerf Tiny v0.7 and v1.2 results, ST, NUCLEO-L4R5ZI, anomaly detection",
            "energy/results.txt, power: median window of v1.2 (X-CUBE-AI 9.0, single bank) "
            "to that of v0.7 (X-CUBE-AI 7.1, dual bank)",
            _TINY + "v1.2/blob/main/closed/STMicroelectronics/results/NUCLEO_L4R5ZI/ad/energy/"
            "results.txt",
            note="the board's power as measured while it ran a network, in place of the "
            "datasheet's (DS12023), which could not be read again",
        ),
        wait_states=Cited(
            _one(5),
            "wait states",
            "ST, STM32L4+ reference manual, RM0432",
            "number of wait states over the clock, Range 1 boost, 120 MHz",
            "https://www.st.com/resource/en/reference_manual/rm0432-stm32l4-series-advanced-"
            "armbased-32bit-mcus-stmicroelectronics.pdf",
            seen=False,
            note="ST's own examples for the part set 5 at 120 MHz",
        ),
        flash=Cited(
            _one(2048 * KIB),
            "bytes",
            "MLPerf Tiny v1.2 results, system description",
            "SoC storage capacity, 2MB",
            f"{_TINY}v1.2/blob/main/{_L4_DESCRIPTION}",
        ),
        sram=Cited(
            _one(640 * KIB),
            "bytes",
            "MLPerf Tiny v1.2 results, system description",
            "SoC Memory capacity, 640KB",
            f"{_TINY}v1.2/blob/main/{_L4_DESCRIPTION}",
        ),
    ),
    Part(
        "STM32U585AI",
        "cortex-m33",
        CORTEX_M33,
        clock_mhz=160,
        volts=1.8,
        supply=Cited(
            Range(8.25, 11.5),
            "mA",
            _U5,
            "table 44, SMPS, Range 1, 160 MHz, 1.8 V, ICACHE on: Fibonacci to SecureMark "
            "(CoreMark 10.5)",
            _U5_URL,
            note="the STM32U575 is the same without cryptography",
        ),
        wait_states=Cited(
            _one(4),
            "wait states",
            "ST, STM32U5 reference manual, RM0456",
            "number of wait states over the clock, Range 1, 160 MHz",
            "https://www.st.com/resource/en/reference_manual/rm0456-stm32u5-series-armbased-"
            "32bit-mcus-stmicroelectronics.pdf",
            seen=False,
        ),
        flash=Cited(_one(2048 * KIB), "bytes", _U5, "features, memories", _U5_URL),
        sram=Cited(
            _one(768 * KIB), "bytes", _U5, "features, memories: 786-Kbyte, in thousands", _U5_URL
        ),
    ),
)


def part(name: str) -> Part:
    """The part of that name.

    Raises:
        InputError: no such part.
    """
    for candidate in PARTS:
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in PARTS)
    raise InputError(f"no part {name!r} in the table; expected one of {names}")
