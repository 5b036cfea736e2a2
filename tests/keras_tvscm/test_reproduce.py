"""The study: patterns chosen on validation rows, then a table over seeds."""

import json
import statistics
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm import networks, reproduce, training
from keras_tvscm.errors import InputError
from keras_tvscm.pattern import resolve
from keras_tvscm.training import recipe_for

RUN = {
    "test": {"accuracy": 0.5, "macro_f1": 0.5, "recall": [0.5]},
    "validation": {"accuracy": 0.5},
    "parameters": 1,
    "recipe": {"epochs": 1, "seed": 0},
}
LABELS = [
    "dense",
    "tvscm, best fixed pattern",
    "tvscm, best with two offsets",
    "tvscm, banded",
    "tvscm, complete",
    "softmax (head alone)",
]


class Unread:
    """A part of a data set that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test part was read: {name}")


class Stop(Exception):
    pass


@contextmanager
def bar(total, label):
    yield lambda done, logs: None


@contextmanager
def without_training():
    """In place of `training.fit`, untrained networks at once; yields the recipes asked for.

    Validation accuracy depends on pattern and epochs, so that the second round changes the
    order of the first.
    """
    recipes = []

    def fit(recipe, data, progress=None, checkpoints=None):
        recipes.append(recipe)
        pattern = {} if recipe.pattern is None else {"pattern": recipe.pattern}
        model = networks.build(recipe.network, training.task_for(data), seed=recipe.seed, **pattern)
        accuracy = validation_accuracy(recipe.pattern or "", recipe.epochs)
        logs = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": accuracy}
        return model, [logs] * recipe.epochs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "fit", fit)
        yield recipes


@pytest.fixture
def fitted():
    with without_training() as recipes:
        yield recipes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def results(tiny, folder):
    """Of a whole study, which lies in `folder`."""
    with without_training() as recipes:
        results = study(tiny, folder)
        assert len(recipes) >= 12
    return results


def validation_accuracy(spec, epochs):
    return sum(map(ord, spec)) * 7 * epochs % 101 / 101


def study(data, folder, **options):
    options = {"seeds": 2, "draws": 1, "screening_epochs": 1} | options
    return reproduce.reproduce(data, folder, bar, epochs=2, command="tvscm x", **options)


def test_candidates_are_patterns_that_the_width_has():
    for features in (8, 64, 187, 784):
        specs = reproduce.candidates(features, draws=3)
        assert len(set(specs)) == len(specs)
        assert [resolve(spec, features).label for spec in specs] == specs
    # 3 of the kinds random with k = 1, 2, 4, 8, 16 and half; 4 that are not drawn.
    assert len(reproduce.candidates(784, draws=3)) == 4 + 3 * 6


@pytest.mark.parametrize(
    ("spec", "count"), [("banded", 2), ("complete", 33), ("random:k=4", 8), ("half", 33)]
)
def test_nonzero_offsets(spec, count):
    assert reproduce.nonzero_offsets(spec, 64) == count


@pytest.mark.parametrize("screening_epochs", [1, 2, 9])
def test_the_chosen_pattern_is_the_best_of_the_finalists(tiny, tmp_path, fitted, screening_epochs):
    specs = reproduce.candidates(64, draws=2)
    recipe = recipe_for("tiny", "tvscm", epochs=2)
    wide = replace(tiny, train=replace(tiny.train, x=np.zeros((9, 64), np.float32)))
    chosen = reproduce.choose(
        specs, wide, recipe, tmp_path / "kept", bar, screening_epochs=screening_epochs
    )
    rounds = json.loads((tmp_path / "kept").read_text())["validation_accuracy"]
    first = rounds[str(min(screening_epochs, 2))]
    assert first == {spec: validation_accuracy(spec, min(screening_epochs, 2)) for spec in specs}
    finalists = sorted(first, key=first.get)[-5:]
    assert chosen == max(finalists, key=rounds["2"].get)
    assert len(fitted) == len(specs) + (5 if screening_epochs == 1 else 0)


def test_a_stopped_choice_goes_on(tiny, tmp_path, fitted):
    specs, recipe = reproduce.candidates(8, draws=1), recipe_for("tiny", "tvscm", epochs=2)

    @contextmanager
    def stopping(total, label):
        def progress(done, logs):
            if done == 3:
                raise Stop

        yield progress

    with pytest.raises(Stop):
        reproduce.choose(specs, tiny, recipe, tmp_path / "kept", stopping, screening_epochs=1)
    assert [one.pattern for one in fitted] == specs[:3]
    fitted.clear()
    reproduce.choose(specs, tiny, recipe, tmp_path / "kept", bar, screening_epochs=1)
    assert [one.pattern for one in fitted if one.epochs == 1] == specs[3:]


@pytest.mark.parametrize("change", ["dataset", "learning_rate", "older"])
def test_the_choice_of_another_study_is_not_taken_over(tiny, tmp_path, fitted, change):
    specs, recipe, kept = ["banded"], recipe_for("tiny", "tvscm", epochs=2), tmp_path / "kept"
    reproduce.choose(specs, tiny, recipe, kept, bar, screening_epochs=1)
    if change == "dataset":
        tiny = replace(tiny, name="other")
    elif change == "learning_rate":
        recipe = replace(recipe, learning_rate=0.1)
    else:
        kept.write_text('{"1": {"banded": 0.9}}')
    before = kept.read_text()
    with pytest.raises(InputError, match=r"is of another study than .*; choose another --out"):
        reproduce.choose(specs, tiny, recipe, kept, bar, screening_epochs=1)
    assert kept.read_text() == before


def test_the_choice_trains_and_does_not_look_at_the_test_part(tiny, tmp_path, eager):
    """With real trainings: what is kept is what `fit` says."""
    recipe = recipe_for("tiny", "tvscm", epochs=2, learning_rate=0.03)
    hidden = replace(tiny, test=Unread())
    specs = ["banded", "complete"]
    chosen = reproduce.choose(specs, hidden, recipe, tmp_path / "kept", bar, screening_epochs=1)
    rounds = json.loads((tmp_path / "kept").read_text())["validation_accuracy"]
    expected = {}
    for epochs in (1, 2):
        for spec in specs:
            _, history = training.fit(replace(recipe, pattern=spec, epochs=epochs), hidden)
            expected.setdefault(str(epochs), {})[spec] = history[-1]["val_accuracy"]
    assert rounds == {key: pytest.approx(value) for key, value in expected.items()}
    assert chosen == max(specs, key=expected["2"].get)


def test_the_table_is_that_of_the_runs(results, folder):
    assert results == json.loads((folder / "results.json").read_text())
    assert [row["label"] for row in results["table"]] == LABELS
    runs = {}
    for path in (folder / "runs").glob("*/metrics.json"):
        run = json.loads(path.read_text())
        assert run["recipe"]["dataset"] == "tiny"
        assert path.parent.name == training.run_name(training.Recipe(**run["recipe"]))
        runs[run["recipe"]["network"], run["recipe"]["pattern"], run["recipe"]["seed"]] = run
    for row in results["table"]:
        network = row["label"].split()[0].rstrip(",")
        tests = [runs[network, row["pattern"], seed]["test"] for seed in (0, 1)]
        percent = [100 * test["accuracy"] for test in tests]
        assert row["accuracy"] == percent
        assert row["seeds"] == [0, 1]
        assert row["mean"] == pytest.approx(sum(percent) / 2)
        assert row["deviation"] == pytest.approx(abs(percent[0] - percent[1]) / 2**0.5)
        assert row["macro_f1"] == pytest.approx(statistics.mean(t["macro_f1"] for t in tests))
        assert row["recall"] == pytest.approx(
            [(one + two) / 2 for one, two in zip(*(t["recall"] for t in tests), strict=True)]
        )
        assert (row["epochs"], row["paper"]) == (2, None)
    by_label = {row["label"]: row for row in results["table"]}
    assert by_label["dense"]["parameters"] == 8 * 8 + 8 + 8 * 3 + 3
    assert by_label["softmax (head alone)"]["parameters"] == 8 * 3 + 3
    assert by_label["tvscm, banded"]["pattern"] == "banded"
    assert by_label["tvscm, complete"]["pattern"] == "complete"


def test_the_best_patterns_stand_in_the_table(results):
    table = {row["label"]: row["pattern"] for row in results["table"]}
    specs = reproduce.candidates(8, draws=1)
    sparse = [spec for spec in specs if len(resolve(spec, 8).a + resolve(spec, 8).b) == 2]
    for label, among in (("tvscm, best fixed pattern", specs), (LABELS[2], sparse)):
        finalists = sorted(among, key=lambda spec: -results["choice"]["1"][spec])[:5]
        assert table[label] == max(finalists, key=results["choice"]["2"].get)


def test_a_finished_study_trains_nothing(tiny, results, folder, fitted):
    runs = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*")}
    again = study(tiny, folder)
    assert fitted == []
    assert {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*")} == runs
    assert again | {"seconds": 0} == results | {"seconds": 0}


def test_the_markdown_says_what_the_json_says(tiny, results, folder):
    text = (folder / "results.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, rule, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert head[-3:] == ["recall low", "recall mid", "recall high"]
    assert {len(row) for row in (head, rule, *rows)} == {9}
    assert len(rows) == len(results["table"])
    for cells, row in zip(rows, results["table"], strict=True):
        assert cells == [
            row["label"],
            row["pattern"] or "",
            str(row["parameters"]),
            f"{row['mean']:.2f} ± {row['deviation']:.2f}",
            "",
            f"{row['macro_f1']:.3f}",
            *(f"{recall:.3f}" for recall in row["recall"]),
        ]
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


def test_one_seed_has_no_deviation_and_many_classes_no_recalls(results):
    table = [row | {"deviation": None} for row in results["table"]]
    many = results | {"table": table, "classes": list("abcdef")}
    text = reproduce.as_markdown(many)
    assert "±" not in text.split("| network", 1)[1]
    assert "recall" not in text
    assert reproduce._row("", "dense", None, [RUN], "tiny")["deviation"] is None


def test_the_papers_figures_stand_beside_its_data_sets():
    found = {
        (data, network): reproduce._row("", network, None, [RUN], data)["paper"]
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


def test_bad_input_costs_no_training(tiny, tmp_path, fitted):
    (tmp_path / "file").write_text("mine")
    for options in ({"seeds": 0}, {"draws": 0}, {"screening_epochs": 0}):
        with pytest.raises(InputError, match="at least 1"):
            study(tiny, tmp_path / "study", **options)
    with pytest.raises(InputError, match="it is a file; name a folder"):
        study(tiny, tmp_path / "file")
    assert fitted == []
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
