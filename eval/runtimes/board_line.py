"""The host's side of the line protocol that a board speaks; docs/guides/board.md describes it."""

import itertools
import os
import re
import time
from dataclasses import dataclass

from keras_tvscm.convert.runtimes import Unavailable

VERSION = "1"
CHUNK = 64  # bytes in one line
# For any answer. The longest work that is asked for takes about a second.
ANSWER_SECONDS = 10.0
# Many boards start again when their port is opened, and boot loaders wait for some seconds.
START_SECONDS = 10.0
HELLO_SECONDS = 1.0  # between two greetings


@dataclass(frozen=True)
class BoardModel:
    """A model in the firmware: its place there, name and SHA-256, and bytes of a row."""

    index: int
    name: str
    sha256: str
    input_bytes: int
    output_bytes: int


@dataclass(frozen=True)
class Run:
    """Inferences on a board: ticks that they took, CRC-32 of the input and of the output."""

    ticks: int
    input_crc: int
    output_crc: int


class BoardLine:
    """A board that has answered on its port.

    Args:
        port: as `serial.serial_for_url` takes it.
        baud: bits a second.

    Attributes:
        name: what its firmware calls the board.
        hz: ticks a second of its timer.
        models: how many its firmware holds.
        built: what its code was optimised for: `speed`, `size` or `debugging`.

    Raises:
        Unavailable: the port cannot be opened, or no board answers; from every method: it has
            stopped answering, or answers what is not of the protocol.
    """

    def __init__(self, port: str, baud: int) -> None:
        import serial

        self._name = port
        self._received = b""
        self._heard = ""
        try:
            # Another program on the same port would take half of the answers.
            self._port = serial.serial_for_url(port, baud, timeout=0.1, exclusive=True)
        except (OSError, ValueError) as error:
            number = error.errno if isinstance(error, OSError) else None
            reason = os.strerror(number) if number else str(error)
            raise Unavailable(f"cannot open {port}: {reason}") from error
        self._port.write_timeout = ANSWER_SECONDS
        try:
            version, hz, models, self.built, self.name = self._hello(baud)
            if version != VERSION:
                raise Unavailable(
                    f"the board on {port} speaks version {version} of the protocol, not {VERSION}: "
                    "write its firmware anew with tvscm board-firmware"
                )
            self.hz, self.models = int(hz), int(models)
        except BaseException:
            self.close()
            raise

    def model(self, index: int) -> BoardModel:
        """Choose a model of the firmware, from 0, for what is asked from now on."""
        sha256, inputs, outputs, name = self._ask(
            f"model {index}", r"([0-9a-f]{64}) (\d+) (\d+) (.+)"
        )
        return BoardModel(index, name, sha256, int(inputs), int(outputs))

    def set(self, content: bytes) -> None:
        """Give the chosen model its input, which it keeps."""
        for start in range(0, len(content), CHUNK):
            self._ask(f"set {start} {content[start : start + CHUNK].hex()}", "")

    def run(self, times: int) -> Run:
        """Run the chosen model so many times in a row."""
        ticks, given, result = self._ask(f"run {times}", r"(\d+) ([0-9a-f]+) ([0-9a-f]+)")
        return Run(int(ticks), int(given, 16), int(result, 16))

    def spin(self, rounds: int) -> int:
        """Ticks that so many rounds of work took which no model has a part in."""
        (ticks,) = self._ask(f"spin {rounds}", r"(\d+)")
        return int(ticks)

    def close(self) -> None:
        self._port.close()

    def _hello(self, baud: int) -> tuple[str, ...]:
        """What the board says of itself, once it has started."""
        end = time.monotonic() + START_SECONDS
        # It may answer several greetings at once, or one of an earlier process: the last one's
        # number is waited for, so that nothing is left unread.
        for tag in itertools.count(time.time_ns() // 1_000_000 % 1_000_000_000):
            # The empty line ends whatever was half said.
            self._send(f"\nhello {tag}")
            expected = rf"ok {tag} tvscm-board (\d+) ([1-9]\d*) ([1-9]\d*) (\w+) (.+)"
            until = time.monotonic() + HELLO_SECONDS
            while (line := self._line(until)) is not None:
                if match := re.fullmatch(expected, line):
                    return match.groups()
            if time.monotonic() > end:
                break
        said = f"it says {self._heard[:40]!r}" if self._heard else "it says nothing"
        raise Unavailable(
            f"no board with the firmware of tvscm board-firmware answers on {self._name} at "
            f"{baud} baud: {said}"
        )

    def _ask(self, request: str, expected: str) -> tuple[str, ...]:
        """The groups of the answer's pattern."""
        self._send(request)
        until = time.monotonic() + ANSWER_SECONDS
        while (line := self._line(until)) is not None:
            if match := re.fullmatch(f"ok {expected}".rstrip(), line):
                return match.groups()
            # Whatever else the board prints is none of ours.
            if line.split(" ")[0] in ("ok", "error"):
                raise Unavailable(f"the board answers {line[:60]!r} to {request[:30]!r}")
        raise Unavailable(
            f"the board gave no answer to {request[:30]!r} within {ANSWER_SECONDS:g} s"
        )

    def _send(self, request: str) -> None:
        try:
            self._port.write(f"{request}\n".encode())
        except OSError as error:
            raise Unavailable(f"{self._name} has gone: {error}") from error

    def _line(self, until: float) -> str | None:
        """The next line; None where none has come until then (see `time.monotonic`)."""
        while b"\n" not in self._received:
            if time.monotonic() > until:
                return None
            try:
                self._received += self._port.read(max(1, self._port.in_waiting))
            except OSError as error:
                raise Unavailable(f"{self._name} has gone: {error}") from error
        content, _, self._received = self._received.partition(b"\n")
        line = content.decode("ascii", "replace").strip()
        self._heard = line or self._heard
        return line
