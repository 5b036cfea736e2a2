"""Plays the demo app for android_demo/stand_in/device.py, in Python: python app.py FAULT.

The real one in the same place is run by `make android-test`; this one can be wrong in every way.
"""

import json
import os
import socket
import sys
import time
import zlib
from multiprocessing.connection import Connection

import numpy as np

import keras_tvscm
from keras_tvscm.convert.runtimes.interpreters import LiteRT


def main(fault: str) -> None:
    if fault == "crashes":
        print("INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0")
        return
    name = f"tvscm-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{os.environ['STAND_IN_SOCKETS']}/{name}")
        listening.listen()
        print(f"INSTRUMENTATION_STATUS: socket={name}\nINSTRUMENTATION_STATUS_CODE: 1", flush=True)
        connection = Connection(listening.accept()[0].detach())
    models: list[LiteRT] = []
    while True:
        try:
            request = connection.recv_bytes().decode()
        except EOFError:
            return
        word, *rest = request.split()
        if fault == f"never answers {word}":
            time.sleep(600)
        elif fault == f"ends at {word}":
            return
        elif fault == f"stops in {word}":
            os.write(connection.fileno(), b"\0\0\0\7abc")
            return
        elif fault == f"malforms {word}":
            connection.send_bytes(b"hello")
            continue
        try:
            answer = answered(word, rest, connection, models, fault)
        except (RuntimeError, ValueError) as error:
            answer = f"error {json.dumps([f'IllegalArgumentException: {error}', ''])}"
        if isinstance(answer, tuple):
            connection.send_bytes(answer[0].encode())
            connection.send_bytes(answer[1])
        else:
            connection.send_bytes(answer.encode())


def answered(word, rest, connection, models, fault):
    if word == "info":
        version = "0.0.1" if fault == "old" else keras_tvscm.__version__
        return json.dumps({"version": version, "protocol": 1, "vm": "Python"})
    if word == "pin":
        return rest[0]
    if word == "load":
        kernels, threads, inputs = rest[0], int(rest[1]), int(rest[2])
        content = connection.recv_bytes()
        given = [connection.recv_bytes() for _ in range(inputs)]
        model = LiteRT(f"litert-{kernels}", content, threads)
        details = model._interpreter.get_input_details()
        model.fill([stored(each, d) for each, d in zip(given, details, strict=True)])
        models.append(model)
        return str(len(models) - 1)
    if word == "predict":
        content, model = connection.recv_bytes(), models[int(rest[0])]
        detail = model._interpreter.get_input_details()[0]
        rows = np.frombuffer(content, detail["dtype"]).reshape(-1, *detail["shape"])
        return str(len(rows)), b"".join(model.run(row).tobytes() for row in rows)
    start = time.perf_counter_ns()
    if word == "peak":
        return "50000000"
    if word == "spin":
        zlib.crc32(bytes(2**20))
    elif word in ("time", "cold"):
        models[int(rest[0])].invoke(int(rest[1]) if word == "time" else 1)
    elif word == "energy":
        return json.dumps({"unavailable": "this device has no counter of its battery's charge"})
    return str(time.perf_counter_ns() - start)


def stored(content, detail):
    return np.frombuffer(content, detail["dtype"]).reshape(detail["shape"])


if __name__ == "__main__":
    main(sys.argv[1])
