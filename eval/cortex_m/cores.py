"""The Cortex-M cores that are emulated, and how each tool names them."""

from collections.abc import Iterable
from dataclasses import dataclass

from keras_tvscm.errors import InputError


@dataclass(frozen=True)
class Core:
    """One core.

    Attributes:
        name: ours, and GCC's for -mcpu.
        zig: the same for `zig cc`, with the optional parts that its sellers build in.
        gcc: GCC's flags for those parts.
        unicorn: the name of Unicorn's model.
        hard_float: has a single-precision FPU, and passes floats in its registers.

    Examples:

        >>> from keras_tvscm.eval.cortex_m import CORES
        >>> [name for name, core in CORES.items() if not core.hard_float]
        ['cortex-m0']
    """

    name: str
    zig: str
    gcc: tuple[str, ...]
    unicorn: str
    hard_float: bool


# All but the M0 have the DSP extension: always in the M4 and M7, optional in the M33 (where
# parts like nRF5340 and STM32U5 have it). The M7 may have a double-precision FPU; code of
# single precision runs on either.
CORES = {
    core.name: core
    for core in (
        Core("cortex-m0", "cortex_m0", (), "CORTEX_M0", False),
        Core(
            "cortex-m4",
            "cortex_m4+vfp4d16sp",
            ("-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
            "CORTEX_M4",
            True,
        ),
        Core(
            "cortex-m7",
            "cortex_m7+fp_armv8d16sp",
            ("-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
            "CORTEX_M7",
            True,
        ),
        Core(
            "cortex-m33",
            "cortex_m33+dsp+fp_armv8d16sp",
            ("-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
            "CORTEX_M33",
            True,
        ),
    )
}


def check_cores(names: Iterable[str]) -> None:
    """See that each is one of `CORES`.

    Raises:
        InputError: one is not.
    """
    for name in names:
        if name not in CORES:
            raise InputError(f"Unknown core {name!r}; expected one of {', '.join(CORES)}")
