"""A random forest as emlearn's C: what an engineer might take for a signal instead of a network.

scikit-learn trains it. It is no `.tflite`, so no runtime takes it; its C is compiled and counted
as that of the networks is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import CSource, native
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.extras import need
from keras_tvscm.files import make_folder, read_json, write_json
from keras_tvscm.machine import versions

from .model import Model

NETWORK = "forest"
NAME = "tvscm_forest"
NO_TFLITE = "not a .tflite, but C: it is counted on a core (--core cortex-m4)"

# The best on the validation part is taken. More or deeper trees than these go on gaining a little
# accuracy and take flash that the parts this is for do not have.
GRID = {"trees": (10, 20), "depth": (8, 12, 16), "leaf": (2, 10)}
# Of the stored features, int16: one is left for the step that `fit` adds.
STEPS = 2**15 - 2
# emlearn's code is not written for our warnings.
QUIET = ("-w",)


@dataclass(frozen=True)
class Forest(Model):
    """A forest among the models of a comparison.

    Attributes:
        source: its C, which takes int16 features and gives the class, int32.
        low, high: of the features in the training part; stored as 0 to `STEPS`.
        facts: `trees`, `depth`, `leaf`, `nodes`, `validation_accuracy`; `grid`, the same of each
            that was tried; `versions`.
    """

    source: CSource = field(repr=False, kw_only=True)
    low: float = field(kw_only=True)
    high: float = field(kw_only=True)
    facts: dict[str, Any] = field(repr=False, kw_only=True)

    @property
    def network(self) -> str:
        return NETWORK

    @property
    def dtype(self) -> str:
        return "int16"

    def stored(self, x: NDArray[np.float32]) -> NDArray[np.int16]:
        """Features, float32 (rows, n), as the C takes them."""
        return _stored(x, self.low, self.high)

    def to_json(self) -> dict[str, Any]:
        """What the report says of it: a file's bytes and a network's operations it has not."""
        return super().to_json() | {
            "network": self.network,
            "dtype": self.dtype,
            "bytes": None,
            "gzip_bytes": None,
            "versions": self.facts["versions"],
            "forest": self.facts,
        }


def forest(
    dataset: Dataset, folder: Path, progress: Callable[[int, dict[str, float]], None]
) -> Forest:
    """The best of `GRID` on the validation part, grown once, then kept in `folder`.

    Args:
        dataset: the loaded data set.
        folder: where `forest.json` is kept from one call to the next.
        progress: called with the number of forests that are grown.

    Raises:
        MissingExtra: emlearn or scikit-learn is not installed.
        Unavailable: there is no C compiler.
        CheckError: the C answers otherwise than the trees.
    """
    path = folder / "forest.json"
    kept = _kept(path)
    if kept is None:
        kept = _grown(dataset, progress)
        make_folder(folder)
        write_json(path, kept)
    source = CSource(**kept["source"])
    return Forest(
        f"{NETWORK} int16",
        path,
        None,
        source.source.encode(),
        NO_TFLITE,
        source=source,
        low=kept["low"],
        high=kept["high"],
        facts=kept["facts"],
    )


def combinations() -> list[dict[str, int]]:
    """What is tried, each as `trees`, `depth` and `leaf`."""
    return [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]


def is_kept(folder: Path) -> bool:
    """Whether `forest` has one of this grid in the folder."""
    return _kept(folder / "forest.json") is not None


def _kept(path: Path) -> dict[str, Any] | None:
    """What an earlier call has grown; None where there is none, or of another grid."""
    try:
        kept: dict[str, Any] = read_json(path)
        tried = [{key: entry[key] for key in GRID} for entry in kept["facts"]["grid"]]
    except (InputError, KeyError, TypeError):
        return None
    return kept if tried == combinations() else None


def _grown(dataset: Dataset, progress: Callable[[int, dict[str, float]], None]) -> dict[str, Any]:
    """JSON-ready: what `forest` keeps."""
    need("datasets", "A random forest")
    need("peers", "The C of a random forest")
    low, high = float(dataset.train.x.min()), float(dataset.train.x.max())
    x, validation = (_stored(part.x, low, high) for part in (dataset.train, dataset.validation))
    grid, best, answers = list[dict[str, Any]](), None, np.array([], np.int64)
    for number, settings in enumerate(combinations(), 1):
        trees = _fit(x, dataset.train.y, **settings)
        votes = _votes(trees, validation, len(dataset.classes))
        accuracy = float(np.mean(votes == dataset.validation.y))
        nodes = sum(tree.tree_.node_count for tree in trees.estimators_)
        grid.append(settings | {"nodes": nodes, "validation_accuracy": accuracy})
        if accuracy == max(entry["validation_accuracy"] for entry in grid):
            best, facts, answers = trees, grid[-1], votes
        progress(number, {})
    source = _source(best, x.shape[1])
    differing = int((native.run(source, validation, QUIET)[:, 0] != answers).sum())
    if differing:
        raise CheckError(
            f"emlearn's C of the forest differs from its trees on {differing:,} of "
            f"{len(answers):,} rows"
        )
    return {
        "source": vars(source),
        "low": low,
        "high": high,
        "facts": facts | {"grid": grid, "versions": versions()},
    }


def _stored(x: NDArray[np.float32], low: float, high: float) -> NDArray[np.int16]:
    steps = np.round((x.astype(np.float64) - low) * (STEPS / max(high - low, 1e-9)))
    return steps.clip(0, STEPS).astype(np.int16)


def _fit(x: NDArray[np.int16], y: NDArray[np.int32], trees: int, depth: int, leaf: int) -> Any:
    """A forest of scikit-learn's.

    It asks for feature <= threshold, and emlearn's C, which cuts the threshold to a whole number,
    for feature < threshold. With features from 0, of which the trees see each one step higher than
    the C, the two are the same question.
    """
    from sklearn.ensemble import RandomForestClassifier

    grower = RandomForestClassifier(
        trees, max_depth=depth, min_samples_leaf=leaf, random_state=0, n_jobs=-1
    )
    return grower.fit(x + np.float32(1), y)


def _votes(trees: Any, x: NDArray[np.int16], classes: int) -> NDArray[np.int64]:
    """The class that most trees are for, the first of several, as emlearn counts votes."""
    answers = np.stack([tree.predict(x + np.float32(1)) for tree in trees.estimators_])
    return np.stack([(answers == i).sum(axis=0) for i in range(classes)]).argmax(axis=0)


def _source(trees: Any, inputs: int) -> CSource:
    """emlearn's C: branches, as its tables hold no more than 127 features."""
    # It makes NumPy's floating-point warnings errors, for the whole process.
    with np.errstate():
        import emlearn

    wrapped = emlearn.convert(trees, method="inline", dtype="int16_t")
    body = wrapped.save(name="forest", include_proba=False)
    prefix = NAME.upper()
    declaration = f"void {NAME}_predict(const int16_t *input, int32_t *output, void *scratch)"
    return CSource(
        name=NAME,
        header="#include <stdint.h>\n"
        f"#define {prefix}_INPUT_SIZE {inputs}\n"
        f"#define {prefix}_OUTPUT_SIZE 1\n"
        f"#define {prefix}_SCRATCH_BYTES 0\n"
        f"{declaration};\n",
        source=f"{body}\n{declaration}\n{{\n"
        "    (void)scratch;\n"
        f"    output[0] = forest_predict(input, {inputs});\n}}\n",
        input_size=inputs,
        output_size=1,
        input_dtype="int16",
        output_dtype="int32",
        scratch_bytes=0,
        constant_bytes=0,
        instructions=0,  # not estimated, but counted
    )
