"""A stand-in for a phone: speaks adb's protocol to the real adb server, on a port of this machine.

    python android_demo/stand_in/device.py [--apk FILE] [--fault NAME] APP [ARGUMENT ...]

It prints its port, for adb connect 127.0.0.1:PORT. APP is the program that plays the app: it is
started for every `am instrument`, with the installed file's path in STAND_IN_APK, writes what am
would write, and listens on the Unix socket that it names there, in the folder STAND_IN_SOCKETS. A
file that is sent to /data/local/tmp runs here if it is called.

It is for tests. Nothing that it times is a phone's, and `identity` says "stand-in" of it: its app
does not run on Android's virtual machine.
"""

import argparse
import hashlib
import os
import shlex
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

# The protocol: AOSP, packages/modules/adb/protocol.txt and SYNC.TXT.
CNXN, OPEN, OKAY, CLSE, WRTE, AUTH = (
    int.from_bytes(word, "little")
    for word in (b"CNXN", b"OPEN", b"OKAY", b"CLSE", b"WRTE", b"AUTH")
)
VERSION, LARGEST = 0x01000001, 256 * 1024
PACKAGE = "org.tvscm.demo"
PROPERTIES = {
    "ro.product.manufacturer": "keras-tvscm",
    "ro.product.model": "stand-in",
    "ro.soc.manufacturer": "no",
    "ro.soc.model": "SoC",
    "ro.build.version.release": "14",
    "ro.build.version.sdk": "34",
    "ro.product.cpu.abi": "x86_64",
    "ro.build.fingerprint": "keras-tvscm/stand-in",
}
SAYS = {
    "cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor": "schedutil\nschedutil\n",
    "dumpsys battery": "  USB powered: true\n  level: 80\n  temperature: 251\n",
    "dumpsys thermalservice": "IsStatusOverride: false\nThermal Status: 0\n",
    "dumpsys power": "  mWakefulness=Awake\n",
    "settings get global airplane_mode_on": "1\n",
}
# What can be wrong with a device: a key that it does not know, no room, an app of another key.
FAULTS = ("none", "unauthorized", "full", "other key")


class Phone:
    """What the device holds and runs.

    Args:
        folder: for its files.
        app: the command that plays the app.
        fault: one of FAULTS.
    """

    def __init__(self, folder: Path, app: list[str], fault: str) -> None:
        self.files, self.sockets = folder / "files", folder / "sockets"
        self.apk = folder / "base.apk"
        self.fault = fault
        self._app = app
        self._running: list[subprocess.Popen[bytes]] = []
        for made in (self.files, self.sockets):
            made.mkdir()

    def path(self, name: str) -> Path:
        """Where a file of the device lies here."""
        return self.files / name.lstrip("/")

    def shell(self, line: str, write: Callable[[bytes], None]) -> None:
        """Run a line of commands."""
        for command in line.split("; "):
            words = shlex.split(command.removesuffix(" 2>&1"))
            if command in SAYS:
                write(SAYS[command].encode())
            elif words == ["getprop"]:
                write("".join(f"[{k}]: [{v}]\n" for k, v in PROPERTIES.items()).encode())
            elif words[:2] == ["pm", "path"] and self.apk.exists():
                write(b"package:/data/app/base.apk\n")
            elif words[0] == "sha256sum":
                write(f"{hashlib.sha256(self.apk.read_bytes()).hexdigest()}  {words[1]}\n".encode())
            elif words[:2] == ["pm", "install"]:
                write(self._install(self.path(words[-1])))
            elif words[0] == "rm":
                self.path(words[1]).unlink()
            elif words[:2] == ["am", "instrument"]:
                self._instrument(write)
            elif words[:2] == ["am", "force-stop"]:
                self.stop()
            elif self.path(words[0]).is_file():
                self._run([str(self.path(words[0])), *words[1:]], write)
            elif words[:2] != ["pm", "path"]:
                write(f"sh: {words[0]}: inaccessible or not found\n".encode())

    def stop(self) -> None:
        """End the app, as Android does before it starts it anew."""
        while self._running:
            process = self._running.pop()
            process.kill()
            process.wait()

    def _install(self, path: Path) -> bytes:
        if self.fault == "other key":
            return b"Failure [INSTALL_FAILED_UPDATE_INCOMPATIBLE: signatures do not match]\n"
        shutil.copyfile(path, self.apk)
        return b"Success\n"

    def _instrument(self, write: Callable[[bytes], None]) -> None:
        self.stop()
        environment = {"STAND_IN_APK": str(self.apk), "STAND_IN_SOCKETS": str(self.sockets)}
        self._run(self._app, write, os.environ | environment)

    def _run(
        self,
        command: list[str],
        write: Callable[[bytes], None],
        environment: dict[str, str] | None = None,
    ) -> None:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._running.append(process)
        assert process.stdout
        while chunk := os.read(process.stdout.fileno(), 4096):
            write(chunk)


class Stream:
    """One of the streams that share a connection."""

    def __init__(self, connection: "Connection", number: int, remote: int) -> None:
        self._connection, self._number, self._remote = connection, number, remote
        self._content = bytearray()
        self._changed = threading.Condition()
        self._may_write = threading.Semaphore(0)
        self._closed = False

    def write(self, content: bytes) -> None:
        """Send it; nothing where the other end is closed."""
        for start in range(0, len(content), LARGEST // 2):
            if not self._closed:
                part = content[start : start + LARGEST // 2]
                self._connection.send(WRTE, self._number, self._remote, part)
                self._may_write.acquire()

    def read(self, least: int = 1, most: int | None = None) -> bytes:
        """So many bytes, or fewer before the end."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._content) >= least or self._closed)
            content = bytes(self._content[: most or least])
            del self._content[: most or least]
        return content

    def heard(self, command: int, content: bytes) -> None:
        """Take what the other end says of this stream."""
        with self._changed:
            self._content += content
            self._closed |= command == CLSE
            self._changed.notify_all()
        if command == WRTE:
            self._connection.send(OKAY, self._number, self._remote)
        else:
            self._may_write.release()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.send(CLSE, self._number, self._remote)


class Connection:
    """An adb server that has connected."""

    def __init__(self, peer: socket.socket, phone: Phone) -> None:
        self._peer, self._phone = peer, phone
        self._sending = threading.Lock()
        self._streams: dict[int, Stream] = {}

    def send(self, command: int, first: int, second: int, content: bytes = b"") -> None:
        head = struct.pack("<6I", command, first, second, len(content), 0, command ^ 0xFFFFFFFF)
        with self._sending, suppress(OSError):
            self._peer.sendall(head + content)

    def serve(self) -> None:
        """Answer until the server goes."""
        reader = self._peer.makefile("rb")
        while head := reader.read(24):
            command, first, second, length, _, _ = struct.unpack("<6I", head)
            content = reader.read(length)
            if command in (CNXN, AUTH) and self._phone.fault == "unauthorized":
                # Whatever key it shows, another one is asked for.
                self.send(AUTH, 1, 0, bytes(20))
            elif command == CNXN:
                self.send(CNXN, VERSION, LARGEST, b"device::ro.product.model=stand-in;features=cmd")
            elif command == OPEN:
                stream = self._streams[len(self._streams) + 1] = Stream(
                    self, len(self._streams) + 1, first
                )
                service = content.rstrip(b"\0").decode()
                threading.Thread(target=self._serve, args=(stream, service), daemon=True).start()
            elif second in self._streams:
                self._streams[second].heard(command, content)
        for stream in self._streams.values():
            stream.heard(CLSE, b"")

    def _serve(self, stream: Stream, service: str) -> None:
        kind, _, argument = service.partition(":")
        if kind == "localabstract":
            self._bridge(stream, argument)
            return
        self.send(OKAY, stream._number, stream._remote)
        if kind == "shell":
            self._phone.shell(argument, stream.write)
        elif kind == "sync":
            self._sync(stream)
        stream.close()

    def _bridge(self, stream: Stream, name: str) -> None:
        """Between a stream and an app's socket."""
        app = socket.socket(socket.AF_UNIX)
        try:
            app.connect(str(self._phone.sockets / name))
        except OSError:
            # A stream that is not open yet has no number.
            self.send(CLSE, 0, stream._remote)
            return
        self.send(OKAY, stream._number, stream._remote)

        def forward() -> None:
            while content := stream.read(most=LARGEST):
                app.sendall(content)
            app.shutdown(socket.SHUT_WR)

        threading.Thread(target=lambda: _until_gone(forward), daemon=True).start()
        with suppress(OSError):
            while content := app.recv(LARGEST // 2):
                stream.write(content)
        stream.close()

    def _sync(self, stream: Stream) -> None:
        """Files: what of the service adb push and adbutils use."""
        while len(head := stream.read(8)) == 8:
            word, length = head[:4], int.from_bytes(head[4:], "little")
            if word == b"QUIT":
                return
            argument = stream.read(length).decode()
            if word == b"STAT":
                path = self._phone.path(argument)
                known = (0o100755, path.stat().st_size, 0) if path.is_file() else (0, 0, 0)
                stream.write(b"STAT" + struct.pack("<3I", *known))
            elif word == b"SEND":
                self._receive(stream, self._phone.path(argument.rsplit(",", 1)[0]))

    def _receive(self, stream: Stream, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = bytearray()
        while stream.read(4) == b"DATA":
            content += stream.read(int.from_bytes(stream.read(4), "little"))
        stream.read(4)  # when it was changed
        if self._phone.fault == "full":
            reason = b"No space left on device"
            stream.write(b"FAIL" + struct.pack("<I", len(reason)) + reason)
            return
        path.write_bytes(content)
        path.chmod(0o755)
        stream.write(b"OKAY" + bytes(4))


def _until_gone(work: Callable[[], None]) -> None:
    with suppress(OSError):
        work()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for a phone.")
    parser.add_argument("--apk", type=Path, help="the app that it holds already")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--port", type=int, default=0, help="to listen on; any that is free")
    parser.add_argument("app", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    with (
        TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", given.port)) as listening,
    ):
        phone = Phone(Path(folder), given.app, given.fault)
        if given.apk:
            shutil.copyfile(given.apk, phone.apk)
        print(listening.getsockname()[1], flush=True)
        try:
            while True:
                peer, _ = listening.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = Connection(peer, phone)
                threading.Thread(target=connection.serve, daemon=True).start()
        finally:
            phone.stop()


if __name__ == "__main__":
    main()
