"""Generated C on an emulated Cortex-M: outputs, instructions and accesses, without a board."""

from .cores import CORES, Core, check_cores
from .counts import Counts, misfit
from .measurement import Measured, measure

__all__ = ["CORES", "Core", "Counts", "Measured", "check_cores", "measure", "misfit"]
