"""A device's own meters on its power rails, which Pixels since the sixth have (ODPM).

They count what the processor takes, whether a cable charges the battery or not. The format is that
of AOSP, hardware/google/pixel/powerstats: `  [S2M_VDD_CPUCL2]:CPU(BIG)    1234.56 mWs`.
"""

import re

from .device import Device

COMMAND = "dumpsys android.hardware.power.stats.IPowerStats/default"
# The processor's cores and the memory: what an inference on them may take.
PARTS = ("CPU", "DDR", "MIF", "MEM")
RAIL = re.compile(r"^\s*(\[.+?\]:\S+)\s+([\d.]+) mWs$", re.MULTILINE)


class PowerRails:
    """The rails of the processor's cores and of the memory. See `counting.Counter`.

    Args:
        device: that has them.
        rails: their names.
    """

    source = COMMAND
    # It counts microjoules.
    resolution = 0.0

    def __init__(self, device: Device, rails: list[str]) -> None:
        self._device, self._rails = device, rails
        self.label = f"power rails {', '.join(rails)}"
        self._start = self._microjoules()

    def read(self) -> float:
        """See `counting.Counter.read`."""
        return self._microjoules() - self._start

    def _microjoules(self) -> float:
        counted = dict(RAIL.findall(self._device.shell(COMMAND)))
        return sum(1000 * float(counted[rail]) for rail in self._rails)


def power_rails(device: Device) -> PowerRails | None:
    """Those of a device; None where it has no such meters."""
    names = [name for name, _ in RAIL.findall(device.shell(COMMAND))]
    wanted = [name for name in names if any(part in name.upper() for part in PARTS)]
    return PowerRails(device, wanted) if wanted else None
