"""The battery's counter of charge, which most devices have, with a step of its own."""

from collections.abc import Callable

from keras_tvscm.convert.runtimes import Unavailable

from .app import App

# 1 µAh is this many microcoulombs.
MICROCOULOMBS = 3600.0


class Charge:
    """What the whole device has taken from its battery. See `counting.Counter`.

    Args:
        app: that reads it, see Battery.java.

    Raises:
        Unavailable: the device has no such counter, or is being charged; from `read` as well.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._before, self._volts = self._reading()
        self._microjoules = 0.0
        self._step = 0.0

    label = "battery's counter of charge"

    @property
    def source(self) -> str:
        """With the largest step that `watch` has seen."""
        return f"BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER, in steps of {self._step:g} µAh"

    @property
    def resolution(self) -> float:
        """See `counting.Counter`."""
        return self._step * MICROCOULOMBS * self._volts

    def watch(self, run: Callable[[], object], pieces: int) -> None:
        """Find by how much it moves at once, whether its numbers or its updates are coarse.

        Args:
            run: some inferences, too few for a finer counter to show as a step.
            pieces: how many times to run them.
        """
        for _ in range(pieces):
            before = self._before
            run()
            self.read()
            self._step = max(self._step, abs(before - self._before))

    def read(self) -> float:
        """See `counting.Counter.read`."""
        now, self._volts = self._reading()
        lost = self._before - now
        self._before = now
        self._microjoules += lost * MICROCOULOMBS * self._volts
        return self._microjoules

    def _reading(self) -> tuple[float, float]:
        """µAh that are left, and volts."""
        said = self._app.battery()
        if said.get("unavailable"):
            raise Unavailable(
                f"{said['unavailable']} (adb works without it over Wi-Fi: adb tcpip 5555)"
                if said.get("powered")
                else str(said["unavailable"])
            )
        try:
            return float(said["microampere_hours"]), float(said["millivolts"]) / 1000
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"the app reads no charge: {said}") from error
