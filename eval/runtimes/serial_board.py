"""A board on a serial port: `--runtime serial:/dev/ttyACM0`."""

import hashlib
import re
import time
import zlib
from collections.abc import Mapping
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable, in_child
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.errors import InputError
from keras_tvscm.extras import need

from .board_line import BoardLine, BoardModel
from .runtime import Window

BAUD = 115_200
ROWS = 50  # compared; at 115,200 baud a second is six rows of 784 bytes
# Of one request: a timer of 32 bits does not go round in it, and a board that has stopped is soon
# told from one that is busy.
RUN_SECONDS = 0.5
SPIN_ROUNDS = 100_000
# A board whose clock is not set as its firmware believes is mostly off by a third or more.
CLOCK_SECONDS, CLOCK_TOLERANCE, CLOCK_TRIES = 0.25, 0.2, 5


class SerialBoard:
    """A board with the firmware of `tvscm board-firmware`. See `Runtime`.

    Args:
        argument: its port, and the baud rate if that is not 115200: `/dev/ttyACM0`, `COM3@9600`.

    Raises:
        InputError: no port is named, no board answers there, or its clock is wrong.

    Example:
        board = SerialBoard("/dev/ttyACM0")
        with board.open() as window:
            nanoseconds = window.load(Path("digits.tflite").read_bytes(), row).time(100)
    """

    def __init__(self, argument: str) -> None:
        need("board", "A board on a serial port")
        match = re.fullmatch(r"(.+?)(?:@(\d+))?", argument)
        if not match:
            raise InputError(f"serial: names no port; expected serial:PORT, here with {_ports()}")
        self._port, self._baud = match[1], int(match[2] or BAUD)
        try:
            with closing(BoardLine(self._port, self._baud)) as line:
                check_clock(line)
                models = [line.model(index) for index in range(line.models)]
        except Unavailable as error:
            raise InputError(f"serial:{argument}: {error}") from error
        self._models = {model.sha256: model for model in models}
        self.place = (
            f"{line.name} on {self._port}, code built for {line.built}, "
            f"timer of {line.hz / 1e6:g} MHz"
        )

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """The outputs of TFLite-Micro on this machine, to which the board's are equal.

        They are compared on `ROWS` of the rows, evenly spread, byte by byte: ten thousand would
        keep a line of 115,200 baud busy for half an hour.

        Args:
            model: the bytes of a `.tflite` file that is in the firmware.
            x: float32 (rows, inputs), at least one row.

        Raises:
            Unavailable: the firmware does not hold the model, the board computes other outputs, or
                there is no TFLite-Micro here.
        """
        on_board = _find(self._models, model)
        outputs, stored = _expected(model, x)
        with closing(BoardLine(self._port, self._baud)) as line:
            for row in np.unique(np.linspace(0, len(x) - 1, ROWS).astype(int)):
                LoadedOnBoard(line, on_board, *stored[row])
        return outputs

    def memory(self, model: bytes | None) -> dict[str, int]:
        """See `Runtime.memory`: nothing of it is known; `board-firmware` says what it reserves."""
        if model is not None:
            _find(self._models, model)
        return {}

    def open(self) -> "BoardWindow":
        """See `Runtime.open`. A port has one window at a time."""
        return BoardWindow(BoardLine(self._port, self._baud), self._models)


class BoardWindow(Window):
    """A connection to a board, which starts many boards afresh. See `Window`.

    Args:
        line: the connection.
        models: what the firmware holds, by the SHA-256 of the `.tflite` file.
    """

    def __init__(self, line: BoardLine, models: Mapping[str, BoardModel]) -> None:
        self._line, self._models = line, models

    def load(self, model: bytes, row: NDArray[np.float32] | None = None) -> "LoadedOnBoard":
        """See `Window.load`. The board's output has to be TFLite-Micro's on this machine."""
        on_board = _find(self._models, model)
        if row is None:
            row = np.zeros(input_and_output(model)[0].size, np.float32)
        _, [stored] = _expected(model, row[None])
        return LoadedOnBoard(self._line, on_board, *stored)

    def spin(self) -> float:
        """See `Window.spin`."""
        return self._line.spin(SPIN_ROUNDS) * 1e9 / self._line.hz

    def close(self) -> None:
        """Let go of the port."""
        self._line.close()


class LoadedOnBoard:
    """A model in a board's firmware, and an input. See `Loaded`.

    Args:
        line: the connection.
        model: which it is.
        given: the input, as bytes.
        expected: the output that it has to have.

    Raises:
        Unavailable: it has another.
    """

    def __init__(self, line: BoardLine, model: BoardModel, given: bytes, expected: bytes) -> None:
        self._line, self._index = line, model.index
        self._crcs = zlib.crc32(given), zlib.crc32(expected)
        line.model(model.index)
        line.set(given)
        ticks = self._ticks(1)
        self._at_once = max(1, int(line.hz * RUN_SECONDS / max(ticks, 1)))

    def time(self, times: int) -> float:
        """See `Loaded.time`; by the board's own timer."""
        # Another model may have been chosen meanwhile. Each keeps its input.
        self._line.model(self._index)
        whole, rest = divmod(times, self._at_once)
        parts = [self._at_once] * whole + [rest] * bool(rest)
        return sum(map(self._ticks, parts)) * 1e9 / self._line.hz

    def call(self, times: int) -> None:
        """See `Loaded.call`: the loop runs on the board, so there is none."""

    def cold(self) -> None:
        """See `Loaded.cold`: how to empty a board's caches, if it has any, is not known."""

    def _ticks(self, times: int) -> int:
        """What the board says that so many inferences took."""
        run = self._line.run(times)
        given, expected = self._crcs
        if run.input_crc != given:
            raise Unavailable("the input does not arrive as it was sent; try a lower baud rate")
        if run.output_crc != expected:
            raise Unavailable("the board gives other outputs than TFLite-Micro on this machine")
        return run.ticks


def _find(models: Mapping[str, BoardModel], content: bytes) -> BoardModel:
    """The model in the firmware that was made of this `.tflite` file."""
    model = models.get(hashlib.sha256(content).hexdigest())
    if model is None:
        names = ", ".join(held.name for held in models.values())
        raise Unavailable(
            "it is not in the board's firmware; write that with this very file, too (tvscm "
            f"board-firmware). It holds {names}"
        )
    return model


def _expected(
    model: bytes, x: NDArray[np.float32]
) -> tuple[NDArray[np.float32], list[tuple[bytes, bytes]]]:
    """TFLite-Micro's outputs here; and each row's input and output, as a board stores them."""
    source, target = input_and_output(model)
    outputs = in_child("tflm", model).predict(x)
    # From stored numbers to float32 and back is exact.
    rows = zip(source.quantize(x), target.quantize(outputs), strict=True)
    return outputs, [(given.tobytes(), expected.tobytes()) for given, expected in rows]


def check_clock(line: BoardLine) -> None:
    """Hold the board's timer against this machine's clock.

    Raises:
        Unavailable: it does not tick as often as the board says.
    """
    # A machine that is busy hears some answers late: neither a length nor a verdict is one of them.
    rounds = 1000
    while min(_spun(line, rounds)[1] for _ in range(2)) < CLOCK_SECONDS:
        rounds *= 2
    measured = 0.0
    for _ in range(CLOCK_TRIES):
        # What the line itself takes is in both.
        long, short = _spun(line, rounds), _spun(line, rounds // 8)
        measured = (long[0] - short[0]) / (long[1] - short[1])
        if abs(measured / line.hz - 1) < CLOCK_TOLERANCE:
            return
    raise Unavailable(
        f"its timer ticks {measured:,.0f} times a second, and not {line.hz:,} as the board says; "
        "correct tvscm_board_ticks_per_second in its firmware"
    )


def _spun(line: BoardLine, rounds: int) -> tuple[int, float]:
    """Ticks there, and seconds here, of so many rounds of work."""
    start = time.perf_counter()
    ticks = line.spin(rounds)
    return ticks, time.perf_counter() - start


def _ports() -> str:
    """The serial ports of this machine, in words."""
    from serial.tools.list_ports import comports

    return " or ".join(sorted(port.device for port in comports())) or "none in sight"
