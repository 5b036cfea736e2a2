"""Energy of an inference on a device, by each way that it offers."""

from collections.abc import Callable

from keras_tvscm.convert.runtimes import Unavailable

from ...energy import Energy
from ...energy.counting import measure, times_for
from .app import App
from .batterystats import batterystats
from .charge import Charge
from .device import Device
from .power_rails import PowerRails, power_rails

# Rails move every some milliseconds; a battery's counter every some seconds, in coarse steps.
RAILS_SECONDS, RAILS_WINDOWS = 5.0, 10
CHARGE_SECONDS, CHARGE_WINDOWS = 60.0, 5
# Its steps are looked for in half a minute.
WATCH_SECONDS, WATCHES = 0.5, 60


def energies(device: Device, app: App, run: Callable[[int], object]) -> list[Energy]:
    """By power rails where there are any, else by the battery's charge; and by batterystats.

    Args:
        device: whose batterystats are reset.
        app: on the device, to read the battery.
        run: runs so many inferences, and returns when that is done.
    """
    counted: list[Energy] = []
    # Before batterystats makes the device believe that no cable is there.
    counter = _counter(device, app)

    def run_all() -> int:
        inferences = 0

        def counting(times: int) -> None:
            nonlocal inferences
            inferences += times
            run(times)

        counted.append(_counted(counter, counting))
        return inferences

    believed = batterystats(device, run_all)
    return [*counted, believed]


def _counter(device: Device, app: App) -> PowerRails | Charge | Energy:
    """What the device has; else why it has none."""
    try:
        return power_rails(device) or Charge(app)
    except Unavailable as error:
        return Energy("unavailable", None, str(error), "BatteryManager")


def _counted(counter: PowerRails | Charge | Energy, run: Callable[[int], object]) -> Energy:
    if isinstance(counter, Energy):
        # For batterystats alone.
        run(times_for(CHARGE_SECONDS, run))
        return counter
    if isinstance(counter, PowerRails):
        return measure(counter, run, seconds=RAILS_SECONDS, windows=RAILS_WINDOWS)
    piece = times_for(WATCH_SECONDS, run)
    counter.watch(lambda: run(piece), WATCHES)
    return measure(counter, run, seconds=CHARGE_SECONDS, windows=CHARGE_WINDOWS)
