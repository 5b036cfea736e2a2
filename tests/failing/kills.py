"""Let commands fail before each of their file-system calls, and call them again.

    python tests/failing/kills.py [--fault kill] [--share 0.1] [--only train]

`train`, `convert` to every target, and `evaluate` run in a folder that holds what an earlier
call left. Before the first call that changes something there, before the second, ... they are
killed (SIGKILL), or find the disk full from there on, or are interrupted (Ctrl-C). After that
every pair of files is of one conversion, or is noticed to be of two; a full disk was one line
and exit code 2, an interruption one line and 130, and neither left a temporary file; and the same
command then gives the same files, and no other, as one that nothing happened to.

One process imports TensorFlow and forks a child for each call. What takes long and writes
nothing (the conversion itself, the comparison of models) is computed once and remembered.
"""

import argparse
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from fault import FREEING, Fault
from forks import forked, printing_to, tvscm

CODES = {"kill": -signal.SIGKILL, "full": 2, "interrupt": 130}


@dataclass(frozen=True)
class Case:
    """A command, and the commands that came before it in the same folder."""

    name: str
    command: str
    before: tuple[str, ...] = ()


RUN = (
    "train data.npz --network tvscm --pattern half:seed=3 --epochs 2 --learning-rate 0.1 --out run"
)
OTHER = RUN.replace("--out run", "--seed 1 --out other")
CONVERT = "convert run --no-collapse"
# Over an earlier conversion of another network, and where nothing stands.
TARGETS = {
    "litert": "--out m.tflite",
    "tflm": "--target tflm --out m.tflite",
    "android": "--target android --out m.tflite",
    "c": "--target c --out m.c",
}
EVALUATE = (
    "evaluate m.tflite --runtime litert-builtin --rounds 1 --baseline-epochs 3 "
    "--baseline softmax --baseline cnn-small"
)
CASES = [
    Case("train", RUN),
    *(Case(f"convert-{name}", f"{CONVERT} {options}", (RUN,)) for name, options in TARGETS.items()),
    *(
        Case(
            f"convert-{name}-again",
            f"{CONVERT} {options} --report r.json",
            (RUN, OTHER, f"{CONVERT.replace('run', 'other')} {options}"),
        )
        for name, options in TARGETS.items()
    ),
    Case("evaluate", f"{EVALUATE} --baselines baselines", (RUN, f"{CONVERT} --out m.tflite")),
    Case(
        "evaluate-again",
        f"{EVALUATE} --baselines baselines --seed 1",
        (RUN, f"{CONVERT} --out m.tflite", f"{EVALUATE} --baselines baselines"),
    ),
]


def prepare() -> None:
    """Import what the commands do, and start nothing that a fork would break."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    import keras_tvscm.cli
    import keras_tvscm.eval.baselines
    import keras_tvscm.eval.compare
    import keras_tvscm.eval.report
    import keras_tvscm.training.run  # noqa: F401

    # To compile a step takes longer than the few that there are.
    warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eage")
    tf.config.run_functions_eagerly(True)


def remember(cache: Path) -> None:
    """Have conversions and comparisons computed once, by whichever child comes first."""
    from keras_tvscm import convert
    from keras_tvscm.eval import baselines, compare

    def remembered(function: Callable[..., Any], key: Callable[..., str]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            text = function.__name__ + key(*arguments, **options)
            kept = cache / hashlib.sha256(text.encode()).hexdigest()
            if kept.exists():
                return pickle.loads(kept.read_bytes())
            result = function(*arguments, **options)
            new = cache / f"{os.getpid()}"
            new.write_bytes(pickle.dumps(result))
            new.rename(kept)
            return result

        return call

    def conversion(model: Any, dataset: Any, **options: Any) -> str:
        options.pop("progress", None)
        weights = b"".join(np.asarray(weight).tobytes() for weight in model.get_weights())
        return f"{hashlib.sha256(weights).hexdigest()} {dataset.name} {sorted(options.items())}"

    def rows(runtime: Any, model: Any, dataset: Any) -> str:
        return f"{runtime.place} {hashlib.sha256(model.content).hexdigest()} {dataset.fingerprint}"

    def window(runtimes: Any, models: Any, *numbers: int) -> str:
        return f"{[sorted(models[name]) for name in runtimes]} {numbers}"

    class Today:
        """Reports are of one day."""

        @staticmethod
        def now(zone: Any) -> datetime:
            return datetime(2026, 1, 2, tzinfo=zone)

    convert.convert = remembered(convert.convert, conversion)
    baselines.convert = convert.convert
    compare.run = remembered(compare.run, rows)
    compare.measure = remembered(compare.measure, window)
    compare._alone = remembered(compare._alone, lambda runtime: runtime.place)
    compare.datetime = Today


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code or, negative, signal; what it changed if it was not killed."""

    code: int
    changes: list[str]
    out: str
    err: str


def child(
    folder: Path, command: str, cache: Path, kind: str = "kill", number: int | None = None
) -> Ended:
    """Run a command there in a process of its own, in which a change may fail."""
    files = [cache / name for name in ("out", "err", "changes")]
    files[2].write_text("[]")

    def run() -> int:
        os.chdir(folder)
        printing_to(*files[:2])
        remember(cache)
        fault = Fault(folder, kind, number)
        code = tvscm(command)
        files[2].write_text(json.dumps(fault.events))
        return code

    code, _ = forked(run)
    out, err, changes = (path.read_text() for path in files)
    return Ended(code, json.loads(changes), out, err)


def whole(folder: Path, command: str, cache: Path) -> list[str]:
    """Run a command to which nothing happens; its changes."""
    ended = child(folder, command, cache)
    if ended.code:
        raise SystemExit(f"tvscm {command}: {ended.code}\n{ended.out}\n{ended.err}")
    return ended.changes


def state(folder: Path) -> dict[str, Any]:
    """What lies there: names and contents, without dates and durations."""
    return {
        str(path.relative_to(folder)): _content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _content(path: Path) -> Any:
    content = path.read_bytes()
    if path.suffix == ".keras" and zipfile.is_zipfile(path):  # else cut short, by a kill
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if name != "metadata.json"]
            # Numbers that count what the process has made or loaded before.
            members = {
                name: re.sub(
                    rb', "shared_object_id": \d+|(?<=input_layer)_\d+',
                    b"",
                    archive.read(name),
                )
                for name in names
            }
            return {name: hashlib.sha256(member).hexdigest() for name, member in members.items()}
    if path.name == "metrics.json":
        return json.loads(content) | {"seconds": None}
    if path.name == "curves.svg":
        # Dated, and its references drawn.
        return content.startswith(b"<?xml") and content.endswith(b"</svg>\n")
    return hashlib.sha256(content).hexdigest()


def false_pairs(folder: Path, wholes: list[dict[str, Any]]) -> list[str]:
    """Files of two calls that nothing tells apart; `wholes` are the states of whole calls."""
    from keras_tvscm.errors import InputError
    from keras_tvscm.eval.model import read_model

    wrong = []
    now = state(folder)

    def of_two_calls(names: list[str]) -> bool:
        return not any(all(now[name] == whole.get(name) for name in names) for whole in wholes)

    for path in folder.rglob("*.tflite"):
        names = [str(path.relative_to(folder)), f"{path.relative_to(folder)}.json"]
        if names[1] not in now or not of_two_calls(names):
            continue
        try:
            read_model(path)
            wrong.append(" ".join(names))
        except InputError:
            pass
    for path in folder.rglob("*.c"):
        names = [str(path.relative_to(folder)), str(path.relative_to(folder).with_suffix(".h"))]
        if names[1] not in now:
            continue
        compiled = subprocess.run(["cc", "-fsyntax-only", path], capture_output=True)
        if compiled.returncode == 0 and of_two_calls(names):
            wrong.append(" ".join(names))
    for path in folder.rglob("metrics.json"):
        names = [str(path.relative_to(folder).with_name(name)) for name in ("model.keras",)]
        if names[0] not in now or of_two_calls([*names, str(path.relative_to(folder))]):
            wrong.append(f"{path} without its model")
    return wrong


def template(before: tuple[str, ...], work: Path) -> Path:
    """A folder in which these commands ran, made once."""
    folder = work / hashlib.sha256(repr(before).encode()).hexdigest()[:16]
    if not folder.exists():
        if not before:
            _with_data(folder)
            return folder
        shutil.copytree(template(before[:-1], work), folder)
        whole(folder, before[-1], work / "cache")
    return folder


def check(case: Case, kinds: list[str], share: float, work: Path) -> int:
    """Let a case fail at a share of its changes; how many they were."""
    cache, folder = work / "cache", work / "folder"
    start = template(case.before, work)
    old = state(start)
    _copy(start, folder)
    changes = whole(folder, case.command, cache)
    new = state(folder)
    total = 0
    for kind in kinds:
        failing = [
            change for change in changes if kind == "kill" or change.split()[0] not in FREEING
        ]
        count = max(1, round(share * len(failing)))
        # Where each share's middle is: a sample of one is no first change.
        chosen = [int((index + 0.5) * len(failing) / count) + 1 for index in range(count)]
        for number in chosen:
            _copy(start, folder)
            ended = child(folder, case.command, cache, kind, number)
            wrong = [*_ending(ended, kind, folder), *false_pairs(folder, [old, new])]
            whole(folder, case.command, cache)
            after = state(folder)
            names = sorted(name for name in new | after if new.get(name) != after.get(name))
            wrong += [f"differs afterwards: {name}" for name in names]
            wrong += [f"left over: {path}" for path in folder.rglob(".*")]
            if wrong:
                place = f"{case.name}, {kind} at change {number} of {len(failing)}"
                raise SystemExit("\n".join([f"{place} ({failing[number - 1]}):", *wrong]))
        print(f"{case.name}: {kind} at {len(chosen)} of {len(failing)} changes", flush=True)
        total += len(chosen)
    return total


def _ending(ended: Ended, kind: str, folder: Path) -> list[str]:
    """What is wrong with how a command ended, and with what it left at once."""
    wrong = []
    if ended.code != CODES[kind]:
        wrong.append(f"it ended with {ended.code}, not {CODES[kind]}: {ended.err}")
    if kind != "kill":
        # Trainings are announced before it, and conversions that were refused.
        said = ("training the", "note: ")
        lines = [line for line in ended.err.splitlines() if not line.startswith(said)]
        if len(lines) != 1 or not lines[0].startswith("tvscm: "):
            wrong.append(f"no one line: {ended.err}")
        wrong += [f"left at once: {path}" for path in folder.rglob(".*")]
    return wrong


def _copy(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)


def _with_data(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    y = np.arange(1400) % 3
    x = (rng.normal(size=(1400, 8)) + 3 * np.eye(3, 8)[y]).astype(np.float32)
    halves = {"x_train": x[:1200], "y_train": y[:1200], "x_test": x[1200:], "y_test": y[1200:]}
    np.savez(folder / "data.npz", **halves)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fault", choices=CODES, action="append", help="repeatable; else all")
    parser.add_argument("--share", type=float, default=1.0, help="of the changes of each case")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    options = parser.parse_args()
    prepare()
    cases = [case for case in CASES if case.name.startswith(options.only)]
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "cache").mkdir()
        total = sum(
            check(case, options.fault or list(CODES), options.share, Path(work)) for case in cases
        )
    print(f"{total} failures: the same result after the same command, and nothing left over")


if __name__ == "__main__":
    main()
