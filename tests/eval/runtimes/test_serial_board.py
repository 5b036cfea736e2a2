"""A board over a pseudo-terminal: what it answers, and each way in which that can go wrong."""

import re
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.runtimes import Unavailable, in_child
from keras_tvscm.errors import InputError

pytest.importorskip("serial", reason="the extra board is not installed")
from keras_tvscm.eval.compare import compare
from keras_tvscm.eval.model import read_model
from keras_tvscm.eval.runtimes import board_line, find, serial_board
from keras_tvscm.eval.runtimes.board_line import BoardLine
from keras_tvscm.eval.runtimes.serial_board import RUN_SECONDS, SerialBoard, check_clock

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "board.md"


@pytest.fixture(autouse=True)
def unheld_clock(monkeypatch):
    """It takes a second to hold a board's clock against this machine's: one test does."""
    monkeypatch.setattr(serial_board, "check_clock", lambda line: None)


@pytest.fixture
def board(port):
    """One that works."""
    with port() as path:
        yield SerialBoard(path)


def said(firmware, requests):
    """The lines that a board writes when these are all that it is sent."""
    done = subprocess.run([firmware], input=requests, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("requests", "answers"),
    [
        ("\n\r\nhello 7\r\n", ["ok 7 tvscm-board 1 1000000 2 speed test board"]),
        ("model 2\nmodel -1\n", ["error no such model"] * 2),
        ("set 0 00ff\nset 11 7f\nset 12 \n", ["ok"] * 3),
        ("set 11 0000\nset 13 \nset 4294967295 00\n", ["error beyond the input"] * 3),
        ("set 0 0g\nset 0 0F\n", ["error not hexadecimal"] * 2),
        ("run\nhello x\nstop\n", ["error expected a word and a number"] * 3),
        ("stop 1\nhello1 1\n", ["error unknown word"] * 2),
        (
            f"{'a' * 160}\n{'a' * 159}\n",
            ["error the line is too long", "error expected"],
        ),
        (f"{'a' * 999}\nset 0 00\n", ["error the line is too long", "ok"]),
        # Twelve zeros have this CRC-32; 3 inferences take 3,000 µs.
        ("model 0\nrun 3\n", ["ok ", "ok 3000 7bd5c66f "]),
        ("spin 5\nspin x", ["ok "]),
    ],
)
def test_every_line_has_its_answer(firmware, requests, answers):
    lines = said(firmware, requests)
    assert len(lines) == len(answers)
    assert [line[: len(answer)] for line, answer in zip(lines, answers, strict=True)] == answers


def test_the_guide_shows_what_a_board_says(firmware):
    """But for the numbers of its model."""
    (session,) = re.findall(r"```text\n(> hello.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    requests = re.findall(r"^> (.*)$", session, re.MULTILINE)
    shown = re.findall(r"^< (.*)$", session, re.MULTILINE)
    answers = said(firmware, "".join(f"{line}\n" for line in requests))
    kinds = [re.sub(r"\b[0-9a-f]+\b", "0", line) for line in (*shown, *answers)]
    assert kinds[: len(shown)] == kinds[len(shown) :]
    assert len(shown) == 6


def test_the_guide_s_firmware_without_arduino_compiles(firmware):
    (example,) = re.findall(r"```c\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    command = [*native.compiler(), *native.FLAGS, "-xc", "-c", "-", "-o", "/dev/null"]
    subprocess.run(command, cwd=firmware.parent, input=example, text=True, check=True)


def test_predictions_are_those_of_tflite_micro(board, linear, monkeypatch):
    """Inputs of several lines, whose last one is shorter."""
    monkeypatch.setattr(board_line, "CHUNK", 7)
    for name in ("int8", "float32"):
        expected = in_child("tflm", linear.read(name)).predict(linear.x)
        predicted = board.predict(linear.read(name), linear.x)
        np.testing.assert_array_equal(predicted, expected)
        assert predicted.dtype == np.float32
        assert np.abs(predicted - linear(linear.x)).max() < 0.2


def test_time_is_the_board_s_own(board, linear):
    """Two models, each with an input of its own; more inferences than one request asks for."""
    with board.open() as window:
        counted = window.load(linear.read("int8"), linear.x[0])
        real = window.load(linear.read("float32"), linear.x[1])
        assert counted.time(1) == 1e6
        assert 0 < real.time(5000) < 5e9
        at_once = int(RUN_SECONDS * 1e6 / 1000)
        assert counted.time(2 * at_once + 7) == (2 * at_once + 7) * 1e6
        assert counted.time(0) == 0
        assert counted.call(10) is None
        assert window.spin() > 0


def test_a_comparison(port, linear, dataset):
    """Models on the board are in the report with its time; others have their reason."""
    models = [read_model(linear.folder / f"{name}.tflite") for name in ("int8", "float32")]
    changed = replace(models[0], name="changed", content=models[0].content + bytes(4))
    with port() as path:
        found = compare([*models, changed], dataset, [f"serial:{path}"], rounds=4, windows=2)
    counted, real, absent = found.measurements
    assert (counted.latency.median, counted.latency.windows) == (1e6, [[1e6, 1e6]] * 2)
    assert counted.score.accuracy > 0.9
    assert real.status == "measured" and real.latency.median > 0
    assert absent.status == "unavailable"
    assert absent.reason == (
        "it is not in the board's firmware; write that with this very file, too (tvscm "
        "board-firmware). It holds int8, float32"
    )
    assert list(found.places.values()) == [
        f"test board on {path}, code built for speed, timer of 1 MHz"
    ]
    assert [len(spins) for spins in found.spins.values()] == [2]


def test_a_board_that_starts_when_its_port_is_opened(port, linear, monkeypatch):
    """It says this and that, and then answers all greetings at once."""
    monkeypatch.setattr(board_line, "HELLO_SECONDS", 0.05)
    with port("boots") as path:
        board = SerialBoard(path)
        with board.open() as window:
            assert window.load(linear.read("int8"), None).time(2) == 2e6


def test_a_board_that_computes_something_else(port, linear):
    with port("miscomputes") as path:
        board = SerialBoard(path)
        with pytest.raises(Unavailable, match="gives other outputs than TFLite-Micro on this mach"):
            board.predict(linear.read("int8"), linear.x)
        # Its other model is as it should be.
        assert board.predict(linear.read("float32"), linear.x).shape == (60, 3)


def test_a_line_that_changes_what_is_sent(port, linear):
    with port("bad line") as path, SerialBoard(path).open() as window:
        x = np.full(12, 100, np.float32)  # ends at 127, 7f
        with pytest.raises(Unavailable, match="does not arrive as it was sent; try a lower baud"):
            window.load(linear.read("int8"), x)


def test_a_board_that_stops(port, linear, monkeypatch):
    with port("stops") as path, SerialBoard(path).open() as window:
        monkeypatch.setattr(board_line, "ANSWER_SECONDS", 0.2)
        with pytest.raises(Unavailable, match=r"no answer to 'run 1' within 0\.2 s"):
            window.load(linear.read("int8"), linear.x[0])


def test_a_board_that_is_pulled_out(port):
    with port() as path:
        window = SerialBoard(path).open()
        assert window.spin() > 0
    with pytest.raises(Unavailable, match=f"{path} has gone: "):
        window.spin()
    window.close()


def test_an_answer_that_is_none(port):
    said = "answers 'error no such model' to 'model 9'"
    with port() as path, closing(BoardLine(path, 115_200)) as line:
        with pytest.raises(Unavailable, match=said):
            line.model(9)
        assert line.model(0).name == "int8"


def test_the_board_s_clock_is_held_against_this_machine_s(port, monkeypatch):
    with port() as path, closing(BoardLine(path, 115_200)) as line:
        check_clock(line)
    monkeypatch.setattr(serial_board, "CLOCK_SECONDS", 0.05)
    monkeypatch.setattr(serial_board, "check_clock", check_clock)
    with port("slow clock") as path, pytest.raises(InputError) as refused:
        SerialBoard(path)
    assert re.match(
        rf"serial:{path}: its timer ticks \d\d\d,\d\d\d times a second, and not 1,000,000 as the "
        "board says; correct tvscm_board_ticks_per_second",
        str(refused.value),
    )


def test_firmware_of_another_version(port):
    said = "speaks version 0 of the protocol, not 1: write its firmware anew"
    with port("old") as path, pytest.raises(InputError, match=f"^serial:{path}: .* {said}"):
        SerialBoard(path)


def test_a_port_with_no_board(port, monkeypatch):
    for name in ("START_SECONDS", "HELLO_SECONDS"):
        monkeypatch.setattr(board_line, name, 0.1)
    for fault, said in {"deaf": "nothing", "another": "'Hello, world'"}.items():
        with port(fault) as path, pytest.raises(InputError) as refused:
            SerialBoard(f"{path}@9600")
        assert str(refused.value) == (
            f"serial:{path}@9600: no board with the firmware of tvscm board-firmware answers on "
            f"{path} at 9600 baud: it says {said}"
        )


def test_a_port_is_named():
    with pytest.raises(InputError, match=r"names no port; expected serial:PORT, here with "):
        find("serial")
    with pytest.raises(InputError, match="cannot open /dev/absent: No such file or directory"):
        find("serial:/dev/absent")
