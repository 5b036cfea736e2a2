"""The harness with a stand-in for a phone: `tvscm evaluate --runtime android` through the real adb.

The stand-in runs the code and the library of the APK on this machine, so the report's outputs are
the app's; its times are no phone's.
"""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stand_in
from build_apk import APK, BUILD, DEMO
from keras_tvscm.errors import CheckError
from programs import need, run

# The networks that the app compares; the dense one has a record, which says that it is dense.
MODELS = (
    DEMO / "dense" / "mnist-dense.tflite",
    *(BUILD / "assets" / f"mnist-{network}.tflite" for network in ("stack", "fast", "tvscm")),
)


def check() -> str:
    """One report of all models on the stand-in and on this machine's LiteRT, whose kernels agree.

    Raises:
        InputError: a program, or a file of Maven Central, cannot be had.
        CheckError: a record is wrong, or one of the programs failed.
    """
    need("adb", "java", "javac")
    with tempfile.TemporaryDirectory() as name, _server_of_adb(Path(name)):
        folder = Path(name)
        with stand_in.connected(APK, folder / "app") as serial:
            names = [f"android:{serial}", "litert-xnnpack"]
            options = [f"--runtime={name}" for name in names]
            evaluate = (str(Path(sys.executable).with_name("tvscm")), "evaluate", *map(str, MODELS))
            data = ("--dataset", "mnist-excerpt")
            amount = ("--rounds", "2", "--windows", "2", "--baseline", "none")
            run(*evaluate, *options, *data, *amount, "--quiet", "-o", str(folder / "report"))
        report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    return _checked(report, names)


def _checked(report: dict[str, object], names: list[str]) -> str:
    scores: dict[str, list[float]] = {}
    rows = report["measurements"]
    assert isinstance(rows, list)
    for row in rows:
        if row["status"] != "measured" or not row["latency_ns"]:
            raise CheckError(f"{row['model']} on {row['runtime']}: {row['reason']}")
        scores.setdefault(row["model"], []).append(row["score"]["accuracy"])
    for model, (there, here) in scores.items():
        # XNNPACK of another release: a value may be a step off.
        if abs(there - here) > 1e-3:
            raise CheckError(f"{model} is right in {there} of the rows there, in {here} here")
    devices = report["devices"]
    assert isinstance(devices, dict)
    if [facts["kind"] for facts in devices[names[0]]] != ["stand-in", "stand-in"]:
        raise CheckError(f"the record does not say that it was a stand-in: {devices}")
    return f"{len(scores)} models, right as often as LiteRT's here; labelled stand-in"


@contextmanager
def _server_of_adb(home: Path) -> Iterator[None]:
    """One of this test alone: a phone that is connected has no part in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    before = os.environ.get("ANDROID_ADB_SERVER_PORT")
    os.environ["ANDROID_ADB_SERVER_PORT"] = port
    try:
        run("adb", "start-server", environment={"HOME": str(home)})
        yield
    finally:
        run("adb", "kill-server")
        del os.environ["ANDROID_ADB_SERVER_PORT"]
        if before:
            os.environ["ANDROID_ADB_SERVER_PORT"] = before
