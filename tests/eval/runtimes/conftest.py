"""The firmware of two models, compiled for this machine, on a pseudo-terminal for a serial port."""

import os
import pty
import shutil
import subprocess
import sys
import tty
from contextlib import contextmanager
from pathlib import Path

import pytest

from keras_tvscm.convert.c_source import native
from keras_tvscm.eval.model import read_model
from keras_tvscm.eval.runtimes.board_firmware import board_firmware

ARDUINO = Path(__file__).parent / "arduino"
CPP = [*(["c++"] if shutil.which("c++") else [sys.executable, "-m", "ziglang", "c++"]), "-c"]
CPP += ["-x", "c++", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror", f"-I{ARDUINO}"]


@pytest.fixture(scope="session")
def firmware(linear, tmp_path_factory):
    """The program; its argument is a fault of tests/eval/runtimes/arduino/arduino.cpp."""
    folder = tmp_path_factory.mktemp("firmware")
    models = [read_model(linear.folder / f"{name}.tflite") for name in ("int8", "float32")]
    for name, text in board_firmware(models, "sketch", "test board").texts.items():
        (folder / name).write_text(text)
    compile_c = [*native.compiler(), *native.FLAGS, "-c"]
    # So that what is called for is the function which counts.
    counted = ["int8.c", "-Dint8_predict=computed_predict"]
    for command in (
        [*compile_c, "tvscm_board.c", "tvscm_models.c", "float32.c"],
        [*compile_c, *counted],
        [*CPP, "-include", "Arduino.h", "sketch.ino", "-o", "sketch.o"],
        [*CPP, ARDUINO / "arduino.cpp"],
    ):
        subprocess.run(command, cwd=folder, check=True)
    link = [*native.compiler(), *folder.glob("*.o"), "-o", folder / "board"]
    subprocess.run(link, check=True)
    return folder / "board"


@pytest.fixture
def port(firmware):
    """A context in which a board runs on a port, whose path it yields."""

    @contextmanager
    def plugged_in(fault="none"):
        board, host = pty.openpty()
        # As a host finds a port: the terminal's own echo would be taken for requests.
        tty.setraw(host)
        process = subprocess.Popen([firmware, fault], stdin=board, stdout=board)
        try:
            yield os.ttyname(host)
        finally:
            process.kill()
            process.wait()
            os.close(board)
            os.close(host)

    return plugged_in
