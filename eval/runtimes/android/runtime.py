"""An Android device as a runtime of the harness."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.extras import need

from ..runtime import Window
from . import facts
from .app import App, install
from .benchmark_model import BenchmarkModel
from .device import Device
from .energy import energies
from .options import parse

WARM_UP = 10


class Android:
    """A device with the demo app. See `Runtime`.

    Args:
        argument: what `options.parse` takes: `SERIAL,threads=2`.

    Raises:
        InputError: a wrong argument, no such device, no app on it, or one of another version;
            from every method: the device is not reached any more.

    Example:
        phone = Android("")
        with phone.open() as window:
            nanoseconds = window.load(Path("digits.tflite").read_bytes(), row).time(100)
    """

    def __init__(self, argument: str) -> None:
        need("android", "An Android device")
        self._options = parse(argument)
        self._device = Device(self._options.serial)
        install(self._device, self._options.apk)
        with self._app() as app:
            self._about = app.facts
        known = facts.identity(self._device, str(self._about.get("vm")))
        words = [facts.in_words(known, facts.state(self._device))]
        words.append(f"{self._options.kernels} kernels of TFLite in the app")
        words.append(f"{self._options.threads} thread{'s'[: self._options.threads > 1]}")
        words += [f"cpus {self._options.cpus}"] if self._options.cpus else []
        words += ["timed by LiteRT's benchmark_model"] if self._options.benchmark_model else []
        self.place = ", ".join(words)
        self._identity = known

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Runtime.predict`: by the app, on the device."""
        with self._app() as app:
            return app.predict(model, x)

    def memory(self, model: bytes | None) -> dict[str, int]:
        """See `Runtime.memory`: of the app's process."""
        with self._app() as app:
            if model is not None:
                app.load(model, None).time(WARM_UP)
            return {"peak_memory_bytes": app.peak()}

    def open(self) -> Window:
        """See `Runtime.open`."""
        if self._options.benchmark_model:
            return BenchmarkModel(self._device, self._options)
        return self._app()

    def energy(self, model: bytes, row: NDArray[np.float32] | None) -> list[dict[str, Any]]:
        """See `Metered.energy`: minutes, most of them of sleep."""
        with self._app() as app:
            run = app.load(model, row).time
            return [figure.to_json() for figure in energies(self._device, app, run)]

    def facts(self) -> dict[str, Any]:
        """Which device it is and what state it is in now, JSON-ready: see `facts`."""
        asked = {
            "kernels": self._options.kernels,
            "threads": self._options.threads,
            "cpus": self._options.cpus,
            "app": self._about.get("version"),
        }
        return self._identity | asked | facts.state(self._device)

    def _app(self) -> App:
        return App(self._device, self._options)
