"""The study: patterns chosen on validation rows, then a table over seeds."""

import json
import shutil
import statistics
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Split
from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies import accuracy
from keras_tvscm.models import stacks
from keras_tvscm.patterns.pattern import Pattern, resolve
from keras_tvscm.training import run as run_module
from keras_tvscm.training.pattern_search import Scorer
from keras_tvscm.training.recipe import Recipe, run_name

from ...fitted import untrained_fit

RUN = {
    "test": {"accuracy": 0.5, "macro_f1": 0.5, "recall": [0.5]},
    "validation": {"accuracy": 0.5},
    "parameters": 1,
    "pattern_bytes": 0,
    "nonzeros": 0,
    "operations": {"multiplications": 2, "additions": 3},
    "recipe": {"epochs": 1, "seed": 0},
    "seconds": 1.0,
}
# Of 8 features: no more than two offsets are drawn, none of sixteen for heads-random.
LABELS = [
    "dense",
    "dense of equal size",
    "softmax regression (head alone)",
    "symmetric circulant (upper bound of one layer)",
    "tvscm, banded",
    "tvscm, complete",
    "tvscm, best random of 2 offsets",
    "tvscm, best half",
    "tvscm, search, 1 nonzero",
    "tvscm, search, 2 nonzero",
    "tvscm, learned",
    "tvscm, learned, 2 nonzero",
    "fastest, frontier",
]
SMALL = {"seeds": 2, "draws": 3, "tries": 2, "epochs": 1}


class Unread:
    """A part of a data set that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test part was read: {name}")


class Stop(Exception):
    pass


@contextmanager
def bar(total, label):
    yield lambda done, logs: None


@pytest.fixture(scope="module", autouse=True)
def few_networks():
    """Of the stacks one that 8 features are too few for, and a small one; none is trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stacks, "NAMES", ("heads-random", "fastest"))
        patch.setattr(run_module, "draw", lambda history, path: Path(path).touch())
        patch.setattr(run_module, "fit", untrained_fit)
        # Set before a training in this process would set them for the rest of the tests.
        patch.setenv("TF_NUM_INTRAOP_THREADS", "1")
        patch.setenv("TF_NUM_INTEROP_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def results(tiny, folder):
    """Of a whole study, which lies in `folder`."""
    return study(tiny, folder)


@pytest.fixture
def no_training(monkeypatch):
    def fit(*arguments, **options):
        raise AssertionError("a network was trained")

    monkeypatch.setattr(run_module, "fit", fit)


def study(data, folder, **options):
    return accuracy.reproduce(data, folder, bar, command="tvscm x", **SMALL | options)


def wide(data, features):
    """The same rows with zeros behind them."""

    def part(one):
        return Split(np.pad(one.x, ((0, 0), (0, features - one.x.shape[1]))), one.y)

    return replace(
        data, train=part(data.train), validation=part(data.validation), test=part(data.test)
    )


def test_the_rows_are_chosen_without_the_test_part(tiny, tmp_path):
    hidden = replace(tiny, test=Unread())
    rows = accuracy.entries(hidden, tmp_path, bar, draws=3, tries=2)
    assert [row.label for row in rows] == LABELS
    assert rows == accuracy.entries(tiny, tmp_path, bar, draws=3, tries=2)


@pytest.mark.parametrize(
    ("features", "budgets", "more"), [(8, [1, 2], False), (16, [1, 2, 4], True)]
)
def test_every_pattern_is_one_that_the_width_has(tiny, tmp_path, features, budgets, more):
    rows = accuracy.entries(wide(tiny, features), tmp_path, bar, draws=2, tries=1)
    patterns = {row.label: row.pattern for row in rows}
    assert ("tvscm, best random of more" in patterns) == more
    for budget in budgets:
        found = resolve(patterns[f"tvscm, search, {budget} nonzero"], features)
        assert len(found.a + found.b) == budget
    assert [label for label in patterns if "search" in label] == [
        f"tvscm, search, {budget} nonzero" for budget in budgets
    ]


def test_the_best_of_the_drawn_patterns_stand_in_the_table(tiny, results):
    table = {row["label"]: row["pattern"] for row in results["table"]}
    scorer = Scorer(tiny)
    for label, kind in (
        ("tvscm, best random of 2 offsets", "random:k=1,seed="),
        ("tvscm, best half", "half:seed="),
    ):
        scores = {f"{kind}{seed}": scorer.score(resolve(f"{kind}{seed}", 8)) for seed in range(3)}
        assert table[label] == max(scores, key=scores.get)


def test_the_searched_patterns_stand_in_the_table(results, folder):
    kept = json.loads((folder / "search.json").read_text())
    assert results["search"] == kept
    table = {row["label"]: row["pattern"] for row in results["table"]}
    for budget, step in enumerate(kept["steps"], 1):
        found = resolve(table[f"tvscm, search, {budget} nonzero"], 8)
        assert found == Pattern(8, step["a"], step["b"], found.label)


def test_the_table_is_that_of_the_runs(results, folder):
    assert results == json.loads((folder / "results.json").read_text())
    assert [row["label"] for row in results["table"]] == LABELS
    runs = {}
    for path in (folder / "runs").glob("*/metrics.json"):
        run = json.loads(path.read_text())
        assert run["recipe"]["dataset"] == "tiny"
        assert path.parent.name == run_name(Recipe(**run["recipe"]))
        runs[run["recipe"]["network"], run["recipe"]["pattern"], run["recipe"]["seed"]] = run
    assert len(runs) == 2 * len(LABELS)
    for row in results["table"]:
        one, two = (runs[row["network"], row["pattern"], seed] for seed in (0, 1))
        percent = [100 * run["test"]["accuracy"] for run in (one, two)]
        assert row["accuracy"] == percent
        assert row["seeds"] == [0, 1]
        assert row["mean"] == pytest.approx(sum(percent) / 2)
        assert row["deviation"] == pytest.approx(abs(percent[0] - percent[1]) / 2**0.5)
        for key, values in {
            "macro_f1": [run["test"]["macro_f1"] for run in (one, two)],
            "validation": [100 * run["validation"]["accuracy"] for run in (one, two)],
            "nonzeros": [run["nonzeros"] for run in (one, two)],
            "operations": [sum(run["operations"].values()) for run in (one, two)],
        }.items():
            assert row[key] == pytest.approx(statistics.mean(values)), key
        assert row["most_operations"] == max(sum(run["operations"].values()) for run in (one, two))
        assert row["recall"] == pytest.approx(
            np.mean([run["test"]["recall"] for run in (one, two)], axis=0).tolist()
        )
        assert (row["epochs"], row["paper"]) == (1, None)
    assert results["training_seconds"] == round(sum(run["seconds"] for run in runs.values()), 1)


def test_what_the_networks_hold_and_compute(results):
    rows = {row["label"]: row for row in results["table"]}

    def figures(label):
        names = ("parameters", "pattern_bytes", "nonzeros", "operations")
        return tuple(rows[label][name] for name in names)

    head = 2 * 8 * 3
    assert figures("dense") == (8 * 8 + 8 + 8 * 3 + 3, 0, 0, 2 * 8 * 8 + head)
    assert figures("softmax regression (head alone)") == (8 * 3 + 3, 0, 0, head)
    # One input and two others an output: two additions, two products.
    assert figures("tvscm, banded") == (2 + 8 * 3 + 3, 1, 2, 8 * 4 + head)
    assert figures("tvscm, search, 1 nonzero")[:3] == (2 + 8 * 3 + 3, 1, 1)
    assert rows["tvscm, learned, 2 nonzero"]["nonzeros"] <= 2


def test_a_finished_study_trains_nothing(tiny, results, folder, no_training):
    runs = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*")}
    again = study(tiny, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*")} == runs
    assert again | {"seconds": 0} == results | {"seconds": 0}


def test_a_study_of_other_epochs_is_another(tiny, results, folder, no_training):
    with pytest.raises(
        InputError, match=r"holds a run with epochs=1, not 2; choose another folder"
    ):
        study(tiny, folder, epochs=2)


def test_a_stopped_study_goes_on(tiny, results, folder, tmp_path, eager):
    """Stopped in the search, then after a training; what was done is not done again."""
    said = []

    def stopping(at):
        @contextmanager
        def stopping_bar(total, label):
            def progress(done, logs):
                said.append((label, done))
                if (label, done) == at:
                    raise Stop

            yield progress

        return stopping_bar

    def stopped(at):
        said.clear()
        with pytest.raises(Stop):
            accuracy.reproduce(tiny, tmp_path, stopping(at), **SMALL)
        return said[0]

    assert stopped(("search for sparse patterns", 1)) == ("search for sparse patterns", 1)
    assert stopped(("trainings", 2)) == ("search for sparse patterns", 2)
    assert len(list(tmp_path.glob("runs/*/metrics.json"))) == 2
    stopped(("trainings", 3))
    assert [done for label, done in said if label == "trainings"] == [2, 3]
    assert (tmp_path / "search.json").read_text() == (folder / "search.json").read_text()


def test_the_markdown_says_what_the_json_says(tiny, results, folder):
    text = (folder / "results.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, rule, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert head[-3:] == ["recall low", "recall mid", "recall high"]
    assert {len(row) for row in (head, rule, *rows)} == {11}
    assert len(rows) == len(results["table"])
    for cells, row in zip(rows, results["table"], strict=True):
        assert cells == [
            row["label"],
            f"{row['parameters']:,}",
            f"{row['pattern_bytes']:,}" if row["pattern_bytes"] else "",
            f"{row['nonzeros']:,.0f}" if row["nonzeros"] else "",
            f"{row['operations']:,.0f}",
            f"{row['mean']:.2f} ± {row['deviation']:.2f}",
            "",
            f"{row['macro_f1']:.3f}",
            *(f"{recall:.3f}" for recall in row["recall"]),
        ]
        if row["pattern"]:
            assert f"`{row['pattern']}` ({row['label']})" in text
    commonest = int(np.bincount(tiny.train.y).argmax())
    share = 100 * np.mean(tiny.test.y == commonest)
    assert results["majority"] == {
        "class": ("low", "mid", "high")[commonest],
        "accuracy": pytest.approx(share),
    }
    assert f"Always answering {results['majority']['class']!r} scores {share:.2f} %." in text
    assert "over seeds [0, 1], 45 test rows" in text
    assert "Command: `tvscm x`" in text
    for key, value in (results["machine"] | results["versions"]).items():
        assert f"{key} {value}" in text


def test_the_plot_of_the_markdown_is_there(results, folder):
    assert "(frontier.svg)" in (folder / "results.md").read_text()
    assert (folder / "frontier.svg").read_text().lstrip().startswith("<?xml")


def row_of(network, data, runs=1):
    return accuracy._row(accuracy.Entry("", network), [RUN] * runs, data)


def test_one_seed_has_no_deviation_and_many_classes_no_recalls(results):
    table = [row | {"deviation": None} for row in results["table"]]
    many = results | {"table": table, "classes": list("abcdef")}
    text = accuracy.as_markdown(many)
    assert "±" not in text.split("| network", 1)[1]
    assert "recall" not in text
    assert row_of("dense", "tiny")["deviation"] is None
    assert row_of("dense", "tiny", runs=2)["deviation"] == 0


def test_the_papers_figures_stand_beside_its_data_sets():
    found = {
        (data, network): row_of(network, data)["paper"]
        for data in ("mnist", "heartbeat", "digits")
        for network in ("dense", "tvscm", "softmax")
    }
    # arXiv 2605.16443.
    assert {key: value for key, value in found.items() if value} == {
        ("mnist", "dense"): 97.67,
        ("mnist", "tvscm"): 93.54,
        ("heartbeat", "dense"): 97.60,
        ("heartbeat", "tvscm"): 93.10,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 0}, "seeds, draws, tries and workers are at least 1"),
        ({"draws": 0}, "are at least 1"),
        ({"tries": 0}, "are at least 1"),
        ({"workers": 0}, "are at least 1"),
        ({"epochs": 0}, "Training takes at least 1 epoch. Received: 0"),
        ({"ray": "127.0.0.1:1"}, "no Ray cluster at '127.0.0.1:1'"),
        ({"ray": ""}, "no Ray cluster at ''"),
    ],
)
def test_bad_input_costs_no_training(tiny, tmp_path, no_training, options, message):
    if "ray" in options:
        pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(InputError, match=message):
        study(tiny, tmp_path / "study", **options)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over_a_file(tiny, tmp_path, no_training):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="it is a file; name a folder"):
        study(tiny, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_the_cluster_is_there_from_before_the_search_to_the_end(tiny, tmp_path, monkeypatch):
    order = []

    @contextmanager
    def cluster(address):
        order.append(f"connect {address}")
        yield
        order.append("disconnect")

    def train_all(jobs, data, progress, *, workers, on_cluster):
        order.append(f"train on_cluster={on_cluster}")
        raise Stop

    @contextmanager
    def noting(total, label):
        order.append(label)
        yield lambda done, logs: None

    monkeypatch.setattr(accuracy, "cluster", cluster)
    monkeypatch.setattr(accuracy, "train_all", train_all)
    with pytest.raises(Stop):
        accuracy.reproduce(tiny, tmp_path, noting, ray="head:1", **SMALL)
    assert order == [
        "connect head:1",
        "search for sparse patterns",
        "score drawn patterns",
        "trainings",
        "train on_cluster=True",
    ]


def test_a_row_is_trained_again_into_the_results(tiny, results, folder, tmp_path, eager):
    shutil.copy(folder / "results.json", tmp_path)
    before = json.loads((tmp_path / "results.json").read_text())
    again = study(tiny, tmp_path, networks=["fastest"], seeds=1)
    changed = [
        (old["label"], new["seeds"], new["machine"] == again["machine"])
        for old, new in zip(before["table"], again["table"], strict=True)
        if old != new
    ]
    assert changed == [("fastest, frontier", [0], True)]
    assert again | {"table": None} == before | {"table": None}
    page = (tmp_path / "results.md").read_text()
    assert page.count("Command: `tvscm x`.") == 2
    assert "Trained again since: fastest, frontier." in page


@pytest.mark.parametrize(
    ("networks", "message"),
    [(["dense"], "no row of 'dense'; expected "), (["stack"], "no row of 'stack'")],
)
def test_only_rows_that_are_there_are_trained_again(tiny, results, folder, networks, message):
    with pytest.raises(InputError, match=message):
        study(tiny, folder, networks=networks)


def test_there_have_to_be_results_to_replace_a_row_in(tiny, tmp_path, no_training):
    with pytest.raises(InputError, match=r"cannot read .*results\.json"):
        study(tiny, tmp_path, networks=["fastest"])
