"""Trainings side by side: over the cores of this machine, or over a Ray cluster."""

import functools
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.files import Outputs, locked
from keras_tvscm.quiet import import_keras

if TYPE_CHECKING:
    from .recipe import Recipe

Progress = Callable[[int, dict[str, float]], None]
# A run folder, the files to write there (none if they are there) and the last scores.
Trained = tuple[Path, dict[str, bytes], dict[str, float]]

# Ray itself waits minutes for an address where nothing answers.
SECONDS_TO_CONNECT = 5


def train_all(
    jobs: "dict[Path, Recipe]",
    data: Dataset,
    progress: Progress,
    *,
    workers: int = 1,
    on_cluster: bool = False,
) -> None:
    """Train every recipe into its folder; what is finished there is not trained again.

    Args:
        jobs: run folders and what to train into them.
        data: the data set of all of them.
        progress: called after each training with the number done and its last scores.
        workers: trainings at a time on this machine, each with its share of the cores.
        on_cluster: train inside a `cluster` block on all of its cores instead.

    Raises:
        InputError: a folder holds another run, or as `training.train`.
    """
    from .run import train

    left = {}
    for folder, recipe in jobs.items():
        if (folder / "metrics.json").exists():
            train(recipe, data, folder)  # sees that it is the same recipe
        else:
            left[folder] = recipe
    done = len(jobs) - len(left)
    progress(done, {})
    trained = _on_cluster(left, data) if on_cluster else _here(left, data, workers)
    for folder, files, logs in trained:
        _write(folder, files)
        done += 1
        progress(done, logs)


def _here(left: "dict[Path, Recipe]", data: Dataset, workers: int) -> Iterator[Trained]:
    need("datasets", "Training side by side")
    import joblib

    threads = max(1, joblib.cpu_count() // workers)
    # Batches of one: a training takes so long that handing it over costs nothing.
    parallel = joblib.Parallel(n_jobs=workers, batch_size=1, return_as="generator_unordered")
    train = joblib.delayed(_train)
    parent = os.getpid()
    calls = [train(folder, asdict(job), data, threads, parent) for folder, job in left.items()]
    with _interrupts_ignored():
        trained = parallel(calls)
    yield from trained


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started meanwhile go on ignoring Ctrl-C: this one ends them, without noise."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _on_cluster(left: "dict[Path, Recipe]", data: Dataset) -> Iterator[Trained]:
    import ray

    # Sent once to each machine, not with each training.
    shared = ray.put(data)
    # Ray counts on one core a training. One whose machine is lost starts again on another.
    train = ray.remote(num_cpus=1, max_retries=3)(_train_elsewhere)
    waiting = [train.remote(folder, asdict(job), shared) for folder, job in left.items()]
    while waiting:
        (first,), waiting = ray.wait(waiting)
        try:
            yield ray.get(first)
        except ray.exceptions.RayTaskError as error:
            # Its own message is the whole traceback.
            raise error.cause from None


def _train(
    folder: Path, recipe: dict[str, Any], data: Dataset, threads: int, parent: int
) -> Trained:
    if os.getpid() != parent:
        _end_with(parent)
    # Read when TensorFlow starts its threads, with the first operation.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    import_keras()
    import keras

    from .recipe import Recipe
    from .run import train

    keras.backend.clear_session()
    return folder, {}, train(Recipe(**recipe), data, folder)["history"][-1]


@functools.cache
def _end_with(parent: int) -> None:
    """End this process, once, when the one that started it is gone: killed, say."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _train_elsewhere(folder: Path, recipe: dict[str, Any], data: Dataset) -> Trained:
    """The other machine shares no disk with this one: the run's files come back as bytes."""
    with tempfile.TemporaryDirectory() as name:
        # Ray ends its workers by itself.
        _, _, logs = _train(Path(name), recipe, data, threads=1, parent=os.getpid())
        return folder, {path.name: path.read_bytes() for path in Path(name).iterdir()}, logs


def _write(folder: Path, files: dict[str, bytes]) -> None:
    if not files:
        return
    with locked(folder), Outputs() as outputs:
        # The metrics last: they mark the run as finished.
        for name in sorted(files, key=lambda name: name == "metrics.json"):
            outputs.binary(folder / name, files[name])


@contextmanager
def cluster(address: str) -> Iterator[None]:
    """A connection to a Ray cluster, whose machines have this package installed.

    Args:
        address: `host:port` of its head, `auto` for the one that runs on this machine, or
            `local` to start one here for the length of the block.

    Raises:
        InputError: Ray is not installed, or there is no such cluster.
    """
    # Ray reports its use to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    need("ray", "Training on a cluster")
    import ray

    _check_address(address)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False if address == "local" else None,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError(_no_cluster(address)) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    if address in ("auto", "local"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), SECONDS_TO_CONNECT).close()
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(_no_cluster(address)) from error


def _no_cluster(address: str) -> str:
    return f"no Ray cluster at {address!r}; expected host:port, auto, or local to start one here"
