"""Damage files, and give them to commands.

    python tests/failing/damage.py [--count 1000] [--only keras]

`.keras`, `.tflite`, `.npz`, IDX, WFDB and CSV files are damaged in a way drawn for each, and
commands that read them are called. Each ends within 60 s and 2 GB of memory, with a result, or with
exit code 2 (1, where a conversion does not agree) and one line.

One process imports TensorFlow and forks a child for each call.
"""

import argparse
import os
import random
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from damaged import idx, mutated, npz
from forks import forked, printing_to, tvscm

SECONDS, BYTES = 60, 2 * 10**9


def keras_model(folder: Path) -> None:
    from keras_tvscm.models import networks

    networks.build("tvscm", "digits").save(folder / "m.keras")


def tflite_model(folder: Path) -> None:
    from keras_tvscm.convert.lower.model import lower
    from keras_tvscm.convert.tflite.quantize import to_int8
    from keras_tvscm.models import networks

    model = lower(networks.build("tvscm", "digits"))
    x = np.random.default_rng(0).random((20, 64), np.float32)
    (folder / "m.tflite").write_bytes(to_int8(model, x))


def images(folder: Path) -> None:
    (folder / "images").mkdir()
    idx(folder / "images")


def wfdb(folder: Path) -> None:
    """A record, alone and among those that a data set is made of."""
    import wfdb as library

    (folder / "records").mkdir()
    signal = np.random.default_rng(0).normal(size=(4000, 2)).cumsum(axis=0) / 50
    library.wrsamp(
        "100",
        fs=360,
        units=["mV"] * 2,
        sig_name=["MLII", "V5"],
        p_signal=signal,
        fmt=["212"] * 2,
        write_dir=str(folder / "records"),
    )
    beats = np.arange(200, 3800, 300)
    library.wrann("100", "atr", beats, ["N"] * len(beats), write_dir=str(folder / "records"))


def recording(folder: Path) -> None:
    """Of a power analyser."""
    rows = [f"{n},{1000 + 4000 * (n % 50 > 25)},{int(n % 50 > 25)}0000000" for n in range(400)]
    (folder / "m.csv").write_text("\n".join(["Timestamp(ms),Current(uA),D0-D7", *rows, ""]))


# By kind: what writes its files, the commands that read them, and a share of all calls.
KINDS: dict[str, tuple[Callable[[Path], None], tuple[str, ...], int]] = {
    "keras": (
        keras_model,
        (
            "summary m.keras",
            "convert m.keras --dataset digits --lowering dense --accept-any-accuracy",
        ),
        6,
    ),
    "tflite": (tflite_model, ("inspect m.tflite", "convert m.tflite --target c -o o.c"), 6),
    "npz": (lambda folder: npz(folder / "m.npz", np.savez), ("data m.npz",), 4),
    "packed-npz": (
        lambda folder: npz(folder / "m.npz", np.savez_compressed),
        ("data m.npz",),
        4,
    ),
    "idx": (images, ("data images",), 4),
    "csv": (recording, ("energy m.csv --inferences 5 --volts 3",), 4),
    "wfdb": (wfdb, ("data records/100.hea", "data heartbeat --data-dir records"), 4),
}


def call(folder: Path, command: str, log: Path) -> str | None:
    """Run a command there in a process of its own; what is wrong with how it ended, if anything."""

    def run() -> int:
        os.chdir(folder)
        printing_to(log / "out", log / "err")
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
        return tvscm(command)

    started = time.monotonic()
    code, used = forked(run)
    seconds = time.monotonic() - started
    error = (log / "err").read_text(errors="replace")
    lines = [line for line in error.splitlines() if line.startswith("tvscm: ")]
    if seconds > SECONDS:
        return f"it took {seconds:.0f} s"
    if used.ru_maxrss * 1024 > BYTES:
        return f"it took {used.ru_maxrss / 2**20:.1f} GiB"
    if code == 0 and "Traceback" not in error:
        return None
    if code in (1, 2) and len(lines) == len(error.splitlines()) == 1:
        return None
    return f"exit code {code}: {error[-2000:]}"


def check(name: str, count: int, work: Path) -> Counter[str]:
    """Call the commands of a kind on damaged files; how often each."""
    write, commands, _ = KINDS[name]
    whole, log = work / name, work / "log"
    whole.mkdir()
    log.mkdir(exist_ok=True)
    forked(lambda: write(whole))
    assert call(whole, commands[0], log) is None, (log / "err").read_text()
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    draw = random.Random(name)
    for number in range(count):
        folder = work / "folder"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        path, command = draw.choice(files), commands[number % len(commands)]
        (folder / path).write_bytes(mutated((whole / path).read_bytes(), draw))
        wrong = call(folder, command, log)
        if wrong:
            kept = Path(tempfile.mkdtemp()) / "folder"
            shutil.copytree(folder, kept)
            raise SystemExit(f"{name}, {number} ({path}), tvscm {command}: {wrong}; kept: {kept}")
    return Counter(commands[number % len(commands)] for number in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="of files, of all kinds together")
    parser.add_argument("--only", default="", help="kinds whose name begins so")
    options = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow  # noqa: F401  (before the forks)

    import keras_tvscm.cli
    import keras_tvscm.convert  # noqa: F401  (before the forks)

    kinds = [name for name in KINDS if name.startswith(options.only)]
    shares = sum(KINDS[name][-1] for name in kinds)
    with tempfile.TemporaryDirectory() as work:
        for name in kinds:
            count = -(-options.count * KINDS[name][-1] // shares)
            for command, times in check(name, count, Path(work)).items():
                print(f"{name}: {times} times tvscm {command}", flush=True)


if __name__ == "__main__":
    main()
