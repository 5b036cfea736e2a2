"""Sparse patterns chosen by validation accuracy, where gradients do not help.

A pattern is scored without training: the layer's outputs with balanced values, then the
head in closed form (ridge regression on one-hot classes). From one offset on, each step
tries a number of drawn offsets, keeps the best, and then tries to exchange old ones. The
sums of the offsets already chosen are kept, so that a trial costs two rolls and the head.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.files import make_folder, read_json, write_json
from keras_tvscm.patterns.circulant import eigenvalues, first_row
from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.pattern import Pattern

# Weight decay of the head, as a share of a training row's count; its exact value matters little.
ALPHA = 1e-4
LARGEST = 1e12

Rows = NDArray[np.float32]
Progress = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class ScoredPattern:
    """A pattern and what a ridge head scores on it.

    Attributes:
        pattern: the offsets.
        accuracy: on the validation part, 0 to 1; lower than after training.
    """

    pattern: Pattern
    accuracy: float


class Scorer:
    """Scores patterns on a fixed draw of training rows and the whole validation part.

    Args:
        data: a loaded data set; its test part is not read.
        rows: training rows to fit the head to.
        seed: draws them.

    Raises:
        InputError: samples too large to score patterns on, or the extra `datasets` is not
            installed.
    """

    def __init__(self, data: Dataset, rows: int = 8000, seed: int = 0) -> None:
        need("datasets", "Scoring patterns")
        drawn = np.random.default_rng(seed).permutation(len(data.train.x))[:rows]
        self.x = np.concatenate([data.train.x[drawn], data.validation.x])
        self.y = np.concatenate([data.train.y[drawn], data.validation.y])
        self.train_rows = len(drawn)
        self.n = data.features
        # The head sums products of two outputs, in float32.
        if not np.abs(self.x).max() < LARGEST:
            raise InputError("The samples are too large to score patterns on; scale them to 0..1")

    def sums(self, offsets: Iterable[int]) -> Rows:
        """The sum of the inputs that each output reads at these offsets."""
        total = np.zeros_like(self.x)
        for offset in offsets:
            total += np.roll(self.x, offset, axis=1)
            if 0 < offset < self.n - offset:
                total += np.roll(self.x, -offset, axis=1)
        return total

    def score(self, pattern: Pattern) -> float:
        """Of any fixed pattern, by the transform."""
        spectrum = eigenvalues(first_row(pattern, *_values(pattern)))
        outputs = np.fft.irfft(spectrum * np.fft.rfft(self.x), n=self.n)
        return self._head(outputs.astype(np.float32))

    def score_sums(self, pattern: Pattern, in_a: Rows, in_b: Rows) -> float:
        """Of a pattern whose sums are known."""
        a, b = _values(pattern)
        return self._head(np.float32(a) * in_a + np.float32(b) * in_b)

    def _head(self, outputs: Rows) -> float:
        from sklearn.linear_model import RidgeClassifier

        hidden = np.maximum(outputs, 0)
        fitted, rest = hidden[: self.train_rows], hidden[self.train_rows :]
        head = RidgeClassifier(alpha=ALPHA * self.train_rows, solver="cholesky", copy_X=False)
        head.fit(fitted, self.y[: self.train_rows])
        return float(head.score(rest, self.y[self.train_rows :]))


def _values(pattern: Pattern) -> tuple[float, float]:
    # As float32, which the layer has: recorded searches were scored with these.
    a, b = (np.float32(values[0]) for values in FilterPatterns.of(pattern).balanced())
    return float(a), float(b)


def best_of(scorer: Scorer, patterns: Iterable[Pattern]) -> ScoredPattern:
    """The pattern with the best score; of equals, the first."""
    return max(
        (ScoredPattern(pattern, scorer.score(pattern)) for pattern in patterns),
        key=lambda scored: scored.accuracy,
    )


def search(
    data: Dataset,
    nonzeros: int,
    kept: Path,
    *,
    tries: int = 40,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[ScoredPattern]:
    """The best pattern with 1, 2, ... `nonzeros` nonzero offsets.

    Args:
        data: a loaded data set; its test part is not read.
        nonzeros: the largest budget, 1 to the number of offsets.
        kept: a JSON file that each step is added to, and that a stopped search goes on from.
        tries: drawn offsets tried in each step, and exchanges tried after it.
        seed: of the draws; the same search finds the same patterns.
        progress: called after each step with its number and its accuracy.

    Raises:
        InputError: a budget that the width does not have, tries below 1, a seed below 0, a
            file of another search or a damaged one, or one that cannot be written.
    """
    most = data.features // 2 + 1
    if not 1 <= nonzeros <= most:
        raise InputError(
            f"A budget of nonzero offsets is 1 to {most} here. Received: nonzeros={nonzeros}"
        )
    if tries < 1:
        raise InputError(f"A search tries at least 1 offset a step. Received: tries={tries}")
    if seed < 0:
        raise InputError(f"The seed of a search is at least 0. Received: {seed}")
    rows = f"{data.train.fingerprint} {data.validation.fingerprint}"
    study = {"dataset": data.name, "data": rows, "tries": tries, "seed": seed}
    steps = _read(kept, study, data.features)
    # Before minutes of searching, not after.
    make_folder(kept.parent)
    scorer = Scorer(data, seed=seed)
    for number in range(len(steps) + 1, nonzeros + 1):
        rng = np.random.default_rng([seed, number])
        last = steps[-1] if steps else {"a": [], "b": [], "accuracy": 0.0}
        best = _exchange(scorer, _extend(scorer, last, tries, rng), tries, rng)
        steps.append(best)
        write_json(kept, study | {"steps": steps})
        if progress:
            progress(number, {"val_accuracy": best["accuracy"]})
    return [
        ScoredPattern(_pattern(data.features, step), step["accuracy"]) for step in steps[:nonzeros]
    ]


def _read(kept: Path, study: dict[str, Any], n: int) -> list[dict[str, Any]]:
    if not kept.exists():
        return []
    saved = read_json(kept)
    if isinstance(saved, dict):
        # Searches recorded before fingerprints were have none.
        saved = {"data": study["data"]} | saved
    if not isinstance(saved, dict) or saved | study != saved:
        raise InputError(f"{kept} is of another search than {study}; choose another file")
    try:
        steps = list(saved["steps"])
        for number, step in enumerate(steps, 1):
            pattern = _pattern(n, step)
            if len(pattern.a) + len(pattern.b) != number:
                raise ValueError("a step is missing")
            float(step["accuracy"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{kept} is damaged; remove it to search again") from error
    return steps


def _pattern(n: int, step: dict[str, Any]) -> Pattern:
    return Pattern(n, step["a"], step["b"])


def _extend(
    scorer: Scorer, step: dict[str, Any], tries: int, rng: np.random.Generator
) -> dict[str, Any]:
    """`step` and the best of the drawn offsets, as `a` or as `b`."""
    sums = {name: scorer.sums(step[name]) for name in "ab"}
    # A first offset is `a`; to begin with `b` would only change the letters.
    names = ["a", "b"] if step["a"] else ["a"]
    candidates = []
    for offset in _drawn(scorer.n, step, tries, rng):
        added = scorer.sums([offset])
        for name in names:
            candidate = step | {name: sorted([*step[name], offset])}
            candidates.append(_scored(scorer, candidate, sums | {name: sums[name] + added}))
    return max(candidates, key=lambda candidate: candidate["accuracy"])


def _exchange(
    scorer: Scorer, best: dict[str, Any], tries: int, rng: np.random.Generator
) -> dict[str, Any]:
    """`best` after trying to put drawn offsets in the places of drawn ones."""
    sums = {name: scorer.sums(best[name]) for name in "ab"}
    for offset in _drawn(scorer.n, best, tries, rng):
        name, place = rng.choice([(name, k) for name in "ab" for k in best[name]])
        leaving = int(place)
        moved = sums[name] + scorer.sums([offset]) - scorer.sums([leaving])
        candidate = best | {name: sorted({*best[name], offset} - {leaving})}
        candidate = _scored(scorer, candidate, sums | {name: moved})
        if candidate["accuracy"] > best["accuracy"]:
            best, sums = candidate, sums | {name: moved}
    return best


def _scored(scorer: Scorer, step: dict[str, Any], sums: dict[str, Rows]) -> dict[str, Any]:
    accuracy = scorer.score_sums(_pattern(scorer.n, step), sums["a"], sums["b"])
    return step | {"accuracy": accuracy}


def _drawn(n: int, taken: dict[str, Any], count: int, rng: np.random.Generator) -> list[int]:
    left = np.setdiff1d(np.arange(n // 2 + 1), taken["a"] + taken["b"])
    return [int(offset) for offset in rng.permutation(left)[:count]]
