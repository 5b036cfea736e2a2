"""Plays the demo app for android_demo/stand_in/device.py, in Python: python app.py VERSION FAULT.

The real one in the same place is run by `make android-test`; this one can be wrong in every way. It
starts in a tenth of a second: LiteRT is imported where predictions are asked for, and a time is
invented, a microsecond an inference.
"""

import json
import os
import runpy
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

INTERPRETERS = str(Path(__file__).parents[4] / "convert" / "runtimes" / "interpreters.py")


def main(version: str, fault: str) -> None:
    if fault == "crashes":
        print("INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0")
        return
    name = f"tvscm-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{os.environ['STAND_IN_SOCKETS']}/{name}")
        listening.listen()
        print(f"INSTRUMENTATION_STATUS: socket={name}\nINSTRUMENTATION_STATUS_CODE: 1", flush=True)
        connection = Connection(listening.accept()[0].detach())
    info = {"version": version, "protocol": 1, "vm": "Python"}
    answers = {"info": json.dumps(info), "pin": "f", "spin": "1000000", "peak": "50000000"}
    models: list[tuple[bytes, str]] = []
    while True:
        try:
            word, *numbers = connection.recv_bytes().decode().split()
        except EOFError:
            return
        if fault == f"never answers {word}":
            time.sleep(600)
        elif fault == f"ends at {word}":
            return
        elif fault == f"stops in {word}":
            os.write(connection.fileno(), b"\0\0\0\7abc")
            return
        elif fault == f"pauses in {word}":
            os.write(connection.fileno(), b"\0\0\0\4")
            time.sleep(0.2)
            os.write(connection.fileno(), b"1000")
        elif fault == f"malforms {word}":
            connection.send_bytes(b"hello")
        elif word == "load":
            model, *_ = (connection.recv_bytes() for _ in range(1 + int(numbers[2])))
            models.append((model, f"litert-{numbers[0]}"))
            refused = json.dumps(["IllegalArgumentException: not a model", ""])
            answer = str(len(models) - 1) if fault != "refuses" else f"error {refused}"
            connection.send_bytes(answer.encode())
        elif word == "predict":
            rows, outputs = predicted(connection.recv_bytes(), *models[int(numbers[0])])
            connection.send_bytes(str(rows).encode())
            connection.send_bytes(outputs)
        elif word == "energy":
            connection.send_bytes(json.dumps(battery()).encode())
        elif word in ("time", "cold"):
            connection.send_bytes(str(1000 * int(numbers[1]) if word == "time" else 5000).encode())
        else:
            connection.send_bytes(answers[word].encode())


def battery():
    """Of a phone that draws one watt: 1,000 µAh at 4 V are 14.4 s of it."""
    now = time.monotonic_ns()
    charge = 3_000_000 - int(now * 1e-9 / 14.4 * 1000)
    values = {"nanoseconds": now, "microampere_hours": charge, "millivolts": 4000}
    return values | {"powered": False, "unavailable": None}


def predicted(content, model, name):
    """The number of rows, and their outputs."""
    import numpy as np

    # As a file: its package would bring all of TensorFlow.
    runs = runpy.run_path(INTERPRETERS)["LiteRT"](name, model)
    detail = runs._interpreter.get_input_details()[0]
    rows = np.frombuffer(content, detail["dtype"]).reshape(-1, *detail["shape"])
    return len(rows), b"".join(runs.run(row).tobytes() for row in rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
