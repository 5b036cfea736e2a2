"""The battery's counter of charge, which most devices have, with a step of its own."""

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

    source = "BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER"

    def __init__(self, app: App) -> None:
        self._app = app
        self._before, self._volts = self._reading()
        self._microjoules = 0.0
        self._step: float | None = None

    @property
    def label(self) -> str:
        """With the step that it was seen to make: two figures of other steps are not compared."""
        step = "unknown steps" if self._step is None else f"steps of {self._step:g} µAh"
        return f"battery's counter of charge in {step}"

    @property
    def resolution(self) -> float:
        return (self._step or 0.0) * MICROCOULOMBS * self._volts

    def read(self) -> float:
        """See `counting.Counter.read`."""
        now, self._volts = self._reading()
        lost = self._before - now
        self._before = now
        self._microjoules += lost * MICROCOULOMBS * self._volts
        if lost:
            self._step = min(self._step or abs(lost), abs(lost))
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
