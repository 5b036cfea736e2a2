"""Trainings side by side: the same results wherever they run, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies.accuracy import reproduce
from keras_tvscm.training import parallel
from keras_tvscm.training.parallel import cluster, train_all
from keras_tvscm.training.recipe import recipe_for
from keras_tvscm.training.run import train

from ...conftest import without_compilation

FILES = ["curves.svg", "metrics.json", "model.keras"]


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """Set before a training in this process would set them for the rest of the tests."""
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "1")


@pytest.fixture
def jobs(tmp_path):
    return {
        tmp_path / f"runs/{seed}": recipe_for("tiny", "softmax", seed=seed, epochs=1)
        for seed in (0, 1)
    }


@pytest.fixture
def said():
    return []


@pytest.fixture
def progress(said):
    return lambda done, logs: said.append((done, logs))


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text())


def check_complete(jobs, said, data, tmp_path):
    """Every folder as a training in this process makes it, and no file besides."""
    for seed, (folder, recipe) in enumerate(jobs.items()):
        assert sorted(path.name for path in folder.iterdir()) == FILES
        with without_compilation():
            expected = train(recipe, data, tmp_path / f"alone/{seed}")
        found = metrics_of(folder)
        assert found["recipe"] == expected["recipe"]
        # Another number of threads, or compilation, sums in another order.
        assert found["history"][0] == pytest.approx(expected["history"][0], rel=1e-4)
        assert found["test"] == expected["test"]
    assert [done for done, _ in said] == [0, 1, 2]
    scores = [metrics_of(folder)["history"][-1] for folder in jobs]
    assert sorted(scores, key=str) == sorted((logs for _, logs in said[1:]), key=str)


def bad(tmp_path):
    """A recipe that only its training finds to be wrong."""
    return {tmp_path / "bad": recipe_for("tiny", "tvscm", pattern="random:k=9", epochs=1)}


BAD = "A random pattern draws 2k of the 5 offsets of width 8. Received: k=9"


def test_in_this_process(tiny, jobs, said, progress, tmp_path, eager):
    train_all(jobs, tiny, progress)
    check_complete(jobs, said, tiny, tmp_path)
    with pytest.raises(InputError) as caught:
        train_all(bad(tmp_path), tiny, progress)
    assert str(caught.value) == BAD


def test_what_is_finished_is_not_trained_again(tiny, jobs, said, progress, eager):
    first, second = jobs
    train(jobs[first], tiny, first)
    before = (first / "metrics.json").stat().st_mtime_ns
    train_all(jobs, tiny, progress)
    assert (first / "metrics.json").stat().st_mtime_ns == before
    assert said == [(1, {}), (2, metrics_of(second)["history"][-1])]
    said.clear()
    train_all(jobs, tiny, progress)
    assert said == [(2, {})]

    other = {second: jobs[first]}
    with pytest.raises(InputError, match="holds a run with seed=1, not 0; choose another folder"):
        train_all(other, tiny, progress)


@pytest.mark.slow
def test_two_at_a_time(tiny, jobs, said, progress, tmp_path):
    train_all(jobs, tiny, progress, workers=2)
    check_complete(jobs, said, tiny, tmp_path)
    with pytest.raises(InputError) as caught:
        train_all(
            bad(tmp_path) | {tmp_path / "more": jobs[tmp_path / "runs/0"]},
            tiny,
            progress,
            workers=2,
        )
    assert str(caught.value) == BAD


@pytest.mark.slow
def test_on_a_cluster_of_two_machines(tiny, jobs, said, progress, tmp_path):
    """Two nodes of one core each, on this machine: files come back over the network."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray.cluster_utils import Cluster

    nodes = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        nodes.add_node(num_cpus=1)
        with cluster(nodes.address):
            train_all(jobs, tiny, progress, on_cluster=True)
            check_complete(jobs, said, tiny, tmp_path)
            with pytest.raises(InputError) as caught:
                train_all(bad(tmp_path), tiny, progress, on_cluster=True)
    finally:
        nodes.shutdown()
    assert str(caught.value) == BAD
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1", "127.0.0.1:port", ":99999999", ""])
def test_no_cluster(address):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(InputError) as caught, cluster(address):
        pass
    assert str(caught.value) == (
        f"no Ray cluster at {address!r}; expected host:port, auto, or local to start one here"
    )


def test_no_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError) as caught, cluster("local"):
        pass
    assert str(caught.value) == (
        "Training on a cluster needs ray, which is not installed: pip install 'keras-tvscm[ray]'"
    )


def test_files_from_elsewhere_arrive_with_the_metrics_last(tmp_path, monkeypatch):
    renamed = []
    replace = Path.replace

    def noting(path, target):
        renamed.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", noting)
    parallel._write(tmp_path / "run", {"metrics.json": b"1", "model.keras": b"2", "a.svg": b"3"})
    assert renamed[-1] == "metrics.json"
    assert (tmp_path / "run/model.keras").read_bytes() == b"2"


def in_session(session):
    """The processes of a session, but for those that have ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(of) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


def wait_for(condition, process):
    for _ in range(3000):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("nothing happened in five minutes")


ENDLESS = (
    "study reproduce six.npz --seeds 2 --draws 1 --tries 1 --epochs 100000 --workers 2 --out study"
)


def wait_for_end(session):
    for _ in range(200):
        if not in_session(session):
            break
        time.sleep(0.1)
    assert in_session(session) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(tmp_path):
    """And as long as it lives nobody else trains into its folder."""
    x, y = np.random.default_rng(0).random((90, 6)), np.arange(90) % 3
    np.savez(tmp_path / "six.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    script = "import sys; sys.argv[0] = 'tvscm'; from keras_tvscm.cli import main; main()"
    command = [sys.executable, "-c", script, *ENDLESS.split()]
    process = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    try:
        runs = tmp_path / "study" / "runs"
        wait_for(lambda: len(list(runs.glob("*/checkpoint.json"))) >= 2, process)
        with pytest.raises(InputError) as caught:
            reproduce(load(str(tmp_path / "six.npz")), tmp_path / "study", None)
        assert str(caught.value).endswith(
            f"study is being written by another process (pid {process.pid}); wait for it, "
            "or choose another folder"
        )
        process.kill()
        process.wait()
        wait_for_end(process.pid)
    finally:
        process.kill()
        process.wait()
        for left in in_session(process.pid):
            os.kill(left, signal.SIGKILL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_an_interruption_is_one_line_and_leaves_no_process(tmp_path):
    """The command, its two trainings at work, and Ctrl-C for all, as a terminal sends it."""
    x, y = np.random.default_rng(0).random((90, 6)), np.arange(90) % 3
    np.savez(tmp_path / "six.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    script = (
        # Whoever runs the tests in the background may have had Ctrl-C ignored from there on.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "sys.argv[0] = 'tvscm'; from keras_tvscm.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, *ENDLESS.split()],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        runs = tmp_path / "study" / "runs"
        wait_for(lambda: len(list(runs.glob("*/checkpoint.json"))) >= 2, process)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, "")
        assert err == (
            "tvscm: stopped; called again, train and the studies go on, evaluate with --resume\n"
        )
        # Whoever watches over shared memory sees the end a moment later.
        wait_for_end(process.pid)
    finally:
        for left in in_session(process.pid):
            os.kill(left, signal.SIGKILL)
