"""LiteRT's own benchmark_model on a device: started, and what it writes parsed."""

import hashlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable

from ..conversation import SECONDS
from ..runtime import Window
from .device import Device
from .options import Options

FOLDER = "/data/local/tmp"
PROGRAM = f"{FOLDER}/benchmark_model"
# Of the tool's, before what it times; its own are half a second of them.
WARM_UPS = 10


class BenchmarkModel(Window):
    """The program, which is started anew for every timed loop. See `Window`.

    Args:
        device: that runs it.
        options: which of them name the program, and how it runs.
    """

    def __init__(self, device: Device, options: Options) -> None:
        self._device, self._options = device, options
        if options.benchmark_model is None:
            raise ValueError("no program to start")
        device.push(options.benchmark_model, PROGRAM)

    def load(self, model: bytes, row: NDArray[np.float32] | None) -> "InBenchmarkModel":
        """See `Window.load`. The program draws inputs of its own, so `row` is not used."""
        path = f"{FOLDER}/{hashlib.sha256(model).hexdigest()[:16]}.tflite"
        with TemporaryDirectory() as folder:
            local = Path(folder) / "model.tflite"
            local.write_bytes(model)
            self._device.push(local, path)
        xnnpack = str(self._options.kernels == "xnnpack").lower()
        command = f"{PROGRAM} --graph={path} --num_threads={self._options.threads}"
        command += f" --use_xnnpack={xnnpack} --min_secs=0 --warmup_min_secs=0"
        if self._options.cpus:
            command = f"taskset {self._options.cpus} {command}"
        loaded = InBenchmarkModel(self._device, f"{command} --warmup_runs={WARM_UPS}")
        loaded.time(1)
        return loaded

    def spin(self) -> None:
        """See `Window.spin`: there is none."""

    def close(self) -> None:
        """Nothing runs between two loops."""


class InBenchmarkModel:
    """A model on the device, for the program. See `Loaded`."""

    def __init__(self, device: Device, command: str) -> None:
        self._device, self._command = device, command

    def time(self, times: int) -> float:
        """See `Loaded.time`."""
        said = self._device.shell(f"{self._command} --num_runs={times} 2>&1", SECONDS)
        return 1000 * inference_microseconds(said) * times

    def call(self, times: int) -> None:
        """See `Loaded.call`: the loop is the program's, so there is none."""

    def cold(self) -> None:
        """See `Loaded.cold`: not known."""


def inference_microseconds(said: str) -> float:
    """The mean of an inference, out of what the program writes.

    Raises:
        Unavailable: it has not come that far; the message has its last line.
    """
    found = re.search(r"Inference \(avg\): ([\d.]+(?:e[+-]?\d+)?)\s*$", said, re.MULTILINE)
    if not found:
        last = [line.strip() for line in said.splitlines() if line.strip()][-1:] or ["nothing"]
        raise Unavailable(f"benchmark_model gives no time; it says {last[0][:100]!r}")
    return float(found[1])
