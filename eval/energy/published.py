"""Published MLPerf Tiny results on anomaly detection, closed division.

Each figure is the median that the result's own files state: throughput from
`ad/performance/results.txt`, energy from `ad/energy/results.txt`, clock, supply and software
from the system description, at the commit named.
"""

from dataclasses import dataclass
from typing import Any

from .figure import Energy, Range


@dataclass(frozen=True)
class Published:
    """One submission.

    Attributes:
        round: of MLPerf Tiny.
        submitter, board, software: as submitted.
        part: the name in `parts.PARTS` whose core, clock and memories are the board's.
        clock_mhz: of the core.
        supply: as the system description says it.
        inferences_per_second: median.
        microjoules: per inference, median.
        folder: of the results, in the repository mlcommons/tiny_results_ROUND.
        commit: of that repository.
        own_power: True if the part's power in `parts.PARTS` is this result's or of the same
            board, so that its energy tests the cycles alone.
        note: what a reader should know.
    """

    round: str
    submitter: str
    board: str
    software: str
    part: str
    clock_mhz: float
    supply: str
    inferences_per_second: float
    microjoules: float
    folder: str
    commit: str
    own_power: bool = False
    note: str = ""

    @property
    def milliseconds(self) -> float:
        return 1000 / self.inferences_per_second

    @property
    def url(self) -> str:
        return f"https://github.com/mlcommons/tiny_results_{self.round}/tree/{self.commit}/{self.folder}"

    @property
    def energy(self) -> Energy:
        return Energy(
            "measured_external",
            Range(self.microjoules, self.microjoules),
            f"MLPerf Tiny {self.round}, {self.board}, {self.supply}",
            self.url,
        )

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"milliseconds": self.milliseconds, "url": self.url}


_ST = "closed/STMicroelectronics/results/"

PUBLISHED: tuple[Published, ...] = (
    Published(
        "v0.5",
        "reference",
        "NUCLEO-L4R5ZI",
        "TensorFlow Lite for Microcontrollers 2.3.1",
        "STM32L4R5ZI",
        120,
        "1.8 V",
        99.487,
        416.312,
        "closed/reference/results/Nucleo-L4R5ZI/ad",
        "f7e06dd3393aee372ab043d95ef3d311f07bc4f5",
        own_power=True,
        note="its energy windows are 0.1 s, shorter than the rules ask",
    ),
    Published(
        "v0.7",
        "STMicroelectronics",
        "NUCLEO-L4R5ZI",
        "X-CUBE-AI 7.1.0",
        "STM32L4R5ZI",
        120,
        "1.8 V, flash in dual bank mode",
        103.460,
        431.211,
        _ST + "NUCLEO_L4R5ZI/ad",
        "940366372bf862a94348acf1206a2c8ce589130f",
        own_power=True,
    ),
    Published(
        "v1.0",
        "OctoML",
        "NUCLEO-L4R5ZI",
        "microTVM with CMSIS-NN",
        "STM32L4R5ZI",
        120,
        "supply not stated",
        116.212,
        443.184,
        "closed/OctoML/results/microtvm_cmsis_nn/NUCLEO_L4R5ZI/ad",
        "cc81fd5c09d6a7b585f8c89f4d5566842d9f4487",
        own_power=True,
    ),
    Published(
        "v1.2",
        "STMicroelectronics",
        "NUCLEO-L4R5ZI",
        "X-CUBE-AI 9.0",
        "STM32L4R5ZI",
        120,
        "1.8 V, flash in single bank mode",
        190.086,
        203.368,
        _ST + "NUCLEO_L4R5ZI/ad",
        "b448c5c7110903f4c0d8a24682f95b4903cdfd02",
        own_power=True,
    ),
    Published(
        "v1.3",
        "STMicroelectronics",
        "NUCLEO-L4R5ZI-P",
        "X-CUBE-AI 10.2",
        "STM32L4R5ZI",
        120,
        "3 V with an external SMPS, flash in single bank mode",
        208.608,
        160.4232,
        _ST + "NUCLEO_L4R5ZI-P/ad",
        "eae9ef9f4e90d829f54ea8614b03e332b391f692",
        note="the SMPS saves energy that the part's 1.8 V figure spends",
    ),
    Published(
        "v1.2",
        "STMicroelectronics",
        "NUCLEO-U575ZI-Q",
        "X-CUBE-AI 9.0",
        "STM32U585AI",
        160,
        "1.8 V with the SMPS",
        291.589,
        81.875,
        _ST + "NUCLEO_U575ZI_Q/ad",
        "b448c5c7110903f4c0d8a24682f95b4903cdfd02",
    ),
    Published(
        "v1.3",
        "STMicroelectronics",
        "NUCLEO-U575ZI-Q",
        "X-CUBE-AI 10.2",
        "STM32U585AI",
        160,
        "1.8 V with the SMPS",
        311.579,
        77.2364,
        _ST + "NUCLEO_U575ZI_Q/ad",
        "eae9ef9f4e90d829f54ea8614b03e332b391f692",
    ),
)
