"""Stand-ins for phones, on a server of the real adb that is the tests' own."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import keras_tvscm

adbutils = pytest.importorskip("adbutils", reason="the extra android is not installed")

ROOT = Path(__file__).parents[4]
DEVICE, APP = ROOT / "android_demo" / "stand_in" / "device.py", Path(__file__).with_name("app.py")


@pytest.fixture(scope="session")
def adb_port(tmp_path_factory):
    """Of an adb server with a key of its own, which ends with the tests."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    home = tmp_path_factory.mktemp("adb")
    environment = os.environ | {"ANDROID_ADB_SERVER_PORT": port, "HOME": str(home)}
    # The tests' own settings, and no phone that happens to be connected.
    environment |= {"ADB_LIBUSB": "0", "ANDROID_USER_HOME": str(home)}
    adb = adbutils.adb_path()
    start = [adb, "start-server"]
    subprocess.run(start, env=environment, check=True, capture_output=True, timeout=60)
    yield port
    subprocess.run([adb, "kill-server"], env=environment, check=True, capture_output=True)


@pytest.fixture
def adb(adb_port, monkeypatch):
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", adb_port)
    return adbutils.AdbClient()


@pytest.fixture
def apk(tmp_path):
    """What stands for an APK: no more than its bytes are looked at."""
    path = tmp_path / "demo.apk"
    path.write_bytes(b"an app")
    return path


@pytest.fixture
def phone(adb, apk):
    """A function that connects another stand-in, gives its serial, and unplugs it in the end."""

    @contextmanager
    def connected(fault="none", app="none", holds=True, port=0):
        version = "0.0.1" if app == "old" else keras_tvscm.__version__
        command = [sys.executable, "-P", DEVICE, *(["--apk", apk] if holds else [])]
        command += ["--fault", fault, "--port", str(port), sys.executable, "-P", APP, version, app]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            serial = f"127.0.0.1:{process.stdout.readline().strip()}"
            # One that was there before is still listed, as offline.
            adb.disconnect(serial)
            adb.connect(serial, timeout=10)
            try:
                yield Plugged(serial, process)
            finally:
                process.terminate()
                adb.disconnect(serial)

    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(connected(*args, **options))


class Plugged:
    """A stand-in that adb lists."""

    def __init__(self, serial, process):
        self.serial, self._process = serial, process

    @property
    def port(self):
        return int(self.serial.rpartition(":")[2])

    def unplug(self):
        self._process.kill()
        self._process.wait()
