"""The demo app on a device: installed, started by `am instrument`, and asked over a socket."""

import hashlib
import json
import re
import socket
import struct
from collections.abc import Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite.graph import DTYPES, input_and_output
from keras_tvscm.errors import InputError

from .. import conversation
from ..conversation import Conversation, Timed
from ..host import stored_inputs
from ..runtime import Window
from .device import PUSH_SECONDS, Device
from .options import Options

PACKAGE = "org.tvscm.demo"
INSTRUMENTATION = f"{PACKAGE}/{PACKAGE}.benchmark.BenchmarkInstrumentation"
PROTOCOL = 1
# Rows in one message: some megabytes at most.
CHUNK = 1000
REASONS = {
    "INSTALL_FAILED_INSUFFICIENT_STORAGE": "the device is full: make room on it",
    "INSTALL_FAILED_UPDATE_INCOMPATIBLE": "it holds one signed with another key: adb uninstall "
    + PACKAGE,
    "INSTALL_FAILED_VERSION_DOWNGRADE": f"it holds a newer one: adb uninstall {PACKAGE}",
    "INSTALL_FAILED_OLDER_SDK": "the app needs Android 7.0",
}


def install(device: Device, apk: Path | None) -> None:
    """See that the device holds the app, and the very file if one is given.

    Raises:
        InputError: it does not, and there is no file, or the device refuses it.
    """
    found = re.search(r"^package:(\S+)", device.shell(f"pm path {PACKAGE}"), re.MULTILINE)
    if apk is None:
        if not found:
            raise InputError(
                f"the demo app is not on {device.serial}: build it with make android and give "
                f"the file, --runtime android:{device.serial},apk=FILE.apk"
            )
        return
    sha256 = hashlib.sha256(apk.read_bytes()).hexdigest()
    if found and device.shell(f"sha256sum {found[1]}").startswith(sha256):
        return
    target = "/data/local/tmp/tvscm-demo.apk"
    device.push(apk, target)
    said = device.shell(f"pm install -r {target}; rm {target}", PUSH_SECONDS)
    if "Success" not in said:
        failure = re.search(r"INSTALL_\w+", said)
        code = failure[0] if failure else " ".join(said.split())[:80]
        raise InputError(f"{device.serial} does not install {apk}: {REASONS.get(code, code)}")


class App(Window):
    """The app, started afresh. See `Window`.

    Args:
        device: that holds it.
        options: how its models run.

    Attributes:
        facts: what it says of itself: its `version`, and the `vm` that it runs on.

    Raises:
        InputError: it does not start, or is of another version.
    """

    def __init__(self, device: Device, options: Options) -> None:
        self._device, self._options = device, options
        self._lines = device.prints(f"am instrument -w -r {INSTRUMENTATION}")
        connection = device.socket(_socket_name(self._lines, device.serial))
        # A timeout of Python's would leave it without waiting at all, once it is a `Connection`.
        connection.settimeout(None)
        # A device that stops within a message would be waited for without end.
        wait = struct.pack("ll", conversation.SECONDS, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        self._conversation = Conversation(
            Connection(connection.detach()), "litert-xnnpack", self._stop, self._ended
        )
        try:
            self.facts = self._introduced()
            if options.cpus:
                self._pin(options.cpus)
        except BaseException:
            self.close()
            raise

    def load(self, model: bytes, row: NDArray[np.float32] | None) -> "LoadedInApp":
        """See `Window.load`."""
        return LoadedInApp(self._conversation, self._load(model, row))

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs, float32 (rows, outputs), of float32 (rows, inputs)."""
        source, target = input_and_output(model)
        key = self._load(model, x[0])
        stored = source.quantize(x)
        outputs = bytearray()
        for start in range(0, len(x), CHUNK):
            rows = stored[start : start + CHUNK]
            answer = self._conversation.number(f"predict {key}", rows.tobytes())
            outputs += self._conversation.receive()
            if answer != len(rows):
                raise Unavailable(f"the app answers {answer:g} rows to {len(rows)}")
        try:
            numbers = np.frombuffer(outputs, DTYPES[target.dtype.upper()])
            return target.dequantize(numbers.reshape(len(x), *target.shape))
        except ValueError as error:
            raise Unavailable(f"the app gives other outputs than the model's: {error}") from error

    def spin(self) -> float:
        """See `Window.spin`."""
        return self._conversation.number("spin")

    def peak(self) -> int:
        """Bytes that the app has held at most."""
        return int(self._conversation.number("peak"))

    def battery(self) -> dict[str, Any]:
        """What the battery's counters say: see Reading.java."""
        return self._json("energy")

    def close(self) -> None:
        """End it."""
        self._conversation.close()
        self._lines.close()

    def _load(self, model: bytes, row: NDArray[np.float32] | None) -> int:
        """The model's number in the app."""
        inputs = [values.tobytes() for values in stored_inputs(model, row)]
        request = f"load {self._options.kernels} {self._options.threads} {len(inputs)}"
        return int(self._conversation.number(request, model, *inputs))

    def _introduced(self) -> dict[str, Any]:
        """What the app says of itself, if it is the one that belongs to this version."""
        try:
            facts = self._json("info")
        except Unavailable as error:
            raise InputError(f"the demo app on {self._device.serial}: {error}") from error
        ours = {"version": version("keras-tvscm"), "protocol": PROTOCOL}
        if ours != {key: facts.get(key) for key in ours}:
            raise InputError(
                f"the demo app on {self._device.serial} is version {facts.get('version')}, this is "
                f"{version('keras-tvscm')}: build it with make android and give the file, "
                f"--runtime android:{self._device.serial},apk=FILE.apk"
            )
        return facts

    def _pin(self, cpus: str) -> None:
        try:
            self._conversation.ask(f"pin {cpus}")
        except Unavailable as error:
            raise InputError(
                f"cpus={cpus} cannot be set on {self._device.serial}: {error}"
            ) from error

    def _json(self, request: str) -> dict[str, Any]:
        answer = self._conversation.ask(request)
        try:
            values = json.loads(answer)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise Unavailable(f"the app answers {answer[:40]!r} to {request!r}")
        return values

    def _stop(self) -> None:
        self._device.shell(f"am force-stop {PACKAGE}")

    def _ended(self) -> Unavailable:
        self._device.check()
        return Unavailable("the app ends on this model, or stops within an answer")


class LoadedInApp(Timed):
    """A model in the app. See `Loaded`."""

    def call(self, times: int) -> None:
        """See `Loaded.call`: an app pays for the call from Java, too, so it stays in the time."""


def _socket_name(lines: Iterator[str], serial: str) -> str:
    """The name that the app reports when it is ready."""
    reasons = []
    for line in lines:
        if match := re.match(r"INSTRUMENTATION_STATUS: socket=([\w-]+)", line):
            return match[1]
        if re.search(r"error=|Msg=|Exception", line, re.IGNORECASE):
            reasons.append(line.partition("=")[2].strip() or line.strip())
    said = reasons[0][:120] if reasons else "am instrument says nothing"
    raise InputError(
        f"the demo app does not start on {serial}: {said}; install the one that make android "
        f"builds, --runtime android:{serial},apk=FILE.apk"
    )
