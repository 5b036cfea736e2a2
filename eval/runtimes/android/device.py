"""One device that adb reaches: commands, files and sockets."""

import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from keras_tvscm.errors import InputError

# Of a command that answers at once, and of sending an app.
SECONDS, PUSH_SECONDS = 60, 300


class Device:
    """A device that is ready.

    What it does not do any more is an `InputError`, which ends a comparison, and not a reason why
    one model has no figures: what has been measured is kept, and `--resume` goes on from there.

    Args:
        serial: as `adb devices` lists it; empty for the only one.

    Attributes:
        serial: its own.

    Raises:
        InputError: there is no such device, there are several to choose from, or it is not ready;
            from every method: it is not reached any more.
    """

    def __init__(self, serial: str) -> None:
        import adbutils

        # Not the module's own, which is of the environment in which it was imported.
        client = adbutils.AdbClient()
        with _adb_runs():
            states = {info.serial: info.state for info in client.list()}
        if not states:
            raise InputError(
                "no Android device: connect one, switch on USB debugging in its developer options, "
                "and see that adb devices lists it"
            )
        if not serial and len(states) > 1:
            raise InputError(
                f"several Android devices: {', '.join(sorted(states))}; name one, as in "
                f"--runtime android:{min(states)}"
            )
        self.serial = serial or next(iter(states))
        if self.serial not in states:
            raise InputError(
                f"no Android device {self.serial}; adb devices lists {', '.join(sorted(states))}"
            )
        _check_ready(self.serial, states[self.serial])
        self._device = client.device(self.serial)

    def shell(self, command: str, seconds: float = SECONDS) -> str:
        """What a command writes, on either output.

        Raises:
            InputError: it has not ended in time, or as all methods.
        """
        with self._reached():
            # Devices answer through a terminal, which ends lines in its own way.
            return str(self._device.shell(command, timeout=seconds)).replace("\r\n", "\n")

    def prints(self, command: str) -> Generator[str]:
        """The lines that a command writes, as they come."""
        with self._reached():
            connection = self._device.shell(command, stream=True)
            with closing(connection):
                connection.conn.settimeout(SECONDS)
                with connection.conn.makefile(encoding="utf-8", errors="replace") as lines:
                    yield from lines

    def socket(self, name: str) -> socket.socket:
        """A connection to an abstract local socket of the device."""
        import adbutils

        with self._reached():
            return self._device.create_connection(adbutils.Network.LOCAL_ABSTRACT, name)

    def push(self, path: Path, target: str) -> None:
        """Send a file, which may be run.

        Raises:
            InputError: the device does not take it, or as all methods.
        """
        import adbutils

        try:
            self._device.sync.push(path, target, mode=0o755)
        except (adbutils.AdbError, OSError) as error:
            self.check()
            # adb's reason does not come this far.
            raise InputError(
                f"{self.serial} does not take {path}: make room on it (adb shell df /data)"
            ) from error

    def check(self) -> None:
        """See that it is still there."""
        import adbutils

        with self._reached():
            state = self._device.get_state()
            if state != "device":
                raise adbutils.AdbError(state)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        import adbutils

        try:
            yield
        except (adbutils.AdbError, EOFError, OSError) as error:
            raise InputError(
                f"{self.serial} has gone, or does not answer ({_line(error)}): reconnect it; "
                "--resume goes on with what is measured"
            ) from error


@contextmanager
def _adb_runs() -> Iterator[None]:
    import adbutils

    try:
        yield
    except (adbutils.AdbError, OSError, subprocess.SubprocessError) as error:
        raise InputError(
            f"adb does not run: {_line(error)}; install Android's platform-tools"
        ) from error


def _check_ready(serial: str, state: str) -> None:
    if state in ("unauthorized", "authorizing"):
        raise InputError(
            f"{serial} is unauthorised: unlock it and allow USB debugging by this computer"
        )
    if state != "device":
        raise InputError(f"{serial} is {state}; reconnect it, until adb devices says device")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
