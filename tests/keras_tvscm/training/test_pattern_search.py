"""The search: what a score is, and that a stopped search goes on to the same patterns."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from keras_tvscm.datasets.dataset import Split
from keras_tvscm.errors import InputError
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern, resolve
from keras_tvscm.training import pattern_search
from keras_tvscm.training.pattern_search import ScoredPattern, Scorer, best_of

OPTIONS = {"nonzeros": 4, "tries": 2, "seed": 7}


class Unread:
    """A part of a data set that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test part was read: {name}")


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def scorer(tiny):
    return Scorer(tiny, rows=200, seed=3)


def search_in(folder, data, **options):
    return pattern_search.search(data, kept=folder / "kept.json", **OPTIONS | options)


@pytest.mark.parametrize(
    ("pattern", "a", "b"),
    [
        # One value alone has rows of norm one; two have sum zero and equal weight.
        (Pattern(8, [4], []), 1, 0),
        (Pattern(8, [1], []), 0.5**0.5, 0),
        (Pattern(8, [0], [4]), 0.5**0.5, -(0.5**0.5)),
        (Pattern(8, [0, 4], [2, 3]), 3**-0.5, -(12**-0.5)),
    ],
)
def test_a_score_is_that_of_a_ridge_head_on_the_layer_s_outputs(scorer, tiny, pattern, a, b):
    drawn = np.random.default_rng(3).permutation(len(tiny.train.x))[:200]
    matrix = circulant.matrix(circulant.first_row(pattern, a, b))
    head = RidgeClassifier(alpha=0.02)
    head.fit(np.maximum(tiny.train.x[drawn] @ matrix, 0), tiny.train.y[drawn])
    expected = head.score(np.maximum(tiny.validation.x @ matrix, 0), tiny.validation.y)
    assert scorer.score(pattern) == pytest.approx(expected)


@pytest.mark.parametrize("spec", ["banded", "complete", "half:seed=1", "offsets:a=3", "random:k=2"])
def test_known_sums_give_the_same_score(scorer, spec):
    pattern = resolve(spec, 8)
    matrices = [circulant.matrix(circulant.first_row(pattern, *ab)) for ab in ((1, 0), (0, 1))]
    sums = [scorer.sums(offsets) for offsets in (pattern.a, pattern.b)]
    for one, matrix in zip(sums, matrices, strict=True):
        np.testing.assert_allclose(one, scorer.x @ matrix, atol=1e-5)
    assert scorer.score_sums(pattern, *sums) == scorer.score(pattern)


def test_the_best_is_the_first_of_the_best():
    class Scores:
        def score(self, pattern):
            return {"one": 0.5, "two": 0.7, "three": 0.7}[pattern.label]

    patterns = [Pattern(8, [k], [], label) for k, label in enumerate(("one", "two", "three"))]
    assert best_of(Scores(), iter(patterns)) == ScoredPattern(patterns[1], 0.7)


def test_every_step_adds_an_offset_and_says_its_score(tiny, tmp_path):
    said = []
    found = search_in(tmp_path, tiny, progress=lambda number, logs: said.append((number, logs)))
    assert [len(one.pattern.a + one.pattern.b) for one in found] == [1, 2, 3, 4]
    scorer = Scorer(tiny, seed=7)
    assert [one.accuracy for one in found] == [scorer.score(one.pattern) for one in found]
    assert said == [(k, {"val_accuracy": one.accuracy}) for k, one in enumerate(found, 1)]
    for one in found:
        assert resolve(one.pattern.label, 8) == one.pattern


def test_the_first_offset_is_the_best_of_all_that_are_tried(tiny, tmp_path):
    (found,) = search_in(tmp_path, tiny, nonzeros=1, tries=5)
    scorer = Scorer(tiny, seed=7)
    scores = [scorer.score(Pattern(8, [k], [])) for k in range(5)]
    assert len(set(scores)) > 1
    assert found.accuracy == max(scores)


def test_an_exchange_keeps_what_is_better(scorer):
    gains = []
    for a, b in (([0], [1]), ([3, 4], []), ([2], [0, 4])):
        before = scorer.score(Pattern(8, a, b))
        step = {"a": a, "b": b, "accuracy": before}
        after = pattern_search._exchange(scorer, step, 5, np.random.default_rng(0))
        assert (len(after["a"]), len(after["b"])) == (len(a), len(b))
        assert after["accuracy"] == scorer.score(Pattern(8, after["a"], after["b"]))
        gains.append(after["accuracy"] - before)
    assert min(gains) >= 0
    assert max(gains) > 0


def test_the_seed_decides(tiny, tmp_path):
    patterns = []
    for number, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(number)
        patterns.append([one.pattern for one in search_in(folder, tiny, tries=1, seed=seed)])
    assert patterns[0] == patterns[1] != patterns[2]


@pytest.mark.parametrize("stop", [1, 3])
def test_a_stopped_search_goes_on(tiny, tmp_path, stop):
    whole = search_in(tmp_path / "whole", tiny)

    def progress(number, logs):
        if number == stop:
            raise Stop

    with pytest.raises(Stop):
        search_in(tmp_path, tiny, progress=progress)
    assert len(json.loads((tmp_path / "kept.json").read_text())["steps"]) == stop
    said = []
    found = search_in(tmp_path, tiny, progress=lambda number, logs: said.append(number))
    assert found == whole
    assert said == list(range(stop + 1, 5))
    assert (tmp_path / "kept.json").read_text() == (tmp_path / "whole/kept.json").read_text()


def test_a_smaller_budget_is_the_beginning_of_a_larger(tiny, tmp_path):
    found = search_in(tmp_path, tiny)
    before = (tmp_path / "kept.json").read_text()
    assert search_in(tmp_path, tiny, nonzeros=2) == found[:2]
    assert (tmp_path / "kept.json").read_text() == before


def test_the_test_part_is_not_read(tiny, tmp_path):
    found = search_in(tmp_path / "hidden", replace(tiny, test=Unread()))
    assert found == search_in(tmp_path, tiny)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nonzeros": 0}, "A budget of nonzero offsets is 1 to 5 here. Received: nonzeros=0"),
        ({"nonzeros": 6}, "A budget of nonzero offsets is 1 to 5 here. Received: nonzeros=6"),
        ({"seed": -1}, "The seed of a search is at least 0. Received: -1"),
        ({"tries": 0}, "A search tries at least 1 offset a step. Received: tries=0"),
    ],
)
def test_no_such_search(tiny, tmp_path, options, message):
    with pytest.raises(InputError) as caught:
        search_in(tmp_path, tiny, **options)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_every_offset_can_be_taken(tiny, tmp_path):
    last = search_in(tmp_path, tiny, nonzeros=5)[-1].pattern
    assert sorted(last.a + last.b) == [0, 1, 2, 3, 4]


def test_samples_that_no_head_can_be_fitted_to(tiny):
    huge = Split(tiny.train.x * np.float32(1e30), tiny.train.y)
    with pytest.raises(InputError, match=r"too large to score patterns on; scale them to 0\.\.1"):
        Scorer(replace(tiny, train=huge))


@pytest.mark.parametrize("change", [{"tries": 3}, {"seed": 8}, {"dataset": "other"}])
def test_the_file_of_another_search_is_not_taken_over(tiny, tmp_path, change):
    search_in(tmp_path, tiny, nonzeros=1)
    before = (tmp_path / "kept.json").read_text()
    data = replace(tiny, name=change.pop("dataset", "tiny"))
    with pytest.raises(InputError, match=r"kept.json is of another search than .*; choose another"):
        search_in(tmp_path, data, **change)
    assert (tmp_path / "kept.json").read_text() == before


def test_other_rows_under_one_name_are_another_search(tiny, tmp_path):
    steps = search_in(tmp_path, tiny)
    y = tiny.train.y[::-1].copy()
    with pytest.raises(InputError, match=r"kept.json is of another search"):
        search_in(tmp_path, replace(tiny, train=Split(tiny.train.x, y)))
    # Searches of before say nothing of their rows.
    kept = json.loads((tmp_path / "kept.json").read_text())
    del kept["data"]
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    assert search_in(tmp_path, tiny) == steps


STEP = {"a": [0], "b": [], "accuracy": 0.5}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (None, "is damaged; remove it to search again"),
        (3, "is damaged"),
        ([[0]], "is damaged"),
        ([{"a": [0], "b": []}], "is damaged"),
        ([STEP | {"accuracy": "good"}], "is damaged"),
        ([STEP | {"a": [9]}], "is damaged"),
        ([STEP | {"a": []}], "is damaged"),
        ([STEP, STEP], "is damaged"),
    ],
)
def test_a_damaged_file_is_one_line(tiny, tmp_path, steps, message):
    kept = {"dataset": "tiny", "tries": 2, "seed": 7} | ({"steps": steps} if steps else {})
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    with pytest.raises(InputError, match=message) as caught:
        search_in(tmp_path, tiny)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "another search")])
def test_a_file_of_something_else(tiny, tmp_path, text, message):
    (tmp_path / "kept.json").write_text(text)
    with pytest.raises(InputError, match=message):
        search_in(tmp_path, tiny)
