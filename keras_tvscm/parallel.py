"""Trainings side by side: over the cores of this machine, or over a Ray cluster."""

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from keras_tvscm.console import import_tensorflow
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, replacing

if TYPE_CHECKING:
    from keras_tvscm.training import Recipe

Progress = Callable[[int, dict[str, float]], None]


def train_all(
    jobs: "dict[Path, Recipe]", data: Dataset, progress: Progress, *, workers: int, ray: str | None
) -> None:
    """Train every recipe into its folder; what is finished there is not trained again.

    Args:
        jobs: run folders and what to train into them.
        data: the data set of all of them.
        progress: called after each training with the number done and its last scores.
        workers: trainings at a time, each with its share of the cores.
        ray: address of a Ray cluster ("auto" finds one, "local" starts one); None trains here.

    Raises:
        InputError: a folder holds another run, or there is no such cluster.
    """
    left = {folder: job for folder, job in jobs.items() if not (folder / "metrics.json").exists()}
    # Ray counts on one core a call.
    threads = 1 if ray else max(1, len(os.sched_getaffinity(0)) // workers)
    done = len(jobs) - len(left)
    if done:
        progress(done, {})
    with _cluster(ray) if ray else nullcontext():
        parallel = joblib.Parallel(
            n_jobs=-1 if ray else workers, batch_size=1, return_as="generator_unordered"
        )
        if ray:
            calls = [
                joblib.delayed(_elsewhere)(folder, asdict(job), data)
                for folder, job in left.items()
            ]
        else:
            calls = [
                joblib.delayed(_here)(folder, asdict(job), data, threads)
                for folder, job in left.items()
            ]
        for folder, files, logs in parallel(calls):
            _write(folder, files)
            done += 1
            progress(done, logs)


def _here(
    folder: Path, recipe: "dict[str, Any]", data: Dataset, threads: int
) -> tuple[Path, Any, Any]:
    # Read when TensorFlow starts its threads, with the first operation.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    import_tensorflow()
    import keras

    from keras_tvscm.training import Recipe, train

    keras.backend.clear_session()
    return folder, {}, train(Recipe(**recipe), data, folder)["history"][-1]


def _elsewhere(
    folder: Path, recipe: dict[str, Any], data: Dataset, threads: int
) -> tuple[Path, dict[str, bytes], dict[str, float]]:
    """The other machine shares no disk with this one: the run's files come back as bytes."""
    with tempfile.TemporaryDirectory() as name:
        _, _, logs = _here(Path(name), recipe, data, threads)
        return folder, {path.name: path.read_bytes() for path in Path(name).iterdir()}, logs


def _write(folder: Path, files: dict[str, bytes]) -> None:
    if files:
        make_folder(folder)
    # The metrics last: they mark the run as finished.
    for name in sorted(files, key=lambda name: name == "metrics.json"):
        with replacing(folder / name) as temporary:
            temporary.write_bytes(files[name])


def _cluster(address: str) -> AbstractContextManager[Any]:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise InputError("--ray needs Ray: pip install 'keras-tvscm[ray]'") from None
    try:
        ray.init(address=None if address == "local" else address, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise InputError(f"no Ray cluster at {address!r}: start one with ray start") from error
    register_ray()
    return joblib.parallel_config(backend="ray")
