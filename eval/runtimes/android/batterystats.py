"""What Android believes that the app took: `dumpsys batterystats`, by the phone's power profile.

It is modelled: times in each state of the processor, counted, times the currents that the maker
wrote into the profile. Other apps and idle power are not in it.
"""

import re
from collections.abc import Callable

from ...energy import Energy, Range
from .app import PACKAGE
from .device import Device

SOURCE = "dumpsys batterystats"
METHOD = "Android's power profile, times counted by batterystats, of the app alone"
# Of a lithium cell, where it does not say; most are between 3.4 and 4.4 V.
VOLTS = 3.85


def batterystats(device: Device, run: Callable[[], int]) -> Energy:
    """Energy of an inference.

    Args:
        device: whose statistics are reset.
        run: runs inferences, some seconds of them at least; gives their number.
    """
    # It counts on battery alone; so it is made to believe that it is.
    device.shell("dumpsys battery unplug; dumpsys batterystats --reset")
    try:
        inferences = run()
        said = device.shell(f"dumpsys batterystats --charged {PACKAGE}")
    finally:
        device.shell("dumpsys battery reset")
    found = estimate(said)
    if found is None or inferences < 1:
        return Energy("unavailable", None, "batterystats has no estimate for the app", SOURCE)
    microjoules = [
        1e6 * 3.6 * VOLTS * milliampere_hours / inferences for milliampere_hours in found
    ]
    return Energy("modelled", Range(*microjoules), f"{METHOD}, {VOLTS} V", SOURCE)


def estimate(said: str) -> Range | None:
    """Milliampere-hours of the app, with the half step that its digits leave open.

    Args:
        said: what `dumpsys batterystats --charged PACKAGE` writes.
    """
    _, _, after = said.partition("Estimated power use (mAh):")
    # The app is the only user with an installed package's number; others are the system's.
    found = re.search(r"^\s*uid u\d+a\d+: ([\d.]+)", after, re.MULTILINE | re.IGNORECASE)
    if not found or not float(found[1]):
        return None
    value, digits = float(found[1]), len(found[1].partition(".")[2])
    half = 0.5 * 10.0**-digits
    return Range(max(0.0, value - half), value + half)
