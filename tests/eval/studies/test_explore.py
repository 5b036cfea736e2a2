"""Networks of heads within a size, ranked without the test part."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies.explore import Limits, as_markdown, candidates, explore
from keras_tvscm.models import stacks
from keras_tvscm.models.networks import TASKS, stack_of
from keras_tvscm.training import run

from ...fitted import untrained_fit

SMALL = {"count": 4, "seeds": 2, "epochs": 3, "command": "tvscm x"}
LIMITS = Limits(60, 800)


class Unread:
    """A part of a data set that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test part was read: {name}")


@contextmanager
def bar(total, label):
    yield lambda done, logs: None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explored")


@pytest.fixture(scope="module")
def results(tiny, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "draw", lambda history, path: Path(path).touch())
        # Set before a training in this process would set them for the rest of the tests.
        patch.setenv("TF_NUM_INTRAOP_THREADS", "1")
        patch.setenv("TF_NUM_INTEROP_THREADS", "1")
        patch.setattr(run, "fit", untrained_fit)
        return explore(replace(tiny, test=Unread()), folder, bar, limits=LIMITS, **SMALL)


@pytest.mark.parametrize("name", ["mnist", "heartbeat", "digits"])
def test_candidates_fit_and_use_what_they_may(name):
    task, limits = TASKS[name], Limits(900, 30_000)
    found = candidates(task, limits, 12, seed=1)
    assert len(set(found)) == 12
    for network in found:
        parameters, operations = stacks.most(
            stack_of(network, task), task.features, task.image, task.classes
        )
        assert parameters <= 900
        assert operations <= 30_000
        if network not in stacks.NAMES:
            assert max(parameters / 900, operations / 30_000) >= 0.75
    assert found == candidates(task, limits, 12, seed=1)
    assert found != candidates(task, limits, 12, seed=2)


def test_networks_with_a_name_come_first():
    assert candidates(TASKS["heartbeat"], Limits(942, 12_300), 2, 0) == ["fast", "fastest"]
    everything = candidates(TASKS["mnist"], Limits(7_852), 5, 0)
    assert everything == ["heads", "heads-random", "stack", "tiny", "fast"]


def test_nothing_so_small():
    with pytest.raises(InputError, match="with at most 5 parameters and 10 operations; allow more"):
        candidates(TASKS["digits"], Limits(5, 10), 3, 0)


def test_the_best_are_trained_in_full(results, folder):
    table = results["table"]
    assert len(table) == 4
    assert [row["in_full"] for row in table] == [True, False, False, False]
    best = max(table, key=lambda row: row["first"])
    assert table[0]["first"] == best["first"]
    assert results["epochs"] == 3
    assert results["first_epochs"] == 1
    assert len(list((folder / "full").iterdir())) == 2
    for row in table:
        assert row["parameters"] <= 60
        assert row["most_operations"] <= 800
    scores = [
        100 * json.loads((run / "metrics.json").read_text())["validation"]["accuracy"]
        for run in (folder / "full").iterdir()
    ]
    assert table[0]["validation"] == pytest.approx(sum(scores) / 2)
    assert json.loads((folder / "results.json").read_text()) == results


def test_the_page_names_what_was_dropped(results):
    page = as_markdown(results)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 4
    assert sum(" dropped " in row for row in rows) == 3
    assert f"| `{results['table'][0]['network']}` |" in rows[0]
    assert "At most 60 parameters and 800 operations." in page
    assert "Command: `tvscm x`." in page


def test_a_finished_exploration_trains_nothing(results, tiny, folder, monkeypatch):
    def fit(*arguments, **options):
        raise AssertionError("a network was trained")

    monkeypatch.setattr(run, "fit", fit)
    again = explore(tiny, folder, bar, limits=LIMITS, **SMALL)
    assert again["table"] == results["table"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "candidates, seeds and workers are at least 1"),
        ({"limits": Limits(0)}, "parameters, operations"),
        ({"limits": Limits(9, 0)}, "parameters, operations"),
        ({"seed": -1}, "The seed of a draw is at least 0. Received: -1"),
        ({"epochs": 0}, "Training takes at least 1 epoch. Received: 0"),
    ],
)
def test_refuses(tiny, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        explore(tiny, tmp_path / "new", bar, **{"limits": LIMITS, **SMALL, **options})
    assert not (tmp_path / "new").exists()
